/* store_conversations.c - what readers see of conversations and customers. */
#include "store_bind.h"

/* $1 … $7 of a search: where the page begins, as routing floors buckets */
static void search_conversations(struct store *store, const struct conversation_query *query, store_done *on_done,
                                 void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, &query->rights);
	bind_words(p, query->statuses);
	db_bind_i32(p, (int32_t)HILO_MIN(query->after_us / 64000000, INT32_MAX));
	db_bind_time(p, query->after_us);
	db_bind_uuid(p, &query->after_id);
	db_bind_i32(p, query->limit);
	db_bind_uuid(p, &query->agent_id);
	db_bind_text(p, query->view);
	db_bind_text(p, query->ref);
	db_bind_text(p, query->pattern);
	db_query(store->db, &gateway_store_sql_search_conversations, p, on_done, arg);
}

void store_list_conversations(struct store *store, const struct conversation_query *query, store_done *on_done,
                              void *arg)
{
	struct db_params *p = fresh(store);

	if (query->pattern) {
		search_conversations(store, query, on_done, arg);
		return;
	}
	db_bind_uuid(p, &query->agent_id);
	bind_rights(p, &query->rights);
	db_bind_text(p, query->filters);
	db_bind_i32(p, query->limit);
	if (query->has_after) {
		db_bind_i32(p, query->after_rank);
		db_bind_time(p, query->after_us);
		db_bind_uuid(p, &query->after_id);
	} else {
		db_bind_null(p);
		db_bind_null(p);
		db_bind_null(p);
	}
	db_query(store->db, &gateway_store_sql_list_conversations, p, on_done, arg);
}

static void read_by_key(struct store *store, const struct db_statement *statement, const struct rights *rights,
                        const struct conversation_key *key, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	bind_conversation(p, key);
	db_query(store->db, statement, p, on_done, arg);
}

void store_read_conversation(struct store *store, const struct principal *who, const struct conversation_key *key,
                             store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, &who->rights);
	bind_conversation(p, key);
	db_bind_uuid(p, &who->id);
	db_query(store->db, &gateway_store_sql_read_conversation, p, on_done, arg);
}

void store_read_interactions(struct store *store, const struct rights *rights, const struct conversation_key *key,
                             store_done *on_done, void *arg)
{
	read_by_key(store, &gateway_store_sql_read_interactions, rights, key, on_done, arg);
}

void store_read_moves(struct store *store, const struct rights *rights, const struct conversation_key *key,
                      store_done *on_done, void *arg)
{
	read_by_key(store, &gateway_store_sql_read_moves, rights, key, on_done, arg);
}

void store_read_channels(struct store *store, const struct rights *rights, const struct conversation_key *key,
                         store_done *on_done, void *arg)
{
	read_by_key(store, &gateway_store_sql_read_channels, rights, key, on_done, arg);
}

void store_read_customer_point(struct store *store, struct db_tx *tx, const struct uuid *contact_point_id,
                               const struct uuid *conversation_id, const char *channel, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, contact_point_id);
	db_bind_uuid(p, conversation_id);
	db_bind_text(p, channel);
	db_tx_exec(tx, &gateway_store_sql_read_customer_point, p, on_rows, arg);
}

void store_read_timeline(struct store *store, const struct rights *rights, const struct conversation_key *key,
                         const struct timeline_page *page, const struct url_signer *signer, store_done *on_done,
                         void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	bind_conversation(p, key);
	db_bind_i64(p, page->after);
	db_bind_i32(p, page->limit);
	bind_signer(p, signer);
	if (page->before)
		db_bind_i64(p, page->before);
	else
		db_bind_null(p);
	db_query(store->db, &gateway_store_sql_read_timeline, p, on_done, arg);
}

void store_read_conversation_id(struct store *store, const struct rights *rights, const char *ref, store_done *on_done,
                                void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_text(p, ref);
	db_query(store->db, &gateway_store_sql_read_conversation_id, p, on_done, arg);
}

void store_read_conversation_record(struct store *store, struct db_tx *tx, const struct rights *rights,
                                    const struct uuid *id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_conversation_record, p, on_rows, arg);
}

void store_read_assignable(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count,
                           const struct uuid *conversation_id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_uuids(p, agents, count);
	db_bind_uuid(p, conversation_id);
	db_tx_exec(tx, &gateway_store_sql_read_assignable, p, on_rows, arg);
}

void store_read_uploads(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const struct uuid *uploads,
                        size_t count, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	bind_uuids(p, uploads, count);
	db_tx_exec(tx, &gateway_store_sql_read_uploads, p, on_rows, arg);
}

void store_read_customer(struct store *store, const struct principal *who, const struct uuid *id, store_done *on_done,
                         void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, &who->rights);
	db_bind_uuid(p, id);
	db_bind_uuid(p, &who->id);
	db_query(store->db, &gateway_store_sql_read_customer, p, on_done, arg);
}
