/* batch.c - one batch of received messages and confirmations: gather, lock, load, decide, flush. */
#include <stdio.h>

#include "base/hash.h"
#include "decide.h"
#include "identity.h"
#include "store.h"

static struct store store_of(struct consumer_batch *batch)
{
	return (struct store){.tx = batch->tx, .params = batch->params, .ws = batch->working_set};
}

static void fail(struct consumer_batch *batch, size_t event, const char *reason)
{
	batch->failed_event = event + 1;
	snprintf(batch->failed_reason, sizeof(batch->failed_reason), "%s", reason);
}

void batch_gather(void *arg, struct consumer_batch *batch)
{
	struct working_set *ws = ws_new(batch->arena);
	struct store store;

	(void)arg;
	batch->working_set = ws;
	ws->inputs = arena_new_array(batch->arena, struct input, batch->count);
	for (; ws->input_count < batch->count; ws->input_count++)
		if (ws_read(ws, &batch->events[ws->input_count], &ws->inputs[ws->input_count]) < 0) {
			fail(batch, ws->input_count, "an id, the channel or the address in it is not valid");
			return;
		}
	store = store_of(batch);
	store_find_customers(&store);
}

static void lock_all(const struct working_set *ws, struct db_tx *tx)
{
	size_t count = 0;
	int64_t *objects = arena_new_array(ws->arena, int64_t, ws->all_contact_points.count + ws->customer_ids.count);

	for (size_t i = 0; i < ws->all_contact_points.count; i++) {
		const struct contact_point *point = ws->all_contact_points.items[i];
		objects[count++] = hash_object64("contact_point", point->key, strlen(point->key));
	}
	for (size_t i = 0; i < ws->customer_ids.count; i++)
		objects[count++] = hash_object64("customer", ws->customer_ids.items[i], sizeof(struct uuid));
	if (count)
		db_tx_lock(tx, objects, count);
}

void batch_load(void *arg, struct consumer_batch *batch)
{
	struct store store = store_of(batch);

	(void)arg;
	lock_all(batch->working_set, batch->tx);
	store_load_contact_points(&store);
	store_load_points(&store);
	store_load_changed(&store);
}

void batch_decide(void *arg, struct consumer_batch *batch)
{
	struct working_set *ws = batch->working_set;

	(void)arg;
	ws->now_us = batch->now_us;
	if (ws->has_moved) {
		fail(batch, 0, "a contact point went to another customer meanwhile");
		return;
	}
	for (size_t i = 0; i < ws->input_count; i++)
		decide(ws, &ws->inputs[i]);
}

void batch_flush(void *arg, struct consumer_batch *batch)
{
	const struct working_set *ws = batch->working_set;
	struct store store = store_of(batch);

	(void)arg;
	for (size_t i = 0; i < ws->events.count; i++)
		if (bus_outbox_add(batch->outbox, ws->events.items[i]) < 0) {
			fail(batch, 0, "an event that came of it is too large");
			return;
		}
	store_insert_customers(&store);
	store_update_customers(&store);
	store_update_attributes(&store);
	store_insert_contact_points(&store);
	store_raise_levels(&store);
	store_move_contact_points(&store);
	store_insert_links(&store);
	store_insert_claims(&store);
}

void batch_committed(void *arg, struct consumer_batch *batch)
{
	struct identity *identity = arg;
	const struct working_set *ws = batch->working_set;

	for (size_t i = 0; i < ws->input_count; i++)
		metric_add(identity->identified, uuid_is_nil(&ws->inputs[i].message_id) ? 0 : 1);
	metric_add(identity->merged, (double)ws->links.count);
	for (size_t i = 0; i < ws->all_customers.count; i++)
		if (((const struct customer *)ws->all_customers.items[i])->is_new)
			metric_add(identity->created, 1);
}
