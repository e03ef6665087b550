/* daemon/heartbeats.c - one look after the other: who is there, whose heartbeat is missing, again under their locks. */
#include "daemon/heartbeats.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"

struct heartbeats {
	struct heartbeats_options options;
	struct db_params *params; /* scratch */
	struct timer *timer;
	int64_t connected_us;  /* monotonic: since when Redis has been there at every look; 0: it is away */
	struct uuid looked_to; /* where the next look begins; nil: at the beginning */
	struct look *under_way;
};

struct look {
	struct heartbeats *heartbeats; /* NULL: it was freed */
	struct departed departed;
	struct uuid *ids; /* of who is there; then of those without heartbeat */
	size_t count;
	bool is_ours; /* the lock was free */
	bool is_sure; /* in the second look, under the locks */
};

static void look_end(struct look *look)
{
	if (look->heartbeats)
		look->heartbeats->under_way = NULL;
	bus_outbox_free(&look->departed.outbox);
	arena_free(&look->departed.arena);
	free(look);
}

static void look_cancel(struct look *look)
{
	db_tx_rollback(look->departed.tx);
	look_end(look);
}

/* Returns: whether the look goes on; it is over otherwise. */
static bool goes_on(struct look *look, const struct db_outcome *outcome)
{
	if (outcome->fault == DB_OK && look->heartbeats)
		return true;
	if (outcome->fault == DB_OK)
		look_cancel(look);
	else
		look_end(look);
	return false;
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct look *look = arg;

	if (outcome->fault == DB_OK && look->heartbeats) {
		log_info("heartbeats.ended", "of=%s count=%zu", look->heartbeats->options.object,
		         bus_outbox_count(look->departed.outbox));
		bus_ring(look->heartbeats->options.bus);
	}
	look_end(look);
}

static void on_ended(void *arg, const struct db_outcome *outcome)
{
	struct look *look = arg;

	if (!goes_on(look, outcome))
		return;
	if (!bus_outbox_count(look->departed.outbox)) {
		look_cancel(look);
		return;
	}
	bus_outbox_append(look->departed.outbox, look->departed.tx);
	db_tx_commit(look->departed.tx, on_committed, look);
}

/* does Redis remember long enough to be believed? */
static bool is_trusted(const struct heartbeats *heartbeats, const struct kv_reply *marker)
{
	const struct heartbeats_options *options = &heartbeats->options;
	int64_t since_us;

	if (!heartbeats->connected_us || clock_monotonic_us() - heartbeats->connected_us < options->life_us)
		return false;
	if (marker->type != KV_TEXT || text_to_i64(marker->text, 0, INT64_MAX, &since_us) < 0) {
		kv_run(options->kv, NULL, NULL, "SET %s %lld NX", options->marker, (long long)clock_now_us());
		return false;
	}
	return clock_now_us() - since_us >= options->life_us;
}

static void ask_heartbeats(struct look *look);

static void on_locked(void *arg, const struct db_outcome *outcome)
{
	struct look *look = arg;

	if (goes_on(look, outcome))
		ask_heartbeats(look);
}

static void lock_silent(struct look *look)
{
	const char *object = look->heartbeats->options.object;
	int64_t *locks = arena_new_array(look->departed.arena, int64_t, look->count);

	for (size_t i = 0; i < look->count; i++)
		locks[i] = hash_object64(object, &look->ids[i], sizeof(look->ids[i]));
	look->is_sure = true;
	db_tx_lock(look->departed.tx, locks, look->count);
	db_tx_sync(look->departed.tx, on_locked, look);
}

static void end_departed(struct look *look)
{
	look->departed.ids = look->ids;
	look->departed.count = look->count;
	look->heartbeats->options.end(look->heartbeats->options.arg, &look->departed);
	db_tx_sync(look->departed.tx, on_ended, look);
}

