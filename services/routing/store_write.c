/* store_write.c - routing's statements that write, by array: one element a row, column after column. */
#include "store.h"

#include "base/buf.h"
#include "names.h"
#include "routing_store_sql.h"
#include "store_columns.h"
#include "store_text.h"

#define BUCKET_US (64 * INT64_C(1000000)) /* of activity_bucket */

static int32_t bucket_of(const struct conversation *c)
{
	return (int32_t)(c->last_activity_us / BUCKET_US);
}

static bool is_inserted(const struct conversation *c)
{
	return c->is_new;
}

static bool is_updated(const struct conversation *c)
{
	return !c->is_new && c->is_moved;
}

static bool is_touched(const struct conversation *c)
{
	return !c->is_new && !c->is_moved && c->is_changed;
}

static bool is_triaged(const struct conversation *c)
{
	return c->is_triaged;
}

static struct list conversations_where(const struct store *store, bool (*wanted)(const struct conversation *c))
{
	struct list rows = {0};

	for (size_t i = 0; i < store->ws->all_conversations.count; i++)
		if (wanted(store->ws->all_conversations.items[i]))
			list_add(&rows, store->ws->arena, store->ws->all_conversations.items[i]);
	return rows;
}

void store_insert_conversations(const struct store *store)
{
	struct list rows = conversations_where(store, is_inserted);
	struct db_params *params = db_params_reset(store->params);

	if (!rows.count)
		return;
#define C(type, add) COLUMN(type, struct conversation, &rows, add)
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_TEXT, db_array_text(params, row->ref));
	C(DB_UUID, db_array_uuid(params, &row->inbox_id));
	C(DB_UUID, db_array_uuid(params, &row->customer_id));
	C(DB_TEXT, db_array_text(params, channel_name(row->channel)));
	C(DB_TEXT, db_array_text(params, row->subject));
	C(DB_TEXT, db_array_text(params, conversation_status_name(row->status)));
	C(DB_UUID, add_uuid(params, &row->assignee_id));
	C(DB_UUID, db_array_uuid(params, &row->interaction_id));
	C(DB_UUID, db_array_uuid(params, &row->contact_point_id));
	C(DB_I64, db_array_i64(params, (int64_t)row->sequence));
	C(DB_UUID, add_uuid(params, &row->last_message_id));
	C(DB_UUID, add_uuid(params, &row->last_inbound_id));
	C(DB_TEXT, db_array_text(params, row->last_preview));
	C(DB_TEXT, db_array_text(params, row->last_author));
	C(DB_TEXT, db_array_text(params, direction_name(row->last_direction)));
	C(DB_TIME, db_array_i64(params, row->last_activity_us));
	C(DB_I32, db_array_i32(params, bucket_of(row)));
	C(DB_TIME, add_time(params, row->waiting_since_us));
	C(DB_TIME, add_time(params, row->queued_us));
	C(DB_UUID, add_uuid(params, &row->linked_from));
	C(DB_I64, db_array_i64(params, (int64_t)row->version));
	C(DB_TIME, db_array_i64(params, row->created_us));
	C(DB_UUID, add_uuid(params, &row->team_id));
	db_tx_exec(store->tx, &routing_store_sql_insert_conversations, params, NULL, NULL);
}

void store_update_conversations(const struct store *store)
{
	struct list rows = conversations_where(store, is_updated);
	struct db_params *params = db_params_reset(store->params);

	if (!rows.count)
		return;
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_TEXT, db_array_text(params, conversation_status_name(row->status)));
	C(DB_TIME, add_time(params, row->snoozed_until_us));
	C(DB_UUID, add_uuid(params, &row->assignee_id));
	C(DB_UUID, db_array_uuid(params, &row->interaction_id));
	C(DB_UUID, db_array_uuid(params, &row->contact_point_id));
	C(DB_I64, db_array_i64(params, (int64_t)row->sequence));
	C(DB_UUID, add_uuid(params, &row->last_message_id));
	C(DB_UUID, add_uuid(params, &row->last_inbound_id));
	C(DB_TEXT, db_array_text(params, row->last_preview));
	C(DB_TEXT, db_array_text(params, row->last_author));
	C(DB_TEXT, db_array_text(params, direction_name(row->last_direction)));
	C(DB_TIME, db_array_i64(params, row->last_activity_us));
	C(DB_I32, db_array_i32(params, bucket_of(row)));
	C(DB_TIME, add_time(params, row->waiting_since_us));
	C(DB_TIME, add_time(params, row->queued_us));
	C(DB_TIME, add_time(params, row->resolved_us));
	C(DB_UUID, add_uuid(params, &row->released_from));
	C(DB_I64, db_array_i64(params, (int64_t)row->version));
	db_tx_exec(store->tx, &routing_store_sql_update_conversations, params, NULL, NULL);
}

