/* presence.h - who takes work: a heartbeat in Redis, the last word in PostgreSQL, an event when it changes. */
#pragma once

#include "write.h"

#define PRESENCE_TTL_S 60

struct heartbeats;

/* presence_sweep_new - every 5 s one replica turns agents whose heartbeat ran out into offline. Returns: owned,
 * heartbeats_free(). */
struct heartbeats *presence_sweep_new(struct gateway *gateway);
/* presence_beat - the agent is there. */
void presence_beat(struct kv *kv, const struct uuid *agent_id);
/* presence_key - Redis key of an agent's heartbeat. */
#define PRESENCE_PREFIX "hilo:presence:"
#define PRESENCE_KEY_TEXT (sizeof(PRESENCE_PREFIX) + UUID_TEXT)
char *presence_key(const struct uuid *agent_id, char ret[PRESENCE_KEY_TEXT]);
/* presence_changed - the event of a row's status now. previous: what it was, a word; expired: a heartbeat ran out.
 * Pure. presence_tell - appends it. */
Hilo__V1__Envelope *presence_changed(struct arena *arena, const struct presence_row *row, const char *previous,
                                     const char *actor, bool expired);
void presence_tell(struct bus_outbox *outbox, Hilo__V1__Envelope *changed);
