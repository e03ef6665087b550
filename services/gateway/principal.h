/* principal.h - who asks: the session behind a request, and what it may do. */
#pragma once

#include "http/http.h"
#include "rights.h"

struct gateway;

#define TOKEN_TEXT 44 /* bytes of a token (32 random bytes, base64url) with its NUL */
#define API_TOKEN_PREFIX "hilo_"
#define API_TOKEN_TEXT (TOKEN_TEXT + sizeof(API_TOKEN_PREFIX) - 1)
#define CSRF_TEXT 65

struct principal {
	struct uuid id;
	const char *name, *email;
	enum role role;
	struct rights rights;
	int64_t version; /* of the agent record */
	uint8_t token_hash[32];
	const char *csrf;  /* what X-CSRF-Token must say; NULL when signed in by header */
	bool is_program;   /* by an API token, not a session */
	bool is_read_only; /* by an API token that may only read */
};

/* flags of a route */
enum route_flag {
	ROUTE_PUBLIC = 1,        /* no session needed */
	ROUTE_ADMINISTRATOR = 2, /* administrators only */
	ROUTE_SUPERVISOR = 4,    /* supervisors and administrators only */
	ROUTE_SESSION = 8,       /* people who have signed in, no API tokens */
};

/* token_make - a fresh random token. token_hash - SHA-256 of its text, as stored. token_csrf - what proves that a page
 * of ours sends the request: derived from the token, useless without it. */
void token_make(char ret[TOKEN_TEXT]);
void token_hash(const char *token, uint8_t ret[32]);
void token_csrf(const char *token, char ret[CSRF_TEXT]);
/* token_derive - a token that follows from a request and a key only this installation has, so that the same request can
 * be answered the same way again while nothing but the token's hash is stored. */
void token_derive(const uint8_t key[32], const char *purpose, const struct uuid *request_id, char ret[TOKEN_TEXT]);

/* principal_admit - http_server_options.before: looks the session up and checks role and CSRF token; the principal is
 * the request's user from then on. */
bool principal_admit(struct http_request *request, void *gateway);
/* principal_of - Requires: the route is not public. */
const struct principal *principal_of(const struct http_request *request);
/* principal_find - the principal of a token, in the arena.
 * on_found: NULL with unavailable false: no such session; with true: the database does not answer. */
void principal_find(struct gateway *gateway, const char *token, struct arena *arena,
                    void (*on_found)(void *arg, struct principal *principal, bool unavailable), void *arg);
/* principal_token - the token a request carries; *ret_by_cookie: in the cookie. Returns: NULL for none. */
const char *principal_token(struct http_request *request, bool *ret_by_cookie);
