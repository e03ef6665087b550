/* store.c - the relay's statements. What finds the epoch runs on the connection that reads; the rest where it delays
 * nobody. */
#include "store.h"

#include "bus_store_sql.h"

static struct db *upkeep(struct relay *relay)
{
	db_params_reset(relay->params);
	return daemon_db(relay->daemon);
}

void store_cluster_state(struct relay *relay, store_done *on_done)
{
	db_query(relay->read_db, &bus_store_sql_cluster_state, NULL, on_done, relay);
}

struct store_cluster store_cluster_of(const struct db_result *result)
{
	struct store_cluster cluster = {
	        .system_identifier = db_get_int(result, 0, 0),
	        .timeline = db_get_int(result, 0, 1),
	        .next_xid = db_get_xid(result, 0, 2),
	        .newest_xid = db_get_xid(result, 0, 3),
	};

	cluster.has_epoch =
	        db_get_int(result, 0, 4) == cluster.system_identifier && db_get_int(result, 0, 5) == cluster.timeline;
	return cluster;
}

void store_open_epoch(struct relay *relay, uint64_t epoch, const struct store_cluster *cluster, store_done *on_done)
{
	db_params_reset(relay->params);
	db_bind_i64(relay->params, (int64_t)epoch);
	db_bind_i64(relay->params, cluster->system_identifier);
	db_bind_i32(relay->params, (int32_t)cluster->timeline);
	db_query(relay->read_db, &bus_store_sql_open_epoch, relay->params, on_done, relay);
}

void store_mark_safe(struct relay *relay, struct bus_position position, store_done *on_done)
{
	struct db *db = upkeep(relay);

	db_bind_i64(relay->params, (int64_t)position.epoch);
	db_bind_xid(relay->params, position.xid);
	db_bind_i64(relay->params, position.id);
	db_query(db, &bus_store_sql_mark_safe, relay->params, on_done, relay);
}

void store_announce(struct relay *relay, store_done *on_done)
{
	struct db *db = upkeep(relay);

	db_bind_uuid(relay->params, &relay->id);
	db_bind_text(relay->params, relay->frames_address);
	db_bind_text(relay->params, relay->doorbell_address);
	db_query(db, &bus_store_sql_announce, relay->params, on_done, relay);
}

void store_withdraw(struct relay *relay, store_done *on_done)
{
	struct db *db = upkeep(relay);

	db_bind_uuid(relay->params, &relay->id);
	db_query(db, &bus_store_sql_withdraw, relay->params, on_done, relay);
}

void store_keep_partitions(struct relay *relay, store_done *on_done)
{
	db_query(upkeep(relay), &bus_store_sql_keep_partitions, NULL, on_done, relay);
}

void store_raise_floor(struct relay *relay, store_done *on_done)
{
	struct db *db = upkeep(relay);

	db_bind_i64(relay->params, relay->settings.retention_us / 1000000);
	db_bind_i64(relay->params, relay->settings.size_limit);
	db_query(db, &bus_store_sql_raise_floor, relay->params, on_done, relay);
}

void store_drop_partition(struct relay *relay, store_done *on_done)
{
	db_query(upkeep(relay), &bus_store_sql_drop_partition, NULL, on_done, relay);
}

void store_end_old_writers(struct relay *relay, int64_t seconds, store_done *on_done)
{
	struct db *db = upkeep(relay);

	db_bind_i64(relay->params, seconds);
	db_query(db, &bus_store_sql_end_old_writers, relay->params, on_done, relay);
}

void store_oldest_writer(struct relay *relay, store_done *on_done)
{
	db_query(upkeep(relay), &bus_store_sql_oldest_writer, NULL, on_done, relay);
}

void store_consumer_lag(struct relay *relay, store_done *on_done)
{
	db_query(upkeep(relay), &bus_store_sql_consumer_lag, NULL, on_done, relay);
}
