/* decide_inbox_change_requested.c - an agent hands a conversation to another inbox. Pure. */
#include "request.h"

/* whoever has it and does not have the inbox, loses it; it belongs to the inbox's team now */
static void hand_over(struct working_set *ws, struct conversation *c, const struct inbox *inbox, const struct uuid *by)
{
	const struct agent *agent = ws_agent(ws, &c->assignee_id);
	const bool is_lost = agent && agent->rights_version && !rights_cover(&agent->rights, &inbox->id);

	if (is_lost || !uuid_equal(&c->team_id, &inbox->team_id))
		conversation_reassign(ws, c, is_lost || uuid_is_nil(&c->assignee_id) ? NULL : &c->assignee_id,
		                      &inbox->team_id, by);
	conversation_place(ws, c);
}

void decide_inbox_change_requested(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__InboxChangeRequested *body = in->event->envelope->inbox_change_requested;
	struct request request = {.id = body->request_id,
	                          .conversation_id = body->conversation_id,
	                          .deadline_us = body->deadline_us,
	                          .expected_version = body->expected_version};
	struct conversation *c = request_check(ws, in, &request);
	const struct inbox *inbox = ws_inbox(ws, &in->inbox_id);

	if (!c)
		return;
	if (!inbox || !request_may_have(ws, &in->agent_id, &in->inbox_id)) {
		request_refuse(ws, c, &request, "forbidden", "You do not have that inbox.");
		return;
	}
	if (!uuid_equal(&c->inbox_id, &inbox->id)) {
		conversation_change_inbox(ws, c, &inbox->id, &in->agent_id);
		hand_over(ws, c, inbox, &in->agent_id);
	}
	request_done(ws, c, &request, NULL);
}
