/* agents.h - what other parts need of agents.c. */
#pragma once

#include "write.h"

/* agent_event - adds agent.updated with the whole record. causation: the request's id, or NULL. */
int agent_event(struct bus_outbox *outbox, struct arena *arena, const struct agent_record *agent, const char *actor,
                const struct uuid *causation);
