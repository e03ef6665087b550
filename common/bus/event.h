/* bus/event.h - one event of the log: its row, its envelope, its type's declaration. */
#pragma once

#include "base/arena.h"
#include "base/uuid.h"
#include "bus/position.h"
#include "hilo/v1/envelope.pb-c.h"

#define BUS_PAYLOAD_MAX (1024 * 1024) /* bytes of an envelope */
#define BUS_SHARDS 16
#define BUS_FRAME_EVENTS 200          /* events in a frame, and in a page read from PostgreSQL, at most */
#define BUS_FRAME_BYTES (1024 * 1024) /* and payload bytes, but for a single event */

struct bus_event {
	struct bus_position position;
	uint32_t key_hash; /* shard: low 4 bits */
	const char *type;
	const char *key;
	struct uuid inbox_id;        /* nil: none */
	struct uuid conversation_id; /* nil: none */
	int64_t occurred_us;
	const void *payload;
	size_t payload_size;
	const Hilo__V1__Envelope *envelope; /* after bus_event_open() */
};

static inline int bus_event_shard(const struct bus_event *event)
{
	return (int)(event->key_hash % BUS_SHARDS);
}

/* what a type declares in proto/ (generated table) */
struct bus_event_type {
	const char *type; /* "message.received" */
	Hilo__V1__Envelope__BodyCase body;
	int key_kind; /* Hilo__V1__KeyKind */
	bool is_public;
};
extern const struct bus_event_type bus_event_types[]; /* by name */
extern const size_t bus_event_types_count;
/* Returns: borrowed, or NULL for an unknown type or case. */
const struct bus_event_type *bus_event_type_by_name(const char *type);
const struct bus_event_type *bus_event_type_by_body(Hilo__V1__Envelope__BodyCase body);

/* bus_envelope_decode - the one checked way from bytes to an envelope: size bound, whole message, every string valid
 * UTF-8 without NUL, type known and equal to the body's, id a UUID. Enums outside their range are left for readers to
 * tolerate. Requires: memory comes from arena and lives as long as it. Returns:  0; -EMSGSIZE over BUS_PAYLOAD_MAX;
 * -EBADMSG otherwise bad. *ret untouched on failure. */
int bus_envelope_decode(struct arena *arena, const void *data, size_t size, const Hilo__V1__Envelope **ret);
/* bus_frame_decode - the same checks for a relay's frame (positions in order, at most 200 events and 2 MiB). Payloads
 * stay packed. */
int bus_frame_decode(struct arena *arena, const void *data, size_t size, const Hilo__V1__LogFrame **ret);
int bus_signal_decode(struct arena *arena, const void *data, size_t size, const Hilo__V1__LiveSignal **ret);
/* bus_position_of, bus_event_of - from the wire's form; text and payload stay the frame's. */
struct bus_position bus_position_of(const Hilo__V1__Position *position);
struct bus_event bus_event_of(const Hilo__V1__LogEvent *event, uint64_t epoch);
/* bus_event_open - decodes event->payload into event->envelope once. Returns: 0 or -EBADMSG / -EMSGSIZE. */
int bus_event_open(struct bus_event *event, struct arena *arena);
/* bus_arena_allocator - protobuf-c allocator over an arena (free is a no-op). */
ProtobufCAllocator bus_arena_allocator(struct arena *arena);
/* bus_id - the text of an id in the arena, "" for nil; bus_id_parse - nil for "" ; -EINVAL otherwise bad. */
char *bus_id(struct arena *arena, const struct uuid *id);
int bus_id_parse(const char *text, struct uuid *ret);
