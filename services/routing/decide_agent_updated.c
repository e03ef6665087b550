/* decide_agent_updated.c - an agent's rights, skills, teams or capacity changed; the next tick takes what they may no
 * longer see. Pure. */
#include "decide.h"

static const struct uuid *parse_ids(struct working_set *ws, char *const *texts, size_t count, size_t *ret_count)
{
	struct uuid *ids = arena_new_array(ws->arena, struct uuid, count);

	*ret_count = 0;
	for (size_t i = 0; i < count; i++)
		if (uuid_parse(texts[i], &ids[*ret_count]) == 0)
			++*ret_count;
	return ids;
}

static int32_t capacity_of(uint32_t capacity)
{
	return (int32_t)HILO_MIN(capacity, (uint32_t)INT32_MAX);
}

void decide_agent_updated(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__AgentUpdated *body = in->event->envelope->agent_updated;
	struct agent *agent = ws_agent_or_stub(ws, &in->subject_id);

	if (agent->rights_version >= in->event->envelope->version)
		return; /* we know better */
	agent->rights.active = body->active;
	agent->rights.all_inboxes = body->all_inboxes;
	agent->rights.inbox_ids = parse_ids(ws, body->inbox_ids, body->n_inbox_ids, &agent->rights.inbox_count);
	agent->team_ids = parse_ids(ws, body->team_ids, body->n_team_ids, &agent->team_count);
	agent->skills = (struct skills){(const char *const *)body->skills, body->n_skills};
	agent->capacity = capacity_of(body->capacity);
	memset(agent->capacities, 0, sizeof(agent->capacities));
	for (size_t i = 0; i < body->n_channel_capacities; i++)
		if ((unsigned)body->channel_capacities[i]->channel < CHANNELS)
			agent->capacities[body->channel_capacities[i]->channel] =
			        capacity_of(body->channel_capacities[i]->capacity);
	agent->rights_version = in->event->envelope->version;
	agent->rights_changed = true;
	ws->has_room = true;
}
