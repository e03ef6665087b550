/* presence_sweep.c - agents whose heartbeat ran out go offline. */
#include "daemon/heartbeats.h"
#include "gateway_store_sql.h"
#include "presence.h"

#define SWEEP_EVERY_US 5000000
enum { SWEEP_MAX = 1000 }; /* agents a sweep */

static void on_ended(void *arg, const struct db_result *result)
{
	struct departed *departed = arg;

	for (size_t i = 0; i < db_rows(result); i++) {
		struct presence_row row = {db_get_uuid(result, i, 0), "offline", db_get_int(result, i, 2)};
		const char *was = db_get_text(result, i, 1);
		presence_tell(departed->outbox, presence_changed(departed->arena, &row, was, "system", true));
	}
}

static void end(void *arg, struct departed *departed)
{
	struct gateway *gateway = arg;

	store_end_presence(&gateway->store, departed->tx, departed->ids, departed->count, on_ended, departed);
}

struct heartbeats *presence_sweep_new(struct gateway *gateway)
{
	return heartbeats_new(&(struct heartbeats_options){.db = gateway->db,
	                                                   .kv = gateway->kv,
	                                                   .bus = gateway->bus,
	                                                   .service = "gateway",
	                                                   .prefix = PRESENCE_PREFIX,
	                                                   .marker = "hilo:presence-since",
	                                                   .object = "agent",
	                                                   .every_us = SWEEP_EVERY_US,
	                                                   .life_us = (int64_t)PRESENCE_TTL_S * 1000000,
	                                                   .page = SWEEP_MAX,
	                                                   .list = &gateway_store_sql_list_present,
	                                                   .end = end,
	                                                   .arg = gateway});
}
