/* plan.h - which agents a batch will need, so that no more than those are locked. Pure.
 *
 * The same choice as the decision later, made on what was read before the locks. Whoever turns out taken leaves a
 * conversation in the queue, where the next tick finds it. */
#pragma once

#include "working_set.h"

/* plan_message_agents - an agent for each message that points to no conversation. */
void plan_message_agents(struct working_set *ws);
/* plan_heads - an agent for each waiting conversation; those nobody can take are not looked at further. */
void plan_heads(struct working_set *ws);
/* plan_not_to - the agent a waiting conversation is not to be given to: who gave it back, for a minute.
 * Returns: borrowed released_from, or NULL. */
const struct uuid *plan_not_to(int64_t queued_us, const struct uuid *released_from, int64_t now_us);
