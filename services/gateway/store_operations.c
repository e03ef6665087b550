/* store_operations.c - parked work and health, read and released. */
#include "store_operations.h"

#include "store_bind.h"

void store_list_parked(struct store *store, const struct parked_query *query, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_time(p, query->before_us);
	db_bind_text(p, query->before_id);
	db_bind_i32(p, query->limit);
	db_query(store->db, &gateway_store_sql_list_parked, p, on_done, arg);
}

void store_read_parked(struct store *store, struct db_tx *tx, const char *id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_parked, p, on_rows, arg);
}

void store_release_parked(struct store *store, struct db_tx *tx, const struct request_record *request, const char *id,
                          bool again, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_request(p, request);
	db_bind_text(p, id);
	db_bind_bool(p, again);
	db_tx_exec(tx, &gateway_store_sql_release_parked, p, on_rows, arg);
}

void store_read_health(struct store *store, const struct rights *rights, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_query(store->db, &gateway_store_sql_read_health, p, on_done, arg);
}
