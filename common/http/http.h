/* http/http.h - HTTP server for the daemons: evhttp behind a request gate, a router, problem+json.
 *
 * The gate refuses what evhttp lets through (two Content-Length, folded headers, NUL, Transfer-Encoding other than
 * "chunked", both framings at once), caps header bytes, body bytes and connections, and puts an absolute deadline on the
 * header and on the body (a header a second keeps no slot). */
#pragma once

#include <event2/buffer.h>

#include "base/base.h"
#include "base/arena.h"
#include "base/buf.h"
#include "loop/loop.h"

struct http_server;
struct http_request;

enum http_method { HTTP_GET = 1, HTTP_HEAD = 2, HTTP_POST = 4, HTTP_PUT = 8, HTTP_PATCH = 16, HTTP_DELETE = 32, HTTP_OPTIONS = 64 };

struct http_route {
	enum http_method method;
	const char *pattern; /* "/api/v1/conversations/:id/timeline"; ":name" matches one segment; a last "*" the rest */
	void (*handle)(struct http_request *request, void *arg);
	unsigned flags; /* the daemon's own, e.g. which right is needed; http_request_route() gives it back */
};

struct http_server_options {
	const char *address; /* "127.0.0.1:8085" or "[::]:8085"; port 0: any */
	const struct http_route *routes; /* ended by {0} */
	void *arg;
	/* before - may answer itself (authentication): returns false when it has replied or will call
	 * http_request_continue() later. NULL: none. */
	bool (*before)(struct http_request *request, void *arg);
	size_t max_header_bytes; /* 0: 16 KiB */
	size_t max_body_bytes;   /* 0: 1 MiB */
	int max_connections;     /* 0: 20,000 */
	int64_t header_deadline_us; /* 0: 10 s */
	int64_t body_deadline_us;   /* 0: 60 s */
	int64_t idle_us;            /* keep-alive, 0: 75 s */
	int64_t write_stall_us;     /* a client that takes nothing of what is sent for so long is cut; 0: 60 s */
	/* proxies whose X-Forwarded-For is believed, besides the loopback: "10.0.0.0/8, fd00::1"; NULL: none */
	const char *trusted_proxies;
};

/* http_server_new - listens. Returns: 0 and *ret owned (http_server_free()), or negative errno (-EADDRINUSE …; -EINVAL for an
 * address, trusted proxy or route pattern that cannot be). */
int http_server_new(struct loop *loop, const struct http_server_options *options, struct http_server **ret);
void http_server_free(struct http_server **server);
int http_server_port(const struct http_server *server);
/* http_server_drain - stops listening; answers carry Connection: close; on_drained once no request is open. */
void http_server_drain(struct http_server *server, void (*on_drained)(void *arg), void *arg);

/* ---- a request: valid until exactly one reply was given, and so are the texts it hands out. If the client goes away first
 * (closing its sending side counts), the reply goes nowhere. ---- */

enum http_method http_request_method(const struct http_request *request);
const char *http_request_path(const struct http_request *request); /* decoded, without query */
const char *http_request_param(const struct http_request *request, const char *name); /* of the pattern; never NULL for a name in it */
const char *http_request_query(const struct http_request *request, const char *name); /* decoded; NULL if absent */
const char *http_request_header(const struct http_request *request, const char *name); /* NULL if absent */
const char *http_request_cookie(const struct http_request *request, const char *name); /* NULL if absent */
const char *http_request_peer(const struct http_request *request); /* address; X-Forwarded-For's if a trusted proxy says so */
const void *http_request_body(const struct http_request *request, size_t *ret_size); /* contiguous */
const struct http_route *http_request_route(const struct http_request *request);
struct arena *http_request_arena(struct http_request *request); /* lives as long as the request */
/* http_request_set_user, _user - one pointer of the daemon (the principal). Not freed here; use the arena. */
void http_request_set_user(struct http_request *request, void *user);
void *http_request_user(const struct http_request *request);
bool http_request_is_gone(const struct http_request *request); /* client has disconnected */
/* http_request_continue - runs the route after `before` returned false without replying. */
void http_request_continue(struct http_request *request);

/* replies: every one ends the request (the pointer is dead afterwards) */
void http_reply_header(struct http_request *request, const char *name, const char *value); /* before the reply */
void http_reply_json(struct http_request *request, int status, const char *json, size_t size);
/* http_reply_buffer - drains body (owned by the caller, empty afterwards) without copying. */
void http_reply_buffer(struct http_request *request, int status, const char *content_type, struct evbuffer *body);
void http_reply_empty(struct http_request *request, int status);
/* http_reply_problem - application/problem+json {type,title,status,code,detail}. code: a stable word like "not_found";
 * detail: one sentence for people, or NULL. */
void http_reply_problem(struct http_request *request, int status, const char *code, const char *detail);
/* http_problem_json - the body of a problem reply, for answers that are made elsewhere. detail, field (of a JSON body): or NULL. */
void http_problem_json(struct buf *out, int status, const char *code, const char *detail, const char *field);
