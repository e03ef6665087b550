/* agent.h - an agent as routing sees them: rights, presence, room for work. Pure. */
#pragma once

#include "base/base.h"
#include "base/uuid.h"
#include "hilo/v1/message.pb-c.h"

#define CHANNELS (HILO__V1__CHANNEL__CHANNEL_VOICE + 1) /* arrays by channel; 0: one this release does not know */

/* whom somebody may work for */
struct rights {
	bool active;
	bool all_inboxes;
	const struct uuid *inbox_ids;
	size_t inbox_count;
};

/* words an agent knows, or an inbox asks for */
struct skills {
	const char *const *words;
	size_t count;
};

/* what a conversation needs of whoever routing gives it to */
struct need {
	struct uuid inbox_id, team_id; /* team nil: any */
	Hilo__V1__Channel channel;
	struct skills skills;
};

enum presence { PRESENCE_OFFLINE, PRESENCE_AWAY, PRESENCE_BUSY, PRESENCE_AVAILABLE };

struct agent {
	struct uuid id;
	struct rights rights;
	uint64_t rights_version; /* 0: nothing known of their rights */
	enum presence presence;
	uint64_t presence_version;
	struct skills skills;
	const struct uuid *team_ids;
	size_t team_count;
	/* Conversations at a time, in all and on each channel; 0: no limit. They bound what routing gives of itself:
	 * what people assign and customers wake may go beyond. */
	int32_t capacity, capacities[CHANNELS];
	int32_t load, loads[CHANNELS]; /* conversations that take room: assigned, and open or pending */
	int64_t assigned_us;           /* last assignment; 0: never */
	/* what this batch changes */
	int32_t load_change, load_changes[CHANNELS];
	bool was_assigned, rights_changed, presence_changed;
};

const char *presence_name(enum presence presence);
/* Returns: 0, or -EINVAL with *ret untouched. */
int presence_parse(const char *name, enum presence *ret);
bool rights_cover(const struct rights *rights, const struct uuid *inbox_id);
/* agent_can_take - routing may give them one more conversation that needs this. */
bool agent_can_take(const struct agent *agent, const struct need *need);
/* agent_add_load - one conversation of that channel more (1) or less (-1) takes their room. */
void agent_add_load(struct agent *agent, Hilo__V1__Channel channel, int change);
/* agent_choose - who gets the next conversation that needs this: the least loaded, among them the one whose last
 * assignment is longest ago, among them the lowest id. except: nobody (NULL) or an agent not to choose. Returns:
 * borrowed; NULL when nobody can take it. */
struct agent *agent_choose(struct agent *const *agents, size_t count, const struct need *need,
                           const struct uuid *except);
