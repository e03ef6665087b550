/* routing.h - the daemon: a consumer of messages and requests that turns them into conversations. */
#pragma once

#include "bus/consumer.h"
#include "daemon/daemon.h"
#include "queue.h"
#include "settings.h"

struct routing {
	struct daemon *daemon;
	struct routing_settings settings;
	struct db *db; /* of the consumer's batches */
	struct consumer *consumer;
	struct queue *queue;
	struct timer *tick_soon;
	/* numbers for references, from a block of the sequence; in doubt until the transaction that fetched it has
	 * committed: the sequence may have fallen back behind it */
	uint64_t next_number, end_number;
	bool numbers_in_doubt;
	struct metric *attached, *opened, *assigned, *queued;
};

int routing_start(struct daemon *daemon);
void routing_drain(struct daemon *daemon);
void routing_stop(struct daemon *daemon);
bool routing_check_ready(struct daemon *daemon, struct buf *why);

/* the phases of a batch, arg: struct routing * (batch.c) */
void batch_gather(void *arg, struct consumer_batch *batch);
void batch_load(void *arg, struct consumer_batch *batch);
void batch_decide(void *arg, struct consumer_batch *batch);
void batch_flush(void *arg, struct consumer_batch *batch);
void batch_committed(void *arg, struct consumer_batch *batch);
