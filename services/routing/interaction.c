/* interaction.c - interactions begin and end, a conversation moves from one to another, and becomes another customer's.
 */
#include "interaction.h"

#include "continuity.h"
#include "names.h"

#define FORMER_INBOXES_MAX 16 /* remembered of a conversation */

const struct uuid *conversation_inbox(const struct conversation *c)
{
	return uuid_is_nil(&c->via_inbox_id) ? &c->inbox_id : &c->via_inbox_id;
}

void interaction_begin(struct working_set *ws, struct conversation *c, int64_t at_us)
{
	struct interaction *interaction = arena_new_object(ws->arena, struct interaction);
	Hilo__V1__InteractionStarted *body = arena_new_object(ws->arena, Hilo__V1__InteractionStarted);

	c->interaction_id = ws->new_id();
	c->is_moved = true;
	*interaction = (struct interaction){.id = c->interaction_id,
	                                    .conversation_id = c->id,
	                                    .inbox_id = *conversation_inbox(c),
	                                    .contact_point_id = c->contact_point_id,
	                                    .channel = c->channel,
	                                    .started_us = at_us};
	list_add(&ws->interactions, ws->arena, interaction);

	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, ws->cause_actor);
	hilo__v1__interaction_started__init(body);
	body->conversation_id = envelope->key;
	body->interaction_id = bus_id(ws->arena, &interaction->id);
	body->channel = interaction->channel;
	body->inbox_id = bus_id(ws->arena, &interaction->inbox_id);
	body->contact_point_id = bus_id(ws->arena, &interaction->contact_point_id);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_INTERACTION_STARTED;
	envelope->interaction_started = body;
}

void interaction_end(struct working_set *ws, struct conversation *c)
{
	Hilo__V1__InteractionEnded *body = arena_new_object(ws->arena, Hilo__V1__InteractionEnded);
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, ws->cause_actor);

	list_add(&ws->ended, ws->arena, arena_memdup(ws->arena, &c->interaction_id, sizeof(c->interaction_id)));
	hilo__v1__interaction_ended__init(body);
	body->conversation_id = envelope->key;
	body->interaction_id = bus_id(ws->arena, &c->interaction_id);
	body->channel = c->channel;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_INTERACTION_ENDED;
	envelope->interaction_ended = body;
}

static void redirect(struct working_set *ws, struct conversation *c, const struct way *way)
{
	conversation_set_channel(ws, c, way->channel);
	c->via_inbox_id = uuid_equal(&way->inbox_id, &c->inbox_id) ? (struct uuid){{0}} : way->inbox_id;
	c->contact_point_id = way->contact_point_id;
	c->is_live_changed = true;
}

static void tell_moved(struct working_set *ws, struct conversation *c, const struct move *move)
{
	Hilo__V1__ConversationMoved *body = arena_new_object(ws->arena, Hilo__V1__ConversationMoved);
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, ws->cause_actor);

	hilo__v1__conversation_moved__init(body);
	body->conversation_id = envelope->key;
	body->message_id = bus_id(ws->arena, &move->message_id);
	body->from_interaction_id = bus_id(ws->arena, &move->from_interaction_id);
	body->to_interaction_id = bus_id(ws->arena, &move->to_interaction_id);
	body->from_channel = move->from_channel;
	body->to_channel = move->to_channel;
	body->reason = move->reason;
	body->by_agent_id = bus_id(ws->arena, &move->by_agent_id);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_MOVED;
	envelope->conversation_moved = body;
}

struct message *conversation_line(struct working_set *ws, struct conversation *c, const struct uuid *id,
                                  const char *text)
{
	struct message *line = arena_new_object(ws->arena, struct message);
	struct entry *entry = arena_new_object(ws->arena, struct entry);

	*line = (struct message){.id = *id,
	                         .conversation_id = c->id,
	                         .inbox_id = c->inbox_id,
	                         .author_name = "",
	                         .text = text,
	                         .attachments_json = "[]",
	                         .at_us = ws->now_us};
	list_add(&ws->messages, ws->arena, line);
	*entry = (struct entry){.message_id = line->id,
	                        .kind = HILO__V1__MESSAGE_KIND__MESSAGE_KIND_SYSTEM,
	                        .at_us = line->at_us,
	                        .author_type = HILO__V1__AUTHOR_TYPE__AUTHOR_TYPE_SYSTEM,
	                        .author_name = line->author_name,
	                        .preview = line->text};
	conversation_attach(ws, c, entry);
	return line;
}

static struct message *moved(struct working_set *ws, struct conversation *c, const struct conversation *before,
                             Hilo__V1__MoveReason reason, const struct uuid *by)
{
	struct move *move = arena_new_object(ws->arena, struct move);

	*move = (struct move){.message_id = ws->new_id(),
	                      .conversation_id = c->id,
	                      .from_interaction_id = before->interaction_id,
	                      .to_interaction_id = c->interaction_id,
	                      .from_channel = before->channel,
	                      .to_channel = c->channel,
	                      .reason = reason};
	if (by)
		move->by_agent_id = *by;
	list_add(&ws->moves, ws->arena, move);
	tell_moved(ws, c, move);
	return conversation_line(ws, c, &move->message_id,
	                         arena_printf(ws->arena, "Moved from %s to %s", channel_name(move->from_channel),
	                                      channel_name(move->to_channel)));
}

