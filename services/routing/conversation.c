/* conversation.c - a conversation's states, its assignee, its place in the queue, and what is attached to it. */
#include "conversation.h"

#include "base/text.h"
#include "interaction.h"
#include "working_set.h"

#define SUBJECT_MAX 500 /* bytes kept */
#define PREVIEW_MAX 200

static const char *const status_names[] = {"open", "pending", "snoozed", "resolved"};
static const char *const input_names[] = {
        "customer wrote", "machine wrote", "agent replied",  "asked open",
        "asked pending",  "asked snoozed", "asked resolved", "snooze ended",
};

static const struct fsm_transition transitions[] = {
        {STATUS_OPEN, INPUT_CUSTOMER_WROTE, STATUS_OPEN, ACTION_NONE},
        {STATUS_OPEN, INPUT_MACHINE_WROTE, STATUS_OPEN, ACTION_NONE},
        {STATUS_OPEN, INPUT_AGENT_REPLIED, STATUS_OPEN, ACTION_NONE},
        {STATUS_OPEN, INPUT_ASKED_OPEN, STATUS_OPEN, ACTION_NONE},
        {STATUS_OPEN, INPUT_ASKED_PENDING, STATUS_PENDING, ACTION_NONE},
        {STATUS_OPEN, INPUT_ASKED_SNOOZED, STATUS_SNOOZED, ACTION_NONE},
        {STATUS_OPEN, INPUT_ASKED_RESOLVED, STATUS_RESOLVED, ACTION_END},
        {STATUS_PENDING, INPUT_CUSTOMER_WROTE, STATUS_OPEN, ACTION_NONE},
        {STATUS_PENDING, INPUT_MACHINE_WROTE, STATUS_PENDING, ACTION_NONE},
        {STATUS_PENDING, INPUT_AGENT_REPLIED, STATUS_PENDING, ACTION_NONE},
        {STATUS_PENDING, INPUT_ASKED_OPEN, STATUS_OPEN, ACTION_NONE},
        {STATUS_PENDING, INPUT_ASKED_PENDING, STATUS_PENDING, ACTION_NONE},
        {STATUS_PENDING, INPUT_ASKED_SNOOZED, STATUS_SNOOZED, ACTION_NONE},
        {STATUS_PENDING, INPUT_ASKED_RESOLVED, STATUS_RESOLVED, ACTION_END},
        {STATUS_SNOOZED, INPUT_CUSTOMER_WROTE, STATUS_OPEN, ACTION_NONE},
        {STATUS_SNOOZED, INPUT_MACHINE_WROTE, STATUS_SNOOZED, ACTION_NONE},
        {STATUS_SNOOZED, INPUT_AGENT_REPLIED, STATUS_SNOOZED, ACTION_NONE},
        {STATUS_SNOOZED, INPUT_ASKED_OPEN, STATUS_OPEN, ACTION_NONE},
        {STATUS_SNOOZED, INPUT_ASKED_PENDING, STATUS_PENDING, ACTION_NONE},
        {STATUS_SNOOZED, INPUT_ASKED_SNOOZED, STATUS_SNOOZED, ACTION_NONE},
        {STATUS_SNOOZED, INPUT_ASKED_RESOLVED, STATUS_RESOLVED, ACTION_END},
        {STATUS_SNOOZED, INPUT_SNOOZE_ENDED, STATUS_OPEN, ACTION_NONE},
        {STATUS_RESOLVED, INPUT_CUSTOMER_WROTE, STATUS_OPEN, ACTION_BEGIN},
        {STATUS_RESOLVED, INPUT_MACHINE_WROTE, STATUS_RESOLVED, ACTION_NONE},
        {STATUS_RESOLVED, INPUT_AGENT_REPLIED, STATUS_OPEN, ACTION_BEGIN},
        {STATUS_RESOLVED, INPUT_ASKED_OPEN, STATUS_OPEN, ACTION_BEGIN},
        {STATUS_RESOLVED, INPUT_ASKED_PENDING, STATUS_PENDING, ACTION_BEGIN},
        {STATUS_RESOLVED, INPUT_ASKED_SNOOZED, STATUS_SNOOZED, ACTION_BEGIN},
        {STATUS_RESOLVED, INPUT_ASKED_RESOLVED, STATUS_RESOLVED, ACTION_NONE},
};

