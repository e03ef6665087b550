/* http/connection.c - the gate and the deadlines around evhttp's reading and writing of one socket. */
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/server.h"

#define LINGER_US (2 * 1000000)    /* for the client to read why it was refused */
#define PIPELINE_SLACK_BYTES 65536 /* read ahead beyond the largest request */

static struct timeval timeval_of(int64_t us)
{
	return (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
}

static void timer_set(struct http_connection *connection, int64_t delay_us)
{
	struct timeval delay = timeval_of(delay_us);

	event_add(connection->timer, &delay);
}

/* The handler's time is its own; otherwise each phase has its limit, counted from its start. */
static void arm(struct http_connection *connection)
{
	const struct http_server_options *options = &connection->server->options;
	const struct gate *gate = &connection->gate;

	if (connection->dispatched != connection->answered)
		event_del(connection->timer);
	else if (gate_phase(gate) == GATE_BODY)
		timer_set(connection, options->body_deadline_us);
	else if (gate_phase(gate) == GATE_IDLE && gate->passed > 0 && gate->passed == connection->answered)
		timer_set(connection, options->idle_us);
	else
		timer_set(connection, options->header_deadline_us);
}

/* ---- refusing: our callbacks take the place of evhttp's, which then only frees ---- */

static void close_now(struct http_connection *connection)
{
	evhttp_connection_free(connection->evcon); /* calls on_evhttp_closed() */
}

static void on_refused_read(struct bufferevent *bev, void *arg HILO_UNUSED)
{
	struct evbuffer *input = bufferevent_get_input(bev);

	evbuffer_drain(input, evbuffer_get_length(input));
}

/* Closing with unread bytes would reset the connection and with it the answer. */
static void on_refused_written(struct bufferevent *bev HILO_UNUSED, void *arg)
{
	shutdown(((struct http_connection *)arg)->fd, SHUT_WR);
}

static void on_refused_event(struct bufferevent *bev HILO_UNUSED, short what HILO_UNUSED, void *arg)
{
	close_now(arg);
}

static void refuse(struct http_connection *connection, const struct gate_refusal *refusal)
{
	HILO_AUTO(buf) struct buf body = {0};
	char label[64];

	snprintf(label, sizeof(label), "reason=\"%s\"", refusal->reason);
	metric_add(
	        metric_counter("hilo_http_refused_total", "Connections refused before a handler saw a request", label),
	        1);
	connection->state = CONNECTION_REFUSING;
	bufferevent_setcb(connection->bev, on_refused_read, on_refused_written, on_refused_event, connection);
	http_problem_json(&body, refusal->status, refusal->reason, refusal->detail, NULL);
	evbuffer_add_printf(bufferevent_get_output(connection->bev),
	                    "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
	                    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n%s",
	                    refusal->status, http_status_phrase(refusal->status), body.len, body.data);
	bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
	timer_set(connection, LINGER_US);
}

/* A refused request waits for the replies to those before it on the connection. */
static bool is_refusal_due(const struct http_connection *connection)
{
	return gate_phase(&connection->gate) == GATE_REFUSED && connection->gate.passed == connection->answered;
}

/* ---- the gate ---- */

static void feed_gate(struct http_connection *connection, struct evbuffer *input, size_t added)
{
	struct evbuffer_ptr at;
	struct evbuffer_iovec parts[8];

	evbuffer_ptr_set(input, &at, evbuffer_get_length(input) - added, EVBUFFER_PTR_SET);
	while (added > 0) {
		int count = HILO_MIN(evbuffer_peek(input, (ssize_t)added, &at, parts, 8), 8);
		size_t fed = 0;

		for (int i = 0; i < count; i++) {
			size_t size = HILO_MIN(parts[i].iov_len, added - fed);

			gate_feed(&connection->gate, parts[i].iov_base, size);
			fed += size;
		}
		added -= fed;
		if (added > 0)
			evbuffer_ptr_set(input, &at, fed, EVBUFFER_PTR_ADD);
	}
}

/* Runs as soon as bytes were read, before evhttp's own callback looks at them. */
static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	struct http_connection *connection = arg;
	enum gate_phase phase = gate_phase(&connection->gate);
	uint64_t passed = connection->gate.passed;

	if (info->n_added == 0 || connection->state != CONNECTION_OPEN || phase == GATE_REFUSED)
		return;
	feed_gate(connection, input, info->n_added);
	if (is_refusal_due(connection))
		refuse(connection, connection->gate.refusal);
	else if (gate_phase(&connection->gate) != phase || connection->gate.passed != passed)
		arm(connection);
}

/* ---- beginning and end ---- */

static void connection_free(struct http_connection *connection)
{
	struct http_server *server = connection->server;

	if (connection->input_callback)
		evbuffer_remove_cb_entry(bufferevent_get_input(connection->bev), connection->input_callback);
	event_free(connection->timer);
	free(connection);
	server->connections--;
	metric_add(server->connection_gauge, -1);
	http_server_check_drained(server);
}

static void on_evhttp_closed(struct evhttp_connection *evcon HILO_UNUSED, void *arg)
{
	struct http_connection *connection = arg;

	connection->server->by_fd[connection->fd] = NULL;
	if (connection->request)
		connection->request->connection = NULL;
	if (connection->on_closed) {
		connection->server->taken--;
		connection->on_closed(connection->on_closed_arg);
	}
	connection_free(connection);
}

