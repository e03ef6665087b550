/* store_live.c - routing's statements about live channels: who writes, who left, where it goes on. By array. */
#include "store.h"

#include "names.h"
#include "routing_store_sql.h"
#include "store_columns.h"

#define THREAD_ENTRIES 40 /* of a conversation, looked at for a mail */
#define THREAD_MAILS 20   /* it is threaded under */
#define FILES_MAX 20      /* sent along with it */

static const char *text_at(struct working_set *ws, const struct db_result *result, size_t row, int column)
{
	return arena_strdup(ws->arena, db_is_null(result, row, column) ? "" : db_get_text(result, row, column));
}

/* ---- gather ---- */

static struct list chats_of(struct working_set *ws)
{
	struct list chats = {0};

	for (size_t i = 0; i < ws->wanted_owners.count; i++)
		if (((struct input *)ws->wanted_owners.items[i])->is_chat)
			list_add(&chats, ws->arena, ws->wanted_owners.items[i]);
	return chats;
}

static void want(struct working_set *ws, struct input *in, const struct uuid *id, const struct uuid *assignee_id)
{
	if (uuid_is_nil(id))
		return;
	ws_want_conversation(ws, id);
	ws_want_agent(ws, assignee_id);
	list_add(&in->found, ws->arena, arena_memdup(ws->arena, id, sizeof(*id)));
}

static void on_chats(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;
	struct list chats = chats_of(ws);

	for (size_t row = 0; row < db_rows(result); row++) {
		struct input *in = chats.items[db_get_int(result, row, 0) - 1];
		struct uuid id = db_get_uuid(result, row, 3), assignee_id = db_get_uuid(result, row, 4);
		in->owner_id = db_get_uuid(result, row, 1);
		in->mail_inbox_id = db_get_uuid(result, row, 2);
		want(ws, in, &id, &assignee_id);
	}
}

void store_find_chats(const struct store *store)
{
	struct list chats = chats_of(store->ws);
	struct db_params *params = db_params_reset(store->params);

	if (!chats.count)
		return;
	COLUMN(DB_UUID, struct input, &chats, db_array_uuid(params, &row->contact_point_id));
	COLUMN(DB_UUID, struct input, &chats, db_array_uuid(params, &row->customer_id));
	COLUMN(DB_UUID, struct input, &chats, db_array_uuid(params, &row->inbox_id));
	db_tx_exec(store->tx, &routing_store_sql_find_chats, params, on_chats, store->ws);
}

static void on_merged(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 1), assignee_id = db_get_uuid(result, row, 2);
		want(ws, ws->wanted_merged.items[db_get_int(result, row, 0) - 1], &id, &assignee_id);
	}
}

void store_find_merged(const struct store *store)
{
	const struct list *merged = &store->ws->wanted_merged;
	struct db_params *params = db_params_reset(store->params);

	if (!merged->count)
		return;
	COLUMN(DB_UUID, struct input, merged, db_array_uuid(params, &row->from_customer_id));
	COLUMN(DB_UUID, struct input, merged, db_array_uuid(params, &row->contact_point_id));
	db_tx_exec(store->tx, &routing_store_sql_find_merged, params, on_merged, store->ws);
}

static void on_unseen(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct unseen *unseen = arena_new_object(ws->arena, struct unseen);
		struct uuid assignee_id = db_get_uuid(result, row, 1);
		unseen->conversation_id = db_get_uuid(result, row, 0);
		unseen->target = (struct target){.conversation_id = unseen->conversation_id,
		                                 .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL,
		                                 .level = HILO__V1__LEVEL__LEVEL_CONFIRMED};
		ws_want_conversation(ws, &unseen->conversation_id);
		ws_want_agent(ws, &assignee_id);
		list_add(&ws->unseen, ws->arena, unseen);
	}
}

void store_find_unseen(const struct store *store, int64_t until_us, int limit)
{
	db_params_reset(store->params);
	db_bind_time(store->params, until_us);
	db_bind_i32(store->params, limit);
	db_tx_exec(store->tx, &routing_store_sql_find_unseen, store->params, on_unseen, store->ws);
}

/* ---- load ---- */

static void on_owners(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct input *in = ws->wanted_owners.items[db_get_int(result, row, 0) - 1];
		struct uuid owner_id = db_get_uuid(result, row, 1);
		if (in->is_chat && !uuid_equal(&in->owner_id, &owner_id))
			ws->has_moved = true;
		in->owner_id = owner_id;
	}
}

void store_load_owners(const struct store *store)
{
	const struct list *wanted = &store->ws->wanted_owners;
	struct db_params *params = db_params_reset(store->params);

	if (!wanted->count)
		return;
	COLUMN(DB_UUID, struct input, wanted, db_array_uuid(params, &row->contact_point_id));
	db_tx_exec(store->tx, &routing_store_sql_load_owners, params, on_owners, store->ws);
}

static void on_targets(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct target *target = ws->wanted_targets.items[db_get_int(result, row, 0) - 1];
		target->is_found = true;
		target->way = (struct way){.channel = target->channel,
		                           .contact_point_id = db_get_uuid(result, row, 1),
		                           .inbox_id = db_get_uuid(result, row, 4)};
		target->address = text_at(ws, result, row, 2);
		target->name = text_at(ws, result, row, 3);
		target->inbox_address = text_at(ws, result, row, 5);
		target->locale = text_at(ws, result, row, 6);
	}
}