const struct fsm conversation_fsm = {
        .name = "conversation",
        .transitions = transitions,
        .count = HILO_COUNT(transitions),
        .states = status_names,
        .states_count = HILO_COUNT(status_names),
        .events = input_names,
        .events_count = HILO_COUNT(input_names),
        .initial = STATUS_OPEN,
};

const char *conversation_status_name(enum conversation_status status)
{
	return status_names[status];
}

int conversation_status_parse(const char *name, enum conversation_status *ret)
{
	for (size_t i = 0; i < HILO_COUNT(status_names); i++)
		if (strcmp(name, status_names[i]) == 0) {
			*ret = (enum conversation_status)i;
			return 0;
		}
	return -EINVAL;
}

Hilo__V1__ConversationStatus conversation_status_proto(enum conversation_status status)
{
	return (Hilo__V1__ConversationStatus)(status + 1);
}

int conversation_priority(Hilo__V1__Priority priority)
{
	bool is_known = priority >= HILO__V1__PRIORITY__PRIORITY_LOW && priority <= HILO__V1__PRIORITY__PRIORITY_URGENT;

	return is_known ? (int)priority - HILO__V1__PRIORITY__PRIORITY_NORMAL : 0;
}

Hilo__V1__Priority conversation_priority_proto(int priority)
{
	return (Hilo__V1__Priority)(priority + HILO__V1__PRIORITY__PRIORITY_NORMAL);
}

static bool takes_room(const struct conversation *c)
{
	return !uuid_is_nil(&c->assignee_id) && (c->status == STATUS_OPEN || c->status == STATUS_PENDING);
}

static void add_room(struct working_set *ws, const struct conversation *c, int change)
{
	if (!takes_room(c))
		return;
	agent_add_load(ws_agent_or_stub(ws, &c->assignee_id), c->channel, change);
	ws->has_room |= change < 0;
}

/* the one place where status and assignee change, so that agents' loads always follow */
static void move(struct working_set *ws, struct conversation *c, enum conversation_status status,
                 struct uuid assignee_id)
{
	bool is_same = uuid_equal(&c->assignee_id, &assignee_id), took_room = takes_room(c), had_room = ws->has_room;

	if (c->status == status && is_same)
		return;
	add_room(ws, c, -1);
	c->status = status;
	c->assignee_id = assignee_id;
	add_room(ws, c, 1);
	if (is_same && took_room && takes_room(c))
		ws->has_room = had_room; /* open or pending: it is as much work as before */
	c->is_moved = true;
}

void conversation_set_channel(struct working_set *ws, struct conversation *c, Hilo__V1__Channel channel)
{
	if (c->channel == channel)
		return;
	add_room(ws, c, -1);
	c->channel = channel;
	add_room(ws, c, 1);
}

static void resolve(struct working_set *ws, struct conversation *c)
{
	interaction_end(ws, c);
	c->resolved_us = ws->now_us;
	c->waiting_since_us = 0;
}

static char *cut(struct working_set *ws, const char *text, size_t limit)
{
	return arena_strndup(ws->arena, text, text_cut(text, strlen(text), limit));
}

struct conversation *conversation_open(struct working_set *ws, const struct conversation_start *start)
{
	struct conversation *c = arena_new_object(ws->arena, struct conversation);
	Hilo__V1__ConversationOpened *body = arena_new_object(ws->arena, Hilo__V1__ConversationOpened);

