/* store_requests.c - what clients asked for once, and files they brought. */
#include "store_bind.h"

void store_read_request_by_key(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const char *key,
                               store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_bind_text(p, key);
	db_tx_exec(tx, &gateway_store_sql_read_request_by_key, p, on_rows, arg);
}

void store_read_request(struct store *store, const struct uuid *agent_id, const struct uuid *id, store_done *on_done,
                        void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_bind_uuid(p, id);
	db_query(store->db, &gateway_store_sql_read_request, p, on_done, arg);
}

void store_insert_request(struct store *store, struct db_tx *tx, const struct request_record *request)
{
	struct db_params *p = fresh(store);

	bind_request(p, request);
	db_bind_uuid(p, &request->conversation_id);
	db_bind_time(p, request->deadline_us);
	db_tx_exec(tx, &gateway_store_sql_insert_request, p, NULL, NULL);
}

void store_remember(struct store *store, struct db_tx *tx, const struct request_record *request, enum made made,
                    const struct uuid *made_id, store_rows *on_rows, void *arg)
{
	static const struct db_statement *const statements[] = {
	        [MADE_AGENT] = &gateway_store_sql_remember_agent,
	        [MADE_INBOX] = &gateway_store_sql_remember_inbox,
	        [MADE_UPLOAD] = &gateway_store_sql_remember_upload,
	        [MADE_SECRET] = &gateway_store_sql_remember_secret,
	};
	struct db_params *p = fresh(store);

	bind_request(p, request);
	db_bind_uuid(p, made_id);
	if (made == MADE_INBOX)
		db_bind_text(p, store->public_url);
	db_tx_exec(tx, statements[made], p, on_rows, arg);
}

static void bind_outcome_ids(struct db_params *p, const struct outcome_row *rows, size_t count)
{
	db_array_begin(p, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(p, &rows[i].id);
	db_array_end(p);
}

void store_finish_requests(struct store *store, struct db_tx *tx, const struct outcome_row *rows, size_t count,
                           const struct url_signer *signer)
{
	struct db_params *p = fresh(store);

	bind_outcome_ids(p, rows, count);
	db_array_begin(p, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(p, rows[i].state);
	db_array_end(p);
	db_array_begin(p, DB_I16);
	for (size_t i = 0; i < count; i++)
		db_array_i16(p, rows[i].status);
	db_array_end(p);
	db_array_begin(p, DB_UUID);
	for (size_t i = 0; i < count; i++)
		if (uuid_is_nil(&rows[i].message_id))
			db_array_null(p);
		else
			db_array_uuid(p, &rows[i].message_id);
	db_array_end(p);
	db_array_begin(p, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(p, rows[i].body);
	db_array_end(p);
	bind_signer(p, signer);
	db_tx_exec(tx, &gateway_store_sql_finish_requests, p, NULL, NULL);
}

void store_read_outcomes(struct store *store, struct db_tx *tx, const struct outcome_row *rows, size_t count,
                         store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_outcome_ids(p, rows, count);
	db_tx_exec(tx, &gateway_store_sql_read_outcomes, p, on_rows, arg);
}

void store_read_oldest_pending(struct store *store, store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_read_oldest_pending, fresh(store), on_done, arg);
}

void store_delete_old_requests(struct store *store)
{
	db_query(store->db, &gateway_store_sql_delete_old_requests, fresh(store), on_ignored, NULL);
}

/* ---- uploads ---- */

void store_insert_upload(struct store *store, struct db_tx *tx, const struct uuid *id, const struct uuid *agent_id,
                         const char *name, const char *content_type, uint64_t size_bytes, const char *sha256)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_bind_uuid(p, agent_id);
	db_bind_text(p, name);
	db_bind_text(p, content_type);
	db_bind_i64(p, (int64_t)size_bytes);
	db_bind_text(p, sha256);
	db_tx_exec(tx, &gateway_store_sql_insert_upload, p, NULL, NULL);
}

void store_delete_old_uploads(struct store *store)
{
	db_query(store->db, &gateway_store_sql_delete_old_uploads, fresh(store), on_ignored, NULL);
}
