/* store_inboxes.c - channel accounts. */
#include "store_bind.h"

void store_list_inboxes(struct store *store, const struct rights *rights, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_text(p, store->public_url);
	db_query(store->db, &gateway_store_sql_list_inboxes, p, on_done, arg);
}

void store_read_inbox(struct store *store, const struct rights *rights, const struct uuid *id, store_done *on_done,
                      void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, id);
	db_bind_text(p, store->public_url);
	db_query(store->db, &gateway_store_sql_read_inbox, p, on_done, arg);
}

void store_insert_inbox(struct store *store, struct db_tx *tx, const struct inbox_record *inbox)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &inbox->id);
	db_bind_text(p, inbox->channel);
	db_bind_text(p, inbox->name);
	db_bind_text(p, inbox->address);
	db_bind_bytes(p, inbox->smtp_url.data, inbox->smtp_url.size);
	db_bind_bytes(p, inbox->imap_url.data, inbox->imap_url.size);
	db_bind_uuid(p, inbox->team_id);
	bind_words(p, inbox->skills);
	db_tx_exec(tx, &gateway_store_sql_insert_inbox, p, NULL, NULL);
}

void store_read_inbox_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_inbox_record, p, on_rows, arg);
}

void store_read_changed_inbox(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                              void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_bind_text(p, store->public_url);
	db_tx_exec(tx, &gateway_store_sql_read_changed_inbox, p, on_rows, arg);
}

void store_update_inbox(struct store *store, struct db_tx *tx, const struct inbox_record *inbox)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &inbox->id);
	db_bind_text(p, inbox->name);
	db_bind_bool(p, inbox->active);
	db_bind_bool(p, inbox->smtp_url.is_given);
	db_bind_bytes(p, inbox->smtp_url.data, inbox->smtp_url.size);
	db_bind_bool(p, inbox->imap_url.is_given);
	db_bind_bytes(p, inbox->imap_url.data, inbox->imap_url.size);
	db_bind_uuid(p, inbox->team_id);
	bind_words(p, inbox->skills);
	db_tx_exec(tx, &gateway_store_sql_update_inbox, p, NULL, NULL);
}

void store_read_chat_facts(struct store *store, struct db_tx *tx, const struct chat_record *chat, store_rows *on_rows,
                           void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, chat->mail_inbox_id);
	db_bind_text(p, chat->time_zone);
	db_tx_exec(tx, &gateway_store_sql_read_chat_facts, p, on_rows, arg);
}

static void bind_origins(struct db_params *p, const char *const *origins)
{
	if (origins)
		bind_words(p, origins);
	else
		db_bind_null(p);
}

void store_insert_chat(struct store *store, struct db_tx *tx, const struct chat_record *chat)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &chat->inbox_id);
	db_bind_text(p, chat->public_id);
	db_bind_bytes(p, chat->secret.data, chat->secret.size);
	bind_origins(p, chat->origins);
	db_bind_uuid(p, chat->mail_inbox_id);
	db_bind_text(p, chat->settings);
	db_tx_exec(tx, &gateway_store_sql_insert_chat, p, NULL, NULL);
}

void store_update_chat(struct store *store, struct db_tx *tx, const struct chat_record *chat)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &chat->inbox_id);
	db_bind_bytes(p, chat->secret.data, chat->secret.size);
	bind_origins(p, chat->origins);
	db_bind_bool(p, chat->has_mail_inbox);
	db_bind_uuid(p, chat->mail_inbox_id);
	db_bind_text(p, chat->settings);
	db_tx_exec(tx, &gateway_store_sql_update_chat, p, NULL, NULL);
}

void store_read_chat_secret(struct store *store, const struct uuid *inbox_id, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, inbox_id);
	db_query(store->db, &gateway_store_sql_read_chat_secret, p, on_done, arg);
}
