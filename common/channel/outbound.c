/* channel/outbound.c - message.submitted and notice.submitted become rows to work off, exactly once by position; those
 * that failed go there again. */
#include <stdio.h>

#include "channel/internal.h"

static bool takes_notices(const struct channel *channel)
{
	return channel->options.channel == HILO__V1__CHANNEL__CHANNEL_EMAIL;
}

static bool is_ours(const struct channel *channel, const struct bus_event *event)
{
	const Hilo__V1__Envelope *envelope = event->envelope;
	if (envelope->body_case == HILO__V1__ENVELOPE__BODY_MESSAGE_SUBMITTED)
		return envelope->message_submitted->channel == channel->options.channel;
	return envelope->body_case == HILO__V1__ENVELOPE__BODY_NOTICE_SUBMITTED && takes_notices(channel);
}

static void set_payload(struct arena *arena, const Hilo__V1__MessageSubmitted *body, struct store_outbound *row)
{
	row->payload_size = hilo__v1__message_submitted__get_packed_size(body);
	void *payload = arena_alloc(arena, row->payload_size);
	hilo__v1__message_submitted__pack(body, payload);
	row->payload = payload;
}

static int reply_row(struct arena *arena, const Hilo__V1__Envelope *envelope, struct store_outbound *row)
{
	const Hilo__V1__MessageSubmitted *body = envelope->message_submitted;
	row->sequence = (int64_t)body->sequence;
	if (uuid_parse(body->message_id, &row->message_id) < 0 ||
	    uuid_parse(body->conversation_id, &row->conversation_id) < 0 ||
	    uuid_parse(envelope->inbox_id, &row->conversation_inbox_id) < 0 ||
	    bus_id_parse(body->from_inbox_id, &row->inbox_id) < 0 ||
	    bus_id_parse(envelope->assignee_id, &row->assignee_id) < 0)
		return -EINVAL;
	if (uuid_is_nil(&row->inbox_id))
		row->inbox_id = row->conversation_inbox_id;
	set_payload(arena, body, row);
	return 0;
}

/* notice_row - stored in the words of a reply, so that drivers know one thing only. */
static int notice_row(struct arena *arena, const Hilo__V1__Envelope *envelope, struct store_outbound *row)
{
	const Hilo__V1__NoticeSubmitted *notice = envelope->notice_submitted;
	Hilo__V1__MessageSubmitted body = HILO__V1__MESSAGE_SUBMITTED__INIT;
	if (uuid_parse(notice->notice_id, &row->message_id) < 0 ||
	    uuid_parse(notice->from_inbox_id, &row->inbox_id) < 0)
		return -EINVAL;
	body.message_id = notice->notice_id;
	body.channel = HILO__V1__CHANNEL__CHANNEL_EMAIL;
	body.to_address = notice->to_address;
	body.to_name = notice->to_name;
	body.subject = notice->subject;
	body.text = notice->text;
	body.from_inbox_id = notice->from_inbox_id;
	set_payload(arena, &body, row);
	return 0;
}

/* row_of - Returns: 0; -EINVAL when an identifier is missing or none. */
static int row_of(struct arena *arena, const struct bus_event *event, struct store_outbound *ret)
{
	const Hilo__V1__Envelope *envelope = event->envelope;
	bool is_notice = envelope->body_case == HILO__V1__ENVELOPE__BODY_NOTICE_SUBMITTED;
	struct store_outbound row = {.submitted_us = envelope->time_us};
	int rc = uuid_parse(envelope->id, &row.causation_id);
	if (rc == 0)
		rc = is_notice ? notice_row(arena, envelope, &row) : reply_row(arena, envelope, &row);
	if (rc == 0)
		*ret = row;
	return rc;
}

/* what the batch inserts, and what it is asked to try again */
struct work {
	struct store_outbound *rows;
	struct retry **retries, **done;
	size_t count, retry_count, done_count;
};

static void fail(struct consumer_batch *batch, size_t event, const char *reason)
{
	batch->failed_event = event + 1;
	snprintf(batch->failed_reason, sizeof(batch->failed_reason), "%s", reason);
}

