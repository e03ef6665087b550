/* bus/consumer.h - a service as a group of replicas that handles every event of the log once.
 *
 * 16 shards are leased in bus.consumer; one batch over all shards held is one transaction:
 *
 *   round trip 1: BEGIN, fence (advisory lock per shard, token still ours?), parked keys, gather()
 *   round trip 2: load(): lock objects (db_tx_lock), then read them; without gather() it rides in trip 1
 *   decide(): pure C, event after event
 *   round trip 3: flush(): writes, then outbox, positions (token checked again), COMMIT; committed() and the doorbell
 *
 * Nothing before flush() may write or take a row lock: it would take a transaction id and hold up every reader.
 *
 * A newcomer has its share within 4 s of its connection, whether a relay runs or not. A killed replica's shards are
 * taken within a second of its session's end, those of a frozen or unreachable one within 11 s.
 *
 * Retryable faults repeat the batch uncounted. Anything else sends its events one by one; an event that fails alone
 * 3 times is parked in bus.parked with its error, and later events of the same key are held behind it. An event that
 * ends the process is noticed by the deaths of its shard's holders, and parked as well; but something else may have
 * killed them, so it is tried again by itself, 6 times within an hour. When retry_at has come, or an operator sets it,
 * it is tried once more, and the held ones follow in order. */
#pragma once

#include "bus/bus.h"

struct consumer;

struct consumer_batch {
	struct bus_event *events; /* of subscribed types, opened (envelope set), in log order; none on a tick */
	size_t count;
	bool is_tick;         /* called by tick_every_us: timers that are due */
	const bool *shards;   /* BUS_SHARDS flags: the shards held */
	int64_t watermark_us; /* every event committed before it has been handled or is in this batch */
	int64_t now_us;       /* the database's clock at BEGIN; known from decide() on */
	struct db_tx *tx;
	struct db_params *params;  /* scratch for binding; reset before use */
	struct arena *arena;       /* lives until after committed() */
	struct bus_outbox *outbox; /* cleared before each batch, appended by the consumer after flush() */
	void *working_set;         /* the service's own, put there by gather() or load(); in the arena */
	/* fail - a phase may declare one event bad: it is counted and retried alone, then parked. reason is copied. */
	size_t failed_event; /* index + 1; 0: none */
	char failed_reason[256];
};

struct consumer_options {
	struct bus *bus;
	struct db *db; /* batches run here, one at a time; a pool of 1 is enough; its own, not shared with queries */
	const char *const *types; /* event types wanted, NULL-ended; others only move the position */
	size_t max_batch;         /* events; 0: 256 */
	int64_t rest_us;          /* after a batch unless a full one waits then: fewer, larger ones where nobody waits */
	int64_t tick_every_us;    /* 0: no ticks */
	void (*gather)(void *arg, struct consumer_batch *batch); /* may be NULL */
	void (*load)(void *arg, struct consumer_batch *batch);
	void (*decide)(void *arg, struct consumer_batch *batch);
	void (*flush)(void *arg, struct consumer_batch *batch);
	void (*committed)(void *arg, struct consumer_batch *batch); /* may be NULL */
	void *arg;
};

/* consumer_new - joins the group, leases shards, starts. Returns: owned. */
struct consumer *consumer_new(const struct consumer_options *options);
/* consumer_drain - finishes the batch under way, gives the shards back, then calls. consumer_free() without it just
 * lets the leases run out. */
void consumer_drain(struct consumer *consumer, void (*on_drained)(void *arg), void *arg);
void consumer_free(struct consumer **consumer);
/* consumer_tick_now - run a tick batch as soon as possible (a queue has work). */
void consumer_tick_now(struct consumer *consumer);
size_t consumer_shards_held(const struct consumer *consumer);
/* consumer_lag_us - age of the oldest event not yet handled, 0 when none. */
int64_t consumer_lag_us(const struct consumer *consumer);
