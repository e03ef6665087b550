/* lmtp.c - connections of the LMTP door: bytes in and out, deadlines, and what the dialogue asks for. */
#include "lmtp.h"

#include <event2/listener.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/metric.h"
#include "lmtp_parse.h"

enum {
	COMMAND_US = 300000000, /* RFC 5321, 4.5.3.2.7: five minutes at least */
	DATA_US = 600000000,    /* for a whole message, however slowly it drips */
	FLUSH_US = 30000000,    /* for a peer to read our last words */
	RECIPIENTS = 100,
	READ_BYTES = 65536,
	UNREAD_BYTES = 65536, /* replies a peer may leave unread before we stop listening to it */
};

struct connection {
	struct connection *next, **before;
	struct lmtp_server *server;
	struct bufferevent *bev;
	struct timer *deadline;
	struct lmtp_session session;
	struct buf out;
	bool is_running; /* within run() */
	bool is_waiting; /* for the directory or for the intake */
	bool is_in_data; /* the deadline is a message's */
	bool is_closing; /* only its last words are still to be sent */
	bool is_gone;    /* the peer is; freed when nobody calls back any more */
};

struct lmtp_server {
	struct lmtp_options options;
	struct lmtp_limits limits;
	size_t memory_used;
	struct evconnlistener *listener;
	struct connection *connections;
	int64_t count;
	void (*on_drained)(void *arg);
	void *drained_arg;
	bool is_draining;
	struct metric *opened, *refused, *bytes;
};

static void run(struct connection *c);

/* ---- the end of a connection ---- */

static void check_drained(struct lmtp_server *server)
{
	void (*on_drained)(void *arg) = server->on_drained;
	if (!on_drained || server->count > 0)
		return;
	server->on_drained = NULL;
	on_drained(server->drained_arg);
}

static void connection_free(struct connection *c)
{
	struct lmtp_server *server = c->server;
	*c->before = c->next;
	if (c->next)
		c->next->before = c->before;
	server->count--;
	lmtp_session_deinit(&c->session);
	buf_free(&c->out);
	timer_free(&c->deadline);
	bufferevent_free(c->bev);
	free(c);
	check_drained(server);
}

/* connection_end - at once, or when the intake has answered. */
static void connection_end(struct connection *c)
{
	c->is_gone = true;
	if (c->is_waiting) {
		timer_stop(c->deadline);
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	} else if (!c->is_running) {
		connection_free(c);
	}
}

static void flush(struct connection *c)
{
	if (c->out.len > 0)
		bufferevent_write(c->bev, c->out.data, c->out.len);
	buf_clear(&c->out);
}

/* say_goodbye - sends what was written and closes when it is out. */
static void say_goodbye(struct connection *c)
{
	flush(c);
	c->is_closing = true;
	bufferevent_disable(c->bev, EV_READ);
	timer_in(c->deadline, FLUSH_US);
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		connection_end(c);
}

static void on_deadline(void *arg)
{
	struct connection *c = arg;
	if (c->is_closing) {
		connection_end(c);
		return;
	}
	buf_puts(&c->out, "421 4.4.2 timeout\r\n");
	say_goodbye(c);
}

/* watch_time - a command has five minutes from the last reply, a message ten in all; while we are asked nothing runs.
 */
static void watch_time(struct connection *c, bool has_replied)
{
	bool is_in_data = c->session.state == LMTP_DATA;
	if (c->is_waiting) {
		timer_stop(c->deadline);
		is_in_data = false; /* what comes next has a deadline of its own */
	} else if (is_in_data && !c->is_in_data) {
		timer_in(c->deadline, DATA_US);
	} else if (!is_in_data && (has_replied || c->is_in_data || !timer_is_running(c->deadline))) {
		timer_in(c->deadline, COMMAND_US);
	}
	c->is_in_data = is_in_data;
}

/* ---- what the dialogue asks for ---- */

/* resume - the answer is there: goes on with the bytes that have come meanwhile. */
static void resume(struct connection *c)
{
	c->is_waiting = false;
	if (!c->is_running)
		run(c);
}

