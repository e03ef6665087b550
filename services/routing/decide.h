/* decide.h - what each event means for the working set. Pure: no clock, database or bus; everything was loaded before.
 */
#pragma once

#include "working_set.h"

/* what routing does with one type of event */
struct event_handler {
	const char *type;
	/* read - the event's ids into the input, and what must be looked for. Returns: 0, or -EINVAL for a bad id. */
	int (*read)(struct working_set *ws, struct input *in);
	void (*decide)(struct working_set *ws, const struct input *in);
};
extern const struct event_handler event_handlers[]; /* ended by {0} */
/* Returns: borrowed, NULL for a type that is not routing's. */
const struct event_handler *event_handler_by_type(const char *type);

void decide_message_identified(struct working_set *ws, const struct input *in);
void decide_reply_requested(struct working_set *ws, const struct input *in);
void decide_assignment_requested(struct working_set *ws, const struct input *in);
void decide_triage_requested(struct working_set *ws, const struct input *in);
void decide_inbox_change_requested(struct working_set *ws, const struct input *in);
void decide_status_requested(struct working_set *ws, const struct input *in);
void decide_presence_changed(struct working_set *ws, const struct input *in);
void decide_agent_updated(struct working_set *ws, const struct input *in);
void decide_move_requested(struct working_set *ws, const struct input *in);
void decide_visitor_presence(struct working_set *ws, const struct input *in);
void decide_message_read(struct working_set *ws, const struct input *in);
/* decide_end_requested - resolved by the customer whose it is. */
void decide_end_requested(struct working_set *ws, const struct input *in);
/* decide_customer_merged - the conversations of the contact point go along with it. */
void decide_customer_merged(struct working_set *ws, const struct input *in);
/* decide_unseen - of a tick: answers nobody saw go on by mail. */
void decide_unseen(struct working_set *ws);
/* decide_tick - snoozes that ended, conversations of agents who may no longer see them, and waiting ones for agents
 * with room, after unseen answers. */
void decide_tick(struct working_set *ws);
