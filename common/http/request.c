/* http/request.c - from evhttp's request to the daemon's handler, and what a handler asks of it. */
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/server.h"

#define ARENA_BLOCK_BYTES 4096

static const struct {
	enum evhttp_cmd_type command;
	enum http_method method;
	const char *name;
} methods[] = {
	{EVHTTP_REQ_GET, HTTP_GET, "GET"},
	{EVHTTP_REQ_HEAD, HTTP_HEAD, "HEAD"},
	{EVHTTP_REQ_POST, HTTP_POST, "POST"},
	{EVHTTP_REQ_PUT, HTTP_PUT, "PUT"},
	{EVHTTP_REQ_PATCH, HTTP_PATCH, "PATCH"},
	{EVHTTP_REQ_DELETE, HTTP_DELETE, "DELETE"},
	{EVHTTP_REQ_OPTIONS, HTTP_OPTIONS, "OPTIONS"},
};

static enum http_method method_of(enum evhttp_cmd_type command)
{
	for (size_t i = 0; i < HILO_COUNT(methods); i++)
		if (methods[i].command == command)
			return methods[i].method;
	return 0;
}

static const char *method_name(enum http_method method)
{
	for (size_t i = 0; i < HILO_COUNT(methods); i++)
		if (methods[i].method == method)
			return methods[i].name;
	return "";
}

/* ---- who asks ---- */

/* A proxy may add a field of its own to one that the client sent. */
static const char *forwarded_for(struct http_request *request)
{
	const char *all = NULL;
	struct evkeyval *header;

	TAILQ_FOREACH(header, evhttp_request_get_input_headers(request->evreq), next)
	{
		if (text_equal_nocase(header->key, "X-Forwarded-For"))
			all = all ? arena_printf(request->arena, "%s,%s", all, header->value) : header->value;
	}
	return all;
}

static void set_peer(struct http_request *request)
{
	char *address;
	uint16_t port;

	evhttp_connection_get_peer(request->connection->evcon, &address, &port);
	request->peer = peer_client(request->arena, &request->server->trusted, address, forwarded_for(request));
}

/* ---- routing ---- */

static void reply_allowed(struct http_request *request, unsigned allowed)
{
	char text[64] = "OPTIONS";
	size_t length = strlen(text);

	if (allowed & HTTP_GET)
		allowed |= HTTP_HEAD;
	for (size_t i = 0; i < HILO_COUNT(methods); i++)
		if (allowed & methods[i].method & ~(unsigned)HTTP_OPTIONS)
			length += (size_t)snprintf(text + length, sizeof(text) - length, ", %s", methods[i].name);
	http_reply_header(request, "Allow", text);
	if (request->method == HTTP_OPTIONS)
		http_reply_empty(request, 204);
	else
		http_reply_problem(request, 405, "method_not_allowed", NULL);
}

/* The rest behind "*" keeps its slashes, so none may hide in a percent sequence. */
static bool is_rest_clean(const struct http_request *request)
{
	size_t length = strlen(request->match.route->pattern);
	const struct router_match *match = &request->match;

	if (request->match.route->pattern[length - 1] != '*')
		return true;
	for (size_t i = match->captures[match->capture_count - 1]; i < request->target.segment_count; i++)
		if (strpbrk(request->target.segments[i], "/\\"))
			return false;
	return true;
}

static void dispatch(struct http_request *request)
{
	struct http_server *server = request->server;
	struct target *target = &request->target;

	if (target_parse(request->arena, evhttp_request_get_uri(request->evreq), target) < 0) {
		http_reply_problem(request, 400, "bad_target", "The path or query cannot be decoded.");
		return;
	}
	request->match = router_find(server->router, request->method, target->segments, target->segment_count);
	if (!request->match.route && request->method == HTTP_OPTIONS && strcmp(target->path, "*") == 0)
		reply_allowed(request, HTTP_GET | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE);
	else if (!request->match.route && request->match.allowed)
		reply_allowed(request, request->match.allowed);
	else if (!request->match.route)
		http_reply_problem(request, 404, "not_found", NULL);
	else if (!is_rest_clean(request))
		http_reply_problem(request, 400, "bad_target", "The path or query cannot be decoded.");
	else if (!server->options.before || server->options.before(request, server->options.arg))
		request->match.route->handle(request, server->options.arg);
}

