/* plan.c - the choice of agents, rehearsed without locks. */
#include "plan.h"

#define RELEASED_FOR_US (60 * INT64_C(1000000))
#define PLAN_HEADS_MAX 256 /* given out by one tick */

const struct uuid *plan_not_to(int64_t queued_us, const struct uuid *released_from, int64_t now_us)
{
	return uuid_is_nil(released_from) || now_us - queued_us > RELEASED_FOR_US ? NULL : released_from;
}

static bool plan(struct working_set *ws, const struct lane *lane, const struct uuid *not_to)
{
	struct agent *agent = ws_choose(ws, &ws->candidates, lane, not_to);

	if (!agent)
		return false;
	agent_add_load(agent, lane->channel, 1);
	agent->assigned_us = ws->now_us;
	ws_want_agent(ws, &agent->id);
	return true;
}

static bool was_found(struct working_set *ws, const struct input *in)
{
	const struct thread_hints *hints = in->hints;

	if (thread_points_somewhere(hints) || in->found.count)
		return true;
	for (size_t i = 0; i < hints->foreign_count; i++) {
		size_t size;
		const void *key = ws_foreign_key(ws, &in->inbox_id, hints->foreign_ids[i], &size);
		if (map_get(ws->found_by_foreign, key, size))
			return true;
	}
	return hints->has_ref && map_get(ws->found_by_ref, hints->ref, strlen(hints->ref));
}

void plan_message_agents(struct working_set *ws)
{
	for (size_t i = 0; i < ws->input_count; i++) {
		const struct inbox *inbox = ws_inbox(ws, &ws->inputs[i].inbox_id);
		if (inbox && ws->inputs[i].hints && !was_found(ws, &ws->inputs[i]))
			plan(ws, &(struct lane){inbox->id, inbox->team_id, inbox->channel, 0}, NULL);
	}
}

void plan_heads(struct working_set *ws)
{
	size_t planned = 0;

	for (size_t i = 0; i < ws->heads.count && planned < PLAN_HEADS_MAX; i++) {
		const struct head *head = ws->heads.items[i];
		if (plan(ws, &head->lane, plan_not_to(head->queued_us, &head->released_from, ws->now_us))) {
			ws_want_conversation(ws, &head->conversation_id);
			planned++;
		}
	}
}
