/* agents.h - what other parts need of agents.c. */
#pragma once

#include "write.h"

/* agent_event - adds agent.updated with the whole record. causation: the request's id, or NULL. */
int agent_event(struct bus_outbox *outbox, struct arena *arena, const struct agent_record *agent, const char *actor,
                const struct uuid *causation);
/* agent_announce - the same for a change under way. */
void agent_announce(struct write *write, const struct agent_record *agent);
/* invitation_url - where the one invited by this request sets a password, in the arena; its hash is what is stored. */
const char *invitation_url(const struct write *write, const struct uuid *request_id, uint8_t ret_hash[STORE_HASH]);