	*c = (struct conversation){.id = ws->new_id(),
	                           .inbox_id = start->inbox_id,
	                           .team_id = start->team_id,
	                           .customer_id = start->customer_id,
	                           .contact_point_id = start->contact_point_id,
	                           .channel = start->channel,
	                           .subject = cut(ws, start->subject, SUBJECT_MAX),
	                           .last_preview = "",
	                           .last_author = "",
	                           .created_us = start->at_us,
	                           .is_new = true};
	if (start->linked_from)
		c->linked_from = start->linked_from->id;
	reference_format(ws->next_number++, c->ref);
	ws_add_conversation(ws, c);

	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, ws->cause_actor);
	hilo__v1__conversation_opened__init(body);
	body->conversation_id = envelope->key;
	body->ref = c->ref;
	body->inbox_id = envelope->inbox_id;
	body->customer_id = bus_id(ws->arena, &c->customer_id);
	body->customer_name = (char *)start->customer_name;
	body->channel = c->channel;
	body->subject = (char *)c->subject;
	body->linked_from = bus_id(ws->arena, &c->linked_from);
	body->team_id = bus_id(ws->arena, &c->team_id);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_OPENED;
	envelope->conversation_opened = body;
	interaction_begin(ws, c, start->at_us);
	return c;
}

bool conversation_step(struct working_set *ws, struct conversation *c, enum conversation_input input)
{
	const struct fsm_transition *transition = fsm_step(&conversation_fsm, (int)c->status, (int)input);

	if (!transition)
		return false;
	move(ws, c, (enum conversation_status)transition->to, c->assignee_id);
	if (c->status != STATUS_SNOOZED)
		c->snoozed_until_us = 0;
	if (c->status != STATUS_OPEN)
		c->queued_us = 0;
	if (transition->action == ACTION_BEGIN)
		interaction_begin(ws, c, ws->now_us);
	else if (transition->action == ACTION_END)
		resolve(ws, c);
	return true;
}

void conversation_wake(struct working_set *ws, struct conversation *c, enum conversation_input input)
{
	enum conversation_status previous = c->status;

	if (!conversation_step(ws, c, input) || c->status == previous)
		return;
	Hilo__V1__ConversationReopened *body = arena_new_object(ws->arena, Hilo__V1__ConversationReopened);
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, ws->cause_actor);
	hilo__v1__conversation_reopened__init(body);
	body->conversation_id = envelope->key;
	body->previous = conversation_status_proto(previous);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_REOPENED;
	envelope->conversation_reopened = body;
}

void conversation_assign(struct working_set *ws, struct conversation *c, const struct uuid *agent_id,
                         const struct uuid *by)
{
	conversation_reassign(ws, c, agent_id, &c->team_id, by);
}

void conversation_reassign(struct working_set *ws, struct conversation *c, const struct uuid *agent_id,
                           const struct uuid *team_id, const struct uuid *by)
{
	const struct uuid previous = c->assignee_id, previous_team = c->team_id;
	Hilo__V1__ConversationAssigned *body = arena_new_object(ws->arena, Hilo__V1__ConversationAssigned);

	move(ws, c, c->status, agent_id ? *agent_id : (struct uuid){0});
	c->has_lost_assignee = false;
	c->is_triaged |= !uuid_equal(&previous_team, team_id);
	c->team_id = *team_id;
	if (agent_id) {
		struct agent *agent = ws_agent_or_stub(ws, agent_id);
		agent->assigned_us = ws->now_us;
		agent->was_assigned = true;
		c->queued_us = 0;
		c->released_from = (struct uuid){0};
	}
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, by ? ws->cause_actor : NULL);
	hilo__v1__conversation_assigned__init(body);
	body->conversation_id = envelope->key;
	body->assignee_id = envelope->assignee_id;
	body->previous_assignee_id = bus_id(ws->arena, &previous);
	body->by_agent_id = by ? bus_id(ws->arena, by) : (char *)"";
	body->team_id = bus_id(ws->arena, &c->team_id);
	body->previous_team_id = bus_id(ws->arena, &previous_team);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_ASSIGNED;
	envelope->conversation_assigned = body;
}

void conversation_queue(struct working_set *ws, struct conversation *c)
{
	Hilo__V1__ConversationQueued *body = arena_new_object(ws->arena, Hilo__V1__ConversationQueued);

	c->queued_us = ws->now_us;
	c->is_moved = true;
	ws->was_queued = true;
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, NULL);
	hilo__v1__conversation_queued__init(body);
	body->conversation_id = envelope->key;
	body->queued_at_us = c->queued_us;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_QUEUED;
	envelope->conversation_queued = body;
}

