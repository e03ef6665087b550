/* store_readers.c - see store_readers.h. */
#include "store_readers.h"

#include "store_bind.h"

static struct db_params *bind_own(struct store *store, const struct principal *who, const struct conversation_key *key)
{
	struct db_params *p = fresh(store);

	bind_rights(p, &who->rights);
	bind_conversation(p, key);
	db_bind_uuid(p, &who->id);
	return p;
}

void store_follow(struct store *store, const struct principal *who, const struct conversation_key *key,
                  store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_follow, bind_own(store, who, key), on_done, arg);
}

void store_unfollow(struct store *store, const struct principal *who, const struct conversation_key *key,
                    store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_unfollow, bind_own(store, who, key), on_done, arg);
}

void store_read_draft(struct store *store, const struct principal *who, const struct conversation_key *key,
                      store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_read_draft, bind_own(store, who, key), on_done, arg);
}

void store_delete_draft(struct store *store, const struct principal *who, const struct conversation_key *key,
                        store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_delete_draft, bind_own(store, who, key), on_done, arg);
}

void store_mark_read(struct store *store, const struct principal *who, const struct conversation_key *key,
                     int64_t sequence, store_done *on_done, void *arg)
{
	struct db_params *p = bind_own(store, who, key);

	db_bind_i64(p, sequence);
	db_query(store->db, &gateway_store_sql_mark_read, p, on_done, arg);
}

void store_save_draft(struct store *store, const struct principal *who, const struct conversation_key *key,
                      const struct draft_record *draft, store_done *on_done, void *arg)
{
	struct db_params *p = bind_own(store, who, key);

	db_bind_text(p, draft->kind);
	db_bind_text(p, draft->text);
	db_bind_text(p, draft->html);
	bind_uuids(p, draft->uploads, draft->uploads_count);
	db_query(store->db, &gateway_store_sql_save_draft, p, on_done, arg);
}

void store_read_watched(struct store *store, const struct rights *rights, const struct uuid *conversations,
                        size_t count, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	bind_uuids(p, conversations, count);
	db_query(store->db, &gateway_store_sql_read_watched, p, on_done, arg);
}

void store_read_counts(struct store *store, const struct principal *who, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &who->id);
	bind_rights(p, &who->rights);
	db_query(store->db, &gateway_store_sql_read_counts, p, on_done, arg);
}

void store_list_mentions(struct store *store, const struct principal *who, int64_t before_us,
                         const struct uuid *before_id, int32_t limit, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, &who->rights);
	db_bind_uuid(p, &who->id);
	db_bind_time(p, before_us);
	db_bind_uuid(p, before_id);
	db_bind_i32(p, limit);
	db_query(store->db, &gateway_store_sql_list_mentions, p, on_done, arg);
}

void store_search(struct store *store, const struct principal *who, const struct search_query *query,
                  store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &who->id);
	bind_rights(p, &who->rights);
	db_bind_text(p, query->kind);
	db_bind_text(p, query->words);
	db_bind_text(p, query->ref);
	db_bind_i32(p, query->limit);
	db_bind_i64(p, query->before);
	db_query(store->db, &gateway_store_sql_search, p, on_done, arg);
}

/* ---- saved views ---- */

void store_list_views(struct store *store, const struct uuid *agent_id, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_query(store->db, &gateway_store_sql_list_views, p, on_done, arg);
}

void store_read_view_record(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const struct uuid *id,
                            store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_view_record, p, on_rows, arg);
}

void store_count_views(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                       void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_tx_exec(tx, &gateway_store_sql_count_views, p, on_rows, arg);
}

void store_insert_view(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                       const struct view_record *view)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &view->id);
	db_bind_uuid(p, agent_id);
	db_bind_text(p, view->name);
	db_bind_bool(p, view->shared > 0);
	db_bind_text(p, view->filters);
	db_bind_i32(p, HILO_MAX(view->position, 0));
	db_tx_exec(tx, &gateway_store_sql_insert_view, p, NULL, NULL);
}

void store_update_view(struct store *store, struct db_tx *tx, const struct view_record *view)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &view->id);
	db_bind_text(p, view->name);
	if (view->shared < 0)
		db_bind_null(p);
	else
		db_bind_bool(p, view->shared);
	db_bind_text(p, view->filters);
	if (view->position < 0)
		db_bind_null(p);
	else
		db_bind_i32(p, view->position);
	db_tx_exec(tx, &gateway_store_sql_update_view, p, NULL, NULL);
}

static void run_on_id(struct store *store, struct db_tx *tx, const struct db_statement *statement,
                      const struct uuid *id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, statement, p, on_rows, arg);
}

void store_read_changed_view(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg)
{
	run_on_id(store, tx, &gateway_store_sql_read_changed_view, id, on_rows, arg);
}

void store_delete_view(struct store *store, struct db_tx *tx, const struct uuid *id)
{
	run_on_id(store, tx, &gateway_store_sql_delete_view, id, NULL, NULL);
}

static void remember(struct store *store, struct db_tx *tx, const struct db_statement *statement,
                     const struct request_record *request, const struct uuid *id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_request(p, request);
	db_bind_uuid(p, id);
	db_tx_exec(tx, statement, p, on_rows, arg);
}

void store_remember_view(struct store *store, struct db_tx *tx, const struct request_record *request,
                         const struct uuid *id, store_rows *on_rows, void *arg)
{
	remember(store, tx, &gateway_store_sql_remember_view, request, id, on_rows, arg);
}

/* ---- notes on customers ---- */

void store_list_customer_notes(struct store *store, const struct rights *rights, const struct uuid *customer_id,
                               store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, customer_id);
	db_query(store->db, &gateway_store_sql_list_customer_notes, p, on_done, arg);
}

void store_read_customer_record(struct store *store, struct db_tx *tx, const struct rights *rights,
                                const struct uuid *id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_customer_record, p, on_rows, arg);
}

void store_list_customer_inboxes(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                                 void *arg)
{
	run_on_id(store, tx, &gateway_store_sql_list_customer_inboxes, id, on_rows, arg);
}

void store_insert_customer_note(struct store *store, struct db_tx *tx, const struct uuid *id,
                                const struct uuid *customer_id, const struct uuid *author_id, const char *text)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_bind_uuid(p, customer_id);
	db_bind_uuid(p, author_id);
	db_bind_text(p, text);
	db_tx_exec(tx, &gateway_store_sql_insert_customer_note, p, NULL, NULL);
}

void store_remember_customer_note(struct store *store, struct db_tx *tx, const struct request_record *request,
                                  const struct uuid *id, store_rows *on_rows, void *arg)
{
	remember(store, tx, &gateway_store_sql_remember_customer_note, request, id, on_rows, arg);
}

void store_read_customer_note_author(struct store *store, struct db_tx *tx, const struct rights *rights,
                                     const struct uuid *customer_id, const struct uuid *id, store_rows *on_rows,
                                     void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, customer_id);
	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_customer_note_author, p, on_rows, arg);
}

void store_delete_customer_note(struct store *store, struct db_tx *tx, const struct uuid *id)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_delete_customer_note, p, NULL, NULL);
}
