/* http/server.h - what server.c, connection.c, request.c, reply.c and websocket.c share; private to this folder. */
#pragma once

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include "base/metric.h"
#include "http/gate.h"
#include "http/http.h"
#include "http/peer.h"
#include "http/router.h"
#include "http/target.h"

/* ---- server.c ---- */

struct http_server {
	struct http_server *next; /* of the process */
	struct loop *loop;
	struct http_server_options options; /* limits filled in */
	struct gate_limits limits;
	struct router *router;
	struct peer_networks trusted;
	struct evhttp *evhttp;
	struct evhttp_bound_socket *listening; /* NULL while draining */
	struct timer *accept_again;            /* after descriptors ran out */
	int port;
	struct http_connection *unsettled; /* accepted in this turn of the loop */
	struct event *settle;
	struct http_connection **by_fd; /* evhttp knows no user data of a connection */
	size_t by_fd_size;
	int connections, taken;        /* taken: of these, no longer HTTP */
	struct http_request *requests; /* handled, not yet answered */
	bool is_draining;
	void (*on_drained)(void *arg); /* NULL once called */
	void *on_drained_arg;
	struct metric *connection_gauge;
};

/* http_server_check_drained - to be called whenever a connection or a request has ended. */
void http_server_check_drained(struct http_server *server);

/* ---- connection.c: one accepted socket, before, between and around evhttp's requests ---- */

enum connection_state {
	CONNECTION_UNSETTLED, /* evhttp is still putting it together */
	CONNECTION_OPEN,      /* evhttp reads and writes, the gate looks on */
	CONNECTION_REFUSING,  /* an error is on its way out; what comes in is thrown away */
	CONNECTION_TAKEN,     /* a WebSocket */
	CONNECTION_CLOSING
};

struct http_connection {
	struct http_connection *next; /* while unsettled */
	struct http_server *server;
	struct bufferevent *bev;
	struct evhttp_connection *evcon;
	struct evbuffer_cb_entry *input_callback;
	struct event *timer; /* the deadline of the phase; made active by hand for what must wait for the loop */
	int fd;
	enum connection_state state;
	bool is_surplus; /* beyond max_connections */
	struct gate gate;
	uint64_t dispatched, answered; /* requests given to a handler; with their reply sent */
	struct http_request *request;  /* being handled */
	void (*on_closed)(void *arg);  /* of a taken one */
	void *on_closed_arg;
};

/* http_connection_accept - evhttp's bevcb. arg: the server. */
struct bufferevent *http_connection_accept(struct event_base *base, void *arg);
/* http_connection_settle - after the accepts of this turn of the loop and before any byte is read: evhttp has made its
 * connections, and the gate and the deadlines are set on them. */
void http_connection_settle(struct http_server *server);
/* http_connection_begin - a request has reached its handler: no deadline runs until its reply has left. */
struct http_connection *http_connection_begin(struct http_server *server, struct evhttp_request *evreq);
/* http_connection_watch - notices a client that leaves while its request is being handled. */
void http_connection_watch(struct http_connection *connection);
/* http_connection_take - ends HTTP on the connection: callbacks and bytes are the caller's now. on_closed is called
 * when the connection ends, whoever ends it. Requires: its request is being handled and was not answered. */
void http_connection_take(struct http_connection *connection, void (*on_closed)(void *arg), void *arg);
/* http_connection_close_soon - from the loop, so that no caller up the stack holds a dead connection. */
void http_connection_close_soon(struct http_connection *connection);
void http_connection_close_if_idle(struct http_connection *connection);

/* ---- request.c ---- */

struct http_request {
	struct http_request *next, **prev_next; /* of the server */
	struct http_server *server;             /* NULL: freed in the meantime */
	struct http_connection *connection;     /* NULL: gone */
	struct evhttp_request *evreq;
	struct arena *arena; /* holds this too */
	enum http_method method;
	struct target target;
	struct router_match match;
	int64_t started_us;
	const char *peer;
	void *user;
};

void http_request_begin(struct evhttp_request *evreq, void *server);
/* http_request_end - frees the request but not evhttp's. status: for the metrics. */
void http_request_end(struct http_request *request, int status);

/* ---- reply.c ---- */

const char *http_status_phrase(int status);
void http_reply_invalid_field(struct http_request *request, const char *field, const char *fault);
