/* bus/lease.c - a replica's share of its service's shards: joining, taking, giving back, renewing. */
#include "bus/replica.h"

enum { DEATHS = 2 }; /* of holders, without any progress between */

static struct db_params *bind_self(struct consumer *consumer)
{
	struct db_params *params = db_params_reset(consumer->params);

	db_bind_text(params, consumer->service);
	db_bind_uuid(params, &consumer->owner);
	return params;
}

/* Each step is one statement; a fault ends the steps, and they begin anew. */
static void ask(struct consumer *consumer, const struct db_statement *statement,
                void (*on_done)(void *arg, const struct db_outcome *outcome, const struct db_result *result))
{
	db_query(consumer->options.db, statement, consumer->params, on_done, consumer);
}

/* Returns: whether the steps end here. */
static bool is_over(struct consumer *consumer, const struct db_outcome *outcome)
{
	if (outcome->fault == DB_OK && !consumer->is_freed)
		return false;
	if (outcome->fault == DB_FAILED)
		log_error("consumer.lease_failed", "error=%s", outcome->message);
	if (outcome->fault != DB_OK) {
		consumer->is_lease_due = true;
		consumer_wait(consumer);
	}
	consumer_over(consumer);
	return true;
}

/* ---- what this replica holds ---- */

static void take_row(struct consumer *consumer, const struct db_result *result, size_t row)
{
	const int64_t s = db_get_int(result, row, 0);
	struct shard *shard = &consumer->shards[s % BUS_SHARDS];

	*shard = (struct shard){
	        .is_held = true,
	        .token = db_get_int(result, row, 1),
	        .stored = {(uint64_t)db_get_int(result, row, 6), db_get_xid(result, row, 4),
	                   db_get_int(result, row, 5)},
	};
	shard->seen = shard->stored;
	consumer->held[s % BUS_SHARDS] = true;
	consumer->held_count++;
	consumer->epoch = shard->stored.epoch;
	if (db_get_int(result, row, 2) >= DEATHS)
		consumer->cautious = consumer->options.max_batch;
	if (db_get_bool(result, row, 3))
		log_error("consumer.behind", "shard=%lld",
		          (long long)s); /* its events were dropped with their partition */
}

static void on_shards(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct consumer *consumer = arg;

	if (is_over(consumer, outcome))
		return;
	consumer_forget_queue(consumer);
	memset(consumer->shards, 0, sizeof(consumer->shards));
	memset(consumer->held, 0, sizeof(consumer->held));
	consumer->held_count = 0;
	consumer->epoch = 0;
	consumer->has_parked = true; /* until a fence says otherwise */
	for (size_t row = 0; row < db_rows(result); row++)
		take_row(consumer, result, row);
	consumer->is_reload_due = false;
	if (consumer->held_count && consumer->epoch == 0)
		consumer_wait(consumer);
	else
		consumer_read_from(consumer);
	if (consumer->cautious)
		log_warn("consumer.cautious", "events=%zu", consumer->cautious);
	consumer_over(consumer);
}

static void read_shards(struct consumer *consumer)
{
	bind_self(consumer);
	ask(consumer, &bus_sql_read_shards, on_shards);
}

void lease_reload(struct consumer *consumer)
{
	consumer_begin(consumer, JOB_OTHER);
	read_shards(consumer);
}

/* ---- joining and taking ---- */

static void on_forgotten(void *arg, const struct db_outcome *outcome, const struct db_result *result HILO_UNUSED)
{
	struct consumer *consumer = arg;

	if (!is_over(consumer, outcome))
		read_shards(consumer);
}

static void on_taken(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct consumer *consumer = arg;

	if (is_over(consumer, outcome))
		return;
	if (db_affected(result) == 0) {
		consumer_over(consumer);
		return;
	}
	consumer->is_reload_due = true; /* also if the next step fails */
	bind_self(consumer);
	ask(consumer, &bus_sql_forget_old_failures, on_forgotten);
}

static void take(struct consumer *consumer)
{
	struct db_params *params = bind_self(consumer);

	db_bind_i32(params, (int32_t)(consumer->share - consumer->held_count));
	ask(consumer, &bus_sql_take_shards, on_taken);
}

static void on_made(void *arg, const struct db_outcome *outcome, const struct db_result *result HILO_UNUSED)
{
	struct consumer *consumer = arg;

	if (!is_over(consumer, outcome))
		take(consumer);
}

