/* bus/consumer.c - a replica's queue, and what it does next. */
#include "bus/replica.h"

#include "base/hash.h"

enum {
	MAX_BATCH = 256,
	QUEUE_EVENTS = 16384, /* beyond these two, PostgreSQL keeps them for us */
	QUEUE_BYTES = 16 * 1024 * 1024,
	QUEUE_ARENA = 256 * 1024,
	LEASE_US = 3 * 1000 * 1000,
	SECOND_US = 1000 * 1000,
	WAIT_FIRST_US = 10 * 1000,
	WAIT_LAST_US = 1000 * 1000,
};

/* ---- the queue ---- */

static void queue_push(struct queue *queue, const struct bus_event *event, const char *type)
{
	struct bus_event *copy;

	if (queue->count == queue->size) {
		queue->size = queue->size ? 2 * queue->size : 256;
		queue->events = hilo_realloc(queue->events, queue->size * sizeof(*queue->events));
	}
	copy = &queue->events[queue->count++];
	*copy = *event;
	copy->type = type;
	copy->key = arena_strdup(queue->arena, event->key);
	copy->payload = arena_memdup(queue->arena, event->payload, event->payload_size);
	copy->envelope = NULL;
}

static void queue_clear(struct queue *queue)
{
	queue->at = queue->count = 0;
	arena_reset(queue->arena);
}

static void turn_queues(struct consumer *consumer)
{
	const struct queue empty = consumer->current;

	if (consumer->current.at < consumer->current.count)
		return;
	consumer->current = consumer->filling;
	consumer->filling = empty;
	queue_clear(&consumer->filling);
}

void consumer_drop_head(struct consumer *consumer, size_t count)
{
	for (size_t i = 0; i < count; i++)
		consumer->queued_bytes -= consumer->current.events[consumer->current.at + i].payload_size;
	consumer->queued -= count;
	consumer->current.at += count;
	consumer->singles -= HILO_MIN(consumer->singles, count);
	consumer->cautious -= HILO_MIN(consumer->cautious, count);
	consumer->is_counted = false;
	turn_queues(consumer);
	if (consumer->is_full && consumer->queued < QUEUE_EVENTS / 2 && consumer->queued_bytes < QUEUE_BYTES / 2) {
		consumer->is_full = false;
		bus_reader_resume(consumer->reader);
	}
}

void consumer_forget_queue(struct consumer *consumer)
{
	queue_clear(&consumer->current);
	queue_clear(&consumer->filling);
	consumer->queued = consumer->queued_bytes = 0;
	consumer->singles = consumer->cautious = 0;
	consumer->is_counted = consumer->has_claimed = false;
	consumer->due = JOB_NONE;
	consumer->watermark_us = consumer->handled_watermark_us = 0;
}

/* ---- what the reader brings ---- */

static const char *wanted_type(const struct consumer *consumer, const char *type)
{
	for (const char *const *t = consumer->options.types; *t; t++) {
		if (strcmp(*t, type) == 0)
			return *t;
	}
	return NULL;
}

static void take_event(struct consumer *consumer, const struct bus_event *event)
{
	struct shard *shard = &consumer->shards[bus_event_shard(event)];
	const char *type;

	if (!shard->is_held || bus_position_compare(&event->position, &shard->seen) <= 0)
		return;
	shard->seen = event->position;
	type = wanted_type(consumer, event->type);
	if (!type)
		return;
	queue_push(&consumer->filling, event, type);
	consumer->queued++;
	consumer->queued_bytes += event->payload_size;
}

static void on_events(void *arg, struct bus_event *events, size_t count, struct bus_position last, int64_t watermark_us)
{
	struct consumer *consumer = arg;

	if (last.epoch != consumer->epoch)
		consumer->is_reload_due = true;
	if (consumer->is_reload_due) {
		consumer_pump(consumer);
		return; /* it will be read again */
	}
	for (size_t i = 0; i < count; i++)
		take_event(consumer, &events[i]);
	if (count)
		consumer->delivered_us = events[count - 1].occurred_us;
	for (int s = 0; s < BUS_SHARDS; s++) {
		if (bus_position_compare(&last, &consumer->shards[s].seen) > 0)
			consumer->shards[s].seen = last;
	}
	/* of two relays one may be behind: what was once true stays so */
	consumer->watermark_us = HILO_MAX(consumer->watermark_us, watermark_us);
	if (consumer->queued == 0)
		consumer->handled_watermark_us = consumer->watermark_us;
	if (!consumer->is_full && (consumer->queued >= QUEUE_EVENTS || consumer->queued_bytes >= QUEUE_BYTES)) {
		consumer->is_full = true;
		bus_reader_pause(consumer->reader);
	}
	turn_queues(consumer);
	consumer_pump(consumer);
}

