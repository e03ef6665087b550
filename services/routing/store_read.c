/* store_read.c - routing's statements that read: what a batch points to, and what it has locked. */
#include "store.h"

#include "names.h"
#include "routing_store_sql.h"
#include "store_columns.h"
#include "store_text.h"

static char *text_of(struct working_set *ws, const struct db_result *result, size_t row, int column)
{
	return arena_strdup(ws->arena, db_get_text(result, row, column));
}

static char *text_or_empty(struct working_set *ws, const struct db_result *result, size_t row, int column)
{
	char *text = text_of(ws, result, row, column);

	return text ? text : arena_strdup(ws->arena, "");
}

/* a conversation somebody points to: to be locked */
static struct uuid *found_at(struct working_set *ws, const struct db_result *result, size_t row, int column)
{
	struct uuid id = db_get_uuid(result, row, column);

	ws_want_conversation(ws, &id);
	return arena_memdup(ws->arena, &id, sizeof(id));
}

/* its assignee too, in the next column, whose load may change */
static struct uuid *found_with_assignee(struct working_set *ws, const struct db_result *result, size_t row)
{
	struct uuid assignee_id = db_get_uuid(result, row, 1);

	ws_want_agent(ws, &assignee_id);
	return found_at(ws, result, row, 0);
}

static void on_refs(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		const char *ref = text_of(ws, result, row, 0);
		map_put(ws->found_by_ref, ref, strlen(ref), found_at(ws, result, row, 1));
	}
}

void store_find_by_ref(const struct store *store)
{
	const struct list *refs = &store->ws->wanted_refs;

	if (!refs->count)
		return;
	db_params_reset(store->params);
	db_array_begin(store->params, DB_TEXT);
	for (size_t i = 0; i < refs->count; i++)
		db_array_text(store->params, refs->items[i]);
	db_array_end(store->params);
	db_tx_exec(store->tx, &routing_store_sql_find_by_ref, store->params, on_refs, store->ws);
}

static void on_messages(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0);
		map_put(ws->found_by_message, arena_memdup(ws->arena, &id, sizeof(id)), sizeof(id),
		        found_at(ws, result, row, 1));
	}
}

void store_find_by_message(const struct store *store)
{
	if (!store->ws->wanted_messages.count)
		return;
	bind_uuids(db_params_reset(store->params), &store->ws->wanted_messages);
	db_tx_exec(store->tx, &routing_store_sql_find_by_message, store->params, on_messages, store->ws);
}

static void on_rfc_ids(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		const struct foreign_id *foreign = ws->wanted_foreign.items[db_get_int(result, row, 0) - 1];
		size_t size;
		const void *key = ws_foreign_key(ws, &foreign->inbox_id, foreign->rfc_message_id, &size);
		map_put(ws->found_by_foreign, key, size, found_at(ws, result, row, 1));
	}
}

void store_find_by_rfc_id(const struct store *store)
{
	const struct list *wanted = &store->ws->wanted_foreign;

	if (!wanted->count)
		return;
	db_params_reset(store->params);
	db_array_begin(store->params, DB_UUID);
	for (size_t i = 0; i < wanted->count; i++)
		db_array_uuid(store->params, &((const struct foreign_id *)wanted->items[i])->inbox_id);
	db_array_end(store->params);
	db_array_begin(store->params, DB_TEXT);
	for (size_t i = 0; i < wanted->count; i++)
		db_array_text(store->params, ((const struct foreign_id *)wanted->items[i])->rfc_message_id);
	db_array_end(store->params);
	db_tx_exec(store->tx, &routing_store_sql_find_by_rfc_id, store->params, on_rfc_ids, store->ws);
}

static void on_ids(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++)
		found_with_assignee(ws, result, row);
}

void store_find_by_id(const struct store *store)
{
	if (!store->ws->wanted_conversations.count)
		return;
	bind_uuids(db_params_reset(store->params), &store->ws->wanted_conversations);
	db_tx_exec(store->tx, &routing_store_sql_find_by_id, store->params, on_ids, store->ws);
}