static bool is_retry(const struct channel *channel, const struct bus_event *event)
{
	const Hilo__V1__Envelope *envelope = event->envelope;
	return envelope->body_case == HILO__V1__ENVELOPE__BODY_DELIVERY_RETRY_REQUESTED &&
	       envelope->delivery_retry_requested->channel == channel->options.channel;
}

static void on_failed(void *arg, const struct db_result *result)
{
	struct work *work = arg;
	for (size_t row = 0; row < db_rows(result); row++) {
		struct retry *retry = work->retries[db_get_int(result, row, 0) - 1];
		retry->exists = true;
		retry->is_failed = db_get_bool(result, row, 1);
	}
}

static void load(void *arg, struct consumer_batch *batch)
{
	struct channel *channel = arg;
	struct work *work = arena_new_object(batch->arena, struct work);
	batch->working_set = work;
	work->retries = arena_new_array(batch->arena, struct retry *, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		if (!is_retry(channel, &batch->events[i]))
			continue;
		struct retry *retry = retry_of(batch->arena, &batch->events[i]);
		if (!retry) {
			fail(batch, i, "an identifier is missing");
			return;
		}
		work->retries[work->retry_count++] = retry;
	}
	if (work->retry_count > 0)
		store_find_failed(batch->tx, batch->params, channel_word(channel->options.channel), work->retries,
		                  work->retry_count, on_failed, work);
}

static void decide_retries(struct consumer_batch *batch, struct work *work)
{
	work->done = arena_new_array(batch->arena, struct retry *, work->retry_count);
	for (size_t i = 0; i < work->retry_count; i++) {
		if (retry_decide(batch, work->retries, i) < 0) {
			fail(batch, (size_t)(work->retries[i]->event - batch->events), "its outcome cannot be told");
			return;
		}
		if (work->retries[i]->is_done)
			work->done[work->done_count++] = work->retries[i];
	}
}

static void decide(void *arg, struct consumer_batch *batch)
{
	struct channel *channel = arg;
	struct work *work = batch->working_set;
	work->rows = arena_new_array(batch->arena, struct store_outbound, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		if (trial_is_ours(channel, &batch->events[i]) && trial_refuse_late(batch, &batch->events[i]) < 0) {
			fail(batch, i, "its outcome cannot be told");
			return;
		}
		if (!is_ours(channel, &batch->events[i]))
			continue;
		if (row_of(batch->arena, &batch->events[i], &work->rows[work->count]) < 0) {
			fail(batch, i, "an identifier is missing");
			return;
		}
		work->count++;
	}
	decide_retries(batch, work);
}

static void flush(void *arg, struct consumer_batch *batch)
{
	struct channel *channel = arg;
	struct work *work = batch->working_set;
	if (work->count > 0)
		store_insert_outbound(batch->tx, batch->params, channel_word(channel->options.channel), work->rows,
		                      work->count);
	if (work->done_count > 0)
		store_retry_outbound(batch->tx, batch->params, work->done, work->done_count);
}

static void committed(void *arg, struct consumer_batch *batch)
{
	struct channel *channel = arg;
	struct work *work = batch->working_set;
	if (work->count + work->done_count > 0)
		sender_wake(channel->sender);
	for (size_t i = 0; i < batch->count; i++)
		if (trial_is_ours(channel, &batch->events[i]))
			trial_start(channel, batch->now_us, &batch->events[i]);
}

struct consumer *outbound_consumer_new(struct channel *channel)
{
	static const char *const types[] = {"message.submitted", "delivery.retry_requested", "inbox.test_requested",
	                                    "notice.submitted", NULL};
	static const char *const replies_only[] = {"message.submitted", "delivery.retry_requested",
	                                           "inbox.test_requested", NULL};
	const struct consumer_options options = {
	        .bus = channel->options.bus,
	        .db = channel->options.consumer_db ? channel->options.consumer_db : channel->options.db,
	        .types = takes_notices(channel) ? types : replies_only,
	        .load = load,
	        .decide = decide,
	        .flush = flush,
	        .committed = committed,
	        .arg = channel,
	};
	return consumer_new(&options);
}
