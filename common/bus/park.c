/* bus/park.c - events that fail alone: counted, parked with what is held behind them, tried again when an operator says
 * so, or by themselves when they are blamed for deaths only. */
#include <stdio.h>

#include "base/text.h"
#include "bus/replica.h"

enum { MAX_TRIES = 3 };

void park_failed(struct consumer *consumer, const char *reason)
{
	/* a message cut in the middle of a character could not be stored */
	snprintf(consumer->error, sizeof(consumer->error), "%s",
	         text_mend(consumer->arena, reason, strlen(reason), sizeof(consumer->error) - 1));
	consumer->is_death = false;
	consumer->due = consumer->job.kind == JOB_RETRY ? JOB_PARK_AGAIN : JOB_COUNT;
}

/* ---- keys with an event parked ---- */

static void on_parked_keys(void *arg, const struct db_result *result)
{
	struct consumer *consumer = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		char *key = arena_strdup(consumer->arena, db_get_text(result, row, 0));
		map_put(consumer->job.parked_keys, key, strlen(key), key);
	}
}

void park_ask_keys(struct consumer *consumer)
{
	const struct consumer_batch *batch = &consumer->job.batch;
	struct db_params *params = db_params_reset(consumer->params);

	consumer->job.parked_keys = map_new(consumer->arena, 16);
	db_bind_text(params, consumer->service);
	db_array_begin(params, DB_TEXT);
	for (size_t i = 0; i < batch->count; i++)
		db_array_text(params, batch->events[i].key);
	db_array_end(params);
	db_tx_exec(batch->tx, &bus_sql_parked_keys, params, on_parked_keys, consumer);
}

void park_hold_back(struct consumer *consumer)
{
	struct job *job = &consumer->job;
	struct consumer_batch *batch = &job->batch;
	size_t kept = 0;

	if (!job->parked_keys || map_count(job->parked_keys) == 0)
		return;
	job->held = arena_new_array(consumer->arena, struct bus_event, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		const struct bus_event event = batch->events[i];
		if (map_get(job->parked_keys, event.key, strlen(event.key)))
			job->held[job->held_count++] = event;
		else
			batch->events[kept++] = event;
	}
	batch->count = kept;
}

/* ---- what is written ---- */

