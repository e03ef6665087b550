/* presence_sweep.c - agents whose heartbeat ran out go offline; one replica at a time looks.
 *
 * Redis may have been away, flushed or replaced: a marker of our own tells how long it remembers, and nobody is expired
 * before that was one heartbeat's life. */
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "presence.h"

#define SWEEP_EVERY_US 5000000
#define PATIENCE_US ((int64_t)PRESENCE_TTL_S * 1000000)
#define MARKER "hilo:presence-since"
enum { SWEEP_MAX = 1000 }; /* agents a sweep */

struct presence {
	struct gateway *gateway;
	struct timer *timer;
	int64_t connected_us; /* monotonic: since when Redis has been there at every sweep; 0: it is away */
	struct sweep *sweep;  /* under way */
};

struct sweep {
	struct presence *presence; /* NULL: the daemon stops */
	struct arena *arena;
	struct db_tx *tx;
	struct bus_outbox *outbox;
	bool is_ours;        /* the lock was free */
	bool is_sure;        /* in the second look, under the agents' locks */
	struct uuid *agents; /* not offline in PostgreSQL; then those without heartbeat */
	size_t count;
	struct presence_row *rows;
	size_t rows_count;
};

static void sweep_end(struct sweep *sweep)
{
	if (sweep->presence)
		sweep->presence->sweep = NULL;
	bus_outbox_free(&sweep->outbox);
	arena_free(&sweep->arena);
	free(sweep);
}

static void sweep_cancel(struct sweep *sweep)
{
	db_tx_rollback(sweep->tx);
	sweep_end(sweep);
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct sweep *sweep = arg;

	if (outcome->fault == DB_OK && sweep->presence)
		bus_ring(sweep->presence->gateway->bus);
	sweep_end(sweep);
}

static void on_rows(void *arg, const struct db_result *result)
{
	struct sweep *sweep = arg;

	sweep->rows = arena_new_array(sweep->arena, struct presence_row, db_rows(result) + 1);
	for (size_t i = 0; i < db_rows(result); i++) {
		struct presence_row *row = &sweep->rows[sweep->rows_count];
		const char *status = db_get_text(result, i, 1);
		if (!strcmp(status, "offline"))
			continue;
		*row = (struct presence_row){db_get_uuid(result, i, 0), "offline", db_get_int(result, i, 2) + 1};
		presence_event(sweep->outbox, sweep->arena, row, status, "system", true);
		sweep->rows_count++;
	}
}

static void on_reread(void *arg, const struct db_outcome *outcome)
{
	struct sweep *sweep = arg;

	if (outcome->fault != DB_OK) {
		sweep_end(sweep);
		return;
	}
	if (!sweep->rows_count || !sweep->presence) {
		sweep_cancel(sweep);
		return;
	}
	log_info("presence.expired", "agents=%zu", sweep->rows_count);
	store_upsert_presence(&sweep->presence->gateway->store, sweep->tx, sweep->rows, sweep->rows_count);
	bus_outbox_append(sweep->outbox, sweep->tx);
	db_tx_commit(sweep->tx, on_committed, sweep);
}

/* does Redis remember long enough to be believed? */
static bool is_trusted(const struct presence *presence, const struct kv_reply *marker)
{
	int64_t since_us;

	if (!presence->connected_us || clock_monotonic_us() - presence->connected_us < PATIENCE_US)
		return false;
	if (marker->type != KV_TEXT || text_to_i64(marker->text, 0, INT64_MAX, &since_us) < 0) {
		kv_run(presence->gateway->kv, NULL, NULL, "SET %s %lld NX", MARKER, (long long)clock_now_us());
		return false;
	}
	return clock_now_us() - since_us >= PATIENCE_US;
}

static void look(struct sweep *sweep);

static void on_locked(void *arg, const struct db_outcome *outcome)
{
	struct sweep *sweep = arg;

	if (outcome->fault != DB_OK)
		sweep_end(sweep);
	else if (!sweep->presence)
		sweep_cancel(sweep);
	else
		look(sweep);
}

/* an agent may have come back between the look and the lock: hence a second look under it */
static void lock_silent(struct sweep *sweep)
{
	int64_t *locks = arena_new_array(sweep->arena, int64_t, sweep->count);

	for (size_t i = 0; i < sweep->count; i++)
		locks[i] = hash_object64("agent", sweep->agents[i].bytes, sizeof(sweep->agents[i].bytes));
	sweep->is_sure = true;
	db_tx_lock(sweep->tx, locks, sweep->count);
	db_tx_sync(sweep->tx, on_locked, sweep);
}