static void on_joined(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct consumer *consumer = arg;
	size_t live;

	if (is_over(consumer, outcome))
		return;
	consumer->is_lease_due = false;
	live = (size_t)db_get_int(result, 0, 0) + 1;
	consumer->share = (BUS_SHARDS + live - 1) / live;
	if (consumer->held_count >= consumer->share || consumer->is_draining) {
		consumer_over(consumer);
	} else if (consumer->held_count == 0) { /* the service may be new, or was deregistered */
		db_params_reset(consumer->params);
		db_bind_text(consumer->params, consumer->service);
		ask(consumer, &bus_sql_make_shards, on_made);
	} else {
		take(consumer);
	}
}

void lease_join(struct consumer *consumer)
{
	consumer_begin(consumer, JOB_OTHER);
	bind_self(consumer);
	ask(consumer, &bus_sql_join_group, on_joined);
}

/* ---- giving back ---- */

static void on_given_back(void *arg, const struct db_outcome *outcome, const struct db_result *result HILO_UNUSED)
{
	struct consumer *consumer = arg;

	if (!is_over(consumer, outcome))
		read_shards(consumer);
}

void lease_give_back_surplus(struct consumer *consumer)
{
	size_t surplus = consumer->held_count - consumer->share;
	struct db_params *params;

	consumer_begin(consumer, JOB_OTHER);
	params = bind_self(consumer);
	db_array_begin(params, DB_I16);
	for (int16_t s = BUS_SHARDS - 1; s >= 0 && surplus > 0; s--) {
		if (consumer->held[s]) {
			db_array_i16(params, s);
			surplus--;
		}
	}
	db_array_end(params);
	consumer->is_reload_due = true;
	ask(consumer, &bus_sql_give_back, on_given_back);
}

static void on_left(void *arg, const struct db_outcome *outcome, const struct db_result *result HILO_UNUSED)
{
	struct consumer *consumer = arg;
	void (*on_drained)(void *) = consumer->on_drained;

	if (outcome->fault != DB_OK)
		log_warn("consumer.leases_left", "error=%s", outcome->message); /* they run out by themselves */
	consumer->held_count = 0;
	consumer->job.kind = JOB_NONE;
	consumer->is_left = true;
	consumer->on_drained = NULL;
	if (on_drained && !consumer->is_freed)
		on_drained(consumer->drained_arg);
	else
		consumer_pump(consumer);
}

void lease_leave(struct consumer *consumer)
{
	if (consumer->is_left)
		return;
	consumer_begin(consumer, JOB_OTHER);
	bind_self(consumer);
	ask(consumer, &bus_sql_leave_group, on_left);
}

/* ---- renewing, and positions that move without a batch ---- */

static bool has_moved(const struct consumer *consumer)
{
	for (int s = 0; s < BUS_SHARDS; s++) {
		const struct shard *shard = &consumer->shards[s];
		if (shard->is_held && bus_position_compare(&shard->seen, &shard->stored) > 0)
			return true;
	}
	return false;
}

bool lease_is_idle_due(const struct consumer *consumer)
{
	const int64_t since_us = clock_monotonic_us() - consumer->full_us;

	return since_us >= 3 * FULL_EVERY_US ||
	       (since_us >= FULL_EVERY_US && consumer->queued == 0 && has_moved(consumer));
}

static void on_idle_written(void *arg, const struct db_outcome *outcome, const struct db_result *result HILO_UNUSED)
{
	struct consumer *consumer = arg;

	if (outcome->fault == DB_FAILED && strcmp(outcome->sqlstate, LEASE_LOST_STATE) == 0) {
		metric_add(consumer->metrics.lost, 1);
		consumer->is_reload_due = consumer->is_lease_due = true;
		consumer_over(consumer);
		return;
	}
	if (is_over(consumer, outcome))
		return;
	for (int s = 0; s < BUS_SHARDS; s++)
		consumer->shards[s].stored = consumer->job.positions[s];
	consumer->full_us = clock_monotonic_us();
	consumer_over(consumer);
}

void lease_write_idle(struct consumer *consumer)
{
	consumer_begin(consumer, JOB_OTHER);
	for (int s = 0; s < BUS_SHARDS; s++)
		consumer->job.positions[s] = consumer->queued ? consumer->shards[s].stored : consumer->shards[s].seen;
	batch_bind_positions(consumer, consumer->held, consumer->job.positions);
	ask(consumer, &bus_sql_move_positions, on_idle_written);
}