void http_request_begin(struct evhttp_request *evreq, void *arg)
{
	struct http_server *server = arg;
	struct arena *arena = arena_new(ARENA_BLOCK_BYTES);
	struct http_request *request = arena_new_object(arena, struct http_request);
	struct http_connection *connection = http_connection_begin(server, evreq);

	*request = (struct http_request){.next = server->requests,
	                                 .prev_next = &server->requests,
	                                 .server = server,
	                                 .connection = connection,
	                                 .evreq = evreq,
	                                 .arena = arena,
	                                 .method = method_of(evhttp_request_get_command(evreq)),
	                                 .started_us = clock_monotonic_us()};
	if (server->requests)
		server->requests->prev_next = &request->next;
	server->requests = request;
	connection->request = request;
	set_peer(request);
	dispatch(request);
	if (connection->request) /* a connection outlives the turn of the loop in which its request was dispatched */
		http_connection_watch(connection);
}

static void count(const struct http_request *request, int status)
{
	const char *route = request->match.route ? request->match.route->pattern : "";
	char labels[256];

	snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%.180s\",status=\"%dxx\"", method_name(request->method),
	         route, status / 100);
	metric_add(metric_counter("hilo_http_requests_total", "Requests answered", labels), 1);
	snprintf(labels, sizeof(labels), "route=\"%.180s\"", route);
	metric_observe(
	        metric_histogram("hilo_http_request_seconds", "From the last byte of a request to its reply", labels),
	        (double)(clock_monotonic_us() - request->started_us) / 1e6);
}

void http_request_end(struct http_request *request, int status)
{
	struct http_server *server = request->server;
	struct arena *arena = request->arena;

	count(request, status);
	if (request->connection)
		request->connection->request = NULL;
	if (server) {
		*request->prev_next = request->next;
		if (request->next)
			request->next->prev_next = request->prev_next;
		http_server_check_drained(server);
	}
	arena_free(&arena);
}

void http_request_continue(struct http_request *request)
{
	if (request->server)
		request->match.route->handle(request, request->server->options.arg);
	else
		http_reply_empty(request, 503); /* goes nowhere: the server is no more */
}

/* ---- what handlers ask ---- */

enum http_method http_request_method(const struct http_request *request)
{
	return request->method;
}

const char *http_request_path(const struct http_request *request)
{
	return request->target.path;
}

static const char *rest_of(const struct http_request *request, size_t from)
{
	HILO_AUTO(buf) struct buf rest = {0};

	for (size_t i = from; i < request->target.segment_count; i++) {
		if (i > from)
			buf_putc(&rest, '/');
		buf_puts(&rest, request->target.segments[i]);
	}
	return rest.data ? arena_strdup(request->arena, rest.data) : "";
}

const char *http_request_param(const struct http_request *request, const char *name)
{
	const char *at = request->match.route->pattern;
	size_t wanted = strlen(name), capture = 0;

	while (*at == '/') {
		const char *text = at + 1;
		size_t length = strcspn(text, "/");

		at = text + length;
		if (*text == ':') {
			size_t segment = request->match.captures[capture++];

			if (length - 1 == wanted && memcmp(text + 1, name, wanted) == 0)
				return request->target.segments[segment];
		} else if (length == 1 && *text == '*' && strcmp(name, "*") == 0) {
			return rest_of(request, request->match.captures[capture]);
		}
	}
	return NULL;
}

const char *http_request_query(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->target.query_count; i++)
		if (strcmp(request->target.query[i].name, name) == 0)
			return request->target.query[i].value;
	return NULL;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(request->evreq), name);
}

const char *http_request_cookie(const struct http_request *request, const char *name)
{
	const char *at = http_request_header(request, "Cookie");
	size_t name_length = strlen(name);

	while (at && *at) {
		size_t length;

		at += strspn(at, " \t;");
		length = strcspn(at, ";");
		if (strncmp(at, name, name_length) == 0 && at[name_length] == '=')
			return arena_strndup(request->arena, at + name_length + 1, length - name_length - 1);
		at += length;
	}
	return NULL;
}

const char *http_request_peer(const struct http_request *request)
{
	return request->peer;
}

const void *http_request_body(const struct http_request *request, size_t *ret_size)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request->evreq);

	*ret_size = evbuffer_get_length(body);
	return *ret_size ? (const void *)evbuffer_pullup(body, -1) : "";
}

const struct http_route *http_request_route(const struct http_request *request)
{
	return request->match.route;
}

struct arena *http_request_arena(struct http_request *request)
{
	return request->arena;
}

void http_request_set_user(struct http_request *request, void *user)
{
	request->user = user;
}

void *http_request_user(const struct http_request *request)
{
	return request->user;
}

bool http_request_is_gone(const struct http_request *request)
{
	return !request->connection;
}
