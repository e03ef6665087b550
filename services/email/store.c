/* store.c - binding the mail daemon's statements. */
#include "store.h"

#include "email_store_sql.h"

void store_list_inboxes(struct db *db, store_done *on_done, void *arg)
{
	struct db_params *params = db_params_new();
	db_query(db, &email_store_sql_list_inboxes, params, on_done, arg);
	db_params_free(&params);
}

void store_find_inbox(struct db *db, const char *const *addresses, size_t count, store_done *on_done, void *arg)
{
	struct db_params *params = db_params_new();
	db_array_begin(params, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(params, addresses[i]);
	db_array_end(params);
	db_query(db, &email_store_sql_find_inbox, params, on_done, arg);
	db_params_free(&params);
}

void store_read_relay(struct db *db, const struct uuid *inbox_id, store_done *on_done, void *arg)
{
	struct db_params *params = db_params_new();
	db_bind_uuid(params, inbox_id);
	db_query(db, &email_store_sql_read_relay, params, on_done, arg);
	db_params_free(&params);
}

void store_read_tested(struct db *db, const struct uuid *inbox_id, store_done *on_done, void *arg)
{
	struct db_params *params = db_params_new();
	db_bind_uuid(params, inbox_id);
	db_query(db, &email_store_sql_read_tested, params, on_done, arg);
	db_params_free(&params);
}

void store_due_unparsed(struct db *db, store_done *on_done, void *arg)
{
	struct db_params *params = db_params_new();
	db_query(db, &email_store_sql_due_unparsed, params, on_done, arg);
	db_params_free(&params);
}

void store_drop_unparsed(struct db *db, const struct uuid *id, store_done *on_done, void *arg)
{
	struct db_params *params = db_params_new();
	db_bind_uuid(params, id);
	db_query(db, &email_store_sql_drop_unparsed, params, on_done, arg);
	db_params_free(&params);
}

void store_keep_unparsed(struct db *db, const struct uuid *id, const char *error, store_done *on_done, void *arg)
{
	struct db_params *params = db_params_new();
	db_bind_uuid(params, id);
	db_bind_text(params, error);
	db_query(db, &email_store_sql_keep_unparsed, params, on_done, arg);
	db_params_free(&params);
}
