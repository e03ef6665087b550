/* store_triage.c - see store_triage.h. */
#include "store_triage.h"

#include "store_bind.h"

void store_find_unknown_tags(struct store *store, struct db_tx *tx, char *const *names, size_t count,
                             store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_array_begin(p, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(p, names[i]);
	db_array_end(p);
	db_tx_exec(tx, &gateway_store_sql_find_unknown_tags, p, on_rows, arg);
}

void store_read_other_inbox(struct store *store, struct db_tx *tx, const struct rights *rights,
                            const struct uuid *inbox_id, const struct uuid *conversation_id, store_rows *on_rows,
                            void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, inbox_id);
	db_bind_uuid(p, conversation_id);
	db_tx_exec(tx, &gateway_store_sql_read_other_inbox, p, on_rows, arg);
}

void store_read_active_team(struct store *store, struct db_tx *tx, const struct uuid *team_id, store_rows *on_rows,
                            void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, team_id);
	db_tx_exec(tx, &gateway_store_sql_read_active_team, p, on_rows, arg);
}

void store_read_delivery(struct store *store, struct db_tx *tx, const struct uuid *message_id,
                         const struct uuid *conversation_id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, message_id);
	db_bind_uuid(p, conversation_id);
	db_tx_exec(tx, &gateway_store_sql_read_delivery, p, on_rows, arg);
}
