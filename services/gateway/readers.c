/* readers.c - what each reader has of conversations: marks, follows, drafts, counts, mentions; and search. */
#include "base/text.h"
#include "conversations.h"
#include "gateway.h"
#include "handlers.h"
#include "reply.h"
#include "store_readers.h"
#include "validate.h"

enum { DRAFT_TEXT_MAX = 256 * 1024, DRAFT_FILES_MAX = 20, LIST_HIGH = 100, LIST_USUAL = 50 };
enum { SEARCH_HIGH = 50, SEARCH_USUAL = 20, SEARCH_BYTES = 800 }; /* 200 characters */

/* 204, or 404 where there is no such conversation to be seen */
static void on_own(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct http_request *request = arg;

	if (outcome->fault != DB_OK)
		reply_fault(request, outcome);
	else if (!db_rows(result))
		reply_error(request, ERROR_not_found, NULL);
	else
		http_reply_empty(request, 204);
}

static void own(struct http_request *request, struct gateway *gateway, store_own *run, store_done *on_done)
{
	struct conversation_key key;

	if (param_conversation(request, &key))
		run(&gateway->store, principal_of(request), &key, on_done, request);
}

void handle_follow_put(struct http_request *request, void *arg)
{
	own(request, arg, store_follow, on_own);
}

void handle_follow_delete(struct http_request *request, void *arg)
{
	own(request, arg, store_unfollow, on_own);
}

void handle_draft_get(struct http_request *request, void *arg)
{
	own(request, arg, store_read_draft, reply_on_read);
}

void handle_draft_delete(struct http_request *request, void *arg)
{
	own(request, arg, store_delete_draft, on_own);
}

void handle_read_put(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct conversation_key key;
	json_t *body;
	int64_t sequence;
	bool is_bad;

	if (!param_conversation(request, &key) || !(body = json_body(request)))
		return;
	struct json_reader reader = {.object = body, .arena = http_request_arena(request)};
	sequence = json_int_optional(&reader, "sequence", 0, INT64_MAX, -1);
	if (sequence < 0)
		json_fault(&reader, "sequence", "must be the number of an entry");
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (!is_bad)
		store_mark_read(&gateway->store, principal_of(request), &key, sequence, on_own, request);
}

static void on_draft(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	if (outcome->fault == DB_OK && db_rows(result) && !db_get_bool(result, 0, 0))
		reply_error(arg, ERROR_invalid_field, "upload_ids: must hold uploads of yours");
	else
		on_own(arg, outcome, result);
}

void handle_draft_put(struct http_request *request, void *arg)
{
	static const char *const kinds[] = {"reply", "note", NULL};
	struct gateway *gateway = arg;
	struct conversation_key key;
	struct draft_record draft = {0};
	struct uuid *uploads;
	json_t *body;
	int kind;

	if (!param_conversation(request, &key) || !(body = json_body(request)))
		return;
	struct json_reader reader = {.object = body, .arena = http_request_arena(request)};
	kind = json_choice(&reader, "kind", kinds, -1);
	draft.text = arena_strdup(reader.arena, json_text(&reader, "text", 0, DRAFT_TEXT_MAX));
	draft.html = arena_strdup(reader.arena, json_text_optional(&reader, "html", DRAFT_TEXT_MAX));
	draft.uploads_count = read_uuids(&reader, "upload_ids",
	                                 json_array_optional(&reader, "upload_ids", DRAFT_FILES_MAX), &uploads);
	draft.uploads_count = rights_sort(uploads, draft.uploads_count);
	draft.uploads = uploads;
	bool is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad)
		return;
	draft.kind = kinds[kind];
	store_save_draft(&gateway->store, principal_of(request), &key, &draft, on_draft, request);
}

void handle_counts_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_read_counts(&gateway->store, principal_of(request), reply_on_read, request);
}

void handle_mentions_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	const char *after = http_request_query(request, "after");
	int64_t before_us = PAGE_END_US;
	struct uuid before_id = {0};
	int32_t limit;

	if (after && page_key_parse(after, &before_us, &before_id) < 0)
		reply_error(request, ERROR_invalid_parameter, "after must be the `next` of an earlier page");
	else if (query_limit(request, LIST_HIGH, LIST_USUAL, &limit))
		store_list_mentions(&gateway->store, principal_of(request), before_us, &before_id, limit, reply_on_read,
		                    request);
}

void handle_search_get(struct http_request *request, void *arg)
{
	static const char *const names[] = {"conversations", "messages", "customers"};
	static const char *const kinds[] = {"conversation", "message", "customer"};
	struct gateway *gateway = arg;
	const char *words = http_request_query(request, "q"), *in = http_request_query(request, "in");
	const char *after = http_request_query(request, "after");
	struct search_query query = {.words = words, .before = INT64_MAX};

	for (size_t i = 0; i < HILO_COUNT(names); i++)
		if (!strcmp(in ? in : names[0], names[i]))
			query.kind = kinds[i];
	if (!words || !*words || strlen(words) > SEARCH_BYTES || !text_is_utf8(words, strlen(words)))
		reply_error(request, ERROR_invalid_parameter, "q must be 1 to 200 characters");
	else if (!query.kind)
		reply_error(request, ERROR_invalid_parameter, "in must be conversations, messages or customers");
	else if (after && text_to_i64(after, 1, INT64_MAX - 1, &query.before) < 0)
		reply_error(request, ERROR_invalid_parameter, "after must be the `next` of an earlier page");
	else if (query_limit(request, SEARCH_HIGH, SEARCH_USUAL, &query.limit)) {
		query.ref = conversation_ref(http_request_arena(request), words);
		store_search(&gateway->store, principal_of(request), &query, reply_on_read, request);
	}
}
