/* bus/batch.c - one transaction of a consumer: fence, gather, load, decide, flush, commit. */
#include "bus/replica.h"

static void on_fenced(void *arg, const struct db_outcome *outcome);
static void on_prepared(void *arg, const struct db_outcome *outcome);
static void on_loaded(void *arg, const struct db_outcome *outcome);
static void on_committed(void *arg, const struct db_outcome *outcome);

/* ---- how it ends ---- */

static void lost(struct consumer *consumer)
{
	metric_add(consumer->metrics.lost, 1);
	log_warn("consumer.lease_lost", "fenced=%zu of=%zu", consumer->job.fenced, consumer->job.shard_count);
	consumer->is_reload_due = consumer->is_lease_due = true;
}

/* what the events, or what was done with them, got wrong */
static void failed(struct consumer *consumer, const char *reason)
{
	struct job *job = &consumer->job;

	metric_add(consumer->metrics.failures, 1);
	log_warn("consumer.failed", "events=%zu error=%s", job->batch.count, reason);
	if (job->kind == JOB_BATCH)
		consumer->singles = HILO_MAX(consumer->singles, job->taken);
	if (job->kind == JOB_RETRY || (job->kind == JOB_BATCH && job->taken == 1))
		park_failed(consumer, reason);
	else if (job->kind != JOB_BATCH)
		consumer_wait(consumer); /* a tick comes again, and so does what is due */
}

static void ended(struct consumer *consumer, const struct db_outcome *outcome)
{
	switch (outcome->fault) {
	case DB_UNKNOWN: /* the database knows how far it came */
		consumer->is_reload_due = true;
		/* fall through */
	case DB_RETRY:
		metric_add(consumer->metrics.retries, 1);
		if (!*outcome->sqlstate)
			consumer->is_lease_due = true; /* the connection broke: the group knows the old session only */
		consumer_wait(consumer);
		break;
	default:
		if (strcmp(outcome->sqlstate, LEASE_LOST_STATE) == 0)
			lost(consumer);
		else
			failed(consumer, outcome->message);
	}
	consumer_over(consumer);
}

static void rolled_back(struct consumer *consumer)
{
	db_tx_rollback(consumer->job.batch.tx);
	consumer_over(consumer);
}

/* Returns: whether a phase has declared an event bad; the batch is over then. */
static bool gave_up(struct consumer *consumer)
{
	if (!consumer->job.batch.failed_event)
		return false;
	failed(consumer, consumer->job.batch.failed_reason);
	rolled_back(consumer);
	return true;
}

/* ---- what it is about ---- */

static void choose_shards(struct consumer *consumer)
{
	struct job *job = &consumer->job;

	job->is_full = job->kind == JOB_TICK || job->kind == JOB_CLAIM ||
	               (job->kind == JOB_BATCH && clock_monotonic_us() - consumer->full_us >= FULL_EVERY_US);
	for (size_t i = 0; i < job->taken; i++)
		job->shards[bus_event_shard(&job->batch.events[i])] = true;
	if (job->kind == JOB_RETRY || job->kind == JOB_PARK_AGAIN)
		job->shards[bus_event_shard(&consumer->claimed)] = true;
	for (int s = 0; s < BUS_SHARDS; s++) {
		job->shards[s] = (job->shards[s] || job->is_full) && consumer->shards[s].is_held;
		job->shard_count += job->shards[s];
	}
}

/* A whole queue handled means all that was seen; a part of it, each shard's last event in that part. */
static void choose_positions(struct consumer *consumer)
{
	struct job *job = &consumer->job;
	const bool is_all = job->taken == consumer->queued;

	for (int s = 0; s < BUS_SHARDS; s++)
		job->positions[s] = is_all ? consumer->shards[s].seen : consumer->shards[s].stored;
	for (size_t i = 0; i < job->taken && !is_all; i++)
		job->positions[bus_event_shard(&job->batch.events[i])] = job->batch.events[i].position;
	job->batch.watermark_us = is_all ? consumer->watermark_us : consumer->handled_watermark_us;
}

