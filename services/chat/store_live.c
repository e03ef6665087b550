/* store_live.c - one typed function a statement of the live side's. */
#include "store_live.h"

#include "chat_store_sql.h"
#include "hub.h"
#include "inboxes.h"

static void bind_ids(struct db_params *p, const struct uuid *ids, size_t count)
{
	db_array_begin(p, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(p, &ids[i]);
	db_array_end(p);
}

static void bind_numbers(struct db_params *p, const int64_t *numbers, size_t count)
{
	db_array_begin(p, DB_I64);
	for (size_t i = 0; i < count; i++)
		db_array_i64(p, numbers[i]);
	db_array_end(p);
}

void store_find_conversations(struct chat *chat, const struct lookup *first, store_done *on_done, void *arg)
{
	struct db_params *p = db_params_reset(chat->params);

	db_array_begin(p, DB_UUID);
	for (const struct lookup *l = first; l; l = l->next)
		db_array_uuid(p, &l->inbox_id);
	db_array_end(p);
	db_array_begin(p, DB_UUID);
	for (const struct lookup *l = first; l; l = l->next) {
		const struct chat_inbox *inbox = inboxes_by_id(chat->inboxes, &l->inbox_id);
		if (inbox && !uuid_is_nil(&inbox->mail_inbox_id))
			db_array_uuid(p, &inbox->mail_inbox_id);
		else
			db_array_null(p);
	}
	db_array_end(p);
	db_array_begin(p, DB_TEXT);
	for (const struct lookup *l = first; l; l = l->next)
		db_array_text(p, l->address);
	db_array_end(p);
	db_array_begin(p, DB_TEXT);
	for (const struct lookup *l = first; l; l = l->next)
		db_array_text(p, l->email);
	db_array_end(p);
	db_array_begin(p, DB_BOOL);
	for (const struct lookup *l = first; l; l = l->next)
		db_array_bool(p, l->sees_all);
	db_array_end(p);
	db_query(chat->db, &chat_store_sql_find_conversations, p, on_done, arg);
}

void store_read_conversations(struct chat *chat, const struct uuid *ids, size_t count, store_done *on_done, void *arg)
{
	struct db_params *p = db_params_reset(chat->params);

	bind_ids(p, ids, count);
	db_query(chat->db, &chat_store_sql_read_conversations, p, on_done, arg);
}

void store_read_entries(struct chat *chat, const struct uuid *ids, const int64_t *after, size_t count, int32_t limit, store_done *on_done,
			void *arg)
{
	struct db_params *p = db_params_reset(chat->params);

	bind_ids(p, ids, count);
	bind_numbers(p, after, count);
	db_bind_i32(p, limit);
	db_query(chat->db, &chat_store_sql_read_entries, p, on_done, arg);
}

void store_read_positions(struct chat *chat, const struct uuid *inboxes, size_t inboxes_count, const struct uuid *ids, size_t count,
			  store_done *on_done, void *arg)
{
	struct db_params *p = db_params_reset(chat->params);

	bind_ids(p, inboxes, inboxes_count);
	bind_ids(p, ids, count);
	db_query(chat->db, &chat_store_sql_read_positions, p, on_done, arg);
}

void store_list_agent_names(struct chat *chat, store_done *on_done, void *arg)
{
	db_query(chat->db, &chat_store_sql_list_agent_names, db_params_reset(chat->params), on_done, arg);
}

void store_read_reports(struct chat *chat, struct db_tx *tx, const struct uuid *ids, size_t count, store_rows *on_rows, void *arg)
{
	struct db_params *p = db_params_reset(chat->params);

	bind_ids(p, ids, count);
	db_tx_exec(tx, &chat_store_sql_read_reports, p, on_rows, arg);
}

void store_insert_present(struct chat *chat, struct db_tx *tx, const struct uuid *ids, const struct uuid *inboxes, size_t count)
{
	struct db_params *p = db_params_reset(chat->params);

	bind_ids(p, ids, count);
	bind_ids(p, inboxes, count);
	db_tx_exec(tx, &chat_store_sql_insert_present, p, NULL, NULL);
}

void store_upsert_seen(struct chat *chat, struct db_tx *tx, const struct uuid *ids, const int64_t *sequences, size_t count)
{
	struct db_params *p = db_params_reset(chat->params);

	bind_ids(p, ids, count);
	bind_numbers(p, sequences, count);
	db_tx_exec(tx, &chat_store_sql_upsert_seen, p, NULL, NULL);
}

void store_delete_present(struct chat *chat, struct db_tx *tx, const struct uuid *ids, size_t count, store_rows *on_rows, void *arg)
{
	struct db_params *p = db_params_reset(chat->params);

	bind_ids(p, ids, count);
	db_tx_exec(tx, &chat_store_sql_delete_present, p, on_rows, arg);
}