static void bind_events(struct consumer *consumer, const char *reason, const char *error, bool is_death,
                        const struct bus_event *events, size_t count)
{
	struct db_params *params = db_params_reset(consumer->params);

	db_bind_text(params, consumer->service);
	db_bind_text(params, reason);
	db_bind_text(params, error);
	db_array_begin(params, DB_XID);
	for (size_t i = 0; i < count; i++)
		db_array_xid(params, events[i].position.xid);
	db_array_end(params);
	db_array_begin(params, DB_I64);
	for (size_t i = 0; i < count; i++)
		db_array_i64(params, events[i].position.id);
	db_array_end(params);
	db_array_begin(params, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(params, events[i].key);
	db_array_end(params);
	db_array_begin(params, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(params, events[i].type);
	db_array_end(params);
	db_array_begin(params, DB_BYTES);
	for (size_t i = 0; i < count; i++)
		db_array_bytes(params, events[i].payload, events[i].payload_size);
	db_array_end(params);
	db_array_begin(params, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(params, &events[i].inbox_id);
	db_array_end(params);
	db_array_begin(params, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(params, &events[i].conversation_id);
	db_array_end(params);
	db_array_begin(params, DB_I32);
	for (size_t i = 0; i < count; i++)
		db_array_i32(params, (int32_t)events[i].key_hash);
	db_array_end(params);
	db_array_begin(params, DB_TIME);
	for (size_t i = 0; i < count; i++)
		db_array_i64(params, events[i].occurred_us);
	db_array_end(params);
	db_bind_bool(params, is_death);
}

void park_held(struct consumer *consumer)
{
	const struct job *job = &consumer->job;

	if (job->held_count == 0)
		return;
	bind_events(consumer, "held", "", false, job->held, job->held_count);
	db_tx_exec(job->batch.tx, &bus_sql_park_events, consumer->params, NULL, NULL);
}

static void on_tries(void *arg, const struct db_result *result)
{
	struct consumer *consumer = arg;

	consumer->job.tries = db_get_int(result, 0, 0);
}

static void count_failure(struct consumer *consumer, const struct bus_event *event)
{
	struct db_params *params = db_params_reset(consumer->params);

	if (consumer->due == JOB_NONE) { /* unless it lives to tell */
		snprintf(consumer->error, sizeof(consumer->error), DIED_ERROR);
		consumer->is_death = true;
	}
	db_bind_text(params, consumer->service);
	db_bind_xid(params, event->position.xid);
	db_bind_i64(params, event->position.id);
	db_bind_i16(params, (int16_t)bus_event_shard(event));
	db_bind_text(params, consumer->error);
	db_tx_exec(consumer->job.batch.tx, &bus_sql_count_failure, params, on_tries, consumer);
}

static void park(struct consumer *consumer, const struct bus_event *event)
{
	struct db_tx *tx = consumer->job.batch.tx;
	struct db_params *params = consumer->params;

	bind_events(consumer, "failed", consumer->error, consumer->is_death, event, 1);
	db_tx_exec(tx, &bus_sql_park_events, params, NULL, NULL);
	db_params_reset(params);
	db_bind_text(params, consumer->service);
	db_bind_xid(params, event->position.xid);
	db_bind_i64(params, event->position.id);
	db_tx_exec(tx, &bus_sql_forget_failure, params, NULL, NULL);
	batch_bind_positions(consumer, consumer->job.shards, consumer->job.positions);
	db_tx_exec(tx, &bus_sql_move_positions, params, NULL, NULL);
}

static void on_claimed(void *arg, const struct db_result *result)
{
	struct consumer *consumer = arg;
	struct bus_event *event = &consumer->claimed;

	if (db_rows(result) == 0)
		return;
	arena_reset(consumer->claimed_arena);
	*event = bus_log_event(result, 0, 0);
	event->type = arena_strdup(consumer->claimed_arena, event->type);
	event->key = arena_strdup(consumer->claimed_arena, event->key);
	event->payload = arena_memdup(consumer->claimed_arena, event->payload, event->payload_size);
	consumer->job.has_claimed = true;
}

static void claim(struct consumer *consumer)
{
	struct db_params *params = db_params_reset(consumer->params);

	db_bind_text(params, consumer->service);
	batch_bind_shards(params, consumer->held);
	db_bind_text(params, DIED_ERROR);
	db_tx_exec(consumer->job.batch.tx, &bus_sql_claim_parked, params, on_claimed, consumer);
}

static void park_again(struct consumer *consumer)
{
	struct db_params *params = db_params_reset(consumer->params);

	db_bind_text(params, consumer->service);
	db_bind_xid(params, consumer->claimed.position.xid);
	db_bind_i64(params, consumer->claimed.position.id);
	db_bind_text(params, consumer->error);
	db_tx_exec(consumer->job.batch.tx, &bus_sql_park_again, params, NULL, NULL);
}

void park_write(struct consumer *consumer)
{
	const struct bus_event *event = consumer->job.batch.events;

	if (consumer->job.kind == JOB_CLAIM)
		claim(consumer);
	else if (consumer->job.kind == JOB_COUNT)
		count_failure(consumer, event);
	else if (consumer->job.kind == JOB_PARK)
		park(consumer, event);
	else
		park_again(consumer);
}

void park_settled(struct consumer *consumer)
{
	const struct job *job = &consumer->job;
	const struct bus_event *event = job->batch.events;

	if (job->kind == JOB_CLAIM) {
		consumer->has_claimed = consumer->is_retry_due = job->has_claimed;
		return;
	}
	if (job->kind == JOB_COUNT) {
		const bool is_before = consumer->due == JOB_NONE; /* this try is not known to have failed */
		if (is_before)
			consumer->is_counted = true;
		else
			consumer_wait(consumer);
		consumer->due = job->tries - is_before >= MAX_TRIES ? JOB_PARK : JOB_NONE;
		return;
	}
	consumer->due = JOB_NONE;
	if (job->kind == JOB_PARK) {
		const int s = bus_event_shard(event);
		log_error("consumer.parked", "type=%s shard=%d xid=%llu id=%lld error=%s", event->type, s,
		          (unsigned long long)event->position.xid, (long long)event->position.id, consumer->error);
		metric_add(consumer->metrics.parked, 1);
		consumer->has_parked = true;
		consumer->shards[s].stored = job->positions[s];
		consumer_drop_head(consumer, 1);
	} else {
		consumer->has_claimed = false;
		log_error("consumer.parked_again", "xid=%llu id=%lld error=%s",
		          (unsigned long long)consumer->claimed.position.xid, (long long)consumer->claimed.position.id,
		          consumer->error);
	}
}