static void take_head(struct consumer *consumer)
{
	const struct queue *queue = &consumer->current;
	struct job *job = &consumer->job;

	if (job->kind == JOB_BATCH)
		job->taken = consumer->singles || consumer->cautious
		                     ? 1
		                     : HILO_MIN(queue->count - queue->at, consumer->options.max_batch);
	else if (job->kind == JOB_COUNT || job->kind == JOB_PARK)
		job->taken = 1;
	job->batch.events =
	        arena_memdup(consumer->arena, queue->events + queue->at, job->taken * sizeof(struct bus_event));
	job->batch.count = job->taken;
	if (job->kind == JOB_RETRY) {
		job->batch.events = arena_memdup(consumer->arena, &consumer->claimed, sizeof(struct bus_event));
		job->batch.count = 1;
	}
}

/* Returns: whether every event could be opened. One that cannot is parked at once: it will not get better. */
static bool open_events(struct consumer *consumer)
{
	struct consumer_batch *batch = &consumer->job.batch;

	for (size_t i = 0; i < batch->count; i++) {
		if (bus_event_open(&batch->events[i], consumer->arena) == 0)
			continue;
		failed(consumer, "malformed envelope");
		if (consumer->due == JOB_COUNT)
			consumer->due = JOB_PARK;
		return false;
	}
	return true;
}

/* ---- the fence ---- */

static void on_fence(void *arg, const struct db_result *result)
{
	struct consumer *consumer = arg;
	struct job *job = &consumer->job;

	for (size_t row = 0; row < db_rows(result); row++) {
		const int64_t shard = db_get_int(result, row, 0);
		if (shard >= 0 && shard < BUS_SHARDS && job->shards[shard] &&
		    db_get_int(result, row, 1) == consumer->shards[shard].token)
			job->fenced++;
		job->batch.now_us = db_get_time(result, row, 2);
		job->epoch = (uint64_t)db_get_int(result, row, 3);
		job->has_parked = db_get_bool(result, row, 4);
	}
}

void batch_bind_shards(struct db_params *params, const bool *shards)
{
	db_array_begin(params, DB_I16);
	for (int16_t s = 0; s < BUS_SHARDS; s++) {
		if (shards[s])
			db_array_i16(params, s);
	}
	db_array_end(params);
}

static void ask_fence(struct consumer *consumer)
{
	struct db_params *params = db_params_reset(consumer->params);
	struct db_tx *tx = consumer->job.batch.tx;

	db_bind_i32(params, consumer->fence);
	batch_bind_shards(params, consumer->job.shards);
	db_tx_exec(tx, &bus_sql_fence_lock, params, NULL, NULL);
	db_params_reset(params);
	db_bind_text(params, consumer->service);
	db_bind_uuid(params, &consumer->owner);
	batch_bind_shards(params, consumer->job.shards);
	db_tx_exec(tx, &bus_sql_fence_read, params, on_fence, consumer);
}

/* ---- the phases ---- */

static void prepare(struct consumer *consumer)
{
	struct job *job = &consumer->job;

	job->is_prepared = true;
	if (consumer->options.gather) {
		consumer->options.gather(consumer->options.arg, &job->batch);
	} else {
		job->is_loaded = true;
		consumer->options.load(consumer->options.arg, &job->batch);
	}
}

static bool is_for_service(enum job_kind kind)
{
	return kind == JOB_BATCH || kind == JOB_TICK || kind == JOB_RETRY;
}

/* false when every event of a batch is held back */
static bool has_work(const struct job *job)
{
	return is_for_service(job->kind) && (job->batch.count > 0 || job->batch.is_tick);
}