void store_touch_conversations(const struct store *store)
{
	struct list rows = conversations_where(store, is_touched);
	struct db_params *params = db_params_reset(store->params);

	if (!rows.count)
		return;
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_UUID, db_array_uuid(params, &row->contact_point_id));
	C(DB_I64, db_array_i64(params, (int64_t)row->sequence));
	C(DB_UUID, db_array_uuid(params, &row->last_message_id));
	C(DB_TEXT, db_array_text(params, row->last_preview));
	C(DB_TEXT, db_array_text(params, row->last_author));
	C(DB_TIME, db_array_i64(params, row->last_activity_us));
	C(DB_I32, db_array_i32(params, bucket_of(row)));
	C(DB_TIME, add_time(params, row->waiting_since_us));
	C(DB_I64, db_array_i64(params, (int64_t)row->version));
	db_tx_exec(store->tx, &routing_store_sql_touch_conversations, params, NULL, NULL);
}

void store_update_triage(const struct store *store)
{
	struct list rows = conversations_where(store, is_triaged);
	struct db_params *params = db_params_reset(store->params);

	if (!rows.count)
		return;
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_UUID, db_array_uuid(params, &row->inbox_id));
	C(DB_UUID, add_uuid(params, &row->team_id));
	C(DB_I16, db_array_i16(params, (int16_t)row->priority));
	C(DB_TEXT, db_array_text(params, row->subject));
	C(DB_TEXT, add_lines(params, (const char *const *)row->tags, row->tag_count));
	C(DB_TEXT, add_ids(params, row->former_inbox_ids, row->former_inbox_count));
#undef C
	db_tx_exec(store->tx, &routing_store_sql_update_triage, params, NULL, NULL);
}

void store_insert_interactions(const struct store *store)
{
	const struct list *rows = &store->ws->interactions;
	struct db_params *params = db_params_reset(store->params);

	if (!rows->count)
		return;
#define C(type, add) COLUMN(type, struct interaction, rows, add)
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_UUID, db_array_uuid(params, &row->conversation_id));
	C(DB_TEXT, db_array_text(params, channel_name(row->channel)));
	C(DB_UUID, db_array_uuid(params, &row->inbox_id));
	C(DB_UUID, db_array_uuid(params, &row->contact_point_id));
	C(DB_TIME, db_array_i64(params, row->started_us));
#undef C
	db_tx_exec(store->tx, &routing_store_sql_insert_interactions, params, NULL, NULL);
}

void store_end_interactions(const struct store *store)
{
	const struct list *rows = &store->ws->ended;
	struct db_params *params = db_params_reset(store->params);

	if (!rows->count)
		return;
	COLUMN(DB_UUID, struct uuid, rows, db_array_uuid(params, row));
	db_bind_time(params, store->ws->now_us);
	db_tx_exec(store->tx, &routing_store_sql_end_interactions, params, NULL, NULL);
}

void store_insert_entries(const struct store *store)
{
	const struct list *rows = &store->ws->entries;
	struct db_params *params = db_params_reset(store->params);

	if (!rows->count)
		return;
#define C(type, add) COLUMN(type, struct entry, rows, add)
	C(DB_UUID, db_array_uuid(params, &row->conversation_id));
	C(DB_I64, db_array_i64(params, (int64_t)row->sequence));
	C(DB_UUID, db_array_uuid(params, &row->message_id));
	C(DB_UUID, db_array_uuid(params, &row->interaction_id));
	C(DB_TEXT, db_array_text(params, kind_name(row->kind)));
	C(DB_TEXT, db_array_text(params, direction_name(row->direction)));
	C(DB_TIME, db_array_i64(params, row->at_us));
#undef C
	db_tx_exec(store->tx, &routing_store_sql_insert_entries, params, NULL, NULL);
}

