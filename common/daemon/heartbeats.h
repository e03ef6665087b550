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
};

struct heartbeats_options {
	struct db *db;
	struct kv *kv;
	struct bus *bus;
	const char *service; /* whose events they are */
	const char *prefix;  /* a heartbeat is the key <prefix><id> */
	const char *marker;  /* key of the marker */
	const char *object;  /* kind of what is locked, as in hash_object64() */
	int64_t every_us, life_us;
	int32_t page; /* how many are looked at in a turn */
	/* who is there: $1 only ids after this one, $2 how many; a row an id, in their order */
	const struct db_statement *list;
	/* end - queues what is written of them; its rows append the events. Without an event nothing is committed. */
	void (*end)(void *arg, struct departed *departed);
	void *arg;
};

/* heartbeats_new - looks every so often. Returns: owned. */
struct heartbeats *heartbeats_new(const struct heartbeats_options *options);
/* heartbeats_free - calls nobody back any more. */
void heartbeats_free(struct heartbeats **heartbeats);
