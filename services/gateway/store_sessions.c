/* store_sessions.c - who is signed in. */
#include "store_bind.h"

void store_read_session(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_read_session, p, on_done, arg);
}

void store_touch_session(struct store *store, const uint8_t hash[STORE_HASH])
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_touch_session, p, on_ignored, NULL);
}

void store_read_lost_sessions(struct store *store, const uint8_t *hashes, size_t count, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hashes(p, hashes, count);
	db_query(store->db, &gateway_store_sql_read_lost_sessions, p, on_done, arg);
}

void store_touch_sessions(struct store *store, const uint8_t *hashes, size_t count)
{
	struct db_params *p = fresh(store);

	bind_hashes(p, hashes, count);
	db_query(store->db, &gateway_store_sql_touch_sessions, p, on_ignored, NULL);
}

void store_read_credentials(struct store *store, const char *email, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, email);
	db_query(store->db, &gateway_store_sql_read_credentials, p, on_done, arg);
}

void store_insert_session(struct store *store, struct db_tx *tx, const uint8_t hash[STORE_HASH],
                          const struct uuid *agent_id, const char *peer)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_bind_uuid(p, agent_id);
	db_bind_text(p, peer);
	db_tx_exec(tx, &gateway_store_sql_insert_session, p, NULL, NULL);
}

void store_read_own_agent(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                          void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_tx_exec(tx, &gateway_store_sql_read_own_agent, p, on_rows, arg);
}

void store_read_own_agent_at(struct store *store, const struct uuid *agent_id, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_query(store->db, &gateway_store_sql_read_own_agent_at, p, on_done, arg);
}

void store_delete_session(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_delete_session, p, on_done, arg);
}

void store_delete_old_sessions(struct store *store)
{
	db_query(store->db, &gateway_store_sql_delete_old_sessions, fresh(store), on_ignored, NULL);
}
