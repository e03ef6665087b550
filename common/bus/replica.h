/* bus/replica.h - a consumer from inside: its queue, its shards, and the one job it has under way. Private to
 * common/bus.
 *
 * Everything a replica does to the database it does one job at a time, on one connection: a batch, a tick, a step of
 * parking, a step of leasing. consumer_pump() chooses the next. Whatever goes wrong with a lease or an epoch ends in
 * the same place: a reload reads shards and positions from the database, which alone is right, and the reader goes back
 * to the earliest. */
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "bus/consumer.h"
#include "bus/internal.h"
#include "bus_sql.h"

#define LEASE_LOST_STATE "HL001" /* raised by bus.lease_lost() */
#define DIED_ERROR "the daemon died while it was handled"
#define FULL_EVERY_US                                                                                                  \
	INT64_C(1000000) /* positions of all shards held are written at least so often while the log moves */

struct shard {
	bool is_held;
	int64_t token;
	struct bus_position stored; /* in the database */
	struct bus_position seen;   /* all of its events up to here are handled or queued */
};

/* events waiting, copied from frames; emptied as a whole */
struct queue {
	struct arena *arena;
	struct bus_event *events;
	size_t at, count, size;
};

enum job_kind {
	JOB_NONE,
	JOB_BATCH,      /* events of the queue */
	JOB_TICK,       /* timers of the service */
	JOB_CLAIM,      /* a parked event that may be tried again */
	JOB_RETRY,      /* that one */
	JOB_COUNT,      /* a failure of the queue's first event */
	JOB_PARK,       /* the queue's first event */
	JOB_PARK_AGAIN, /* a parked event that failed once more */
	JOB_OTHER,      /* leasing, idle positions */
};

struct job {
	enum job_kind kind;
	struct consumer_batch batch;
	size_t taken;           /* events at the queue's head it is about; batch.count is fewer when some are held */
	struct bus_event *held; /* to be parked behind their key's first */
	size_t held_count;
	bool shards[BUS_SHARDS]; /* whose fence it stands behind */
	size_t shard_count;
	struct bus_position positions[BUS_SHARDS]; /* where those shards move to */
	bool is_full;                              /* all shards held are among them */
	bool is_prepared, is_loaded;               /* gather() or else load() was called; load() was called */
	/* what the fence found */
	size_t fenced; /* shards still ours */
	uint64_t epoch;
	bool has_parked;
	struct map *parked_keys; /* NULL: not asked for */
	int64_t tries;           /* of JOB_COUNT */
	bool has_claimed;        /* JOB_CLAIM found one */
};

struct consumer {
	struct consumer_options options;
	const char *service;
	struct uuid owner;
	int32_t fence; /* number of the service in advisory locks */
	struct bus_reader *reader;
	struct db_params *params;
	struct arena *arena; /* of the job's batch */
	struct job job;

	struct shard shards[BUS_SHARDS];
	bool held[BUS_SHARDS];    /* shards[].is_held, as batches are shown it */
	size_t held_count, share; /* share: how many it should hold */
	uint64_t epoch;
	int64_t full_us; /* monotonic: when the positions of all shards held were last written */

	struct queue current, filling; /* batches come from current; frames go to filling */
	size_t queued, queued_bytes;
	bool is_full;         /* the reader pauses until much of it is handled */
	int64_t watermark_us; /* of all that is queued */
	int64_t handled_watermark_us;
	int64_t delivered_us; /* when the last event read had happened */

	size_t singles;  /* so many events at the queue's head go one by one, since a batch with them failed */
	size_t cautious; /* so many are counted as failures before they are tried: holders of their shards keep dying */
	bool is_counted; /* the head was */
	enum job_kind due;        /* JOB_COUNT, JOB_PARK, JOB_PARK_AGAIN: what a failure asks for next */
	char error[256];          /* why */
	bool is_death;            /* only its holders' deaths speak against the head */
	struct bus_event claimed; /* the parked event to try again, in claimed_arena */
	struct arena *claimed_arena;
	bool has_claimed;
	bool has_parked; /* the service has events parked: look before each batch */

	struct timer *tick, *lease, *second, *wait;
	bool is_tick_due, is_lease_due, is_retry_due, is_reload_due;
	bool was_aside;  /* the last job was a tick or a retry: the queue's turn */
	int64_t wait_us; /* the last pause after a fault */
	bool is_draining, is_left, is_freed, is_pumping, must_pump;
	void (*on_drained)(void *arg);
	void *drained_arg;
	struct {
		struct metric *batches, *events, *retries, *failures, *parked, *lost, *seconds;
	} metrics;
	int64_t job_us; /* monotonic: when the job began */
};

/* ---- consumer.c ---- */

/* consumer_pump - starts the next job if none is under way. */
void consumer_pump(struct consumer *consumer);
/* consumer_begin - takes the one job's place. consumer_over - gives it free and pumps; the consumer may be gone then.
 */
void consumer_begin(struct consumer *consumer, enum job_kind kind);
void consumer_over(struct consumer *consumer);
/* consumer_wait - after a fault: nothing starts for a while, longer each time until a batch succeeds. */
void consumer_wait(struct consumer *consumer);
/* consumer_drop_head - the first events of the queue are done with. consumer_forget_queue - all, to be read again. */
void consumer_drop_head(struct consumer *consumer, size_t count);
void consumer_forget_queue(struct consumer *consumer);
/* consumer_read_from - the reader goes on after the earliest position held; without shards it rests. */
void consumer_read_from(struct consumer *consumer);

/* ---- batch.c ---- */

void batch_start(struct consumer *consumer, enum job_kind kind);
/* batch_bind_shards - an array of their numbers. batch_bind_positions - parameters of move_positions. */
void batch_bind_shards(struct db_params *params, const bool *shards);
void batch_bind_positions(struct consumer *consumer, const bool *shards, const struct bus_position *positions);

/* ---- park.c ---- */

/* park_ask_keys - before a batch: which of its keys have an event parked? park_hold_back - those leave the batch. */
void park_ask_keys(struct consumer *consumer);
void park_hold_back(struct consumer *consumer);
/* park_write - what a JOB_CLAIM, JOB_COUNT, JOB_PARK or JOB_PARK_AGAIN is about. park_settled - it was committed. */
void park_write(struct consumer *consumer);
void park_settled(struct consumer *consumer);
/* park_held - parks the job's held events behind those of their key. */
void park_held(struct consumer *consumer);
/* park_failed - the head of the queue, or the parked event, failed alone. */
void park_failed(struct consumer *consumer, const char *reason);

/* ---- lease.c ---- */

void lease_join(struct consumer *consumer);
void lease_reload(struct consumer *consumer);
void lease_give_back_surplus(struct consumer *consumer);
void lease_leave(struct consumer *consumer);
void lease_write_idle(struct consumer *consumer);
/* lease_is_idle_due - positions have moved without a batch, or the leases want renewal. */
bool lease_is_idle_due(const struct consumer *consumer);
