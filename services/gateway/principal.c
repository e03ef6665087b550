/* principal.c - from a token to the agent who holds it. */
#include "principal.h"

#include <sodium.h>

#include "base/text.h"
#include "gateway.h"
#include "reply.h"

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
	return token && *token && strlen(token) <= 200 ? token : NULL;
}

struct search {
	struct gateway *gateway;
	struct arena *arena;
	uint8_t hash[32];
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
		store_touch_session(&search->gateway->store, search->hash);
	search->on_found(search->arg, found, false);
}

void principal_find(struct gateway *gateway, const char *token, struct arena *arena,
                    void (*on_found)(void *arg, struct principal *principal, bool unavailable), void *arg)
{
	struct search *search = arena_new_object(arena, struct search);

	*search = (struct search){.gateway = gateway, .arena = arena, .on_found = on_found, .arg = arg};
	token_hash(token, search->hash);
	store_read_session(&gateway->store, search->hash, on_session, search);
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

static void on_principal(void *arg, struct principal *principal, bool unavailable)
{
	struct http_request *request = arg;
	bool by_cookie;
	const char *token = principal_token(request, &by_cookie);

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
	if (http_request_route(request)->flags & ROUTE_ADMINISTRATOR && principal->role != ROLE_ADMINISTRATOR) {
		reply_error(request, ERROR_forbidden, NULL);
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
