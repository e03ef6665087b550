/* batch.c - one batch of events or one tick: gather, lock, load, decide, flush. */
#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"
#include "decide.h"
#include "plan.h"
#include "routing.h"
#include "store.h"

#define LOST_MAX 64    /* conversations taken from an agent by one tick */
#define DUE_MAX 256    /* snoozes woken by one tick */
#define UNSEEN_MAX 32  /* conversations that one tick continues by mail */
#define HEADS_MAX 64   /* waiting conversations looked at in each inbox */
#define TAKERS_MAX 256 /* agents looked at for each inbox */
#define TICK_SOON_US 10000

static struct store store_of(struct consumer_batch *batch)
{
	return (struct store){.tx = batch->tx, .params = batch->params, .ws = batch->working_set};
}

static void fail(struct consumer_batch *batch, size_t event, const char *reason)
{
	batch->failed_event = event + 1;
	snprintf(batch->failed_reason, sizeof(batch->failed_reason), "%s", reason);
}

static bool read_inputs(struct working_set *ws, struct consumer_batch *batch)
{
	ws->inputs = arena_new_array(ws->arena, struct input, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		struct input *in = &ws->inputs[ws->input_count++];
		in->event = &batch->events[i];
		in->handler = event_handler_by_type(in->event->type);
		if (!in->handler || in->handler->read(ws, in) < 0) {
			fail(batch, i, in->handler ? "an id in it is not a UUID" : "not one of routing's events");
			return false;
		}
	}
	return true;
}

static int64_t tick_guard(void)
{
	return hash_object64("routing", "tick", 4);
}

static void gather_tick(struct routing *routing, const struct consumer_batch *batch, const struct store *store)
{
	struct uuid ids[QUEUE_HEADS_MAX];
	size_t count = queue_take_heads(routing->queue, ids);

	store_find_due(store, batch->watermark_us, DUE_MAX);
	store_find_unseen(store, batch->watermark_us, UNSEEN_MAX);
	if (count)
		store_find_heads_by_id(store, tick_guard(), ids, count);
	else
		store_find_heads(store, tick_guard(), HEADS_MAX);
	store_find_takers(store, TAKERS_MAX);
	store_find_lost(store, LOST_MAX);
}

void batch_gather(void *arg, struct consumer_batch *batch)
{
	struct routing *routing = arg;
	struct working_set *ws = ws_new(batch->arena, &routing->settings, batch->now_us);
	struct store store;

	batch->working_set = ws;
	if (routing->numbers_in_doubt)
		routing->next_number = routing->end_number = 0;
	routing->numbers_in_doubt = false;
	store = store_of(batch);
	if (batch->is_tick) {
		gather_tick(routing, batch, &store);
		return;
	}
	if (!read_inputs(ws, batch))
		return;
	store_find_by_ref(&store);
	store_find_by_message(&store);
	store_find_by_rfc_id(&store);
	store_find_by_id(&store);
	store_find_chats(&store);
	store_find_merged(&store);
	store_find_inboxes(&store);
}

/* a due conversation is woken by the replica that holds its shard: it has seen every event of it up to the watermark.
 * The items are, or begin with, its id. */
static void keep_own(struct working_set *ws, struct list *due, const bool *shards)
{
	struct list own = {0};

	for (size_t i = 0; i < due->count; i++) {
		char key[UUID_TEXT];
		if (shards[hash_key32(uuid_format(due->items[i], key)) % BUS_SHARDS])
			list_add(&own, ws->arena, due->items[i]);
	}
	*due = own;
}

static void lock_all(const struct working_set *ws, struct db_tx *tx)
{
	size_t count = 0;
	int64_t *objects = arena_new_array(ws->arena, int64_t,
	                                   ws->conversation_list.count + ws->agent_list.count + 2 * ws->input_count);

	for (size_t i = 0; i < ws->conversation_list.count; i++)
		objects[count++] = hash_object64("conversation", ws->conversation_list.items[i], sizeof(struct uuid));
	for (size_t i = 0; i < ws->agent_list.count; i++)
		objects[count++] = hash_object64("agent", ws->agent_list.items[i], sizeof(struct uuid));
	for (size_t i = 0; i < ws->input_count; i++) {
		const struct input *in = &ws->inputs[i];
		const struct uuid *others[] = {&in->owner_id, &in->from_customer_id};
		if (!uuid_is_nil(&in->customer_id))
			objects[count++] = hash_object64("customer", &in->customer_id, sizeof(struct uuid));
		for (size_t k = 0; k < HILO_COUNT(others); k++)
			if (!uuid_is_nil(others[k]) && !uuid_equal(others[k], &in->customer_id))
				objects[count++] = hash_object64("customer", others[k], sizeof(struct uuid));
	}
	if (count)
		db_tx_lock(tx, objects, count);
}