void batch_start(struct consumer *consumer, enum job_kind kind)
{
	struct job *job = &consumer->job;

	consumer_begin(consumer, kind);
	take_head(consumer);
	choose_shards(consumer);
	choose_positions(consumer);
	if ((kind == JOB_BATCH || kind == JOB_RETRY) && !open_events(consumer)) {
		consumer_over(consumer);
		return;
	}
	job->batch.is_tick = kind == JOB_TICK;
	job->batch.shards = consumer->held;
	job->batch.params = consumer->params;
	job->batch.arena = consumer->arena;
	job->batch.tx = db_begin(consumer->options.db);
	ask_fence(consumer);
	if (kind == JOB_BATCH && consumer->has_parked)
		park_ask_keys(consumer);
	else if (is_for_service(kind))
		prepare(consumer);
	if (!gave_up(consumer))
		db_tx_sync(job->batch.tx, on_fenced, consumer);
}

static void finish(struct consumer *consumer);

static void load(struct consumer *consumer)
{
	struct job *job = &consumer->job;

	if (job->is_loaded) {
		finish(consumer);
		return;
	}
	job->is_loaded = true;
	consumer->options.load(consumer->options.arg, &job->batch);
	if (!gave_up(consumer))
		db_tx_sync(job->batch.tx, on_loaded, consumer);
}

/* the transaction is ours alone; now what the service wants of it */
static void go_on(struct consumer *consumer)
{
	struct job *job = &consumer->job;

	if (!is_for_service(job->kind)) {
		park_write(consumer);
		db_tx_commit(job->batch.tx, on_committed, consumer);
		return;
	}
	if (job->is_prepared) {
		load(consumer);
		return;
	}
	park_hold_back(consumer);
	if (!has_work(job)) {
		finish(consumer);
		return;
	}
	prepare(consumer);
	if (!gave_up(consumer))
		db_tx_sync(job->batch.tx, on_prepared, consumer);
}

static void on_fenced(void *arg, const struct db_outcome *outcome)
{
	struct consumer *consumer = arg;
	struct job *job = &consumer->job;

	if (outcome->fault != DB_OK) {
		ended(consumer, outcome);
		return;
	}
	if (consumer->is_freed) {
		rolled_back(consumer);
	} else if (job->fenced != job->shard_count || job->epoch != consumer->epoch) {
		lost(consumer);
		rolled_back(consumer);
	} else if (job->kind == JOB_BATCH && job->has_parked && !job->parked_keys) {
		consumer->has_parked = true; /* again, looking at the keys first */
		rolled_back(consumer);
	} else {
		consumer->has_parked = job->has_parked;
		go_on(consumer);
	}
}

static void on_prepared(void *arg, const struct db_outcome *outcome)
{
	struct consumer *consumer = arg;

	if (outcome->fault != DB_OK)
		ended(consumer, outcome);
	else if (consumer->is_freed)
		rolled_back(consumer);
	else
		load(consumer);
}

static void on_loaded(void *arg, const struct db_outcome *outcome)
{
	struct consumer *consumer = arg;

	if (outcome->fault != DB_OK)
		ended(consumer, outcome);
	else if (consumer->is_freed)
		rolled_back(consumer);
	else
		finish(consumer);
}

void batch_bind_positions(struct consumer *consumer, const bool *shards, const struct bus_position *positions)
{
	struct db_params *params = db_params_reset(consumer->params);
	int32_t count = 0;

	db_bind_text(params, consumer->service);
	db_bind_uuid(params, &consumer->owner);
	db_bind_i64(params, (int64_t)consumer->epoch);
	batch_bind_shards(params, shards);
	db_array_begin(params, DB_I64);
	for (int s = 0; s < BUS_SHARDS; s++) {
		if (shards[s])
			db_array_i64(params, consumer->shards[s].token);
	}
	db_array_end(params);
	db_array_begin(params, DB_XID);
	for (int s = 0; s < BUS_SHARDS; s++) {
		if (shards[s])
			db_array_xid(params, positions[s].xid);
	}
	db_array_end(params);
	db_array_begin(params, DB_I64);
	for (int s = 0; s < BUS_SHARDS; s++) {
		if (shards[s])
			db_array_i64(params, positions[s].id);
		count += shards[s];
	}
	db_array_end(params);
	db_bind_i32(params, count);
}

