/* decide_visitor.c - a customer on a live channel comes, goes, sees, says it is done, or turns out to be somebody else.
 * Pure. */
#include "decide.h"
#include "status.h"

void decide_visitor_presence(struct working_set *ws, const struct input *in)
{
	struct conversation *c = ws_conversation(ws, &in->conversation_id);
	bool is_present = in->event->envelope->visitor_presence_changed->present;

	if (!c)
		return;
	if (c->is_present && !is_present)
		c->absent_us = in->event->occurred_us;
	c->is_present = is_present;
	conversation_plan(c);
}

void decide_message_read(struct working_set *ws, const struct input *in)
{
	struct conversation *c = ws_conversation(ws, &in->conversation_id);
	uint64_t sequence = in->event->envelope->message_read->sequence;

	if (!c || sequence <= c->seen_sequence)
		return;
	c->seen_sequence = HILO_MIN(sequence, c->sequence);
	conversation_plan(c);
}

void decide_end_requested(struct working_set *ws, const struct input *in)
{
	struct conversation *c = ws_conversation(ws, &in->conversation_id);
	enum conversation_status previous;

	if (!c || c->status == STATUS_RESOLVED || !uuid_equal(&in->owner_id, &c->customer_id))
		return; /* done already, or not theirs to end */
	previous = c->status;
	conversation_step(ws, c, INPUT_ASKED_RESOLVED);
	status_changed(ws, c, previous, NULL);
}

void decide_customer_merged(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__CustomerMerged *body = in->event->envelope->customer_merged;

	for (size_t i = 0; i < in->found.count; i++) {
		struct conversation *c = ws_conversation(ws, in->found.items[i]);
		if (c && uuid_equal(&c->customer_id, &in->from_customer_id))
			conversation_give(ws, c, &in->customer_id, body->customer_name);
	}
}