static void on_first_number(void *arg, uint64_t first)
{
	struct routing *routing = arg;

	routing->next_number = first;
	routing->end_number = first + STORE_NUMBERS;
	routing->numbers_in_doubt = true;
}

void batch_load(void *arg, struct consumer_batch *batch)
{
	struct routing *routing = arg;
	struct working_set *ws = batch->working_set;
	struct store store = store_of(batch);

	ws->now_us = batch->now_us;
	keep_own(ws, &ws->due, batch->shards);
	keep_own(ws, &ws->unseen, batch->shards);
	plan_message_agents(ws);
	plan_heads(ws);
	lock_all(ws, batch->tx);
	store_load_conversations(&store);
	store_load_agents(&store);
	store_load_staff(&store);
	store_load_replies(&store);
	store_load_owners(&store);
	store_load_targets(&store);
	store_load_unseen(&store);
	if (routing->end_number - routing->next_number < ws->input_count)
		store_next_numbers(&store, on_first_number, routing);
}

void batch_decide(void *arg, struct consumer_batch *batch)
{
	struct routing *routing = arg;
	struct working_set *ws = batch->working_set;

	ws->next_number = routing->next_number;
	if (ws->has_moved) {
		fail(batch, 0, "a contact point went to another customer meanwhile");
		return;
	}
	for (size_t i = 0; i < ws->input_count; i++) {
		ws_cause(ws, ws->inputs[i].event->envelope);
		ws->inputs[i].handler->decide(ws, &ws->inputs[i]);
		if (ws->is_stale) {
			fail(batch, i, "it needs what an earlier event of its batch changed");
			return;
		}
	}
	if (batch->is_tick) {
		ws_cause(ws, NULL);
		decide_tick(ws);
	}
	routing->next_number = ws->next_number;
}

static bool collect_events(const struct working_set *ws, struct consumer_batch *batch)
{
	for (size_t i = 0; i < ws->events.count; i++) {
		Hilo__V1__Envelope *event = ws->events.items[i];
		if (bus_outbox_add(batch->outbox, event) < 0) {
			fail(batch, 0, "an event that came of it is too large");
			return false;
		}
	}
	return true;
}

void batch_flush(void *arg, struct consumer_batch *batch)
{
	const struct working_set *ws = batch->working_set;
	struct store store = store_of(batch);

	(void)arg;
	if (!collect_events(ws, batch))
		return;
	store_insert_conversations(&store);
	store_update_conversations(&store);
	store_touch_conversations(&store);
	store_update_triage(&store);
	store_update_live(&store);
	store_insert_interactions(&store);
	store_end_interactions(&store);
	store_insert_entries(&store);
	store_insert_messages(&store);
	store_insert_moves(&store);
	store_save_presences(&store);
	store_save_rights(&store);
	store_add_loads(&store);
	store_set_swept(&store);
}

static void count_events(struct routing *routing, const struct working_set *ws)
{
	for (size_t i = 0; i < ws->events.count; i++) {
		const Hilo__V1__Envelope *event = ws->events.items[i];
		switch (event->body_case) {
		case HILO__V1__ENVELOPE__BODY_MESSAGE_ATTACHED:
			metric_add(routing->attached, 1);
			break;
		case HILO__V1__ENVELOPE__BODY_CONVERSATION_OPENED:
			metric_add(routing->opened, 1);
			break;
		case HILO__V1__ENVELOPE__BODY_CONVERSATION_ASSIGNED:
			metric_add(routing->assigned, 1);
			break;
		case HILO__V1__ENVELOPE__BODY_CONVERSATION_QUEUED:
			metric_add(routing->queued, 1);
			break;
		default:
			break;
		}
	}
}

void batch_committed(void *arg, struct consumer_batch *batch)
{
	struct routing *routing = arg;
	const struct working_set *ws = batch->working_set;

	routing->numbers_in_doubt = false;
	count_events(routing, ws);
	for (size_t i = 0; i < ws->all_conversations.count; i++) {
		const struct conversation *c = ws->all_conversations.items[i];
		const struct lane lane = conversation_lane(c);
		const bool is_elsewhere = c->was_queued && !lane_equal(&lane, &c->lane);
		if (c->was_queued && (!c->queued_us || is_elsewhere))
			queue_remove(routing->queue, &c->lane, &c->id);
		if (c->queued_us && (!c->was_queued || is_elsewhere))
			queue_add(routing->queue, &lane, &c->id, c->queued_us);
	}
	if ((ws->was_queued || ws->has_room) && !timer_is_running(routing->tick_soon))
		timer_in(routing->tick_soon, TICK_SOON_US);
}