/* positions in the database are right in whatever epoch they stand */
static void on_resync(void *arg, struct bus_position now HILO_UNUSED)
{
	struct consumer *consumer = arg;

	consumer->is_reload_due = true;
	consumer_pump(consumer);
}

void consumer_read_from(struct consumer *consumer)
{
	struct bus_position first = {.xid = UINT64_MAX};

	for (int s = 0; s < BUS_SHARDS; s++) {
		const struct shard *shard = &consumer->shards[s];
		if (shard->is_held && bus_position_compare(&shard->stored, &first) < 0)
			first = shard->stored;
	}
	consumer->is_full = false;
	if (consumer->held_count == 0) {
		if (consumer->reader)
			bus_reader_pause(consumer->reader);
	} else if (!consumer->reader) {
		const struct bus_reader_options options = {
		        .start = first, .on_events = on_events, .on_resync = on_resync, .arg = consumer};
		consumer->reader = bus_reader_new(consumer->options.bus, &options);
	} else {
		bus_reader_seek(consumer->reader, first);
		bus_reader_resume(consumer->reader);
	}
}

/* ---- one job after another ---- */

static void choose(struct consumer *consumer)
{
	const bool has_events = consumer->queued > 0, may_be_aside = !consumer->was_aside || !has_events;

	if (consumer->is_draining)
		lease_leave(consumer);
	else if (consumer->is_lease_due)
		lease_join(consumer);
	else if (consumer->is_reload_due)
		lease_reload(consumer);
	else if (consumer->held_count == 0)
		return;
	else if (consumer->held_count > consumer->share)
		lease_give_back_surplus(consumer);
	else if (consumer->epoch == 0)
		lease_reload(consumer); /* no relay has opened this timeline's epoch yet */
	else if (consumer->due != JOB_NONE)
		batch_start(consumer, consumer->due);
	else if (lease_is_idle_due(consumer))
		lease_write_idle(consumer);
	else if (consumer->is_tick_due && may_be_aside)
		batch_start(consumer, JOB_TICK);
	else if (consumer->has_claimed && may_be_aside)
		batch_start(consumer, JOB_RETRY);
	else if (consumer->is_retry_due && consumer->has_parked && may_be_aside)
		batch_start(consumer, JOB_CLAIM);
	else if (has_events)
		batch_start(consumer, consumer->cautious && !consumer->is_counted ? JOB_COUNT : JOB_BATCH);
}

static void consumer_destroy(struct consumer *consumer)
{
	bus_reader_free(&consumer->reader);
	timer_free(&consumer->tick);
	timer_free(&consumer->lease);
	timer_free(&consumer->second);
	timer_free(&consumer->wait);
	db_params_free(&consumer->params);
	bus_outbox_free(&consumer->job.batch.outbox);
	arena_free(&consumer->arena);
	arena_free(&consumer->current.arena);
	arena_free(&consumer->filling.arena);
	arena_free(&consumer->claimed_arena);
	free(consumer->current.events);
	free(consumer->filling.events);
	free(consumer);
}

void consumer_pump(struct consumer *consumer)
{
	consumer->must_pump = true;
	if (consumer->is_pumping)
		return;
	consumer->is_pumping = true;
	while (consumer->must_pump) {
		consumer->must_pump = false;
		if (consumer->job.kind == JOB_NONE && !consumer->is_freed &&
		    (consumer->is_draining || !timer_is_running(consumer->wait)))
			choose(consumer);
	}
	consumer->is_pumping = false;
	if (consumer->is_freed && consumer->job.kind == JOB_NONE)
		consumer_destroy(consumer);
}

void consumer_begin(struct consumer *consumer, enum job_kind kind)
{
	struct bus_outbox *outbox = consumer->job.batch.outbox;

	consumer->job = (struct job){.kind = kind, .batch.outbox = outbox};
	consumer->job_us = clock_monotonic_us();
	bus_outbox_clear(outbox);
	arena_reset(consumer->arena);
}

void consumer_over(struct consumer *consumer)
{
	consumer->job.kind = JOB_NONE;
	consumer_pump(consumer);
}

void consumer_wait(struct consumer *consumer)
{
	consumer->wait_us = HILO_MIN(HILO_MAX(2 * consumer->wait_us, (int64_t)WAIT_FIRST_US), (int64_t)WAIT_LAST_US);
	timer_in(consumer->wait, consumer->wait_us);
}

