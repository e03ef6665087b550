/* input.c - the events routing handles: their ids, and what must be looked for before deciding. */
#include "decide.h"

/* a chat carries no threading headers: the conversation shown, or the customer's latest */
static void read_chat(struct working_set *ws, struct input *in, const Hilo__V1__MessageReceived *received)
{
	if (uuid_parse(received->conversation_id, &in->shown_id) == 0)
		list_add(&ws->wanted_conversations, ws->arena, &in->shown_id);
	list_add(&ws->wanted_owners, ws->arena, in);
}

static int read_message(struct working_set *ws, struct input *in)
{
	const Hilo__V1__MessageIdentified *message = in->event->envelope->message_identified;
	const Hilo__V1__MessageReceived *received = message->received;

	if (!received || uuid_parse(message->message_id, &in->subject_id) < 0 ||
	    uuid_parse(message->customer_id, &in->customer_id) < 0 ||
	    uuid_parse(message->contact_point_id, &in->contact_point_id) < 0 ||
	    uuid_parse(received->inbox_id, &in->inbox_id) < 0)
		return -EINVAL;
	in->is_chat = received->channel == HILO__V1__CHANNEL__CHANNEL_CHAT;
	if (in->is_chat)
		read_chat(ws, in, received);
	in->hints = arena_new_object(ws->arena, struct thread_hints);
	thread_read_hints(ws->settings->secret, received, in->hints);
	if (in->hints->has_tag)
		list_add(&ws->wanted_refs, ws->arena, in->hints->tag.ref);
	if (in->hints->has_ref)
		list_add(&ws->wanted_refs, ws->arena, in->hints->ref);
	for (size_t i = 0; i < in->hints->own_count; i++)
		list_add(&ws->wanted_messages, ws->arena, &in->hints->own_ids[i]);
	for (size_t i = 0; i < in->hints->foreign_count; i++) {
		struct foreign_id *foreign = arena_new_object(ws->arena, struct foreign_id);
		*foreign = (struct foreign_id){.inbox_id = in->inbox_id, .rfc_message_id = in->hints->foreign_ids[i]};
		list_add(&ws->wanted_foreign, ws->arena, foreign);
	}
	list_add(&ws->wanted_inboxes, ws->arena, &in->inbox_id);
	ws->seekers += !thread_points_somewhere(in->hints);
	ws->strangers += !thread_points_somewhere(in->hints) && !in->hints->foreign_count && !in->hints->has_ref;
	return 0;
}

static int read_request(struct working_set *ws, struct input *in, const char *conversation_id, const char *agent_id)
{
	if (uuid_parse(conversation_id, &in->conversation_id) < 0 || uuid_parse(agent_id, &in->agent_id) < 0)
		return -EINVAL;
	list_add(&ws->wanted_conversations, ws->arena, &in->conversation_id);
	ws_want_staff(ws, &in->agent_id);
	return 0;
}

static int read_reply(struct working_set *ws, struct input *in)
{
	const Hilo__V1__ReplyRequested *body = in->event->envelope->reply_requested;

	if (uuid_parse(body->message_id, &in->subject_id) < 0 ||
	    bus_id_parse(body->interaction_id, &in->interaction_id) < 0 ||
	    read_request(ws, in, body->conversation_id, body->agent_id) < 0)
		return -EINVAL;
	for (size_t i = 0; i < body->n_mentions; i++) {
		struct uuid mentioned;
		if (uuid_parse(body->mentions[i], &mentioned) == 0)
			ws_want_staff(ws, &mentioned);
	}
	ws_want_agent(ws, &in->agent_id); /* the first who answers gets it */
	in->is_reply = true;
	return 0;
}

static int read_assignment(struct working_set *ws, struct input *in)
{
	const Hilo__V1__AssignmentRequested *body = in->event->envelope->assignment_requested;

	if (bus_id_parse(body->assignee_id, &in->assignee_id) < 0 || bus_id_parse(body->team_id, &in->team_id) < 0 ||
	    read_request(ws, in, body->conversation_id, body->agent_id) < 0)
		return -EINVAL;
	ws_want_agent(ws, &in->assignee_id);
	ws_want_staff(ws, &in->assignee_id);
	return 0;
}

static int read_status(struct working_set *ws, struct input *in)
{
	const Hilo__V1__StatusRequested *body = in->event->envelope->status_requested;

	return read_request(ws, in, body->conversation_id, body->agent_id);
}

