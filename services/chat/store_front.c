/* store_front.c - one typed function a statement of the front's. */
#include "store_front.h"

#include "base/log.h"
#include "chat_store_sql.h"

static struct db_params *fresh(struct chat *chat)
{
	return db_params_reset(chat->params);
}

static void bind_hash(struct db_params *p, const uint8_t *hash)
{
	db_bind_bytes(p, hash, STORE_HASH);
}

static void on_ignored(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	(void)arg, (void)result;
	if (outcome->fault == DB_FAILED)
		log_error("store.failed", "error=%s", outcome->message);
}

void store_list_inboxes(struct chat *chat, store_done *on_done, void *arg)
{
	db_query(chat->db, &chat_store_sql_list_inboxes, fresh(chat), on_done, arg);
}

void store_read_tested(struct chat *chat, const struct uuid *inbox_id, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(chat);

	db_bind_uuid(p, inbox_id);
	db_query(chat->db, &chat_store_sql_read_tested, p, on_done, arg);
}

void store_list_reply_times(struct chat *chat, store_done *on_done, void *arg)
{
	db_query(chat->db, &chat_store_sql_list_reply_times, fresh(chat), on_done, arg);
}

struct visitor store_get_visitor(const struct db_result *result)
{
	struct visitor visitor = {
		.id = db_get_uuid(result, 0, 0),
		.inbox_id = db_get_uuid(result, 0, 1),
		.address = db_get_text(result, 0, 2),
		.name = db_get_text(result, 0, 3),
		.email = db_get_text(result, 0, 4),
		.locale = db_get_text(result, 0, 5),
		.email_level = (Hilo__V1__Level)db_get_int(result, 0, 6),
	};

	visitor.is_signed_in = visitor.address[0] == 'u';
	return visitor;
}

void store_find_visitor(struct chat *chat, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(chat);

	bind_hash(p, hash);
	db_query(chat->db, &chat_store_sql_find_visitor, p, on_done, arg);
}

void store_touch_token(struct chat *chat, const uint8_t hash[STORE_HASH])
{
	struct db_params *p = fresh(chat);

	bind_hash(p, hash);
	db_query(chat->db, &chat_store_sql_touch_token, p, on_ignored, NULL);
}

void store_insert_visitor(struct chat *chat, const struct visitor *visitor, const uint8_t hash[STORE_HASH], store_done *on_done,
			  void *arg)
{
	struct db_params *p = fresh(chat);

	db_bind_uuid(p, &visitor->id);
	db_bind_uuid(p, &visitor->inbox_id);
	db_bind_text(p, visitor->address);
	db_bind_text(p, visitor->locale);
	bind_hash(p, hash);
	db_query(chat->db, &chat_store_sql_insert_visitor, p, on_done, arg);
}

void store_has_written(struct chat *chat, struct db_tx *tx, const char *address, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(chat);

	db_bind_text(p, address);
	db_tx_exec(tx, &chat_store_sql_has_written, p, on_rows, arg);
}

void store_sign_in(struct chat *chat, struct db_tx *tx, const struct store_sign_in *in, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(chat);

	db_bind_uuid(p, &in->id);
	db_bind_uuid(p, &in->inbox_id);
	db_bind_text(p, in->address);
	db_bind_text(p, in->name);
	db_bind_text(p, in->email);
	db_bind_i16(p, (int16_t)in->email_level);
	db_bind_text(p, in->locale);
	bind_hash(p, in->hash);
	db_tx_exec(tx, &chat_store_sql_sign_in, p, on_rows, arg);
}

void store_leave_browser(struct chat *chat, struct db_tx *tx, const struct uuid *visitor_id, const char *to_address,
			 const uint8_t *hash)
{
	struct db_params *p = fresh(chat);

	db_bind_uuid(p, visitor_id);
	db_bind_text(p, to_address);
	bind_hash(p, hash);
	db_tx_exec(tx, &chat_store_sql_leave_browser, p, NULL, NULL);
}

void store_delete_token(struct chat *chat, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(chat);

	bind_hash(p, hash);
	db_query(chat->db, &chat_store_sql_delete_token, p, on_done, arg);
}

void store_update_visitor(struct chat *chat, struct db_tx *tx, const struct uuid *visitor_id, const char *name, const char *email,
			  const char *locale, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(chat);

	db_bind_uuid(p, visitor_id);
	db_bind_text(p, name);
	db_bind_text(p, email);
	db_bind_text(p, locale);
	db_tx_exec(tx, &chat_store_sql_update_visitor, p, on_rows, arg);
}

void store_insert_confirmation(struct chat *chat, struct db_tx *tx, const uint8_t hash[STORE_HASH], const struct uuid *visitor_id,
			       const char *email)
{
	struct db_params *p = fresh(chat);

	bind_hash(p, hash);
	db_bind_uuid(p, visitor_id);
	db_bind_text(p, email);
	db_tx_exec(tx, &chat_store_sql_insert_confirmation, p, NULL, NULL);
}

void store_find_confirmation(struct chat *chat, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(chat);

	bind_hash(p, hash);
	db_query(chat->db, &chat_store_sql_find_confirmation, p, on_done, arg);
}

void store_use_confirmation(struct chat *chat, struct db_tx *tx, const uint8_t hash[STORE_HASH], store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(chat);

	bind_hash(p, hash);
	db_tx_exec(tx, &chat_store_sql_use_confirmation, p, on_rows, arg);
}

void store_insert_upload(struct chat *chat, const struct uuid *id, const struct uuid *visitor_id, const struct channel_file *file,
			 store_done *on_done, void *arg)
{
	struct db_params *p = fresh(chat);

	db_bind_uuid(p, id);
	db_bind_uuid(p, visitor_id);
	db_bind_text(p, file->name);
	db_bind_text(p, file->content_type);
	db_bind_i64(p, (int64_t)file->size_bytes);
	db_bind_text(p, file->sha256);
	db_query(chat->db, &chat_store_sql_insert_upload, p, on_done, arg);
}

static void query_two(struct chat *chat, const struct db_statement *statement, const struct uuid *id, const struct uuid *visitor_id,
		      store_done *on_done, void *arg)
{
	struct db_params *p = fresh(chat);

	db_bind_uuid(p, id);
	db_bind_uuid(p, visitor_id);
	db_query(chat->db, statement, p, on_done, arg);
}

void store_take_upload(struct chat *chat, const struct uuid *id, const struct uuid *visitor_id, store_done *on_done, void *arg)
{
	query_two(chat, &chat_store_sql_take_upload, id, visitor_id, on_done, arg);
}

void store_find_file(struct chat *chat, const struct uuid *id, const struct uuid *visitor_id, store_done *on_done, void *arg)
{
	query_two(chat, &chat_store_sql_find_file, id, visitor_id, on_done, arg);
}

void store_list_transcript(struct chat *chat, const struct uuid *conversation_id, const struct uuid *visitor_id, store_done *on_done,
			   void *arg)
{
	query_two(chat, &chat_store_sql_list_transcript, conversation_id, visitor_id, on_done, arg);
}

void store_sweep_front(struct chat *chat)
{
	db_query(chat->db, &chat_store_sql_sweep_tokens, fresh(chat), on_ignored, NULL);
	db_query(chat->db, &chat_store_sql_sweep_visitors, fresh(chat), on_ignored, NULL);
	db_query(chat->db, &chat_store_sql_sweep_confirmations, fresh(chat), on_ignored, NULL);
	db_query(chat->db, &chat_store_sql_sweep_uploads, fresh(chat), on_ignored, NULL);
}
