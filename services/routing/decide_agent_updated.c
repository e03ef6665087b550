/* decide_agent_updated.c - an agent's rights or capacity changed; the next tick takes what they may no longer see.
 * Pure. */
#include "decide.h"

void decide_agent_updated(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__AgentUpdated *body = in->event->envelope->agent_updated;
	struct agent *agent = ws_agent_or_stub(ws, &in->subject_id);
	struct uuid *inbox_ids = arena_new_array(ws->arena, struct uuid, body->n_inbox_ids);
	size_t count = 0;

	if (agent->rights_version >= in->event->envelope->version)
		return; /* we know better */
	for (size_t i = 0; i < body->n_inbox_ids; i++)
		if (uuid_parse(body->inbox_ids[i], &inbox_ids[count]) == 0)
			count++;
	agent->rights = (struct rights){
	        .active = body->active, .all_inboxes = body->all_inboxes, .inbox_ids = inbox_ids, .inbox_count = count};
	agent->capacity = (int32_t)HILO_MIN(body->capacity, (uint32_t)INT32_MAX);
	agent->rights_version = in->event->envelope->version;
	agent->rights_changed = true;
	ws->has_room = true;
}
