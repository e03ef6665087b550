/* identity.h - the daemon: a consumer of received messages and confirmed addresses that says whose they are. */
#pragma once

#include "bus/consumer.h"
#include "daemon/daemon.h"

struct identity {
	struct daemon *daemon;
	struct db *db; /* of the consumer's batches */
	struct consumer *consumer;
	struct metric *identified, *created, *merged;
};

int identity_start(struct daemon *daemon);
void identity_drain(struct daemon *daemon);
void identity_stop(struct daemon *daemon);
bool identity_check_ready(struct daemon *daemon, struct buf *why);

/* the phases of a batch, arg: struct identity * (batch.c) */
void batch_gather(void *arg, struct consumer_batch *batch);
void batch_load(void *arg, struct consumer_batch *batch);
void batch_decide(void *arg, struct consumer_batch *batch);
void batch_flush(void *arg, struct consumer_batch *batch);
void batch_committed(void *arg, struct consumer_batch *batch);
