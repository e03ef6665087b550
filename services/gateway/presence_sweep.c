/* presence_sweep.c - agents whose heartbeat ran out go offline. */
#include "daemon/heartbeats.h"
#include "presence.h"

#define SWEEP_EVERY_US 5000000
enum { SWEEP_MAX = 1000 }; /* agents a sweep */

struct expired {
	struct presence_row *rows;
	size_t count;
};

static void list(void *arg, struct db_tx *tx, const struct uuid *after, int32_t limit, heartbeats_rows *on_rows,
                 void *rows_arg)
{
	struct gateway *gateway = arg;

	store_list_present(&gateway->store, tx, after, limit, on_rows, rows_arg);
}

static void on_rows(void *arg, const struct db_result *result)
{
	struct departed *departed = arg;
	struct expired *expired = arena_new_object(departed->arena, struct expired);

	departed->rows = expired;
	expired->rows = arena_new_array(departed->arena, struct presence_row, db_rows(result) + 1);
	for (size_t i = 0; i < db_rows(result); i++) {
		struct presence_row *row = &expired->rows[expired->count];
		const char *status = db_get_text(result, i, 1);
		if (!strcmp(status, "offline"))
			continue;
		*row = (struct presence_row){db_get_uuid(result, i, 0), "offline", db_get_int(result, i, 2) + 1};
		presence_event(departed->outbox, departed->arena, row, status, "system", true);
		expired->count++;
	}
}

static void read_expired(void *arg, struct departed *departed)
{
	struct gateway *gateway = arg;

	store_list_presence(&gateway->store, departed->tx, departed->ids, departed->count, on_rows, departed);
}

static void write_offline(void *arg, struct departed *departed)
{
	struct gateway *gateway = arg;
	const struct expired *expired = departed->rows;

	if (expired->count)
		store_upsert_presence(&gateway->store, departed->tx, expired->rows, expired->count);
}

struct heartbeats *presence_sweep_new(struct gateway *gateway)
{
	return heartbeats_new(&(struct heartbeats_options){.loop = gateway->loop,
	                                                   .db = gateway->db,
	                                                   .kv = gateway->kv,
	                                                   .bus = gateway->bus,
	                                                   .service = "gateway",
	                                                   .prefix = PRESENCE_PREFIX,
	                                                   .marker = "hilo:presence-since",
	                                                   .object = "agent",
	                                                   .every_us = SWEEP_EVERY_US,
	                                                   .life_us = (int64_t)PRESENCE_TTL_S * 1000000,
	                                                   .page = SWEEP_MAX,
	                                                   .list = list,
	                                                   .read = read_expired,
	                                                   .write = write_offline,
	                                                   .arg = gateway});
}