/* an assignee routing knows to have left, or to have lost the inbox; one who is merely offline keeps it */
static bool has_lost_assignee(const struct working_set *ws, const struct conversation *c)
{
	const struct agent *agent = ws_agent(ws, &c->assignee_id);

	return c->has_lost_assignee || (agent && agent->rights_version && !rights_cover(&agent->rights, &c->inbox_id));
}

struct lane conversation_lane(const struct conversation *c)
{
	return (struct lane){c->inbox_id, c->team_id, c->channel, c->priority};
}

bool lane_equal(const struct lane *a, const struct lane *b)
{
	return uuid_equal(&a->inbox_id, &b->inbox_id) && uuid_equal(&a->team_id, &b->team_id) &&
	       a->channel == b->channel && a->priority == b->priority;
}

/* it is known that nobody waits before it; of other teams' lanes the tick knows */
static bool has_empty_lane(const struct working_set *ws, const struct conversation *c)
{
	const struct inbox *inbox = ws_inbox(ws, &c->inbox_id);

	return inbox && !inbox->is_waiting && uuid_equal(&inbox->team_id, &c->team_id) && inbox->channel == c->channel;
}

void conversation_place(struct working_set *ws, struct conversation *c)
{
	struct agent *agent = NULL;

	if (c->status != STATUS_OPEN || c->queued_us)
		return;
	if (!uuid_is_nil(&c->assignee_id)) {
		if (!has_lost_assignee(ws, c))
			return;
		conversation_assign(ws, c, NULL, NULL);
	}
	const struct lane lane = conversation_lane(c);
	if (has_empty_lane(ws, c))
		agent = ws_choose(ws, &ws->all_agents, &lane, NULL);
	if (agent)
		conversation_assign(ws, c, &agent->id, NULL);
	else
		conversation_queue(ws, c);
}

static void remember(struct working_set *ws, struct conversation *c, const struct entry *entry)
{
	if (entry->kind == HILO__V1__MESSAGE_KIND__MESSAGE_KIND_SYSTEM)
		return; /* nobody wrote anything */
	c->last_message_id = entry->message_id;
	c->last_preview = cut(ws, entry->preview, PREVIEW_MAX);
	c->last_author = entry->author_name;
	c->last_direction = entry->direction;
	c->last_activity_us = HILO_MAX(c->last_activity_us, entry->at_us);
	if (entry->direction == HILO__V1__DIRECTION__DIRECTION_IN) {
		c->last_inbound_id = entry->message_id;
		if (!c->waiting_since_us && !entry->automatic)
			c->waiting_since_us = entry->at_us;
	} else if (entry->direction == HILO__V1__DIRECTION__DIRECTION_OUT) {
		c->waiting_since_us = 0;
	}
}

void conversation_attach(struct working_set *ws, struct conversation *c, struct entry *entry)
{
	Hilo__V1__MessageAttached *body = arena_new_object(ws->arena, Hilo__V1__MessageAttached);

	entry->conversation_id = c->id;
	entry->sequence = ++c->sequence;
	if (uuid_is_nil(&entry->interaction_id))
		entry->interaction_id = c->interaction_id;
	c->is_moved |= entry->direction != HILO__V1__DIRECTION__DIRECTION_IN;
	list_add(&ws->entries, ws->arena, entry);
	remember(ws, c, entry);

	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &entry->message_id, ws->cause_actor);
	hilo__v1__message_attached__init(body);
	body->conversation_id = envelope->key;
	body->message_id = envelope->subject;
	body->interaction_id = bus_id(ws->arena, &entry->interaction_id);
	body->sequence = entry->sequence;
	body->kind = entry->kind;
	body->direction = entry->direction;
	body->channel = c->channel;
	body->author_type = entry->author_type;
	body->author_id = bus_id(ws->arena, &entry->author_id);
	body->author_name = (char *)entry->author_name;
	body->preview = cut(ws, entry->preview, PREVIEW_MAX);
	body->customer_id = bus_id(ws->arena, &c->customer_id);
	body->mentions = entry->mentions;
	body->n_mentions = entry->mention_count;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_ATTACHED;
	envelope->message_attached = body;
}
