/* store_stream.c - the log as streams read it. */
#include "store_bind.h"

void store_read_log_bounds(struct store *store, store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_read_log_bounds, fresh(store), on_done, arg);
}

void store_read_log(struct store *store, uint64_t after_xid, int64_t after_id, uint64_t until_xid, int64_t until_id,
                    const char *const *types, const struct rights *rights, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_xid(p, after_xid);
	db_bind_i64(p, after_id);
	db_bind_xid(p, until_xid);
	db_bind_i64(p, until_id);
	bind_words(p, types);
	bind_rights(p, rights);
	db_query(store->db, &gateway_store_sql_read_log, p, on_done, arg);
}

void store_read_lost_conversations(struct store *store, const struct rights *before, const struct rights *now,
                                   const struct uuid *agent_id, const struct uuid *open, size_t count,
                                   store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, before);
	bind_rights(p, now);
	db_bind_uuid(p, agent_id);
	bind_uuids(p, open, count);
	db_query(store->db, &gateway_store_sql_read_lost_conversations, p, on_done, arg);
}

void store_read_typing(struct store *store, const struct rights *rights, const struct uuid *conversation_id,
                       store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, conversation_id);
	db_query(store->db, &gateway_store_sql_read_typing, p, on_done, arg);
}