static int read_triage(struct working_set *ws, struct input *in)
{
	const Hilo__V1__TriageRequested *body = in->event->envelope->triage_requested;

	return read_request(ws, in, body->conversation_id, body->agent_id);
}

static int read_inbox_change(struct working_set *ws, struct input *in)
{
	const Hilo__V1__InboxChangeRequested *body = in->event->envelope->inbox_change_requested;

	if (uuid_parse(body->inbox_id, &in->inbox_id) < 0)
		return -EINVAL;
	list_add(&ws->wanted_inboxes, ws->arena, &in->inbox_id);
	return read_request(ws, in, body->conversation_id, body->agent_id);
}

static int read_move(struct working_set *ws, struct input *in)
{
	const Hilo__V1__MoveRequested *body = in->event->envelope->move_requested;
	struct target *target = arena_new_object(ws->arena, struct target);

	if (bus_id_parse(body->contact_point_id, &target->contact_point_id) < 0 ||
	    read_request(ws, in, body->conversation_id, body->agent_id) < 0)
		return -EINVAL;
	target->conversation_id = in->conversation_id;
	target->channel = body->channel;
	target->level = body->channel == HILO__V1__CHANNEL__CHANNEL_CHAT ? HILO__V1__LEVEL__LEVEL_CLAIMED
	                                                                 : HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED;
	in->target = target;
	list_add(&ws->wanted_targets, ws->arena, target);
	return 0;
}

static int read_conversation(struct working_set *ws, struct input *in, const char *conversation_id)
{
	if (uuid_parse(conversation_id, &in->conversation_id) < 0)
		return -EINVAL;
	list_add(&ws->wanted_conversations, ws->arena, &in->conversation_id);
	return 0;
}

static int read_visitor(struct working_set *ws, struct input *in)
{
	return read_conversation(ws, in, in->event->envelope->visitor_presence_changed->conversation_id);
}

static int read_seen(struct working_set *ws, struct input *in)
{
	return read_conversation(ws, in, in->event->envelope->message_read->conversation_id);
}

static int read_end(struct working_set *ws, struct input *in)
{
	const Hilo__V1__EndRequested *body = in->event->envelope->end_requested;

	if (uuid_parse(body->contact_point_id, &in->contact_point_id) < 0)
		return -EINVAL;
	list_add(&ws->wanted_owners, ws->arena, in);
	return read_conversation(ws, in, body->conversation_id);
}

static int read_merged(struct working_set *ws, struct input *in)
{
	const Hilo__V1__CustomerMerged *body = in->event->envelope->customer_merged;

	if (uuid_parse(body->customer_id, &in->customer_id) < 0 ||
	    uuid_parse(body->from_customer_id, &in->from_customer_id) < 0 ||
	    uuid_parse(body->contact_point_id, &in->contact_point_id) < 0)
		return -EINVAL;
	list_add(&ws->wanted_merged, ws->arena, in);
	return 0;
}

static int read_agent(struct working_set *ws, struct input *in, const char *agent_id)
{
	if (uuid_parse(agent_id, &in->subject_id) < 0)
		return -EINVAL;
	ws_want_agent(ws, &in->subject_id);
	return 0;
}

static int read_presence(struct working_set *ws, struct input *in)
{
	return read_agent(ws, in, in->event->envelope->presence_changed->agent_id);
}

static int read_agent_update(struct working_set *ws, struct input *in)
{
	return read_agent(ws, in, in->event->envelope->agent_updated->agent_id);
}

const struct event_handler event_handlers[] = {
        {"message.identified", read_message, decide_message_identified},
        {"reply.requested", read_reply, decide_reply_requested},
        {"assignment.requested", read_assignment, decide_assignment_requested},
        {"status.requested", read_status, decide_status_requested},
        {"triage.requested", read_triage, decide_triage_requested},
        {"inbox.change_requested", read_inbox_change, decide_inbox_change_requested},
        {"move.requested", read_move, decide_move_requested},
        {"visitor.presence_changed", read_visitor, decide_visitor_presence},
        {"message.read", read_seen, decide_message_read},
        {"end.requested", read_end, decide_end_requested},
        {"customer.merged", read_merged, decide_customer_merged},
        {"presence.changed", read_presence, decide_presence_changed},
        {"agent.updated", read_agent_update, decide_agent_updated},
        {0},
};

const struct event_handler *event_handler_by_type(const char *type)
{
	for (const struct event_handler *handler = event_handlers; handler->type; handler++)
		if (strcmp(handler->type, type) == 0)
			return handler;
	return NULL;
}
