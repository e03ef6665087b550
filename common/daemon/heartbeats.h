/* daemon/heartbeats.h - who is there by PostgreSQL but has no heartbeat in Redis any more has left; one replica of a
 * daemon at a time looks, also for those of replicas that died.
 *
 * Redis may have been away, flushed or replaced: a marker tells how long it remembers, and nobody has left before that
 * was one heartbeat's life. Heartbeats are looked at again under the locks of whom they are of: somebody may be back. */
#pragma once

#include "bus/event.h"
#include "daemon/daemon.h"

struct heartbeats;

/* those who have left, in a transaction that holds their locks */
struct departed {
	struct db_tx *tx;
	struct arena *arena;
	struct bus_outbox *outbox;
	const struct uuid *ids;
	size_t count;
	void *rows; /* the service's own, between read() and write() */
};

typedef void heartbeats_rows(void *arg, const struct db_result *result);

struct heartbeats_options {
	struct loop *loop;
	struct db *db;
	struct kv *kv;
	struct bus *bus;
	const char *service; /* whose events they are */
	const char *prefix;  /* a heartbeat is the key <prefix><id> */
	const char *marker;  /* key of the marker */
	const char *object;  /* kind of what is locked, as in hash_object64() */
	int64_t every_us, life_us;
	int32_t page; /* how many are looked at in a turn */
	/* list - who is there: ids after this one in their order, at most so many */
	void (*list)(void *arg, struct db_tx *tx, const struct uuid *after, int32_t limit, heartbeats_rows *on_rows,
	             void *rows_arg);
	/* read - queues what is asked or written of them; its rows may append events. write (may be NULL) comes after
	 * those rows. Without an event in the outbox then, nothing is committed. */
	void (*read)(void *arg, struct departed *departed);
	void (*write)(void *arg, struct departed *departed);
	void *arg;
};

/* heartbeats_new - looks every so often. Returns: owned. */
struct heartbeats *heartbeats_new(const struct heartbeats_options *options);
/* heartbeats_free - calls nobody back any more. */
void heartbeats_free(struct heartbeats **heartbeats);
