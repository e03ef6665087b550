/* decide_status_requested.c - an agent changes where a conversation stands. Pure. */
#include "request.h"
#include "status.h"

static const int input_of[] = {
        [HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_OPEN] = INPUT_ASKED_OPEN,
        [HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_PENDING] = INPUT_ASKED_PENDING,
        [HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_SNOOZED] = INPUT_ASKED_SNOOZED,
        [HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_RESOLVED] = INPUT_ASKED_RESOLVED,
};

void status_changed(struct working_set *ws, struct conversation *c, enum conversation_status previous,
                    const struct uuid *by)
{
	Hilo__V1__ConversationStatusChanged *body = arena_new_object(ws->arena, Hilo__V1__ConversationStatusChanged);
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, ws->cause_actor);

	hilo__v1__conversation_status_changed__init(body);
	body->conversation_id = envelope->key;
	body->status = conversation_status_proto(c->status);
	body->previous = conversation_status_proto(previous);
	body->until_us = c->snoozed_until_us;
	body->by_agent_id = by ? bus_id(ws->arena, by) : (char *)"";
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_STATUS_CHANGED;
	envelope->conversation_status_changed = body;
}

bool status_is_known(Hilo__V1__ConversationStatus status)
{
	return (unsigned)status > 0 && (unsigned)status < HILO_COUNT(input_of);
}

bool status_set(struct working_set *ws, struct conversation *c, Hilo__V1__ConversationStatus wanted, int64_t until_us,
                const struct uuid *by)
{
	enum conversation_status previous = c->status;
	int64_t previous_until = c->snoozed_until_us;

	if (!status_is_known(wanted) || !conversation_step(ws, c, (enum conversation_input)input_of[wanted]))
		return false;
	if (c->status == STATUS_SNOOZED)
		c->snoozed_until_us = until_us;
	if (c->status != previous || c->snoozed_until_us != previous_until)
		status_changed(ws, c, previous, by);
	conversation_place(ws, c);
	return true;
}

void decide_status_requested(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__StatusRequested *body = in->event->envelope->status_requested;
	struct request request = {.id = body->request_id,
	                          .conversation_id = body->conversation_id,
	                          .deadline_us = body->deadline_us,
	                          .expected_version = body->expected_version};
	struct conversation *c = request_check(ws, in, &request);

	if (!c)
		return;
	if (status_set(ws, c, body->status, body->until_us, &in->agent_id))
		request_done(ws, c, &request, NULL);
	else
		request_refuse(ws, c, &request, "invalid_status", "It cannot go there from where it stands.");
}