static void on_due(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++)
		list_add(&ws->due, ws->arena, found_with_assignee(ws, result, row));
}

void store_find_due(const struct store *store, int64_t until_us, int limit)
{
	db_params_reset(store->params);
	db_bind_time(store->params, until_us);
	db_bind_i32(store->params, limit);
	db_tx_exec(store->tx, &routing_store_sql_find_due, store->params, on_due, store->ws);
}

static void on_heads(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct head *head = arena_new_object(ws->arena, struct head);
		head->conversation_id = db_get_uuid(result, row, 0);
		head->lane = (struct lane){.inbox_id = db_get_uuid(result, row, 1),
		                           .team_id = db_get_uuid(result, row, 2),
		                           .channel = channel_parse(db_get_text(result, row, 3)),
		                           .priority = (int)db_get_int(result, row, 4)};
		head->queued_us = db_get_time(result, row, 5);
		head->released_from = db_get_uuid(result, row, 6);
		list_add(&ws->heads, ws->arena, head);
	}
}

void store_find_heads(const struct store *store, int64_t guard, int limit)
{
	db_params_reset(store->params);
	db_bind_i64(store->params, guard);
	db_bind_i32(store->params, limit);
	db_tx_exec(store->tx, &routing_store_sql_find_heads, store->params, on_heads, store->ws);
}

void store_find_heads_by_id(const struct store *store, int64_t guard, const struct uuid *ids, size_t count)
{
	db_params_reset(store->params);
	db_bind_i64(store->params, guard);
	db_array_begin(store->params, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(store->params, &ids[i]);
	db_array_end(store->params);
	db_tx_exec(store->tx, &routing_store_sql_find_heads_by_id, store->params, on_heads, store->ws);
}

static void on_lost(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid agent_id = db_get_uuid(result, row, 0);
		ws_want_agent(ws, &agent_id);
		if (db_is_null(result, row, 1))
			list_add(&ws->swept, ws->arena, arena_memdup(ws->arena, &agent_id, sizeof(agent_id)));
		else
			list_add(&ws->lost, ws->arena, found_at(ws, result, row, 1));
	}
}

void store_find_lost(const struct store *store, int limit)
{
	db_params_reset(store->params);
	db_bind_i32(store->params, limit);
	db_tx_exec(store->tx, &routing_store_sql_find_lost, store->params, on_lost, store->ws);
}

static void on_conversations(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct conversation *c = arena_new_object(ws->arena, struct conversation);
		int at = 0;
		c->id = db_get_uuid(result, row, at++);
		reference_parse(db_get_text(result, row, at), strlen(db_get_text(result, row, at)), c->ref);
		at++;
		c->inbox_id = db_get_uuid(result, row, at++);
		c->customer_id = db_get_uuid(result, row, at++);
		c->channel = channel_parse(db_get_text(result, row, at++));
		c->subject = text_of(ws, result, row, at++);
		conversation_status_parse(db_get_text(result, row, at++), &c->status);
		c->snoozed_until_us = time_or_0(result, row, at++);
		c->assignee_id = db_get_uuid(result, row, at++);
		c->interaction_id = db_get_uuid(result, row, at++);
		c->contact_point_id = db_get_uuid(result, row, at++);
		c->sequence = (uint64_t)db_get_int(result, row, at++);
		c->last_message_id = db_get_uuid(result, row, at++);
		c->last_inbound_id = db_get_uuid(result, row, at++);
		c->last_preview = text_of(ws, result, row, at++);
		c->last_author = text_of(ws, result, row, at++);
		c->last_direction = direction_parse(db_get_text(result, row, at++));
		c->last_activity_us = db_get_time(result, row, at++);
		c->waiting_since_us = time_or_0(result, row, at++);
		c->queued_us = time_or_0(result, row, at++);
		c->resolved_us = time_or_0(result, row, at++);
		c->released_from = db_get_uuid(result, row, at++);
		c->version = (uint64_t)db_get_int(result, row, at++);
		c->via_inbox_id = db_get_uuid(result, row, at++);
		c->is_present = db_get_bool(result, row, at++);
		c->absent_us = time_or_0(result, row, at++);
		c->seen_sequence = (uint64_t)db_get_int(result, row, at++);
		c->told_sequence = (uint64_t)db_get_int(result, row, at++);
		c->reply_sequence = (uint64_t)db_get_int(result, row, at++);
		c->reply_us = time_or_0(result, row, at++);
		c->continue_us = time_or_0(result, row, at++);
		c->team_id = db_get_uuid(result, row, at++);
		c->priority = (int)db_get_int(result, row, at++);
		c->tags = read_lines(ws, db_get_text(result, row, at++), &c->tag_count);
		c->former_inbox_ids = read_ids(ws, db_get_text(result, row, at++), &c->former_inbox_count);
		c->mail_inbox_id = db_get_uuid(result, row, at++);
		c->was_queued = c->queued_us != 0;
		c->lane = conversation_lane(c);
		c->has_lost_assignee = !db_is_null(result, row, at) && !db_get_bool(result, row, at);
		ws_add_conversation(ws, c);
	}
}