static void on_looked_up(void *arg, enum directory_answer answer, const struct directory_entry *entry)
{
	struct connection *c = arg;
	struct arena *arena = c->session.arena;
	struct intake_recipient *recipient = NULL;
	enum lmtp_outcome outcome = answer == DIRECTORY_UNKNOWN ? LMTP_UNKNOWN : LMTP_LATER;
	if (answer == DIRECTORY_FOUND) {
		recipient = arena_new_object(arena, struct intake_recipient);
		recipient->inbox_id = entry->inbox_id;
		recipient->address = arena_strdup(arena, entry->address);
		recipient->tag = arena_strdup(arena, entry->tag);
		outcome = LMTP_ACCEPTED;
	}
	lmtp_session_recipient(&c->session, outcome, recipient, &c->out);
	resume(c);
}

static void on_recipient(void *arg, size_t i, enum intake_outcome outcome)
{
	static const enum lmtp_outcome outcomes[] = {
	        [INTAKE_STORED] = LMTP_ACCEPTED, [INTAKE_LATER] = LMTP_LATER, [INTAKE_NO_SPACE] = LMTP_NO_SPACE};
	struct connection *c = arg;
	lmtp_session_delivered(&c->session, i, outcomes[outcome], &c->out);
}

static void on_taken(void *arg, size_t bytes)
{
	struct connection *c = arg;
	c->server->memory_used -= bytes;
	resume(c);
}

static void deliver(struct connection *c)
{
	struct lmtp_session *session = &c->session;
	struct intake_recipient recipients[RECIPIENTS];
	size_t count = session->recipients_count;
	for (size_t i = 0; i < count; i++)
		recipients[i] = *(struct intake_recipient *)session->recipients[i].owner;
	metric_add(c->server->bytes, (double)session->data.len);
	struct buf data = lmtp_session_take(session);
	intake_take(c->server->options.intake, session->sender, &data, recipients, count, on_recipient, on_taken, c);
}

/* serve - one thing the dialogue needs. */
static void serve(struct connection *c, enum lmtp_need need)
{
	const struct lmtp_session *session = &c->session;
	c->is_waiting = need == LMTP_NEED_RECIPIENT || need == LMTP_NEED_DELIVERY;
	if (need == LMTP_NEED_RECIPIENT)
		directory_find(c->server->options.directory, session->recipients[session->recipients_count].address,
		               on_looked_up, c);
	else if (need == LMTP_NEED_DELIVERY)
		deliver(c);
}

/* ---- bytes ---- */

/* eat - offers the session what has come. Returns: false when there is nothing to go on with. */
static bool eat(struct connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct evbuffer_iovec piece;
	size_t used;
	if (c->is_waiting || c->is_closing || c->is_gone || evbuffer_peek(in, -1, NULL, &piece, 1) < 1)
		return false;
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) > UNREAD_BYTES)
		return false; /* on_writable goes on */
	c->session.is_busy = channel_should_slow(c->server->options.channel) || !db_is_ready(c->server->options.db);
	c->session.is_closing = c->server->is_draining;
	enum lmtp_need need = lmtp_session_run(&c->session, piece.iov_base, piece.iov_len, &used, &c->out);
	evbuffer_drain(in, used);
	if (need == LMTP_NEED_CLOSE)
		say_goodbye(c);
	else
		serve(c, need);
	if (c->out.len >= LMTP_OUT_BYTES)
		flush(c);
	return true;
}

static bool is_between_messages(const struct connection *c)
{
	return !c->is_waiting && c->session.state != LMTP_DATA;
}

static void run(struct connection *c)
{
	c->is_running = true;
	while (eat(c))
		;
	bool has_replied = c->out.len > 0;
	c->is_running = false;
	if (c->is_gone) {
		connection_end(c);
		return;
	}
	if (c->is_closing)
		return;
	if (c->server->is_draining && is_between_messages(c)) {
		buf_puts(&c->out, "421 4.3.2 shutting down\r\n");
		say_goodbye(c);
		return;
	}
	watch_time(c, has_replied);
	flush(c);
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	run(arg);
}