static void on_heartbeats(void *arg, const struct kv_reply *reply)
{
	struct look *look = arg;
	size_t silent = 0;

	if (!look->heartbeats || !reply || reply->type != KV_LIST || reply->count != look->count + 1 ||
	    !is_trusted(look->heartbeats, &reply->items[0])) {
		look_cancel(look);
		return;
	}
	for (size_t i = 0; i < look->count; i++)
		if (reply->items[i + 1].type == KV_NIL)
			look->ids[silent++] = look->ids[i];
	look->count = silent;
	if (!silent)
		look_cancel(look);
	else if (!look->is_sure)
		lock_silent(look);
	else
		end_departed(look);
}

static void ask_heartbeats(struct look *look)
{
	const struct heartbeats_options *options = &look->heartbeats->options;
	struct kv_argument *arguments = arena_new_array(look->departed.arena, struct kv_argument, look->count + 2);

	arguments[0] = (struct kv_argument){"MGET", 4};
	arguments[1] = (struct kv_argument){options->marker, strlen(options->marker)};
	for (size_t i = 0; i < look->count; i++) {
		char id[UUID_TEXT];
		const char *key = arena_printf(look->departed.arena, "%s%s", options->prefix, uuid_format(&look->ids[i], id));
		arguments[i + 2] = (struct kv_argument){key, strlen(key)};
	}
	kv_command(options->kv, arguments, look->count + 2, on_heartbeats, look);
}

static void on_lock(void *arg, const struct db_result *result)
{
	struct look *look = arg;

	look->is_ours = db_get_bool(result, 0, 0);
}

static void on_present(void *arg, const struct db_result *result)
{
	struct look *look = arg;

	look->count = db_rows(result);
	look->ids = arena_new_array(look->departed.arena, struct uuid, look->count + 1);
	for (size_t i = 0; i < look->count; i++)
		look->ids[i] = db_get_uuid(result, i, 0);
}

static void on_begun(void *arg, const struct db_outcome *outcome)
{
	struct look *look = arg;

	if (!goes_on(look, outcome))
		return;
	if (!look->is_ours) {
		look_cancel(look);
		return;
	}
	look->heartbeats->looked_to =
	        look->count == (size_t)look->heartbeats->options.page ? look->ids[look->count - 1] : (struct uuid){0};
	ask_heartbeats(look); /* also with nobody there: it keeps the marker */
}

static void on_due(void *arg)
{
	struct heartbeats *heartbeats = arg;
	const struct heartbeats_options *options = &heartbeats->options;
	struct look *look;

	if (!kv_is_ready(options->kv))
		heartbeats->connected_us = 0;
	else if (!heartbeats->connected_us)
		heartbeats->connected_us = clock_monotonic_us();
	if (heartbeats->under_way || !heartbeats->connected_us || !db_is_ready(options->db))
		return;
	look = hilo_new(struct look);
	look->heartbeats = heartbeats;
	look->departed = (struct departed){
	        .tx = db_begin(options->db), .arena = arena_new(0), .outbox = bus_outbox_new(options->service)};
	heartbeats->under_way = look;
	db_tx_try_lock(look->departed.tx, hash_object64("sweep", options->marker, strlen(options->marker)), on_lock, look);
	db_bind_uuid(db_params_reset(heartbeats->params), &heartbeats->looked_to);
	db_bind_i32(heartbeats->params, options->page);
	db_tx_exec(look->departed.tx, options->list, heartbeats->params, on_present, look);
	db_tx_sync(look->departed.tx, on_begun, look);
}

struct heartbeats *heartbeats_new(const struct heartbeats_options *options)
{
	struct heartbeats *heartbeats = hilo_new(struct heartbeats);

	heartbeats->options = *options;
	heartbeats->params = db_params_new();
	heartbeats->timer = timer_new(db_loop(options->db), on_due, heartbeats);
	timer_every(heartbeats->timer, options->every_us);
	return heartbeats;
}

void heartbeats_free(struct heartbeats **pointer)
{
	struct heartbeats *heartbeats = HILO_STEAL(*pointer);

	if (!heartbeats)
		return;
	if (heartbeats->under_way)
		heartbeats->under_way->heartbeats = NULL;
	timer_free(&heartbeats->timer);
	db_params_free(&heartbeats->params);
	free(heartbeats);
}