void store_load_conversations(const struct store *store)
{
	if (!store->ws->conversation_list.count)
		return;
	bind_uuids(db_params_reset(store->params), &store->ws->conversation_list);
	db_tx_exec(store->tx, &routing_store_sql_load_conversations, store->params, on_conversations, store->ws);
}

static void on_replies(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct reply_context *context = arena_new_object(ws->arena, struct reply_context);
		context->message_id = db_get_uuid(result, row, 0);
		context->interaction_id = db_get_uuid(result, row, 1);
		context->contact_point_id = db_get_uuid(result, row, 2);
		context->channel = channel_parse(db_get_text(result, row, 3));
		context->to_address = text_of(ws, result, row, 4);
		context->to_name = text_of(ws, result, row, 5);
		context->inbox_address = text_or_empty(ws, result, row, 6);
		context->answers = text_of(ws, result, row, 7);
		context->answers_thread = text_of(ws, result, row, 8);
		context->inbox_id = db_get_uuid(result, row, 9);
		map_put(ws->replies, &context->message_id, sizeof(context->message_id), context);
	}
}

void store_load_replies(const struct store *store)
{
	struct working_set *ws = store->ws;
	struct list replies = {0};

	for (size_t i = 0; i < ws->input_count; i++)
		if (ws->inputs[i].is_reply)
			list_add(&replies, ws->arena, &ws->inputs[i]);
	if (!replies.count)
		return;
	db_params_reset(store->params);
	for (int column = 0; column < 3; column++) {
		db_array_begin(store->params, DB_UUID);
		for (size_t i = 0; i < replies.count; i++) {
			const struct input *in = replies.items[i];
			const struct uuid *ids[] = {&in->subject_id, &in->conversation_id, &in->interaction_id};
			if (uuid_is_nil(ids[column]))
				db_array_null(store->params);
			else
				db_array_uuid(store->params, ids[column]);
		}
		db_array_end(store->params);
	}
	db_tx_exec(store->tx, &routing_store_sql_load_replies, store->params, on_replies, ws);
}

struct numbers_call {
	void (*on_first)(void *arg, uint64_t first);
	void *arg;
};

static void on_numbers(void *arg, const struct db_result *result)
{
	const struct numbers_call *call = arg;

	call->on_first(call->arg, (uint64_t)db_get_int(result, 0, 0));
}

void store_next_numbers(const struct store *store, void (*on_first)(void *arg, uint64_t first), void *arg)
{
	struct numbers_call *call = arena_new_object(store->ws->arena, struct numbers_call);

	*call = (struct numbers_call){.on_first = on_first, .arg = arg};
	db_tx_exec(store->tx, &routing_store_sql_next_numbers, db_params_reset(store->params), on_numbers, call);
}

void store_list_waiting(struct db *db, int limit,
                        void (*on_done)(void *arg, const struct db_outcome *outcome, const struct db_result *result),
                        void *arg)
{
	struct db_params *params = db_params_new();

	db_bind_i32(params, limit);
	db_query(db, &routing_store_sql_list_waiting, params, on_done, arg);
	db_params_free(&params);
}
