/* working_set.c - the maps and lists of one batch, and envelopes for its events. */
#include "working_set.h"

void list_add(struct list *list, struct arena *arena, void *item)
{
	if (list->count == list->size) {
		size_t size = list->size ? list->size * 2 : 16;
		void **items = arena_new_array(arena, void *, size);
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
		list->size = size;
	}
	list->items[list->count++] = item;
}

struct working_set *ws_new(struct arena *arena, const struct routing_settings *settings, int64_t now_us)
{
	struct working_set *ws = arena_new_object(arena, struct working_set);

	ws->arena = arena;
	ws->settings = settings;
	ws->now_us = now_us;
	ws->new_id = uuid_new;
	ws->found_by_ref = map_new(arena, 0);
	ws->found_by_message = map_new(arena, 0);
	ws->found_by_foreign = map_new(arena, 0);
	ws->inboxes = map_new(arena, 0);
	ws->candidate_ids = map_new(arena, 0);
	ws->conversation_ids = map_new(arena, 0);
	ws->agent_ids = map_new(arena, 0);
	ws->staff_ids = map_new(arena, 0);
	ws->conversations = map_new(arena, 0);
	ws->agents = map_new(arena, 0);
	ws->staff = map_new(arena, 0);
	ws->replies = map_new(arena, 0);
	ws->attached = map_new(arena, 0);
	ws->cause_id = ws->cause_trace = ws->cause_actor = "";
	return ws;
}

static void want(struct working_set *ws, struct map *set, struct list *list, const struct uuid *id)
{
	if (uuid_is_nil(id) || map_get(set, id, sizeof(*id)))
		return;
	struct uuid *kept = arena_memdup(ws->arena, id, sizeof(*id));
	map_put(set, kept, sizeof(*kept), kept);
	list_add(list, ws->arena, kept);
}

void ws_want_conversation(struct working_set *ws, const struct uuid *id)
{
	want(ws, ws->conversation_ids, &ws->conversation_list, id);
}

void ws_want_agent(struct working_set *ws, const struct uuid *id)
{
	want(ws, ws->agent_ids, &ws->agent_list, id);
}

void ws_want_staff(struct working_set *ws, const struct uuid *id)
{
	want(ws, ws->staff_ids, &ws->staff_list, id);
}

void ws_add_conversation(struct working_set *ws, struct conversation *conversation)
{
	map_put(ws->conversations, &conversation->id, sizeof(conversation->id), conversation);
	list_add(&ws->all_conversations, ws->arena, conversation);
}

void ws_add_agent(struct working_set *ws, struct agent *agent)
{
	map_put(ws->agents, &agent->id, sizeof(agent->id), agent);
	list_add(&ws->all_agents, ws->arena, agent);
}

void ws_add_staff(struct working_set *ws, struct staff *staff)
{
	map_put(ws->staff, &staff->id, sizeof(staff->id), staff);
}

struct conversation *ws_conversation(const struct working_set *ws, const struct uuid *id)
{
	return map_get(ws->conversations, id, sizeof(*id));
}

struct agent *ws_agent(const struct working_set *ws, const struct uuid *id)
{
	return map_get(ws->agents, id, sizeof(*id));
}

const struct staff *ws_staff(const struct working_set *ws, const struct uuid *id)
{
	return map_get(ws->staff, id, sizeof(*id));
}

struct agent *ws_agent_or_stub(struct working_set *ws, const struct uuid *id)
{
	struct agent *agent = ws_agent(ws, id);

	if (!agent) {
		agent = arena_new_object(ws->arena, struct agent);
		agent->id = *id;
		ws_add_agent(ws, agent);
	}
	return agent;
}

const struct inbox *ws_inbox(const struct working_set *ws, const struct uuid *id)
{
	return map_get(ws->inboxes, id, sizeof(*id));
}

struct agent *ws_choose(const struct working_set *ws, const struct list *agents, const struct lane *lane,
                        const struct uuid *except)
{
	const struct inbox *inbox = ws_inbox(ws, &lane->inbox_id);

	if (!inbox)
		return NULL;
	const struct need need = {.inbox_id = lane->inbox_id,
	                          .team_id = lane->team_id,
	                          .channel = lane->channel,
	                          .skills = inbox->skills};
	return agent_choose((struct agent *const *)agents->items, agents->count, &need, except);
}

const void *ws_foreign_key(struct working_set *ws, const struct uuid *inbox_id, const char *rfc_message_id,
                           size_t *ret_size)
{
	size_t length = strlen(rfc_message_id);
	char *key = arena_alloc(ws->arena, sizeof(*inbox_id) + length);

	memcpy(key, inbox_id, sizeof(*inbox_id));
	memcpy(key + sizeof(*inbox_id), rfc_message_id, length);
	*ret_size = sizeof(*inbox_id) + length;
	return key;
}

void ws_cause(struct working_set *ws, const Hilo__V1__Envelope *cause)
{
	ws->cause_id = cause ? cause->id : "";
	ws->cause_actor = cause ? cause->actor : "system";
	ws->cause_trace = cause ? cause->traceparent : "";
	ws->cause_hop = cause ? cause->hop : 0;
}

Hilo__V1__Envelope *ws_emit(struct working_set *ws, struct conversation *c, const struct uuid *subject,
                            const char *actor)
{
	Hilo__V1__Envelope *envelope = arena_new_object(ws->arena, Hilo__V1__Envelope);

	hilo__v1__envelope__init(envelope);
	c->is_changed = true;
	envelope->key = envelope->correlation_id = bus_id(ws->arena, &c->id);
	envelope->subject = uuid_equal(subject, &c->id) ? envelope->key : bus_id(ws->arena, subject);
	envelope->inbox_id = bus_id(ws->arena, &c->inbox_id);
	envelope->assignee_id = bus_id(ws->arena, &c->assignee_id);
	envelope->version = ++c->version;
	envelope->time_us = ws->now_us;
	envelope->actor = (char *)(actor ? actor : "system");
	envelope->causation_id = (char *)ws->cause_id;
	envelope->traceparent = (char *)ws->cause_trace;
	envelope->hop = ws->cause_hop + 1;
	list_add(&ws->events, ws->arena, envelope);
	return envelope;
}
