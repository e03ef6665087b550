/* channel/retry.c - what could not be delivered is queued again when an agent asks for it: once, and only from where it
 * ended. */
#include "channel/internal.h"

struct retry *retry_of(struct arena *arena, const struct bus_event *event)
{
	const Hilo__V1__DeliveryRetryRequested *body = event->envelope->delivery_retry_requested;
	struct retry *retry = arena_new_object(arena, struct retry);

	retry->event = event;
	if (uuid_parse(body->message_id, &retry->message_id) < 0 ||
	    uuid_parse(body->conversation_id, &retry->conversation_id) < 0 ||
	    uuid_parse(event->envelope->id, &retry->causation_id) < 0 ||
	    uuid_parse(event->envelope->inbox_id, &retry->conversation_inbox_id) < 0 ||
	    bus_id_parse(event->envelope->assignee_id, &retry->assignee_id) < 0)
		return NULL;
	return retry;
}

static const char *refusal_of(const struct retry *retry, int64_t now_us, const char **ret_detail)
{
	int64_t deadline_us = retry->event->envelope->delivery_retry_requested->deadline_us;

	if (!retry->exists) {
		*ret_detail = "There is no such message.";
		return "not_found";
	}
	if (deadline_us && now_us > deadline_us) {
		*ret_detail = "It took too long; nothing was done.";
		return "expired";
	}
	*ret_detail = "Only a message that could not be delivered can be tried again.";
	return retry->is_failed ? NULL : "not_failed";
}

/* what is common to everything that comes of the request */
static Hilo__V1__Envelope *envelope_of(const struct consumer_batch *batch, const struct retry *retry)
{
	const Hilo__V1__Envelope *asked = retry->event->envelope;
	Hilo__V1__Envelope *envelope = arena_new_object(batch->arena, Hilo__V1__Envelope);

	hilo__v1__envelope__init(envelope);
	envelope->subject = asked->delivery_retry_requested->message_id;
	envelope->key = envelope->correlation_id = asked->delivery_retry_requested->conversation_id;
	envelope->inbox_id = asked->inbox_id;
	envelope->assignee_id = asked->assignee_id;
	envelope->causation_id = asked->id;
	envelope->traceparent = asked->traceparent;
	envelope->hop = asked->hop + 1;
	envelope->actor = (char *)"system";
	return envelope;
}

static int refuse(struct consumer_batch *batch, const struct retry *retry, const char *code, const char *detail)
{
	const Hilo__V1__DeliveryRetryRequested *asked = retry->event->envelope->delivery_retry_requested;
	Hilo__V1__RequestRefused body = HILO__V1__REQUEST_REFUSED__INIT;
	Hilo__V1__Envelope *envelope = envelope_of(batch, retry);

	envelope->subject = body.request_id = asked->request_id;
	body.conversation_id = asked->conversation_id;
	body.code = (char *)code;
	body.detail = (char *)detail;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_REQUEST_REFUSED;
	envelope->request_refused = &body;
	return bus_outbox_add(batch->outbox, envelope);
}

static int tell_retried(struct consumer_batch *batch, const struct retry *retry)
{
	const Hilo__V1__DeliveryRetryRequested *asked = retry->event->envelope->delivery_retry_requested;
	Hilo__V1__MessageRetried body = HILO__V1__MESSAGE_RETRIED__INIT;
	Hilo__V1__Envelope *envelope = envelope_of(batch, retry);

	envelope->actor = retry->event->envelope->actor;
	body.conversation_id = asked->conversation_id;
	body.message_id = asked->message_id;
	body.by_agent_id = asked->agent_id;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_RETRIED;
	envelope->message_retried = &body;
	return bus_outbox_add(batch->outbox, envelope);
}

static int tell_done(struct consumer_batch *batch, const struct retry *retry)
{
	const Hilo__V1__DeliveryRetryRequested *asked = retry->event->envelope->delivery_retry_requested;
	Hilo__V1__RequestDone body = HILO__V1__REQUEST_DONE__INIT;
	Hilo__V1__Envelope *envelope = envelope_of(batch, retry);

	envelope->subject = body.request_id = asked->request_id;
	body.conversation_id = asked->conversation_id;
	body.message_id = asked->message_id;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_REQUEST_DONE;
	envelope->request_done = &body;
	return bus_outbox_add(batch->outbox, envelope);
}

int retry_decide(struct consumer_batch *batch, struct retry *const *retries, size_t at)
{
	struct retry *retry = retries[at];
	const char *detail, *code;
	int rc;

	for (size_t i = 0; i < at; i++) /* asked for twice in this batch */
		if (retries[i]->is_done && uuid_equal(&retries[i]->message_id, &retry->message_id))
			retry->is_failed = false;
	code = refusal_of(retry, batch->now_us, &detail);
	if (code)
		return refuse(batch, retry, code, detail);
	retry->is_done = true;
	rc = tell_retried(batch, retry);
	return rc < 0 ? rc : tell_done(batch, retry);
}
