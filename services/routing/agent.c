/* agent.c - who may work where, and who is next. */
#include "agent.h"

static const char *const presence_names[] = {"offline", "away", "busy", "available"};

const char *presence_name(enum presence presence)
{
	return presence_names[presence];
}

int presence_parse(const char *name, enum presence *ret)
{
	for (size_t i = 0; i < HILO_COUNT(presence_names); i++)
		if (strcmp(name, presence_names[i]) == 0) {
			*ret = (enum presence)i;
			return 0;
		}
	return -EINVAL;
}

bool rights_cover(const struct rights *rights, const struct uuid *inbox_id)
{
	if (!rights->active || rights->all_inboxes)
		return rights->active;
	for (size_t i = 0; i < rights->inbox_count; i++)
		if (uuid_equal(&rights->inbox_ids[i], inbox_id))
			return true;
	return false;
}

static size_t channel_index(Hilo__V1__Channel channel)
{
	return (unsigned)channel < CHANNELS ? (size_t)channel : 0;
}

static bool has_room(const struct agent *agent, Hilo__V1__Channel channel)
{
	size_t at = channel_index(channel);

	return (agent->capacity == 0 || agent->load < agent->capacity) &&
	       (agent->capacities[at] == 0 || agent->loads[at] < agent->capacities[at]);
}

static bool is_member(const struct agent *agent, const struct uuid *team_id)
{
	for (size_t i = 0; i < agent->team_count; i++)
		if (uuid_equal(&agent->team_ids[i], team_id))
			return true;
	return uuid_is_nil(team_id);
}

static bool has_skill(const struct agent *agent, const char *word)
{
	for (size_t i = 0; i < agent->skills.count; i++)
		if (strcmp(agent->skills.words[i], word) == 0)
			return true;
	return false;
}

bool agent_can_take(const struct agent *agent, const struct need *need)
{
	for (size_t i = 0; i < need->skills.count; i++)
		if (!has_skill(agent, need->skills.words[i]))
			return false;
	return agent->presence == PRESENCE_AVAILABLE && has_room(agent, need->channel) &&
	       is_member(agent, &need->team_id) && rights_cover(&agent->rights, &need->inbox_id);
}

void agent_add_load(struct agent *agent, Hilo__V1__Channel channel, int change)
{
	size_t at = channel_index(channel);

	agent->load += change;
	agent->load_change += change;
	agent->loads[at] += change;
	agent->load_changes[at] += change;
}

/* a comes before b */
static bool is_next(const struct agent *a, const struct agent *b)
{
	if (a->load != b->load)
		return a->load < b->load;
	if (a->assigned_us != b->assigned_us)
		return a->assigned_us < b->assigned_us;
	return uuid_compare(&a->id, &b->id) < 0;
}

struct agent *agent_choose(struct agent *const *agents, size_t count, const struct need *need,
                           const struct uuid *except)
{
	struct agent *best = NULL;

	for (size_t i = 0; i < count; i++) {
		struct agent *agent = agents[i];
		if (best && !is_next(agent, best))
			continue;
		if (agent_can_take(agent, need) && !(except && uuid_equal(&agent->id, except)))
			best = agent;
	}
	return best;
}