static void bind_event(struct consumer *consumer, const struct bus_position *position)
{
	struct db_params *params = db_params_reset(consumer->params);

	db_bind_text(params, consumer->service);
	db_bind_xid(params, position->xid);
	db_bind_i64(params, position->id);
}

/* Writes, and COMMIT. The positions come last: their rows are everybody's hottest. */
static void finish(struct consumer *consumer)
{
	struct job *job = &consumer->job;
	struct consumer_batch *batch = &job->batch;

	if (has_work(job)) {
		consumer->options.decide(consumer->options.arg, batch);
		if (gave_up(consumer))
			return;
		consumer->options.flush(consumer->options.arg, batch);
		if (gave_up(consumer))
			return;
	}
	bus_outbox_append(batch->outbox, batch->tx);
	if (job->kind == JOB_RETRY) {
		bind_event(consumer, &consumer->claimed.position);
		db_tx_exec(batch->tx, &bus_sql_unpark, consumer->params, NULL, NULL);
	}
	if (job->kind == JOB_BATCH) {
		park_held(consumer);
		if (consumer->singles ||
		    consumer->cautious) { /* it may have failed before, here or in another replica */
			bind_event(consumer, &batch->events[0].position);
			db_tx_exec(batch->tx, &bus_sql_forget_failure, consumer->params, NULL, NULL);
		}
		batch_bind_positions(consumer, job->shards, job->positions);
		db_tx_exec(batch->tx, &bus_sql_move_positions, consumer->params, NULL, NULL);
	}
	if (job->kind == JOB_TICK && db_tx_is_empty(batch->tx)) {
		consumer->is_tick_due = false;
		consumer->was_aside = true;
		rolled_back(consumer); /* nothing was due */
		return;
	}
	db_tx_commit(batch->tx, on_committed, consumer);
}

/* ---- it is done ---- */

static void batch_committed(struct consumer *consumer)
{
	const struct job *job = &consumer->job;

	for (int s = 0; s < BUS_SHARDS; s++) {
		if (job->shards[s])
			consumer->shards[s].stored = job->positions[s];
	}
	if (job->is_full)
		consumer->full_us = clock_monotonic_us();
	consumer->handled_watermark_us = job->batch.watermark_us;
	if (job->held_count)
		metric_add(consumer->metrics.parked, (double)job->held_count);
	metric_add(consumer->metrics.events, (double)job->batch.count);
	consumer_drop_head(consumer, job->taken);
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct consumer *consumer = arg;
	struct job *job = &consumer->job;

	if (outcome->fault != DB_OK) {
		ended(consumer, outcome);
		return;
	}
	consumer->wait_us = 0;
	if (consumer->is_freed) {
		consumer_over(consumer);
		return;
	}
	consumer->was_aside = job->kind == JOB_TICK || job->kind == JOB_RETRY;
	if (bus_outbox_count(job->batch.outbox))
		bus_ring(consumer->options.bus);
	if (job->kind == JOB_BATCH)
		batch_committed(consumer);
	else if (job->kind == JOB_TICK)
		consumer->is_tick_due = false;
	else if (job->kind == JOB_RETRY)
		consumer->has_claimed = false;
	else if (!is_for_service(job->kind))
		park_settled(consumer);
	if (is_for_service(job->kind)) {
		metric_add(consumer->metrics.batches, 1);
		metric_observe(consumer->metrics.seconds, (double)(clock_monotonic_us() - consumer->job_us) / 1e6);
	}
	if (job->kind == JOB_BATCH && consumer->options.rest_us && consumer->queued < consumer->options.max_batch)
		timer_in(consumer->wait, consumer->options.rest_us);
	if (has_work(job) && consumer->options.committed)
		consumer->options.committed(consumer->options.arg, &job->batch);
	consumer_over(consumer);
}