void store_insert_messages(const struct store *store)
{
	const struct list *rows = &store->ws->messages;
	struct db_params *params = db_params_reset(store->params);

	if (!rows->count)
		return;
#define C(type, add) COLUMN(type, struct message, rows, add)
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_UUID, db_array_uuid(params, &row->conversation_id));
	C(DB_UUID, db_array_uuid(params, &row->inbox_id));
	C(DB_UUID, add_uuid(params, &row->author_id));
	C(DB_TEXT, db_array_text(params, row->author_name));
	C(DB_TEXT, db_array_text(params, row->subject));
	C(DB_TEXT, db_array_text(params, row->text));
	C(DB_TEXT, db_array_text(params, row->html));
	C(DB_TEXT, db_array_text(params, row->to_address));
	C(DB_TEXT, db_array_text(params, row->to_name));
	C(DB_TEXT, db_array_text(params, row->rfc_message_id));
	C(DB_TEXT, db_array_text(params, row->attachments_json));
	C(DB_TIME, db_array_i64(params, row->at_us));
#undef C
	db_tx_exec(store->tx, &routing_store_sql_insert_messages, params, NULL, NULL);
}

static bool has_presence(const struct agent *agent)
{
	return agent->presence_changed;
}

static bool has_rights(const struct agent *agent)
{
	return agent->rights_changed;
}

static bool has_load(const struct agent *agent)
{
	for (size_t i = 0; i < CHANNELS; i++)
		if (agent->load_changes[i])
			return true;
	return agent->was_assigned;
}

static struct list agents_where(const struct store *store, bool (*wanted)(const struct agent *agent))
{
	struct list rows = {0};

	for (size_t i = 0; i < store->ws->all_agents.count; i++)
		if (wanted(store->ws->all_agents.items[i]))
			list_add(&rows, store->ws->arena, store->ws->all_agents.items[i]);
	return rows;
}

void store_save_presences(const struct store *store)
{
	struct list rows = agents_where(store, has_presence);
	struct db_params *params = db_params_reset(store->params);

	if (!rows.count)
		return;
#define C(type, add) COLUMN(type, struct agent, &rows, add)
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_TEXT, db_array_text(params, presence_name(row->presence)));
	C(DB_I64, db_array_i64(params, (int64_t)row->presence_version));
	db_tx_exec(store->tx, &routing_store_sql_save_presences, params, NULL, NULL);
}

/* from the first channel on */
static void add_by_channel(struct db_params *params, const int32_t numbers[CHANNELS])
{
	HILO_AUTO(buf) struct buf text = {0};

	for (size_t i = 1; i < CHANNELS; i++)
		buf_printf(&text, "%s%d", i > 1 ? " " : "", (int)numbers[i]);
	db_array_text(params, text.data);
}

void store_save_rights(const struct store *store)
{
	struct list rows = agents_where(store, has_rights);
	struct db_params *params = db_params_reset(store->params);

	if (!rows.count)
		return;
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_BOOL, db_array_bool(params, row->rights.active));
	C(DB_BOOL, db_array_bool(params, row->rights.all_inboxes));
	C(DB_TEXT, add_ids(params, row->rights.inbox_ids, row->rights.inbox_count));
	C(DB_I32, db_array_i32(params, row->capacity));
	C(DB_I64, db_array_i64(params, (int64_t)row->rights_version));
	C(DB_TEXT, add_ids(params, row->team_ids, row->team_count));
	C(DB_TEXT, add_lines(params, row->skills.words, row->skills.count));
	C(DB_TEXT, add_by_channel(params, row->capacities));
	db_tx_exec(store->tx, &routing_store_sql_save_rights, params, NULL, NULL);
}

void store_add_loads(const struct store *store)
{
	struct list rows = agents_where(store, has_load);
	struct db_params *params = db_params_reset(store->params);

	if (!rows.count)
		return;
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_I32, db_array_i32(params, row->load_change));
	C(DB_TEXT, add_by_channel(params, row->load_changes));
	C(DB_TIME, add_time(params, row->was_assigned ? row->assigned_us : 0));
#undef C
	db_tx_exec(store->tx, &routing_store_sql_add_loads, params, NULL, NULL);
}

void store_set_swept(const struct store *store)
{
	const struct list *rows = &store->ws->swept;
	struct db_params *params = db_params_reset(store->params);

	if (!rows->count)
		return;
	COLUMN(DB_UUID, struct uuid, rows, db_array_uuid(params, row));
	db_tx_exec(store->tx, &routing_store_sql_set_swept, params, NULL, NULL);
}
