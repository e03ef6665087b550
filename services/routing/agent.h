/* agent.h - an agent as routing sees them: rights, presence, room for work. Pure. */
#pragma once

#include "base/base.h"
#include "base/uuid.h"

/* whom somebody may work for */
struct rights {
	bool active;
	bool all_inboxes;
	const struct uuid *inbox_ids;
	size_t inbox_count;
};

enum presence { PRESENCE_OFFLINE, PRESENCE_AWAY, PRESENCE_BUSY, PRESENCE_AVAILABLE };

struct agent {
	struct uuid id;
	struct rights rights;
	uint64_t rights_version; /* 0: nothing known of their rights */
	enum presence presence;
	uint64_t presence_version;
	/* Conversations at a time; 0: no limit. It bounds what routing gives of itself: what people assign and
	 * customers wake may go beyond. */
	int32_t capacity;
	int32_t load;        /* conversations that take room: assigned, and open or pending */
	int64_t assigned_us; /* last assignment; 0: never */
	/* what this batch changes */
	int32_t load_change;
	bool was_assigned, rights_changed, presence_changed;
};

const char *presence_name(enum presence presence);
/* Returns: 0, or -EINVAL with *ret untouched. */
int presence_parse(const char *name, enum presence *ret);
bool rights_cover(const struct rights *rights, const struct uuid *inbox_id);
/* agent_can_take - routing may give them one more conversation of that inbox. */
bool agent_can_take(const struct agent *agent, const struct uuid *inbox_id);
/* agent_add_load - one conversation more (1) or less (-1) takes their room. */
void agent_add_load(struct agent *agent, int change);
/* agent_choose - who gets the next conversation of that inbox: the least loaded, among them the one whose last
 * assignment is longest ago, among them the lowest id. except: nobody (NULL) or an agent not to choose. Returns:
 * borrowed; NULL when nobody can take it. */
struct agent *agent_choose(struct agent *const *agents, size_t count, const struct uuid *inbox_id,
                           const struct uuid *except);