void store_load_targets(const struct store *store)
{
	struct list *wanted = &store->ws->wanted_targets;
	struct db_params *params = db_params_reset(store->params);

	for (size_t i = 0; i < store->ws->unseen.count; i++)
		list_add(wanted, store->ws->arena, &((struct unseen *)store->ws->unseen.items[i])->target);
	if (!wanted->count)
		return;
	COLUMN(DB_UUID, struct target, wanted, db_array_uuid(params, &row->conversation_id));
	COLUMN(DB_TEXT, struct target, wanted, db_array_text(params, channel_name(row->channel)));
	COLUMN(DB_I16, struct target, wanted, db_array_i16(params, (int16_t)row->level));
	COLUMN(DB_UUID, struct target, wanted, add_uuid(params, &row->contact_point_id));
	db_tx_exec(store->tx, &routing_store_sql_load_targets, params, on_targets, store->ws);
}

static void on_threads(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct unseen *unseen = ws->unseen.items[db_get_int(result, row, 0) - 1];
		struct continuity_entry *entry;
		if (!unseen->entries)
			unseen->entries = arena_new_array(ws->arena, struct continuity_entry, THREAD_ENTRIES);
		entry = &unseen->entries[unseen->entry_count++];
		*entry = (struct continuity_entry){.sequence = (uint64_t)db_get_int(result, row, 1),
		                                   .is_answer = db_get_bool(result, row, 2),
		                                   .author = text_at(ws, result, row, 3),
		                                   .text = text_at(ws, result, row, 4)};
		if (entry->is_answer)
			unseen->author_name = entry->author;
	}
}

static void on_mails(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct unseen *unseen = ws->unseen.items[db_get_int(result, row, 0) - 1];
		unseen->answers = text_at(ws, result, row, 1);
		unseen->answers_thread = text_at(ws, result, row, 2);
	}
}

static void on_files(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct unseen *unseen = ws->unseen.items[db_get_int(result, row, 0) - 1];
		Hilo__V1__Attachment *file = arena_new_object(ws->arena, Hilo__V1__Attachment);
		hilo__v1__attachment__init(file);
		file->id = (char *)text_at(ws, result, row, 1);
		file->name = (char *)text_at(ws, result, row, 2);
		file->content_type = (char *)text_at(ws, result, row, 3);
		file->size_bytes = (uint64_t)db_get_int(result, row, 4);
		file->sha256 = (char *)text_at(ws, result, row, 5);
		if (!unseen->files)
			unseen->files = arena_new_array(ws->arena, Hilo__V1__Attachment *, FILES_MAX);
		unseen->files[unseen->file_count++] = file;
	}
}

void store_load_unseen(const struct store *store)
{
	const struct list *unseen = &store->ws->unseen;
	struct db_params *params = db_params_reset(store->params);

	if (!unseen->count)
		return;
	COLUMN(DB_UUID, struct unseen, unseen, db_array_uuid(params, &row->conversation_id));
	db_bind_i32(params, THREAD_ENTRIES);
	db_tx_exec(store->tx, &routing_store_sql_load_threads, params, on_threads, store->ws);
	db_params_reset(params);
	COLUMN(DB_UUID, struct unseen, unseen, db_array_uuid(params, &row->conversation_id));
	db_bind_i32(params, THREAD_MAILS);
	db_tx_exec(store->tx, &routing_store_sql_load_mails, params, on_mails, store->ws);
	db_params_reset(params);
	COLUMN(DB_UUID, struct unseen, unseen, db_array_uuid(params, &row->conversation_id));
	db_bind_i32(params, FILES_MAX);
	db_tx_exec(store->tx, &routing_store_sql_load_files, params, on_files, store->ws);
}

/* ---- flush ---- */

void store_update_live(const struct store *store)
{
	struct db_params *params = db_params_reset(store->params);
	struct list rows = {0};

	for (size_t i = 0; i < store->ws->all_conversations.count; i++) {
		struct conversation *c = store->ws->all_conversations.items[i];
		if (c->is_live_changed)
			list_add(&rows, store->ws->arena, c);
	}
	if (!rows.count)
		return;
#define C(type, add) COLUMN(type, struct conversation, &rows, add)
	C(DB_UUID, db_array_uuid(params, &row->id));
	C(DB_UUID, db_array_uuid(params, &row->customer_id));
	C(DB_TEXT, db_array_text(params, channel_name(row->channel)));
	C(DB_UUID, add_uuid(params, &row->via_inbox_id));
	C(DB_BOOL, db_array_bool(params, row->is_present));
	C(DB_TIME, add_time(params, row->absent_us));
	C(DB_I64, db_array_i64(params, (int64_t)row->seen_sequence));
	C(DB_I64, db_array_i64(params, (int64_t)row->told_sequence));
	C(DB_I64, db_array_i64(params, (int64_t)row->reply_sequence));
	C(DB_TIME, add_time(params, row->reply_us));
	C(DB_TIME, add_time(params, row->continue_us));
#undef C
	db_tx_exec(store->tx, &routing_store_sql_update_live, params, NULL, NULL);
}

void store_insert_moves(const struct store *store)
{
	const struct list *rows = &store->ws->moves;
	struct db_params *params = db_params_reset(store->params);

	if (!rows->count)
		return;
#define C(type, add) COLUMN(type, struct move, rows, add)
	C(DB_UUID, db_array_uuid(params, &row->message_id));
	C(DB_UUID, db_array_uuid(params, &row->conversation_id));
	C(DB_UUID, db_array_uuid(params, &row->from_interaction_id));
	C(DB_UUID, db_array_uuid(params, &row->to_interaction_id));
	C(DB_TEXT, db_array_text(params, channel_name(row->from_channel)));
	C(DB_TEXT, db_array_text(params, channel_name(row->to_channel)));
	C(DB_TEXT, db_array_text(params, move_reason_name(row->reason)));
	C(DB_UUID, add_uuid(params, &row->by_agent_id));
#undef C
	db_bind_time(params, store->ws->now_us);
	db_tx_exec(store->tx, &routing_store_sql_insert_moves, params, NULL, NULL);
}
