/* channel/outbound.c - message.submitted becomes a row to work off, exactly once by its position in the log. */
#include <stdio.h>

#include "channel/internal.h"

static bool is_ours(const struct channel *channel, const struct bus_event *event)
{
	return event->envelope->body_case == HILO__V1__ENVELOPE__BODY_MESSAGE_SUBMITTED &&
	       event->envelope->message_submitted->channel == channel->options.channel;
}

/* row_of - Returns: 0; -EINVAL when an identifier is missing or none. */
static int row_of(struct arena *arena, const struct bus_event *event, struct store_outbound *ret)
{
	const Hilo__V1__Envelope *envelope = event->envelope;
	const Hilo__V1__MessageSubmitted *body = envelope->message_submitted;
	struct store_outbound row = {.sequence = (int64_t)body->sequence, .submitted_us = envelope->time_us};
	if (uuid_parse(body->message_id, &row.message_id) < 0 ||
	    uuid_parse(body->conversation_id, &row.conversation_id) < 0 ||
	    uuid_parse(envelope->inbox_id, &row.inbox_id) < 0 || uuid_parse(envelope->id, &row.causation_id) < 0 ||
	    bus_id_parse(envelope->assignee_id, &row.assignee_id) < 0)
		return -EINVAL;
	row.payload_size = hilo__v1__message_submitted__get_packed_size(body);
	void *payload = arena_alloc(arena, row.payload_size);
	hilo__v1__message_submitted__pack(body, payload);
	row.payload = payload;
	*ret = row;
	return 0;
}

/* what the batch inserts */
struct work {
	struct store_outbound *rows;
	size_t count;
};

static void load(void *arg, struct consumer_batch *batch)
{
	(void)arg;
	batch->working_set = arena_new_object(batch->arena, struct work);
}

static void decide(void *arg, struct consumer_batch *batch)
{
	struct channel *channel = arg;
	struct work *work = batch->working_set;
	work->rows = arena_new_array(batch->arena, struct store_outbound, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		if (!is_ours(channel, &batch->events[i]))
			continue;
		if (row_of(batch->arena, &batch->events[i], &work->rows[work->count]) < 0) {
			batch->failed_event = i + 1;
			snprintf(batch->failed_reason, sizeof(batch->failed_reason), "an identifier is missing");
			return;
		}
		work->count++;
	}
}

static void flush(void *arg, struct consumer_batch *batch)
{
	struct channel *channel = arg;
	struct work *work = batch->working_set;
	if (work->count > 0)
		store_insert_outbound(batch->tx, batch->params, channel_word(channel->options.channel), work->rows,
		                      work->count);
}

static void committed(void *arg, struct consumer_batch *batch)
{
	struct channel *channel = arg;
	struct work *work = batch->working_set;
	if (work->count > 0)
		sender_wake(channel->sender);
}

struct consumer *outbound_consumer_new(struct channel *channel)
{
	static const char *const types[] = {"message.submitted", NULL};
	const struct consumer_options options = {
	        .bus = channel->options.bus,
	        .db = channel->options.consumer_db ? channel->options.consumer_db : channel->options.db,
	        .types = types,
	        .load = load,
	        .decide = decide,
	        .flush = flush,
	        .committed = committed,
	        .arg = channel,
	};
	return consumer_new(&options);
}