static void remember(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	size_t needed = (size_t)connection->fd + 1;

	if (needed > server->by_fd_size) {
		size_t size = HILO_MAX(needed, server->by_fd_size * 2);

		server->by_fd = hilo_realloc(server->by_fd, size * sizeof(*server->by_fd));
		memset(server->by_fd + server->by_fd_size, 0, (size - server->by_fd_size) * sizeof(*server->by_fd));
		server->by_fd_size = size;
	}
	server->by_fd[connection->fd] = connection;
}

/* evhttp tells nobody of a connection before its first request, but gives it to its callbacks as their argument. */
static void settle(struct http_connection *connection)
{
	static const struct gate_refusal surplus = {503, "connections", "Too many connections."};
	bufferevent_event_cb on_event;
	void *evcon;
	int on = 1;

	bufferevent_getcb(connection->bev, NULL, NULL, &on_event, &evcon);
	if (!on_event) { /* evhttp could not make it and has let go of the socket */
		struct bufferevent *bev = connection->bev;

		connection_free(connection);
		bufferevent_decref(bev);
		return;
	}
	bufferevent_decref(connection->bev);
	connection->evcon = evcon;
	connection->fd = bufferevent_getfd(connection->bev);
	connection->state = CONNECTION_OPEN;
	remember(connection);
	evhttp_connection_set_closecb(connection->evcon, on_evhttp_closed, connection);
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connection->is_surplus)
		refuse(connection, &surplus);
	else
		arm(connection);
}

static void on_deadline(struct http_connection *connection)
{
	static const struct gate_refusal slow_header = {408, "header_deadline", "The request header came too slowly."};
	static const struct gate_refusal slow_body = {408, "body_deadline", "The request body came too slowly."};
	enum gate_phase phase = gate_phase(&connection->gate);

	if (is_refusal_due(connection))
		refuse(connection, connection->gate.refusal);
	else if (phase == GATE_IDLE)
		close_now(connection);
	else
		refuse(connection, phase == GATE_BODY ? &slow_body : &slow_header);
}

static void on_timer(evutil_socket_t fd HILO_UNUSED, short what HILO_UNUSED, void *arg)
{
	struct http_connection *connection = arg;

	if (connection->state == CONNECTION_OPEN)
		on_deadline(connection);
	else
		close_now(connection);
}

void http_connection_settle(struct http_server *server)
{
	struct http_connection *next;

	for (struct http_connection *connection = HILO_STEAL(server->unsettled); connection; connection = next) {
		next = connection->next;
		settle(connection);
	}
}

struct bufferevent *http_connection_accept(struct event_base *base, void *arg)
{
	struct http_server *server = arg;
	struct http_connection *connection = hilo_new(struct http_connection);
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	struct timeval stall = timeval_of(server->options.write_stall_us);
	size_t most = server->limits.header_bytes + server->limits.body_bytes + PIPELINE_SLACK_BYTES;

	*connection = (struct http_connection){.next = server->unsettled, .server = server, .bev = bev, .fd = -1};
	server->unsettled = connection;
	connection->is_surplus = server->connections++ >= server->options.max_connections;
	metric_add(server->connection_gauge, 1);
	gate_init(&connection->gate, &server->limits);
	connection->timer = evtimer_new(base, on_timer, connection);
	connection->input_callback = evbuffer_add_cb(bufferevent_get_input(bev), on_input, connection);
	bufferevent_set_timeouts(bev, NULL, &stall);
	bufferevent_setwatermark(bev, EV_READ, 0, most);
	bufferevent_incref(bev); /* until settled */
	event_active(server->settle, EV_TIMEOUT, 0);
	return bev;
}

/* ---- requests ---- */

static void on_answered(struct evhttp_request *evreq HILO_UNUSED, void *arg)
{
	struct http_connection *connection = arg;

	connection->answered++;
	if (is_refusal_due(connection))
		event_active(connection->timer, EV_TIMEOUT, 0); /* evhttp first prepares for a next request */
	else
		arm(connection);
}

struct http_connection *http_connection_begin(struct http_server *server, struct evhttp_request *evreq)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(evreq);
	struct http_connection *connection = server->by_fd[bufferevent_getfd(evhttp_connection_get_bufferevent(evcon))];

	connection->dispatched++;
	arm(connection);
	evhttp_request_set_on_complete_cb(evreq, on_answered, connection);
	return connection;
}

void http_connection_watch(struct http_connection *connection)
{
	bufferevent_data_cb on_write;
	bufferevent_event_cb on_event;
	void *evcon;

	/* evhttp ends the process when its read callback runs now, and without reading no end of file is seen */
	bufferevent_getcb(connection->bev, NULL, &on_write, &on_event, &evcon);
	bufferevent_setcb(connection->bev, NULL, on_write, on_event, evcon);
	bufferevent_enable(connection->bev, EV_READ);
}

void http_connection_take(struct http_connection *connection, void (*on_closed)(void *arg), void *arg)
{
	connection->state = CONNECTION_TAKEN;
	connection->request = NULL;
	connection->on_closed = on_closed;
	connection->on_closed_arg = arg;
	connection->server->taken++;
	event_del(connection->timer);
	evbuffer_remove_cb_entry(bufferevent_get_input(connection->bev), HILO_STEAL(connection->input_callback));
	http_server_check_drained(connection->server);
}

void http_connection_close_soon(struct http_connection *connection)
{
	connection->state = CONNECTION_CLOSING;
	event_active(connection->timer, EV_TIMEOUT, 0);
}

void http_connection_close_if_idle(struct http_connection *connection)
{
	if (connection->state == CONNECTION_OPEN && gate_phase(&connection->gate) == GATE_IDLE &&
	    connection->gate.passed == connection->answered)
		close_now(connection);
}
