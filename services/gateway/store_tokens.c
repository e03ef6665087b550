/* store_tokens.c - API tokens, what was configured, and the log of it. */
#include "base/log.h"
#include "store_bind.h"
#include "store_furniture.h"

/* ---- tokens ---- */

void store_read_token(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_read_token, p, on_done, arg);
}

void store_touch_token(struct store *store, const uint8_t hash[STORE_HASH])
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_touch_token, p, on_ignored, NULL);
}

void store_list_tokens(struct store *store, const struct uuid *agent_id, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_query(store->db, &gateway_store_sql_list_tokens, p, on_done, arg);
}

void store_count_tokens(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                        void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_tx_exec(tx, &gateway_store_sql_count_tokens, p, on_rows, arg);
}

void store_insert_token(struct store *store, struct db_tx *tx, const struct token_record *token)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &token->id);
	bind_hash(p, token->hash);
	db_bind_uuid(p, &token->agent_id);
	db_bind_text(p, token->name);
	db_bind_text(p, token->scope);
	if (token->expires_us)
		db_bind_time(p, token->expires_us);
	else
		db_bind_null(p);
	db_tx_exec(tx, &gateway_store_sql_insert_token, p, NULL, NULL);
}

void store_read_token_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_token_record, p, on_rows, arg);
}

void store_delete_token(struct store *store, struct db_tx *tx, const struct uuid *id)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_delete_token, p, NULL, NULL);
}

void store_delete_old_tokens(struct store *store)
{
	db_query(store->db, &gateway_store_sql_delete_old_tokens, fresh(store), on_ignored, NULL);
}

/* ---- what was configured ---- */

void store_remember_configured(struct store *store, struct db_tx *tx, const struct request_record *request,
                               const char *kind, const char *key, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_request(p, request);
	db_bind_text(p, kind);
	db_bind_text(p, key);
	db_tx_exec(tx, &gateway_store_sql_remember_configured, p, on_rows, arg);
}

void store_read_configured(struct store *store, struct db_tx *tx, const char *kind, const char *key,
                           const struct uuid *reader, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, kind);
	db_bind_text(p, key);
	db_bind_uuid(p, reader);
	db_tx_exec(tx, &gateway_store_sql_read_configured, p, on_rows, arg);
}

/* ---- the audit log ---- */

void store_read_audited(struct store *store, struct db_tx *tx, const char *kind, const char *key, store_rows *on_rows,
                        void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, kind);
	db_bind_text(p, key);
	db_tx_exec(tx, &gateway_store_sql_read_audited, p, on_rows, arg);
}

static void on_audited(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	(void)arg, (void)result;
	if (outcome->fault != DB_OK)
		log_error("audit.failed", "sqlstate=%s message=%s", outcome->sqlstate, outcome->message);
}

void store_insert_audit(struct store *store, struct db_tx *tx, const struct audit_record *record)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &record->id);
	db_bind_uuid(p, record->actor_id);
	db_bind_text(p, record->action);
	db_bind_text(p, record->key);
	db_bind_text(p, record->name);
	db_bind_text(p, record->before);
	db_bind_text(p, record->peer);
	if (tx)
		db_tx_exec(tx, &gateway_store_sql_insert_audit, p, NULL, NULL);
	else
		db_query(store->db, &gateway_store_sql_insert_audit, p, on_audited, NULL);
}

void store_list_audit(struct store *store, const struct audit_query *query, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_time(p, query->before_us);
	db_bind_uuid(p, &query->before_id);
	db_bind_i32(p, query->limit);
	db_bind_uuid(p, query->actor_id);
	db_bind_text(p, query->action);
	db_query(store->db, &gateway_store_sql_list_audit, p, on_done, arg);
}
