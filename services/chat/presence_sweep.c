/* presence_sweep.c - visitors whose heartbeat ran out have left; one replica at a time looks, also for those that died.
 *
 * Redis may have been away, flushed or replaced: a marker of our own tells how long it remembers, and nobody has left before
 * that was one heartbeat's life. Heartbeats are looked at again under the conversations' locks: somebody may have come back. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "hub.h"
#include "store_live.h"

#define PATIENCE_US ((int64_t)PRESENT_TTL_S * 1000000)
#define MARKER "hilo:chat:present-since"
enum { PAGE = 2000 };

struct sweep {
	struct live *live; /* NULL: the daemon stops */
	struct arena *arena;
	struct db_tx *tx;
	struct bus_outbox *outbox;
	struct uuid *ids; /* told of as present; then those without heartbeat */
	size_t count, deleted;
	bool is_ours, is_sure; /* is_sure: in the second look, under the locks */
};

static void sweep_end(struct sweep *sweep)
{
	if (sweep->live)
		sweep->live->sweep = NULL;
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

	if (outcome->fault == DB_OK && sweep->live) {
		log_info("chat.visitors_left", "conversations=%zu", sweep->deleted);
		bus_ring(sweep->live->chat->bus);
	}
	sweep_end(sweep);
}

static void on_deleted(void *arg, const struct db_result *result)
{
	struct sweep *sweep = arg;

	sweep->deleted = db_rows(result);
	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0), inbox_id = db_get_uuid(result, row, 1);
		(void)report_presence(sweep->outbox, sweep->arena, &id, &inbox_id, NULL, false);
	}
}

static void on_removed(void *arg, const struct db_outcome *outcome)
{
	struct sweep *sweep = arg;

	if (outcome->fault != DB_OK) {
		sweep_end(sweep);
		return;
	}
	bus_outbox_append(sweep->outbox, sweep->tx);
	db_tx_commit(sweep->tx, on_committed, sweep);
}

/* does Redis remember long enough to be believed? */
static bool is_trusted(const struct live *live, const struct kv_reply *marker)
{
	int64_t since_us;

	if (!live->redis_since_us || clock_monotonic_us() - live->redis_since_us < PATIENCE_US)
		return false;
	if (marker->type != KV_TEXT || text_to_i64(marker->text, 0, INT64_MAX, &since_us) < 0) {
		kv_run(live->chat->kv, NULL, NULL, "SET %s %lld NX", MARKER, (long long)clock_now_us());
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
	else if (!sweep->live)
		sweep_cancel(sweep);
	else
		look(sweep);
}

static void lock_silent(struct sweep *sweep)
{
	int64_t *locks = arena_new_array(sweep->arena, int64_t, sweep->count);

	for (size_t i = 0; i < sweep->count; i++)
		locks[i] = hash_object64("conversation", &sweep->ids[i], sizeof(sweep->ids[i]));
	sweep->is_sure = true;
	db_tx_lock(sweep->tx, locks, sweep->count);
	db_tx_sync(sweep->tx, on_locked, sweep);
}

static void on_heartbeats(void *arg, const struct kv_reply *reply)
{
	struct sweep *sweep = arg;
	size_t silent = 0;

	if (!sweep->live || !reply || reply->type != KV_LIST || reply->count != sweep->count + 1 ||
	    !is_trusted(sweep->live, &reply->items[0])) {
		sweep_cancel(sweep);
		return;
	}
	for (size_t i = 0; i < sweep->count; i++)
		if (reply->items[i + 1].type == KV_NIL)
			sweep->ids[silent++] = sweep->ids[i];
	sweep->count = silent;
	if (!silent) {
		sweep_cancel(sweep);
	} else if (!sweep->is_sure) {
		lock_silent(sweep);
	} else {
		store_delete_present(sweep->live->chat, sweep->tx, sweep->ids, silent, on_deleted, sweep);
		db_tx_sync(sweep->tx, on_removed, sweep);
	}
}

static void look(struct sweep *sweep)
{
	struct kv_argument *arguments = arena_new_array(sweep->arena, struct kv_argument, sweep->count + 2);

	arguments[0] = (struct kv_argument){"MGET", 4};
	arguments[1] = (struct kv_argument){MARKER, strlen(MARKER)};
	for (size_t i = 0; i < sweep->count; i++) {
		char *key = arena_alloc(sweep->arena, PRESENT_KEY_TEXT);
		report_key(&sweep->ids[i], key);
		arguments[i + 2] = (struct kv_argument){key, strlen(key)};
	}
	kv_command(sweep->live->chat->kv, arguments, sweep->count + 2, on_heartbeats, sweep);
}

static void on_lock(void *arg, const struct db_result *result)
{
	struct sweep *sweep = arg;

	sweep->is_ours = db_get_bool(result, 0, 0);
}

static void on_present(void *arg, const struct db_result *result)
{
	struct sweep *sweep = arg;

	sweep->count = db_rows(result);
	sweep->ids = arena_new_array(sweep->arena, struct uuid, sweep->count + 1);
	for (size_t i = 0; i < sweep->count; i++)
		sweep->ids[i] = db_get_uuid(result, i, 0);
}

static void on_begun(void *arg, const struct db_outcome *outcome)
{
	struct sweep *sweep = arg;

	if (outcome->fault != DB_OK) {
		sweep_end(sweep);
	} else if (!sweep->is_ours || !sweep->live) {
		sweep_cancel(sweep);
	} else {
		sweep->live->swept_to = sweep->count == PAGE ? sweep->ids[PAGE - 1] : (struct uuid){0};
		look(sweep); /* also with nobody there: it keeps the marker */
	}
}

void presence_sweep(void *arg)
{
	struct live *live = arg;
	struct chat *chat = live->chat;
	struct sweep *sweep;

	if (!kv_is_ready(chat->kv))
		live->redis_since_us = 0;
	else if (!live->redis_since_us)
		live->redis_since_us = clock_monotonic_us();
	if (live->sweep || !live->redis_since_us || !db_is_ready(chat->db) || live->is_draining)
		return;
	sweep = hilo_new(struct sweep);
	sweep->live = live;
	sweep->arena = arena_new(0);
	sweep->outbox = bus_outbox_new("chat");
	sweep->tx = db_begin(chat->db);
	live->sweep = sweep;
	store_try_sweep(chat, sweep->tx, hash_object64("sweep", "chat.present", strlen("chat.present")), on_lock, sweep);
	store_list_present(chat, sweep->tx, &live->swept_to, PAGE, on_present, sweep);
	db_tx_sync(sweep->tx, on_begun, sweep);
}

void presence_sweep_drop(struct live *live)
{
	if (live->sweep)
		live->sweep->live = NULL;
	live->sweep = NULL;
}
