/* decide_tick.c - snoozes that are over, answers nobody saw, agents who lost an inbox, and waiting conversations for
 * agents with room. Pure. */
#include "decide.h"
#include "plan.h"
#include "status.h"

static void wake_due(struct working_set *ws)
{
	for (size_t i = 0; i < ws->due.count; i++) {
		struct conversation *c = ws_conversation(ws, ws->due.items[i]);
		if (!c || c->status != STATUS_SNOOZED || !c->snoozed_until_us || c->snoozed_until_us > ws->now_us)
			continue; /* somebody was faster */
		conversation_step(ws, c, INPUT_SNOOZE_ENDED);
		status_changed(ws, c, STATUS_SNOOZED, NULL);
		conversation_place(ws, c);
	}
}

static void take_lost(struct working_set *ws)
{
	for (size_t i = 0; i < ws->lost.count; i++) {
		struct conversation *c = ws_conversation(ws, ws->lost.items[i]);
		const struct agent *agent = c ? ws_agent(ws, &c->assignee_id) : NULL;
		if (!agent || rights_cover(&agent->rights, &c->inbox_id))
			continue; /* somebody was faster */
		conversation_assign(ws, c, NULL, NULL);
		conversation_place(ws, c);
	}
}

static void give_out(struct working_set *ws)
{
	for (size_t i = 0; i < ws->heads.count; i++) {
		const struct head *head = ws->heads.items[i];
		struct conversation *c = ws_conversation(ws, &head->conversation_id);
		if (!c || !c->queued_us)
			continue; /* somebody was faster */
		const struct lane lane = conversation_lane(c);
		struct agent *agent =
		        ws_choose(ws, &ws->all_agents, &lane, plan_not_to(c->queued_us, &c->released_from, ws->now_us));
		if (agent)
			conversation_assign(ws, c, &agent->id, NULL);
	}
}

void decide_tick(struct working_set *ws)
{
	wake_due(ws);
	decide_unseen(ws);
	take_lost(ws);
	give_out(ws);
}
