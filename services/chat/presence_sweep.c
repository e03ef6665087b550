/* presence_sweep.c - visitors whose heartbeat ran out have left. */
#include "daemon/heartbeats.h"
#include "hub.h"
#include "store_live.h"

#define SWEEP_EVERY_US 2000000
enum { PAGE = 2000 };

static void list(void *arg, struct db_tx *tx, const struct uuid *after, int32_t limit, heartbeats_rows *on_rows,
		 void *rows_arg)
{
	store_list_present(arg, tx, after, limit, on_rows, rows_arg);
}

static void on_deleted(void *arg, const struct db_result *result)
{
	struct departed *departed = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0), inbox_id = db_get_uuid(result, row, 1);
		(void)report_presence(departed->outbox, departed->arena, &id, &inbox_id, NULL, false);
	}
}

static void delete_departed(void *arg, struct departed *departed)
{
	store_delete_present(arg, departed->tx, departed->ids, departed->count, on_deleted, departed);
}

struct heartbeats *presence_sweep_new(struct chat *chat)
{
	return heartbeats_new(&(struct heartbeats_options){
		.loop = chat->loop,
		.db = chat->db,
		.kv = chat->kv,
		.bus = chat->bus,
		.service = "chat",
		.prefix = PRESENT_PREFIX,
		.marker = "hilo:chat:present-since",
		.object = "conversation",
		.every_us = SWEEP_EVERY_US,
		.life_us = (int64_t)PRESENT_TTL_S * 1000000,
		.page = PAGE,
		.list = list,
		.read = delete_departed,
		.arg = chat,
	});
}