/* the next interaction instead of this one */
static void change(struct working_set *ws, struct conversation *c, const struct way *way)
{
	if (c->status != STATUS_RESOLVED) {
		interaction_end(ws, c);
		redirect(ws, c, way);
		interaction_begin(ws, c, ws->now_us);
	} else { /* it stays resolved */
		redirect(ws, c, way);
		interaction_begin(ws, c, ws->now_us);
		interaction_end(ws, c);
	}
}

struct message *conversation_move(struct working_set *ws, struct conversation *c, const struct way *way,
                                  Hilo__V1__MoveReason reason, const struct uuid *by)
{
	const struct conversation before = *c;

	change(ws, c, way);
	return moved(ws, c, &before, reason, by);
}

/* another browser's stretch of a chat is another interaction, for nobody reads what another wrote; a mail's address may
 * change within one */
static bool is_elsewhere(const struct conversation *c, const struct way *way)
{
	return way->channel != c->channel || (way->channel == HILO__V1__CHANNEL__CHANNEL_CHAT &&
	                                      !uuid_equal(&way->contact_point_id, &c->contact_point_id));
}

struct message *conversation_wake_on(struct working_set *ws, struct conversation *c, enum conversation_input input,
                                     const struct way *way, Hilo__V1__MoveReason reason, const struct uuid *by)
{
	const struct conversation before = *c;
	const bool goes_elsewhere = is_elsewhere(c, way);

	if (!goes_elsewhere)
		c->contact_point_id = way->contact_point_id;
	else if (c->status == STATUS_RESOLVED)
		redirect(ws, c, way); /* the interaction that begins goes there */
	conversation_wake(ws, c, input);
	if (goes_elsewhere && before.status != STATUS_RESOLVED)
		change(ws, c, way);
	return way->channel == before.channel ? NULL : moved(ws, c, &before, reason, by);
}

static void tell_inbox_changed(struct working_set *ws, struct conversation *c, const struct uuid *previous,
                               const struct uuid *by)
{
	Hilo__V1__ConversationInboxChanged *body = arena_new_object(ws->arena, Hilo__V1__ConversationInboxChanged);
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, ws->cause_actor);

	hilo__v1__conversation_inbox_changed__init(body);
	body->conversation_id = envelope->key;
	body->inbox_id = envelope->inbox_id;
	body->previous_inbox_id = bus_id(ws->arena, previous);
	body->by_agent_id = bus_id(ws->arena, by);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_INBOX_CHANGED;
	envelope->conversation_inbox_changed = body;
}

/* the customer may still write to the inboxes it had before */
static void remember_inbox(struct working_set *ws, struct conversation *c, const struct uuid *inbox_id)
{
	struct uuid *ids = arena_new_array(ws->arena, struct uuid, c->former_inbox_count + 1);
	size_t count = 0;

	for (size_t i = 0; i < c->former_inbox_count; i++)
		if (!uuid_equal(&c->former_inbox_ids[i], inbox_id))
			ids[count++] = c->former_inbox_ids[i];
	ids[count++] = *inbox_id;
	c->former_inbox_ids = count > FORMER_INBOXES_MAX ? ids + 1 : ids;
	c->former_inbox_count = HILO_MIN(count, (size_t)FORMER_INBOXES_MAX);
}

void conversation_change_inbox(struct working_set *ws, struct conversation *c, const struct uuid *inbox_id,
                               const struct uuid *by)
{
	const struct uuid previous = c->inbox_id;
	const bool goes_along = uuid_is_nil(&c->via_inbox_id) && c->channel == HILO__V1__CHANNEL__CHANNEL_EMAIL;
	const struct way way = {.channel = c->channel,
	                        .inbox_id = goes_along ? *inbox_id : *conversation_inbox(c),
	                        .contact_point_id = c->contact_point_id};

	remember_inbox(ws, c, &previous);
	c->inbox_id = *inbox_id;
	c->is_moved = c->is_triaged = true;
	tell_inbox_changed(ws, c, &previous, by);
	if (goes_along)
		change(ws, c, &way);
	else
		redirect(ws, c, &way);
}

void conversation_give(struct working_set *ws, struct conversation *c, const struct uuid *customer_id,
                       const char *customer_name)
{
	Hilo__V1__ConversationCustomerChanged *body =
	        arena_new_object(ws->arena, Hilo__V1__ConversationCustomerChanged);
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, ws->cause_actor);

	hilo__v1__conversation_customer_changed__init(body);
	body->conversation_id = envelope->key;
	body->previous_customer_id = bus_id(ws->arena, &c->customer_id);
	c->customer_id = *customer_id;
	c->is_moved = c->is_live_changed = true;
	body->customer_id = bus_id(ws->arena, &c->customer_id);
	body->customer_name = (char *)customer_name;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_CUSTOMER_CHANGED;
	envelope->conversation_customer_changed = body;
}

static struct continuity continuity_of(const struct conversation *c)
{
	return (struct continuity){.is_present = c->is_present,
	                           .reply_sequence = c->reply_sequence,
	                           .seen_sequence = c->seen_sequence,
	                           .told_sequence = c->told_sequence,
	                           .reply_us = c->reply_us,
	                           .absent_us = c->absent_us};
}

void conversation_plan(struct conversation *c)
{
	const struct continuity state = continuity_of(c);

	c->continue_us = continuity_due(&state);
	c->is_live_changed = true;
}

void conversation_plan_later(struct conversation *c, int64_t now_us)
{
	const struct continuity state = continuity_of(c);

	c->continue_us = continuity_later(&state, now_us);
	c->is_live_changed = true;
}