static void on_writable(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;
	if (c->is_closing)
		connection_end(c);
	else if (evbuffer_get_length(bufferevent_get_input(bev)) > 0)
		run(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		connection_end(arg);
}

/* ---- the door ---- */

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int size,
                          void *arg)
{
	struct lmtp_server *server = arg;
	int one = 1;
	(void)listener, (void)peer, (void)size;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct connection *c = hilo_new(struct connection);
	c->server = server;
	c->bev = bufferevent_socket_new(loop_base(server->options.loop), fd, BEV_OPT_CLOSE_ON_FREE);
	c->deadline = timer_new(server->options.loop, on_deadline, c);
	c->next = server->connections;
	c->before = &server->connections;
	if (c->next)
		c->next->before = &c->next;
	server->connections = c;
	lmtp_session_init(&c->session, &server->limits);
	c->session.is_closing = server->count++ >= server->options.connections;
	metric_add(c->session.is_closing ? server->refused : server->opened, 1);
	bufferevent_setcb(c->bev, on_readable, on_writable, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, READ_BYTES);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	lmtp_session_greet(&c->session, &c->out);
	if (c->session.need == LMTP_NEED_CLOSE)
		say_goodbye(c);
	else
		run(c);
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)listener, (void)arg;
	log_error("lmtp.accept_failed", "error=%s", strerror(EVUTIL_SOCKET_ERROR()));
}

int lmtp_server_port(const struct lmtp_server *server)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	if (getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&address, &size) < 0)
		return 0;
	in_port_t port = address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
	                                               : ((struct sockaddr_in *)&address)->sin_port;
	return ntohs(port);
}

int lmtp_server_new(const struct lmtp_options *options, struct lmtp_server **ret)
{
	struct sockaddr_storage address;
	int size = sizeof(address);
	if (evutil_parse_sockaddr_port(options->address, (struct sockaddr *)&address, &size) < 0)
		return -EINVAL;
	struct lmtp_server *server = hilo_new(struct lmtp_server);
	server->options = *options;
	server->limits = (struct lmtp_limits){
	        .hostname = options->hostname,
	        .message_bytes = (size_t)options->message_bytes,
	        .recipients = RECIPIENTS,
	        .memory_used = &server->memory_used,
	        .memory_bytes = (size_t)options->memory_bytes,
	};
	server->listener = evconnlistener_new_bind(loop_base(options->loop), on_connection, server,
	                                           LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
	                                           512, (struct sockaddr *)&address, size);
	if (!server->listener) {
		int rc = -errno;
		free(server);
		return rc;
	}
	evconnlistener_set_error_cb(server->listener, on_accept_error);
	static const char help[] = "Connections to the LMTP door";
	server->opened = metric_counter("hilo_lmtp_connections_total", help, "result=\"opened\"");
	server->refused = metric_counter("hilo_lmtp_connections_total", help, "result=\"refused\"");
	server->bytes = metric_counter("hilo_lmtp_message_bytes_total", "Bytes of mails that came whole", NULL);
	*ret = server;
	return 0;
}

void lmtp_server_drain(struct lmtp_server *server, void (*on_drained)(void *arg), void *arg)
{
	server->is_draining = true;
	server->on_drained = on_drained;
	server->drained_arg = arg;
	evconnlistener_free(HILO_STEAL(server->listener));
	for (struct connection *c = server->connections, *next; c; c = next) {
		next = c->next;
		if (!c->is_closing && !c->is_gone)
			run(c);
	}
	check_drained(server);
}

void lmtp_server_free(struct lmtp_server **server)
{
	struct lmtp_server *old = server ? HILO_STEAL(*server) : NULL;
	if (!old)
		return;
	old->on_drained = NULL;
	while (old->connections)
		connection_free(old->connections);
	if (old->listener)
		evconnlistener_free(old->listener);
	free(old);
}
