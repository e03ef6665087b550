/* front.c - who visitors are: from a token to its visitor, and the front's routes. */
#include "front_internal.h"

#include <sodium.h>

#include "base/log.h"
#include "base/text.h"
#include "http/json.h"

#define CHORES_US 600000000
#define JSON_MAX 16384

const struct http_route front_routes[] = {
	{HTTP_POST, "/chat/v1/session", handle_session_post, 0},
	{HTTP_DELETE, "/chat/v1/session", handle_session_delete, 0},
	{HTTP_PUT, "/chat/v1/profile", handle_profile_put, 0},
	{HTTP_GET, "/chat/v1/confirm/:token", handle_confirm_get, 0},
	{HTTP_POST, "/chat/v1/confirm/:token", handle_confirm_post, 0},
	{HTTP_POST, "/chat/v1/uploads", handle_upload_post, 0},
	{HTTP_GET, "/chat/v1/files/:id", handle_file_get, 0},
	{HTTP_POST, "/chat/v1/transcript", handle_transcript_post, 0},
	{HTTP_GET, "/widget/frame", handle_frame_get, 0},
	{0},
};

static void on_chores(void *arg)
{
	struct front *front = arg;

	if (db_is_ready(front->chat->db))
		store_sweep_front(front->chat);
}

struct front *front_new(struct chat *chat)
{
	struct front *front = hilo_new(struct front);

	front->chat = chat;
	front->chores = timer_new(chat->loop, on_chores, front);
	timer_every(front->chores, CHORES_US);
	chat->limits = limits_new(chat->kv);
	return front;
}

void front_free(struct front **front)
{
	if (!*front)
		return;
	timer_free(&(*front)->chores);
	limits_free(&(*front)->chat->limits);
	free(HILO_STEAL(*front));
}

/* ---- tokens ---- */

void token_make(char ret[TOKEN_TEXT], uint8_t ret_hash[STORE_HASH])
{
	uint8_t random[32];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(ret, TOKEN_TEXT, random, sizeof(random), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	token_hash(ret, ret_hash);
}

bool token_hash(const char *token, uint8_t ret[STORE_HASH])
{
	if (strnlen(token, TOKEN_TEXT) != TOKEN_TEXT - 1)
		return false;
	crypto_hash_sha256(ret, (const unsigned char *)token, TOKEN_TEXT - 1);
	return true;
}

struct visitor *visitor_copy(struct arena *arena, const struct visitor *visitor)
{
	struct visitor *copy = arena_memdup(arena, visitor, sizeof(*visitor));

	copy->address = arena_strdup(arena, visitor->address);
	copy->name = arena_strdup(arena, visitor->name);
	copy->email = arena_strdup(arena, visitor->email);
	copy->locale = arena_strdup(arena, visitor->locale);
	return copy;
}

struct search {
	struct chat *chat;
	uint8_t hash[STORE_HASH];
	void (*on_found)(void *arg, const struct visitor *visitor, enum db_fault fault);
	void *arg;
};

static void on_visitor(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct search *search = arg;
	struct visitor visitor;

	if (outcome->fault != DB_OK) {
		if (outcome->fault == DB_FAILED)
			log_error("visitor.unread", "error=%s", outcome->message);
		search->on_found(search->arg, NULL, outcome->fault);
	} else if (!db_rows(result)) {
		search->on_found(search->arg, NULL, DB_OK);
	} else {
		if (db_get_bool(result, 0, 7))
			store_touch_token(search->chat, search->hash);
		visitor = store_get_visitor(result);
		search->on_found(search->arg, &visitor, DB_OK);
	}
	free(search);
}

void front_find(struct front *front, const char *token,
		void (*on_found)(void *arg, const struct visitor *visitor, enum db_fault fault), void *arg)
{
	struct search *search = hilo_new(struct search);

	*search = (struct search){.chat = front->chat, .on_found = on_found, .arg = arg};
	if (token && token_hash(token, search->hash)) {
		store_find_visitor(front->chat, search->hash, on_visitor, search);
		return;
	}
	free(search);
	on_found(arg, NULL, DB_OK);
}

/* ---- requests ---- */

struct call {
	struct http_request *request;
	struct chat *chat;
	front_handler *handle;
};

static void on_caller(void *arg, const struct visitor *visitor, enum db_fault fault)
{
	const struct call *call = arg;
	const struct chat_inbox *inbox = visitor ? inboxes_by_id(call->chat->inboxes, &visitor->inbox_id) : NULL;

	if (fault != DB_OK || (visitor && !inboxes_are_read(call->chat->inboxes)))
		front_reply_fault(call->request, fault);
	else if (!inbox)
		http_reply_problem(call->request, 401, "bad_token", "The token is not, or no longer, valid.");
	else
		call->handle(call->request, call->chat, visitor_copy(http_request_arena(call->request), visitor), inbox);
}

void front_with_visitor(struct http_request *request, struct chat *chat, front_handler *handle)
{
	struct call *call = arena_new_object(http_request_arena(request), struct call);
	const char *header = http_request_header(request, "Authorization");
	const char *token = header && text_starts(header, "Bearer ") ? header + strlen("Bearer ") : NULL;

	/* a link in a page cannot carry a header */
	if (!header && http_request_method(request) == HTTP_GET)
		token = http_request_query(request, "token");
	*call = (struct call){request, chat, handle};
	front_find(chat->front, token, on_caller, call);
}

json_t *front_json(struct http_request *request)
{
	size_t size;

	http_request_body(request, &size);
	if (size <= JSON_MAX)
		return json_body(request);
	http_reply_problem(request, 413, "too_large", "The body may have 16 KiB.");
	return NULL;
}

void front_reply_json(struct http_request *request, int status, const struct buf *json)
{
	http_reply_header(request, "Cache-Control", "no-store");
	http_reply_json(request, status, json->data, json->len);
}

void front_reply_fault(struct http_request *request, enum db_fault fault)
{
	if (fault == DB_FAILED) {
		http_reply_problem(request, 500, "internal", NULL);
		return;
	}
	http_reply_header(request, "Retry-After", "1");
	http_reply_problem(request, 503, "unavailable", "Not now: try again in a moment.");
}

void front_reply_outcome(struct http_request *request, const struct db_outcome *outcome)
{
	if (outcome->fault == DB_FAILED)
		log_error("request.failed", "path=%s sqlstate=%s message=%s", http_request_route(request)->pattern, outcome->sqlstate,
			  outcome->message);
	front_reply_fault(request, outcome->fault);
}

void front_reply_limited(struct http_request *request)
{
	http_reply_header(request, "Retry-After", "60");
	http_reply_problem(request, 429, "rate_limited", "Too often: try again later.");
}
