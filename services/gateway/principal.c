/* principal.c - from a token to the agent who holds it. */
#include "principal.h"

#include <sodium.h>

#include "base/text.h"
#include "gateway.h"
#include "reply.h"
#include "store_furniture.h"

void token_make(char ret[TOKEN_TEXT])
{
	uint8_t random[32];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(ret, TOKEN_TEXT, random, sizeof(random), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void token_hash(const char *token, uint8_t ret[32])
{
	crypto_hash_sha256(ret, (const unsigned char *)token, strlen(token));
}

void token_csrf(const char *token, char ret[CSRF_TEXT])
{
	crypto_hash_sha256_state state;
	uint8_t hash[32];

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)"csrf:", 5);
	crypto_hash_sha256_update(&state, (const unsigned char *)token, strlen(token));
	crypto_hash_sha256_final(&state, hash);
	text_hex(hash, sizeof(hash), ret);
}

void token_derive(const uint8_t key[32], const char *purpose, const struct uuid *request_id, char ret[TOKEN_TEXT])
{
	crypto_generichash_state state;
	uint8_t token[32];

	crypto_generichash_init(&state, key, 32, sizeof(token));
	crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose));
	crypto_generichash_update(&state, request_id->bytes, sizeof(request_id->bytes));
	crypto_generichash_final(&state, token, sizeof(token));
	sodium_bin2base64(ret, TOKEN_TEXT, token, sizeof(token), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* sessions' tokens have another length */
static bool is_api_token(const char *token)
{
	return text_starts(token, API_TOKEN_PREFIX) && strlen(token) == API_TOKEN_TEXT - 1;
}

const struct principal *principal_of(const struct http_request *request)
{
	return http_request_user(request);
}

const char *principal_token(struct http_request *request, bool *ret_by_cookie)
{
	const char *header = http_request_header(request, "Authorization");
	const char *token;

	*ret_by_cookie = !header;
	if (!header)
		token = http_request_cookie(request, "hilo_session");
	else
		token = text_starts(header, "Bearer ") ? header + strlen("Bearer ") : NULL;
	if (token && *ret_by_cookie && is_api_token(token))
		return NULL;
	return token && *token && strlen(token) <= 200 ? token : NULL;
}

struct search {
	struct gateway *gateway;
	struct arena *arena;
	uint8_t hash[32];
	bool is_program;
	void (*on_found)(void *arg, struct principal *principal, bool unavailable);
	void *arg;
};

static struct principal *principal_read(const struct search *search, const struct db_result *result)
{
	struct principal *found = arena_new_object(search->arena, struct principal);

	found->id = db_get_uuid(result, 0, 0);
	found->name = arena_strdup(search->arena, db_get_text(result, 0, 1));
	found->email = arena_strdup(search->arena, db_get_text(result, 0, 2));
	while (strcmp(role_words[found->role], db_get_text(result, 0, 3)) != 0)
		found->role++; /* the column's CHECK holds exactly these words */
	found->rights = store_get_rights(result, 0, 4, 7, search->arena);
	found->version = db_get_int(result, 0, 6);
	memcpy(found->token_hash, search->hash, sizeof(found->token_hash));
	found->is_program = search->is_program;
	found->is_read_only = search->is_program && db_get_bool(result, 0, 9);
	return found;
}

static void on_session(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct search *search = arg;

	if (outcome->fault != DB_OK || !db_rows(result)) {
		search->on_found(search->arg, NULL, outcome->fault != DB_OK);
		return;
	}
	struct principal *found = principal_read(search, result);
	if (db_get_bool(result, 0, 8))
		(search->is_program ? store_touch_token : store_touch_session)(&search->gateway->store, search->hash);
	search->on_found(search->arg, found, false);
}

void principal_find(struct gateway *gateway, const char *token, struct arena *arena,
                    void (*on_found)(void *arg, struct principal *principal, bool unavailable), void *arg)
{
	struct search *search = arena_new_object(arena, struct search);

	*search = (struct search){.gateway = gateway, .arena = arena, .on_found = on_found, .arg = arg};
	token_hash(token, search->hash);
	search->is_program = is_api_token(token);
	(search->is_program ? store_read_token : store_read_session)(&gateway->store, search->hash, on_session, search);
}

static void refuse(struct http_request *request)
{
	http_reply_header(request, "WWW-Authenticate", "Bearer");
	reply_error(request, ERROR_unauthenticated, NULL);
}

/* a page of another site can make a browser send the cookie, but cannot know what is derived from it */
static bool csrf_holds(struct http_request *request, const char *csrf)
{
	const char *given = http_request_header(request, "X-CSRF-Token");

	if (http_request_method(request) & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS))
		return true;
	return given && strlen(given) == CSRF_TEXT - 1 && sodium_memcmp(given, csrf, CSRF_TEXT - 1) == 0;
}

static enum error refusal_of(const struct http_request *request, const struct principal *who)
{
	unsigned flags = (unsigned)http_request_route(request)->flags;
	bool is_read = http_request_method(request) & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS);

	if (flags & ROUTE_ADMINISTRATOR && who->role != ROLE_ADMINISTRATOR)
		return ERROR_forbidden;
	if (flags & ROUTE_SUPERVISOR && who->role == ROLE_AGENT)
		return ERROR_forbidden;
	if (flags & ROUTE_SESSION && who->is_program)
		return ERROR_session_needed;
	return who->is_read_only && !is_read ? ERROR_read_only_token : ERROR_NONE;
}

static void on_principal(void *arg, struct principal *principal, bool unavailable)
{
	struct http_request *request = arg;
	bool by_cookie;
	const char *token = principal_token(request, &by_cookie);
	enum error refusal;

	if (unavailable) {
		http_reply_header(request, "Retry-After", "1");
		reply_error(request, ERROR_unavailable, NULL);
		return;
	}
	if (!principal) {
		refuse(request);
		return;
	}
	if (by_cookie) {
		char csrf[CSRF_TEXT];
		token_csrf(token, csrf);
		principal->csrf = arena_strdup(http_request_arena(request), csrf);
		if (!csrf_holds(request, csrf)) {
			reply_error(request, ERROR_csrf, NULL);
			return;
		}
	}
	refusal = refusal_of(request, principal);
	if (refusal) {
		reply_error(request, refusal, NULL);
		return;
	}
	http_request_set_user(request, principal);
	http_request_continue(request);
}

bool principal_admit(struct http_request *request, void *gateway)
{
	bool by_cookie;
	const char *token;

	if (http_request_route(request)->flags & ROUTE_PUBLIC)
		return true;
	token = principal_token(request, &by_cookie);
	if (!token)
		refuse(request);
	else
		principal_find(gateway, token, http_request_arena(request), on_principal, request);
	return false;
}
