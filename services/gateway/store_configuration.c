/* store_configuration.c - canned replies, tags, preferences and the company. */
#include "store_bind.h"
#include "store_furniture.h"

/* ---- canned replies ---- */

void store_list_canned_replies(struct store *store, const struct principal *who, const char *words,
                               const struct uuid *inbox_id, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, &who->rights);
	db_bind_uuid(p, &who->id);
	db_bind_text(p, words);
	db_bind_uuid(p, inbox_id);
	db_query(store->db, &gateway_store_sql_list_canned_replies, p, on_done, arg);
}

void store_read_canned_reply(struct store *store, const struct principal *who, const struct uuid *id,
                             store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, &who->rights);
	db_bind_uuid(p, &who->id);
	db_bind_uuid(p, id);
	db_query(store->db, &gateway_store_sql_read_canned_reply, p, on_done, arg);
}

void store_read_canned_record(struct store *store, struct db_tx *tx, const struct principal *who, const struct uuid *id,
                              store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, &who->rights);
	db_bind_uuid(p, &who->id);
	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_canned_record, p, on_rows, arg);
}

static void bind_inboxes(struct db_params *p, const struct canned_record *reply)
{
	if (reply->inboxes)
		bind_uuids(p, reply->inboxes, reply->inboxes_count);
	else
		db_bind_null(p);
}

void store_insert_canned_reply(struct store *store, struct db_tx *tx, const struct canned_record *reply)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &reply->id);
	db_bind_uuid(p, reply->owner_id);
	db_bind_text(p, reply->shortcut);
	db_bind_text(p, reply->title);
	db_bind_text(p, reply->text);
	db_bind_text(p, reply->variants);
	bind_inboxes(p, reply);
	db_tx_exec(tx, &gateway_store_sql_insert_canned_reply, p, NULL, NULL);
}

void store_update_canned_reply(struct store *store, struct db_tx *tx, const struct canned_record *reply)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &reply->id);
	db_bind_text(p, reply->shortcut);
	db_bind_text(p, reply->title);
	db_bind_text(p, reply->text);
	db_bind_text(p, reply->variants);
	bind_inboxes(p, reply);
	db_tx_exec(tx, &gateway_store_sql_update_canned_reply, p, NULL, NULL);
}

void store_delete_canned_reply(struct store *store, struct db_tx *tx, const struct uuid *id)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_delete_canned_reply, p, NULL, NULL);
}

/* ---- tags ---- */

void store_list_tags(struct store *store, store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_list_tags, fresh(store), on_done, arg);
}

void store_read_tag_record(struct store *store, struct db_tx *tx, const char *name, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, name);
	db_tx_exec(tx, &gateway_store_sql_read_tag_record, p, on_rows, arg);
}

void store_insert_tag(struct store *store, struct db_tx *tx, const char *name, const char *description)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, name);
	db_bind_text(p, description);
	db_tx_exec(tx, &gateway_store_sql_insert_tag, p, NULL, NULL);
}

void store_update_tag(struct store *store, struct db_tx *tx, const char *name, const char *description)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, name);
	db_bind_text(p, description);
	db_tx_exec(tx, &gateway_store_sql_update_tag, p, NULL, NULL);
}

void store_delete_tag(struct store *store, struct db_tx *tx, const char *name)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, name);
	db_tx_exec(tx, &gateway_store_sql_delete_tag, p, NULL, NULL);
}

/* ---- preferences, the company ---- */

void store_read_preferences(struct store *store, const struct uuid *agent_id, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_query(store->db, &gateway_store_sql_read_preferences, p, on_done, arg);
}

void store_upsert_preferences(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const char *json)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_bind_text(p, json);
	db_tx_exec(tx, &gateway_store_sql_upsert_preferences, p, NULL, NULL);
}

void store_read_company(struct store *store, store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_read_company, fresh(store), on_done, arg);
}

void store_read_company_record(struct store *store, struct db_tx *tx, const char *time_zone, store_rows *on_rows,
                               void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, time_zone);
	db_tx_exec(tx, &gateway_store_sql_read_company_record, p, on_rows, arg);
}

void store_update_company(struct store *store, struct db_tx *tx, const struct company_change *change)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, change->name);
	db_bind_text(p, change->locale);
	db_bind_text(p, change->time_zone);
	db_tx_exec(tx, &gateway_store_sql_update_company, p, NULL, NULL);
}

void store_read_setup(struct store *store, store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_read_setup, fresh(store), on_done, arg);
}
