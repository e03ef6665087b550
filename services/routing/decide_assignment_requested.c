/* decide_assignment_requested.c - an agent gives a conversation to somebody, to a team, or to nobody. Pure. */
#include "request.h"

/* Back into the queue; for a while it is not given to the one it was taken from (see decide_tick). */
static void release(struct working_set *ws, struct conversation *c, const struct uuid *team_id, const struct uuid *by)
{
	struct uuid previous = c->assignee_id;

	conversation_reassign(ws, c, NULL, team_id, by);
	if (uuid_is_nil(&previous))
		return; /* it waits on, among others perhaps */
	c->released_from = previous;
	if (c->status == STATUS_OPEN)
		conversation_queue(ws, c);
}

void decide_assignment_requested(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__AssignmentRequested *body = in->event->envelope->assignment_requested;
	struct request request = {.id = body->request_id,
	                          .conversation_id = body->conversation_id,
	                          .deadline_us = body->deadline_us,
	                          .expected_version = body->expected_version};
	struct conversation *c = request_check(ws, in, &request);

	if (!c)
		return;
	const bool to_nobody = uuid_is_nil(&in->assignee_id);
	const struct uuid team_id = body->sets_team ? in->team_id : c->team_id;
	if (!to_nobody && !request_may_have(ws, &in->assignee_id, &c->inbox_id)) {
		request_refuse(ws, c, &request, "forbidden", "That agent does not have this inbox.");
		return;
	}
	if (!uuid_equal(&c->assignee_id, &in->assignee_id) || !uuid_equal(&c->team_id, &team_id)) {
		if (to_nobody)
			release(ws, c, &team_id, &in->agent_id);
		else
			conversation_reassign(ws, c, &in->assignee_id, &team_id, &in->agent_id);
	}
	request_done(ws, c, &request, NULL);
}
