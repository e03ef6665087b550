/* request.c - checks and outcomes of requests. */
#include "request.h"

bool request_may_have(const struct working_set *ws, const struct uuid *agent_id, const struct uuid *inbox_id)
{
	const struct staff *staff = ws_staff(ws, agent_id);

	return staff && rights_cover(&staff->rights, inbox_id);
}

struct conversation *request_check(struct working_set *ws, const struct input *in, const struct request *request)
{
	struct conversation *c = ws_conversation(ws, &in->conversation_id);
	const char *code = NULL, *detail = NULL;

	if (!c)
		code = "not_found", detail = "There is no such conversation.";
	else if (!request_may_have(ws, &in->agent_id, &c->inbox_id))
		code = "forbidden", detail = "You do not have this inbox.";
	else if (request->deadline_us && ws->now_us > request->deadline_us)
		code = "expired", detail = "It took too long; nothing was done.";
	else if (request->expected_version && request->expected_version != c->version)
		code = "stale_version", detail = "Somebody changed the conversation meanwhile.";
	if (!code)
		return c;
	request_refuse(ws, c, request, code, detail);
	return NULL;
}

/* nobody's conversation has no version; its name is all there is */
static Hilo__V1__Envelope *emit_for_unknown(struct working_set *ws, const struct request *request)
{
	Hilo__V1__Envelope *envelope = arena_new_object(ws->arena, Hilo__V1__Envelope);

	hilo__v1__envelope__init(envelope);
	envelope->key = envelope->correlation_id = request->conversation_id;
	envelope->subject = request->id;
	envelope->time_us = ws->now_us;
	envelope->actor = (char *)"system";
	envelope->causation_id = (char *)ws->cause_id;
	envelope->traceparent = (char *)ws->cause_trace;
	envelope->hop = ws->cause_hop + 1;
	list_add(&ws->events, ws->arena, envelope);
	return envelope;
}

static Hilo__V1__Envelope *emit(struct working_set *ws, struct conversation *c, const struct request *request)
{
	Hilo__V1__Envelope *envelope;

	if (!c)
		return emit_for_unknown(ws, request);
	c->is_moved = true;
	envelope = ws_emit(ws, c, &c->id, NULL);
	envelope->subject = request->id;
	return envelope;
}

void request_refuse(struct working_set *ws, struct conversation *c, const struct request *request, const char *code,
                    const char *detail)
{
	Hilo__V1__RequestRefused *body = arena_new_object(ws->arena, Hilo__V1__RequestRefused);
	Hilo__V1__Envelope *envelope = emit(ws, c, request);

	hilo__v1__request_refused__init(body);
	body->request_id = request->id;
	body->conversation_id = request->conversation_id;
	body->code = (char *)code;
	body->detail = (char *)detail;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_REQUEST_REFUSED;
	envelope->request_refused = body;
}

void request_done(struct working_set *ws, struct conversation *c, const struct request *request, const char *message_id)
{
	Hilo__V1__RequestDone *body = arena_new_object(ws->arena, Hilo__V1__RequestDone);
	Hilo__V1__Envelope *envelope = emit(ws, c, request);

	hilo__v1__request_done__init(body);
	body->request_id = request->id;
	body->conversation_id = request->conversation_id;
	body->message_id = (char *)(message_id ? message_id : "");
	body->conversation_version = c->version;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_REQUEST_DONE;
	envelope->request_done = body;
}