static void on_wait(void *arg)
{
	consumer_pump(arg);
}

static void on_tick(void *arg)
{
	consumer_tick_now(arg);
}

static void on_lease(void *arg)
{
	struct consumer *consumer = arg;

	consumer->is_lease_due = true;
	consumer_pump(consumer);
}

static void on_second(void *arg)
{
	struct consumer *consumer = arg;

	consumer->is_retry_due = true;
	if (consumer->share < BUS_SHARDS || consumer->held_count < consumer->share)
		consumer->is_lease_due = true; /* there are others, and one of them may have gone */
	consumer_pump(consumer);
}

/* ---- for its owner ---- */

static void make_metrics(struct consumer *consumer)
{
	consumer->metrics.batches = metric_counter("hilo_consumer_batches_total", "Batches committed.", NULL);
	consumer->metrics.events = metric_counter("hilo_consumer_events_total", "Events handled.", NULL);
	consumer->metrics.retries =
	        metric_counter("hilo_consumer_retries_total", "Jobs repeated after a passing fault.", NULL);
	consumer->metrics.failures =
	        metric_counter("hilo_consumer_failures_total", "Batches and events that failed.", NULL);
	consumer->metrics.parked =
	        metric_counter("hilo_consumer_parked_total", "Events parked, those held behind them too.", NULL);
	consumer->metrics.lost =
	        metric_counter("hilo_consumer_lost_leases_total", "Jobs ended because a shard was gone.", NULL);
	consumer->metrics.seconds =
	        metric_histogram("hilo_consumer_batch_seconds", "From BEGIN to COMMIT of a batch.", NULL);
}

struct consumer *consumer_new(const struct consumer_options *options)
{
	struct consumer *consumer = hilo_new(struct consumer);
	struct loop *loop = bus_options_of(options->bus)->loop;

	consumer->options = *options;
	if (consumer->options.max_batch == 0)
		consumer->options.max_batch = MAX_BATCH;
	consumer->service = bus_service(options->bus);
	consumer->owner = uuid_random();
	consumer->fence = (int32_t)hash_key32(consumer->service);
	consumer->share = BUS_SHARDS;
	consumer->params = db_params_new();
	consumer->arena = arena_new(QUEUE_ARENA);
	consumer->current.arena = arena_new(QUEUE_ARENA);
	consumer->filling.arena = arena_new(QUEUE_ARENA);
	consumer->claimed_arena = arena_new(0);
	consumer->job.batch.outbox = bus_outbox_new(consumer->service);
	make_metrics(consumer);
	consumer->tick = timer_new(loop, on_tick, consumer);
	consumer->lease = timer_new(loop, on_lease, consumer);
	consumer->second = timer_new(loop, on_second, consumer);
	consumer->wait = timer_new(loop, on_wait, consumer);
	if (options->tick_every_us)
		timer_every(consumer->tick, options->tick_every_us);
	timer_every(consumer->lease, LEASE_US);
	timer_every(consumer->second, SECOND_US);
	consumer->is_lease_due = true;
	consumer_pump(consumer);
	return consumer;
}

void consumer_drain(struct consumer *consumer, void (*on_drained)(void *arg), void *arg)
{
	consumer->is_draining = true;
	consumer->on_drained = on_drained;
	consumer->drained_arg = arg;
	if (consumer->reader)
		bus_reader_pause(consumer->reader);
	consumer_pump(consumer);
}

void consumer_free(struct consumer **consumer)
{
	struct consumer *old = consumer ? HILO_STEAL(*consumer) : NULL;

	if (!old)
		return;
	old->is_freed = true;
	if (old->reader)
		bus_reader_free(&old->reader);
	if (old->job.kind == JOB_NONE && !old->is_pumping)
		consumer_destroy(old); /* otherwise when the job's answer has come */
}

void consumer_tick_now(struct consumer *consumer)
{
	consumer->is_tick_due = true;
	consumer_pump(consumer);
}

size_t consumer_shards_held(const struct consumer *consumer)
{
	return consumer->held_count;
}

int64_t consumer_lag_us(const struct consumer *consumer)
{
	int64_t oldest_us = 0;

	if (consumer->queued > 0)
		oldest_us = consumer->current.events[consumer->current.at].occurred_us;
	else if (consumer->reader && !bus_reader_is_live(consumer->reader))
		oldest_us = consumer->delivered_us;
	return oldest_us ? HILO_MAX(clock_now_us() - oldest_us, INT64_C(0)) : 0;
}
