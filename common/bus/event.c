/* bus/event.c - from bytes to checked envelopes, frames and signals, and the table of event types looked up. */
#include "bus/event.h"

#include "bus/wire.h"

#define FRAME_MAX_BYTES (2 * 1024 * 1024)
#define SIGNAL_MAX_BYTES 4096

static int compare_type(const void *name, const void *entry)
{
	return strcmp(name, ((const struct bus_event_type *)entry)->type);
}

const struct bus_event_type *bus_event_type_by_name(const char *type)
{
	return type ? bsearch(type, bus_event_types, bus_event_types_count, sizeof(bus_event_types[0]), compare_type)
	            : NULL;
}

static void *allocate(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void free_nothing(void *arena HILO_UNUSED, void *pointer HILO_UNUSED)
{
}

ProtobufCAllocator bus_arena_allocator(struct arena *arena)
{
	return (ProtobufCAllocator){.alloc = allocate, .free = free_nothing, .allocator_data = arena};
}

static int unpack(const ProtobufCMessageDescriptor *descriptor, struct arena *arena, const void *data, size_t size,
                  size_t limit, ProtobufCMessage **ret)
{
	ProtobufCAllocator allocator = bus_arena_allocator(arena);
	ProtobufCMessage *message;

	if (size > limit)
		return -EMSGSIZE;
	if (wire_check(descriptor, data, size, WIRE_MAX_FIELDS) < 0)
		return -EBADMSG;
	message = protobuf_c_message_unpack(descriptor, &allocator, size, data);
	if (!message)
		return -EBADMSG;
	*ret = message;
	return 0;
}

int bus_envelope_decode(struct arena *arena, const void *data, size_t size, const Hilo__V1__Envelope **ret)
{
	const struct bus_event_type *type;
	const Hilo__V1__Envelope *envelope;
	ProtobufCMessage *message;
	struct uuid id;
	int rc = unpack(&hilo__v1__envelope__descriptor, arena, data, size, BUS_PAYLOAD_MAX, &message);

	if (rc < 0)
		return rc;
	envelope = (const Hilo__V1__Envelope *)message;
	type = bus_event_type_by_name(envelope->type);
	if (!type || type->body != envelope->body_case || uuid_parse(envelope->id, &id) < 0)
		return -EBADMSG;
	*ret = envelope;
	return 0;
}

int bus_event_open(struct bus_event *event, struct arena *arena)
{
	return event->envelope ? 0 : bus_envelope_decode(arena, event->payload, event->payload_size, &event->envelope);
}

static bool is_id_or_none(const ProtobufCBinaryData *bytes)
{
	return bytes->len == 0 || bytes->len == sizeof(struct uuid);
}

static struct bus_position event_position(const Hilo__V1__LogEvent *event, uint64_t epoch)
{
	return (struct bus_position){epoch, event->xid, (int64_t)event->id};
}

struct bus_position bus_position_of(const Hilo__V1__Position *position)
{
	return (struct bus_position){position->epoch, position->xid, (int64_t)position->id};
}

/* previous < every event, each behind the one before, none behind last */
static bool is_frame_sound(const Hilo__V1__LogFrame *frame)
{
	struct bus_position at, last;

	if (!frame->previous || !frame->last || frame->n_events > BUS_FRAME_EVENTS || frame->last->epoch == 0 ||
	    frame->last->epoch != frame->previous->epoch || frame->previous->id > INT64_MAX ||
	    frame->last->id > INT64_MAX)
		return false;
	at = bus_position_of(frame->previous);
	last = bus_position_of(frame->last);
	for (size_t i = 0; i < frame->n_events; i++) {
		const Hilo__V1__LogEvent *event = frame->events[i];
		const struct bus_position next = event_position(event, at.epoch);

		if (event->id > INT64_MAX || bus_position_compare(&next, &at) <= 0 ||
		    !is_id_or_none(&event->inbox_id) || !is_id_or_none(&event->conversation_id) ||
		    event->payload.len > BUS_PAYLOAD_MAX)
			return false;
		at = next;
	}
	return bus_position_compare(&at, &last) <= 0;
}

int bus_frame_decode(struct arena *arena, const void *data, size_t size, const Hilo__V1__LogFrame **ret)
{
	ProtobufCMessage *message;
	int rc = unpack(&hilo__v1__log_frame__descriptor, arena, data, size, FRAME_MAX_BYTES, &message);

	if (rc < 0)
		return rc;
	if (!is_frame_sound((const Hilo__V1__LogFrame *)message))
		return -EBADMSG;
	*ret = (const Hilo__V1__LogFrame *)message;
	return 0;
}

int bus_signal_decode(struct arena *arena, const void *data, size_t size, const Hilo__V1__LiveSignal **ret)
{
	ProtobufCMessage *message;
	int rc = unpack(&hilo__v1__live_signal__descriptor, arena, data, size, SIGNAL_MAX_BYTES, &message);

	if (rc < 0)
		return rc;
	*ret = (const Hilo__V1__LiveSignal *)message;
	return 0;
}

static struct uuid id_of(const ProtobufCBinaryData *bytes)
{
	struct uuid id = {0};

	if (bytes->len == sizeof(id))
		memcpy(&id, bytes->data, sizeof(id));
	return id;
}

struct bus_event bus_event_of(const Hilo__V1__LogEvent *event, uint64_t epoch)
{
	return (struct bus_event){
	        .position = event_position(event, epoch),
	        .key_hash = event->key_hash,
	        .type = event->type,
	        .key = event->key,
	        .inbox_id = id_of(&event->inbox_id),
	        .conversation_id = id_of(&event->conversation_id),
	        .occurred_us = event->occurred_at_us,
	        .payload = event->payload.data,
	        .payload_size = event->payload.len,
	};
}

char *bus_id(struct arena *arena, const struct uuid *id)
{
	char text[UUID_TEXT] = "";

	return arena_strdup(arena, uuid_is_nil(id) ? text : uuid_format(id, text));
}

int bus_id_parse(const char *text, struct uuid *ret)
{
	if (text && !*text) {
		*ret = (struct uuid){0};
		return 0;
	}
	return uuid_parse(text, ret);
}