static void on_heartbeats(void *arg, const struct kv_reply *reply)
{
	struct sweep *sweep = arg;
	size_t silent = 0;

	if (!sweep->presence || !reply || reply->type != KV_LIST || reply->count != sweep->count + 1 ||
	    !is_trusted(sweep->presence, &reply->items[0])) {
		sweep_cancel(sweep);
		return;
	}
	for (size_t i = 0; i < sweep->count; i++)
		if (reply->items[i + 1].type == KV_NIL)
			sweep->agents[silent++] = sweep->agents[i];
	sweep->count = silent;
	if (!silent) {
		sweep_cancel(sweep);
	} else if (!sweep->is_sure) {
		lock_silent(sweep);
	} else {
		store_list_presence(&sweep->presence->gateway->store, sweep->tx, sweep->agents, silent, on_rows, sweep);
		db_tx_sync(sweep->tx, on_reread, sweep);
	}
}

static void look(struct sweep *sweep)
{
	struct kv_argument *arguments = arena_new_array(sweep->arena, struct kv_argument, sweep->count + 2);

	arguments[0] = (struct kv_argument){"MGET", 4};
	arguments[1] = (struct kv_argument){MARKER, strlen(MARKER)};
	for (size_t i = 0; i < sweep->count; i++) {
		char *key = arena_alloc(sweep->arena, PRESENCE_KEY_TEXT);
		presence_key(&sweep->agents[i], key);
		arguments[i + 2] = (struct kv_argument){key, strlen(key)};
	}
	kv_command(sweep->presence->gateway->kv, arguments, sweep->count + 2, on_heartbeats, sweep);
}

static void on_lock(void *arg, const struct db_result *result)
{
	struct sweep *sweep = arg;

	sweep->is_ours = db_get_bool(result, 0, 0);
}

static void on_present(void *arg, const struct db_result *result)
{
	struct sweep *sweep = arg;

	sweep->count = HILO_MIN(db_rows(result), SWEEP_MAX);
	sweep->agents = arena_new_array(sweep->arena, struct uuid, sweep->count + 1);
	for (size_t i = 0; i < sweep->count; i++)
		sweep->agents[i] = db_get_uuid(result, i, 0);
}

static void on_begun(void *arg, const struct db_outcome *outcome)
{
	struct sweep *sweep = arg;

	if (outcome->fault != DB_OK)
		sweep_end(sweep);
	else if (!sweep->is_ours || !sweep->presence)
		sweep_cancel(sweep);
	else
		look(sweep); /* also with nobody there: it keeps the marker */
}

static void on_due(void *arg)
{
	struct presence *presence = arg;
	struct gateway *gateway = presence->gateway;
	struct sweep *sweep;

	if (!kv_is_ready(gateway->kv))
		presence->connected_us = 0;
	else if (!presence->connected_us)
		presence->connected_us = clock_monotonic_us();
	if (presence->sweep || !presence->connected_us || !db_is_ready(gateway->db))
		return;
	sweep = hilo_new(struct sweep);
	sweep->presence = presence;
	sweep->arena = arena_new(0);
	sweep->outbox = bus_outbox_new("gateway");
	sweep->tx = db_begin(gateway->db);
	presence->sweep = sweep;
	store_try_sweep(&gateway->store, sweep->tx, hash_object64("sweep", "presence", strlen("presence")), on_lock,
	                sweep);
	store_list_present(&gateway->store, sweep->tx, on_present, sweep);
	db_tx_sync(sweep->tx, on_begun, sweep);
}

struct presence *presence_new(struct gateway *gateway)
{
	struct presence *presence = hilo_new(struct presence);

	presence->gateway = gateway;
	presence->timer = timer_new(gateway->loop, on_due, presence);
	timer_every(presence->timer, SWEEP_EVERY_US);
	return presence;
}

void presence_free(struct presence **pointer)
{
	struct presence *presence = HILO_STEAL(*pointer);

	if (!presence)
		return;
	if (presence->sweep)
		presence->sweep->presence = NULL;
	timer_free(&presence->timer);
	free(presence);
}
