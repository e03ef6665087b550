/* presence_sweep.c - visitors whose heartbeat ran out have left. */
#include "chat_store_sql.h"
#include "daemon/heartbeats.h"
#include "hub.h"
#include "store_live.h"

#define SWEEP_EVERY_US 2000000
enum { PAGE = 2000 };

static void on_deleted(void *arg, const struct db_result *result)
{
	struct departed *departed = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0), inbox_id = db_get_uuid(result, row, 1);
		(void)report_presence(departed->outbox, departed->arena, &id, &inbox_id, NULL, false);
	}
}

static void end(void *arg, struct departed *departed)
{
	store_delete_present(arg, departed->tx, departed->ids, departed->count, on_deleted, departed);
}

struct heartbeats *presence_sweep_new(struct chat *chat)
{
	return heartbeats_new(&(struct heartbeats_options){
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
		.list = &chat_store_sql_list_present,
		.end = end,
		.arg = chat,
	});
}
