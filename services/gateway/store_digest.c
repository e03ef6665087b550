/* store_digest.c - see store_digest.h. */
#include "store_digest.h"

#include "store_bind.h"

void store_index_words(const struct store_digest *store, const struct digest_words *words)
{
	struct db_params *p = db_params_reset(store->params);

	if (!words->lines && !words->conversations_count && !words->customers_count)
		return;
	bind_uuids(p, words->line_conversations, words->lines);
	bind_uuids(p, words->line_messages, words->lines);
	bind_uuids(p, words->conversations, words->conversations_count);
	bind_uuids(p, words->customers, words->customers_count);
	db_tx_exec(store->tx, &gateway_store_sql_index_words, p, NULL, NULL);
}

void store_move_lines(const struct store_digest *store, const struct uuid *conversations, size_t count)
{
	struct db_params *p = db_params_reset(store->params);

	if (!count)
		return;
	bind_uuids(p, conversations, count);
	db_tx_exec(store->tx, &gateway_store_sql_move_lines, p, NULL, NULL);
}

void store_read_customers_inboxes(const struct store_digest *store, const struct digest_change *changes, size_t count,
                                  void (*on_rows)(void *arg, const struct db_result *result), void *arg)
{
	struct db_params *p = db_params_reset(store->params);

	if (!count)
		return;
	db_array_begin(p, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(p, &changes[i].customer_id);
	db_array_end(p);
	db_tx_exec(store->tx, &gateway_store_sql_read_customers_inboxes, p, on_rows, arg);
}

void store_insert_mentions(const struct store_digest *store, const struct digest_mention *mentions, size_t count)
{
	struct db_params *p = db_params_reset(store->params);

	if (!count)
		return;
#define COLUMN(type, put)                                                                                              \
	db_array_begin(p, type);                                                                                       \
	for (size_t i = 0; i < count; i++)                                                                             \
		put;                                                                                                   \
	db_array_end(p)
	COLUMN(DB_UUID, db_array_uuid(p, &mentions[i].id));
	COLUMN(DB_UUID, db_array_uuid(p, &mentions[i].agent_id));
	COLUMN(DB_UUID, db_array_uuid(p, &mentions[i].conversation_id));
	COLUMN(DB_UUID, db_array_uuid(p, &mentions[i].message_id));
	COLUMN(DB_UUID, db_array_uuid(p, &mentions[i].by_agent_id));
	COLUMN(DB_TEXT, db_array_text(p, mentions[i].excerpt));
	COLUMN(DB_TIME, db_array_i64(p, mentions[i].event->occurred_us));
#undef COLUMN
	db_tx_exec(store->tx, &gateway_store_sql_insert_mentions, p, NULL, NULL);
}
