/* decide_move_requested.c - an agent wants the conversation to go on over another channel. Pure. */
#include "request.h"

void decide_move_requested(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__MoveRequested *body = in->event->envelope->move_requested;
	struct request request = {
	        .id = body->request_id, .conversation_id = body->conversation_id, .deadline_us = body->deadline_us};
	struct conversation *c = request_check(ws, in, &request);
	const struct target *target = in->target;
	const struct message *line;

	if (!c)
		return;
	if (body->channel == c->channel) {
		request_done(ws, c, &request, NULL); /* there it is */
		return;
	}
	if (!target->is_found || (body->channel == HILO__V1__CHANNEL__CHANNEL_CHAT && !c->is_present)) {
		request_refuse(ws, c, &request, "no_reachable_channel", "The customer cannot be reached there.");
		return;
	}
	line = conversation_wake_on(ws, c, INPUT_AGENT_REPLIED, &target->way, HILO__V1__MOVE_REASON__MOVE_REASON_AGENT,
	                            &in->agent_id);
	conversation_place(ws, c);
	request_done(ws, c, &request, bus_id(ws->arena, &line->id));
}
