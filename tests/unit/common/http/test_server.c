/* tests/unit/common/http/test_server.c - the server as a client on the wire sees it. */
#include "wire.h"

#include <stdio.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/metric.h"

#define MS 1000
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_LAST(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

/* ---- the daemon ---- */

static void on_hello(struct http_request *request, void *arg)
{
	((struct wire *)arg)->handled++;
	http_reply_json(request, 200, "{\"hello\":1}", 11);
}

/* Says what it was asked. */
static void on_echo(struct http_request *request, void *arg HILO_UNUSED)
{
	struct arena *arena = http_request_arena(request);
	size_t size;
	const char *body = http_request_body(request, &size);
	const char *query = http_request_query(request, "q");
	const char *cookie = http_request_cookie(request, "sid");
	const char *id = http_request_param(request, "id");
	const char *rest = http_request_param(request, "*");
	char *text = arena_printf(arena, "method=%d path=%s id=%s rest=%s q=%s cookie=%s peer=%s flags=%u body=%zu:%.*s",
				  http_request_method(request), http_request_path(request), id ? id : "-",
				  rest ? rest : "-", query ? query : "-", cookie ? cookie : "-",
				  http_request_peer(request), http_request_route(request)->flags, size,
				  (int)HILO_MIN(size, 64), body);
	http_reply_json(request, 200, text, strlen(text));
}

/* Answers when the test does. */
static void on_later(struct http_request *request, void *arg)
{
	struct wire *wire = arg;

	wire->handled++;
	wire->kept = request;
}

static void on_headers(struct http_request *request, void *arg HILO_UNUSED)
{
	http_reply_header(request, "Cache-Control", "max-age=60");
	http_reply_header(request, "Content-Disposition", "a\r\nSet-Cookie: evil=1\r\n \x01");
	http_reply_empty(request, 204);
}

static void on_large(struct http_request *request, void *arg HILO_UNUSED)
{
	struct evbuffer *body = evbuffer_new();
	size_t size = 8 << 20;
	char *text = hilo_alloc(size);

	memset(text, 'x', size);
	evbuffer_add_reference(body, text, size, (evbuffer_ref_cleanup_cb)(void (*)(void))free, text);
	http_reply_buffer(request, 200, "text/plain", body);
	assert_int_equal(evbuffer_get_length(body), 0);
	evbuffer_free(body);
}

static const struct http_route routes[] = {
	{HTTP_GET, "/hello", on_hello, 0},
	{HTTP_POST, "/echo", on_echo, 7},
	{HTTP_PUT, "/echo/:id", on_echo, 0},
	{HTTP_PATCH, "/echo/:id", on_echo, 0},
	{HTTP_DELETE, "/echo/:id", on_echo, 0},
	{HTTP_GET, "/echo/:id", on_echo, 0},
	{HTTP_GET, "/files/*", on_echo, 0},
	{HTTP_GET, "/later", on_later, 0},
	{HTTP_POST, "/later", on_later, 0},
	{HTTP_GET, "/headers", on_headers, 0},
	{HTTP_GET, "/large", on_large, 0},
	{0},
};

static bool guard(struct http_request *request, void *arg)
{
	const char *token = http_request_header(request, "Authorization");

	if (!token) {
		http_reply_problem(request, 401, "unauthorized", "Sign in first.");
		return false;
	}
	if (strcmp(token, "later") == 0) {
		((struct wire *)arg)->kept = request;
		return false;
	}
	return true;
}

static struct http_server_options usual(void)
{
	return (struct http_server_options){.routes = routes};
}

static void turn_until_handled(struct wire_socket *socket, int count)
{
	int64_t end_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (socket->wire->handled < count) {
		assert_true(clock_monotonic_us() < end_us);
		wire_turn(socket);
	}
}

static double refused(const char *reason)
{
	char label[64];

	snprintf(label, sizeof(label), "reason=\"%s\"", reason);
	return metric_value(metric_counter("hilo_http_refused_total",
					   "Connections refused before a handler saw a request", label));
}

/* ---- requests and answers ---- */

static void requests_get_their_answers(void **state)
{
	static const struct {
		const char *request;
		const char *holds[4];
	} rows[] = {
		{GET_LAST("/hello"),
		 {"HTTP/1.1 200 OK\r\n", "Content-Length: 11\r\n", "Content-Type: application/json\r\n", "\r\n\r\n{\"hello\":1}"}},
		{GET_LAST("/hello"), {"X-Content-Type-Options: nosniff\r\n", "Cache-Control: no-store\r\n", "Connection: close"}},
		{"GET /hello HTTP/1.0\r\n\r\n", {"HTTP/1.0 200 OK\r\n", "{\"hello\":1}"}},
		{"GET http://a/hello?x HTTP/1.1\r\nHost: a\r\n\r\n", {"HTTP/1.1 200 OK\r\n"}},
		{GET_LAST("/echo/a%2Fb%20c?q=%C3%A9+x"), {"id=a/b c ", "q=\xc3\xa9 x ", "method=1 "}},
		{"GET /echo/1 HTTP/1.1\r\nHost: a\r\nCookie: xsid=1; sid=a=b; sid=2\r\nConnection: close\r\n\r\n",
		 {"cookie=a=b "}},
		{GET_LAST("/files/a/b%20c"), {"rest=a/b c "}},
		{GET_LAST("/files/"), {"rest= "}},
		{"PATCH /echo/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
		 {"method=16 ", "body=2:hi"}},
		{"PUT /echo/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", {"method=8 ", "body=0:"}},
		{"DELETE /echo/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", {"method=32 "}},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
		 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
		 {"body=5:abcde", "flags=7 "}},
		{GET_LAST("/headers"), {"HTTP/1.1 204 No Content\r\n", "Cache-Control: max-age=60\r\n", "Disposition: a  Set-Cookie"}},

		{GET_LAST("/nowhere"), {"HTTP/1.1 404 Not Found\r\n", "application/problem+json", "\"code\":\"not_found\""}},
		{GET_LAST("/echo"), {"HTTP/1.1 405 ", "Allow: OPTIONS, POST\r\n", "\"code\":\"method_not_allowed\""}},
		{"POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		 {"HTTP/1.1 405 ", "Allow: OPTIONS, GET, HEAD\r\n"}},
		{"OPTIONS /echo/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		 {"HTTP/1.1 204 ", "Allow: OPTIONS, GET, HEAD, PUT, PATCH, DELETE\r\n"}},
		{"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", {"HTTP/1.1 204 ", "Allow: OPTIONS, GET"}},
		{"OPTIONS /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", {"HTTP/1.1 404 "}},
		{"GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n", {"HTTP/1.1 400 "}}, /* evhttp's own answer */
		{GET_LAST("/echo/%00"), {"HTTP/1.1 400 ", "\"code\":\"bad_target\""}},
		{GET_LAST("/echo/%ff"), {"HTTP/1.1 400 "}},
		{GET_LAST("/echo/%g1"), {"HTTP/1.1 400 "}},
		{GET_LAST("/hello?q=%"), {"HTTP/1.1 400 "}},
		{GET_LAST("/files/..%2fetc"), {"HTTP/1.1 400 "}},
		{GET_LAST("/files/a/%2e%2e/b"), {"HTTP/1.1 400 "}},
		{GET_LAST("/files/a%5c..%5cb"), {"HTTP/1.1 400 "}},
		/* the gate: the connection closes by itself */
		{"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", {"HTTP/1.1 501 ", "Connection: close\r\n", "\"code\":\"method\""}},
		{"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", {"HTTP/1.1 400 ", "\"code\":\"header\""}},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		 {"HTTP/1.1 400 ", "\"code\":\"framing\""}},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", {"HTTP/1.1 501 "}},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
		 {"HTTP/1.1 400 ", "\"code\":\"chunk\""}},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", {"HTTP/1.1 413 "}},
		{"GET / HTTP/1.1\r\n\r\n", {"HTTP/1.1 400 ", "\"code\":\"host\""}},
		{"\x16\x03\x01", {"HTTP/1.1 400 "}},
	};
	struct wire wire;

	wire_begin(&wire, usual());
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct wire_socket socket;

		wire_ask(&wire, &socket, rows[i].request);
		for (size_t j = 0; j < 4 && rows[i].holds[j]; j++)
			if (!socket.in.len || !strstr(socket.in.data, rows[i].holds[j]))
				fail_msg("%s\nlacks %s:\n%s", rows[i].request, rows[i].holds[j],
					 socket.in.len ? socket.in.data : "");
		assert_null(strstr(socket.in.data, "\nSet-Cookie"));
		wire_close(&socket);
	}
	wire_end(&wire);
}

static void head_is_get_without_its_body(void **state)
{
	struct wire wire;
	struct wire_socket socket;

	wire_begin(&wire, usual());
	wire_connect(&wire, &socket);
	wire_puts(&socket, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" GET_LAST("/nowhere"));
	wire_until_over(&socket);
	assert_non_null(strstr(socket.in.data, "Content-Length: 11\r\n"));
	assert_null(strstr(socket.in.data, "hello"));
	assert_non_null(strstr(socket.in.data, "\r\n\r\nHTTP/1.1 404 "));
	wire_close(&socket);
	wire_end(&wire);
}

static void a_large_reply_reaches_a_slow_reader(void **state)
{
	struct wire wire;
	struct wire_socket socket;

	wire_begin(&wire, usual());
	wire_connect_small(&wire, &socket);
	wire_puts(&socket, GET_LAST("/large"));
	wire_until_over(&socket);
	assert_true(socket.in.len > 8 << 20);
	assert_int_equal(socket.in.data[socket.in.len - 1], 'x');
	wire_close(&socket);
	wire_end(&wire);
}

static void a_proxy_names_the_client(void **state)
{
	struct wire wire;
	struct wire_socket socket;

	wire_begin(&wire, usual());
	wire_ask(&wire, &socket, GET_LAST("/echo/1"));
	wire_until(&socket, 0, "peer=127.0.0.1 ");
	wire_close(&socket);
	wire_ask(&wire, &socket,
		 "GET /echo/1 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nx-forwarded-for: 203.0.113.7\r\n"
		 "Connection: close\r\n\r\n");
	wire_until(&socket, 0, "peer=203.0.113.7 ");
	wire_close(&socket);
	wire_end(&wire);
}

/* ---- connections that stay ---- */

static void requests_in_one_packet_are_answered_in_order(void **state)
{
	struct wire wire;
	struct wire_socket socket;
	size_t at;

	wire_begin(&wire, usual());
	wire_connect(&wire, &socket);
	wire_puts(&socket, GET("/hello") "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" GET("/later") GET(
				   "/nowhere") GET_LAST("/hello"));
	at = wire_until(&socket, 0, "{\"hello\":1}");
	at = wire_until(&socket, at, "body=3:abc");
	turn_until_handled(&socket, 2);
	wire_turn_for(&socket, 20 * MS);
	assert_int_equal(socket.in.len, at); /* the fourth waits for the third */
	http_reply_json(wire.kept, 200, "[3]", 3);
	at = wire_until(&socket, at, "[3]");
	at = wire_until(&socket, at, "\"not_found\"");
	wire_until(&socket, at, "{\"hello\":1}");
	wire_until_over(&socket);
	wire_close(&socket);
	wire_end(&wire);
}

static void a_request_may_come_byte_by_byte(void **state)
{
	static const char request[] = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" //
		"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n";
	struct wire wire;
	struct wire_socket socket;

	wire_begin(&wire, usual());
	wire_connect(&wire, &socket);
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		wire_send(&socket, request + i, 1);
		wire_turn(&socket);
	}
	wire_until(&socket, wire_until(&socket, 0, "body=3:abc"), "body=3:def");
	wire_close(&socket);
	wire_end(&wire);
}

static void a_refused_request_waits_for_the_replies_before_it(void **state)
{
	struct wire wire;
	struct wire_socket socket;
	size_t at;

	wire_begin(&wire, usual());
	wire_connect(&wire, &socket);
	wire_puts(&socket, GET("/later") GET("/hello") "GET /smuggled HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n");
	turn_until_handled(&socket, 1);
	wire_turn_for(&socket, 20 * MS);
	assert_int_equal(socket.in.len, 0);
	http_reply_json(wire.kept, 200, "[1]", 3);
	at = wire_until(&socket, 0, "[1]");
	at = wire_until(&socket, at, "{\"hello\":1}");
	wire_until(&socket, at, "HTTP/1.1 400 ");
	wire_until_over(&socket);
	assert_null(strstr(socket.in.data, "not_found"));
	wire_close(&socket);
	wire_end(&wire);
}

static void a_large_body_is_refused_while_it_is_sent(void **state)
{
	struct http_server_options options = usual();
	struct wire wire;
	struct wire_socket socket;
	HILO_AUTO_FREE char *body = hilo_alloc(1 << 20);

	options.max_body_bytes = 1000;
	wire_begin(&wire, options);
	wire_connect(&wire, &socket);
	wire_puts(&socket, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n");
	wire_send(&socket, body, 1 << 20);
	wire_until(&socket, 0, "HTTP/1.1 413 Content Too Large\r\n");
	wire_close(&socket);
	wire_connect(&wire, &socket);
	wire_puts(&socket, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
	wire_send(&socket, body, 1000);
	wire_until(&socket, 0, "body=1000:");
	wire_close(&socket);
	wire_end(&wire);
}

static void continue_is_said_to_those_who_wait_for_it(void **state)
{
	struct wire wire;
	struct wire_socket socket;
	size_t at;

	wire_begin(&wire, usual());
	wire_connect(&wire, &socket);
	wire_puts(&socket, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
	at = wire_until(&socket, 0, "HTTP/1.1 100 Continue\r\n\r\n");
	wire_puts(&socket, "abc");
	at = wire_until(&socket, at, "body=3:abc");
	wire_puts(&socket, GET("/hello"));
	wire_until(&socket, at, "{\"hello\":1}");
	wire_close(&socket);
	wire_end(&wire);
}

/* ---- deadlines ---- */

static struct http_server_options quick(void)
{
	struct http_server_options options = usual();

	options.header_deadline_us = 100 * MS;
	options.body_deadline_us = 100 * MS;
	options.idle_us = 100 * MS;
	return options;
}

/* A byte every few ms: no idle time-out would ever notice. Returns: how long it was let go on. */
static int64_t drip(struct wire_socket *socket, const char *text)
{
	int64_t start_us = clock_monotonic_us();

	while (socket->in.len == 0 && !socket->is_over) {
		assert_true(clock_monotonic_us() - start_us < WIRE_DEADLINE_US);
		wire_puts(socket, text);
		wire_turn_for(socket, 5 * MS);
	}
	return clock_monotonic_us() - start_us;
}

static void a_dripping_header_is_cut(void **state)
{
	double before = refused("header_deadline");
	struct wire wire;
	struct wire_socket socket;
	int64_t took_us;

	wire_begin(&wire, quick());
	wire_connect(&wire, &socket);
	wire_puts(&socket, "GET / HTTP/1.1\r\nX: ");
	took_us = drip(&socket, "x");
	assert_in_range(took_us, 90 * MS, 2000 * MS);
	wire_until(&socket, 0, "HTTP/1.1 408 Request Timeout\r\n");
	wire_until(&socket, 0, "\"code\":\"header_deadline\"");
	wire_until_over(&socket);
	assert_true(refused("header_deadline") == before + 1);
	wire_close(&socket);
	/* the same on a connection that has been good before */
	wire_connect(&wire, &socket);
	wire_puts(&socket, GET("/hello"));
	wire_consume(&socket, wire_until(&socket, 0, "{\"hello\":1}"));
	wire_puts(&socket, "G");
	took_us = drip(&socket, "E");
	assert_in_range(took_us, 90 * MS, 2000 * MS);
	wire_until(&socket, 0, "HTTP/1.1 408 ");
	wire_close(&socket);
	wire_end(&wire);
}

static void a_dripping_body_is_cut(void **state)
{
	static const char *const starts[] = {
		"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
	};
	struct wire wire;

	wire_begin(&wire, quick());
	for (size_t i = 0; i < HILO_COUNT(starts); i++) {
		struct wire_socket socket;

		wire_connect(&wire, &socket);
		wire_puts(&socket, starts[i]);
		assert_in_range(drip(&socket, "x"), 90 * MS, 2000 * MS);
		wire_until(&socket, 0, "\"code\":\"body_deadline\"");
		wire_until_over(&socket);
		wire_close(&socket);
	}
	wire_end(&wire);
}

static void the_silent_are_closed_without_a_word(void **state)
{
	struct wire wire;
	struct wire_socket silent, idle;
	size_t got;

	wire_begin(&wire, quick());
	wire_connect(&wire, &silent);
	wire_connect(&wire, &idle);
	wire_puts(&idle, GET("/hello"));
	got = wire_until(&idle, 0, "{\"hello\":1}");
	wire_until_over(&silent);
	wire_until_over(&idle);
	assert_int_equal(silent.in.len, 0);
	assert_int_equal(idle.in.len, got);
	wire_close(&silent);
	wire_close(&idle);
	wire_end(&wire);
}

static void a_handler_may_take_its_time(void **state)
{
	struct wire wire;
	struct wire_socket socket;

	wire_begin(&wire, quick());
	wire_connect(&wire, &socket);
	wire_puts(&socket, GET("/later"));
	turn_until_handled(&socket, 1);
	wire_turn_for(&socket, 300 * MS);
	assert_false(http_request_is_gone(wire.kept));
	http_reply_json(wire.kept, 200, "[]", 2);
	wire_until(&socket, 0, "[]");
	wire_close(&socket);
	wire_end(&wire);
}

/* ---- clients that leave ---- */

static void a_reply_to_a_client_that_left_goes_nowhere(void **state)
{
	void (*const leave[])(struct wire_socket *) = {wire_close, wire_reset};

	for (size_t i = 0; i < HILO_COUNT(leave); i++) {
		struct wire wire;
		struct wire_socket socket, other;

		wire_begin(&wire, usual());
		wire_connect(&wire, &other);
		wire_connect(&wire, &socket);
		wire_puts(&socket, "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" GET("/hello"));
		turn_until_handled(&socket, 1);
		assert_false(http_request_is_gone(wire.kept));
		leave[i](&socket);
		while (!http_request_is_gone(wire.kept))
			wire_turn(&other);
		size_t size;
		assert_memory_equal(http_request_body(wire.kept, &size), "hi", 2);
		http_reply_header(wire.kept, "X-A", "b");
		http_reply_json(wire.kept, 200, "[]", 2);
		wire_puts(&other, GET("/hello"));
		wire_until(&other, 0, "{\"hello\":1}");
		assert_int_equal(wire.handled, 2); /* what it had sent after that was forgotten */
		wire_close(&other);
		wire_end(&wire);
	}
}

static void a_client_may_leave_while_its_reply_is_on_the_way(void **state)
{
	struct wire wire;
	struct wire_socket socket;

	wire_begin(&wire, usual());
	wire_connect_small(&wire, &socket);
	wire_puts(&socket, GET("/large"));
	wire_until_bytes(&socket, 1000);
	wire_reset(&socket);
	wire_connect(&wire, &socket);
	wire_puts(&socket, GET("/hello"));
	wire_until(&socket, 0, "{\"hello\":1}");
	wire_close(&socket);
	wire_end(&wire);
}

static void a_client_that_takes_nothing_is_cut(void **state)
{
	struct http_server_options options = usual();
	struct metric *gauge = metric_gauge("hilo_http_connections", "Open connections, WebSockets included", NULL);
	struct wire wire;
	struct wire_socket socket, other;

	options.write_stall_us = 50 * MS;
	wire_begin(&wire, options);
	wire_connect(&wire, &other);
	wire_connect_small(&wire, &socket);
	wire_puts(&socket, GET("/large"));
	while (metric_value(gauge) < 2)
		wire_turn(&other);
	wire_turn_for(&other, 300 * MS); /* nobody reads from the first */
	assert_true(metric_value(gauge) == 1);
	wire_close(&socket);
	wire_close(&other);
	wire_end(&wire);
}

static void a_route_is_run_for_a_client_that_has_left(void **state)
{
	struct http_server_options options = usual();
	struct wire wire;
	struct wire_socket socket;

	options.before = guard;
	wire_begin(&wire, options);
	wire_connect(&wire, &socket);
	wire_puts(&socket, "GET /hello HTTP/1.1\r\nHost: a\r\nAuthorization: later\r\n\r\n");
	while (!wire.kept)
		wire_turn(&socket);
	wire_reset(&socket);
	while (!http_request_is_gone(wire.kept))
		event_base_loop(loop_base(wire.loop), EVLOOP_NONBLOCK);
	http_request_continue(wire.kept);
	assert_int_equal(wire.handled, 1);
	wire_end(&wire);
}

static void a_request_outlives_its_server(void **state)
{
	struct wire wire;
	struct wire_socket socket;

	wire_begin(&wire, usual());
	wire_connect(&wire, &socket);
	wire_puts(&socket, GET("/later"));
	turn_until_handled(&socket, 1);
	http_server_free(&wire.server);
	assert_true(http_request_is_gone(wire.kept));
	http_reply_problem(wire.kept, 503, "closing", NULL);
	wire_until_over(&socket);
	assert_int_equal(socket.in.len, 0);
	wire_close(&socket);
	loop_free(&wire.loop);
}

static void a_server_may_end_with_connections_it_has_just_accepted(void **state)
{
	struct wire wire;
	struct wire_socket sockets[3];

	wire_begin(&wire, usual());
	for (size_t i = 0; i < HILO_COUNT(sockets); i++)
		wire_connect(&wire, &sockets[i]);
	wire_reset(&sockets[0]);
	wire_puts(&sockets[1], "GET");
	wire_turn(&sockets[2]);
	wire_end(&wire);
	wire_close(&sockets[1]);
	wire_close(&sockets[2]);
}

/* ---- limits, draining, authentication ---- */

static void connections_beyond_the_limit_are_told_so(void **state)
{
	struct http_server_options options = usual();
	struct wire wire;
	struct wire_socket first, second, third;

	options.max_connections = 1;
	wire_begin(&wire, options);
	wire_connect(&wire, &first);
	wire_puts(&first, GET("/hello"));
	wire_until(&first, 0, "{\"hello\":1}");
	wire_connect(&wire, &second);
	wire_puts(&second, GET("/hello"));
	wire_until(&second, 0, "HTTP/1.1 503 ");
	wire_until_over(&second);
	wire_close(&second);
	wire_close(&first);
	for (int i = 0;; i++) { /* as soon as the first is gone there is room again */
		assert_true(i < 1000);
		wire_connect(&wire, &third);
		wire_puts(&third, GET_LAST("/hello"));
		wire_until_over(&third);
		if (strstr(third.in.data, "200 OK"))
			break;
		wire_close(&third);
	}
	wire_close(&third);
	wire_end(&wire);
}

static void without_descriptors_connections_wait(void **state)
{
	struct wire wire;
	struct wire_socket socket;
	struct rlimit usually, none;

	testing_expect_log("http.accept_failed");
	wire_begin(&wire, usual());
	wire_connect(&wire, &socket);
	wire_puts(&socket, GET("/hello"));
	getrlimit(RLIMIT_NOFILE, &usually);
	none = (struct rlimit){.rlim_cur = (rlim_t)socket.fd + 1, .rlim_max = usually.rlim_max};
	setrlimit(RLIMIT_NOFILE, &none);
	wire_turn_for(&socket, 50 * MS);
	assert_int_equal(socket.in.len, 0);
	setrlimit(RLIMIT_NOFILE, &usually);
	wire_until(&socket, 0, "{\"hello\":1}");
	wire_close(&socket);
	wire_end(&wire);
}

static void on_drained(void *arg)
{
	*(bool *)arg = true;
}

static void draining_finishes_what_was_begun(void **state)
{
	struct wire wire;
	struct wire_socket idle, pending, half;
	bool is_drained = false;

	wire_begin(&wire, usual());
	wire_connect(&wire, &idle);
	wire_connect(&wire, &pending);
	wire_connect(&wire, &half);
	wire_puts(&idle, GET("/hello"));
	wire_until(&idle, 0, "{\"hello\":1}");
	wire_puts(&half, "GET /hello HTTP/1.1\r\n");
	wire_puts(&pending, GET("/later"));
	turn_until_handled(&pending, 2);
	wire_turn_for(&half, 10 * MS);
	http_server_drain(wire.server, on_drained, &is_drained);
	wire_until_over(&idle);
	wire_puts(&half, "Host: a\r\n\r\n");
	wire_until(&half, 0, "Connection: close\r\n");
	wire_until_over(&half);
	assert_false(is_drained);
	http_reply_json(wire.kept, 200, "[]", 2);
	wire_until(&pending, 0, "Connection: close\r\n");
	testing_run_until(wire.loop, &is_drained, WIRE_DEADLINE_US);
	wire_until_over(&pending);
	wire_close(&idle);
	wire_close(&pending);
	wire_close(&half);
	wire_end(&wire);
}

static void an_idle_server_drains_at_once(void **state)
{
	struct wire wire;
	bool is_drained = false;

	wire_begin(&wire, usual());
	http_server_drain(wire.server, on_drained, &is_drained);
	assert_false(is_drained); /* never from within the call */
	testing_run_until(wire.loop, &is_drained, WIRE_DEADLINE_US);
	wire_end(&wire);
}

static void what_stands_before_a_route_may_answer_or_wait(void **state)
{
	struct http_server_options options = usual();
	struct wire wire;
	struct wire_socket socket;
	size_t at;

	options.before = guard;
	wire_begin(&wire, options);
	wire_connect(&wire, &socket);
	wire_puts(&socket, GET("/hello"));
	at = wire_until(&socket, 0, "HTTP/1.1 401 ");
	at = wire_until(&socket, at, "\"detail\":\"Sign in first.\"");
	wire_puts(&socket, "GET /hello HTTP/1.1\r\nHost: a\r\nAuthorization: now\r\n\r\n");
	at = wire_until(&socket, at, "{\"hello\":1}");
	wire_puts(&socket, "GET /hello HTTP/1.1\r\nHost: a\r\nAuthorization: later\r\n\r\n");
	while (!wire.kept)
		wire_turn(&socket);
	http_request_set_user(wire.kept, &wire);
	assert_ptr_equal(http_request_user(wire.kept), &wire);
	http_request_continue(wire.kept);
	wire_until(&socket, at, "{\"hello\":1}");
	wire_close(&socket);
	wire_end(&wire);
}

static void requests_are_counted_by_route(void **state)
{
	const char *labels = "method=\"GET\",route=\"/echo/:id\",status=\"2xx\"";
	struct metric *total = metric_counter("hilo_http_requests_total", "Requests answered", labels);
	double before = metric_value(total);
	struct metric *gauge = metric_gauge("hilo_http_connections", "Open connections, WebSockets included", NULL);
	struct wire wire;
	struct wire_socket socket;

	wire_begin(&wire, usual());
	wire_connect(&wire, &socket);
	wire_puts(&socket, GET("/echo/1"));
	wire_until(&socket, 0, "200 OK");
	assert_true(metric_value(total) == before + 1);
	assert_true(metric_value(gauge) == 1);
	wire_close(&socket);
	wire_end(&wire);
	assert_true(metric_value(gauge) == 0);
}

static void bad_addresses_and_taken_ports_are_reported(void **state)
{
	static const char *const bad[] = {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "localhost:80", "[::1:80",
					  "[]:80"};
	struct http_server_options options = usual();
	struct http_server *server = NULL;
	struct wire wire;
	char address[32];

	wire_begin(&wire, usual());
	for (size_t i = 0; i < HILO_COUNT(bad); i++) {
		options.address = bad[i];
		assert_int_equal(http_server_new(wire.loop, &options, &server), -EINVAL);
	}
	snprintf(address, sizeof(address), "127.0.0.1:%d", http_server_port(wire.server));
	options.address = address;
	assert_int_equal(http_server_new(wire.loop, &options, &server), -EADDRINUSE);
	assert_null(server);
	options.address = "127.0.0.1:0";
	options.trusted_proxies = "10.0.0.0/99";
	assert_int_equal(http_server_new(wire.loop, &options, &server), -EINVAL);
	options.trusted_proxies = NULL;
	options.address = "[::1]:0";
	int rc = http_server_new(wire.loop, &options, &server);
	if (rc != -EADDRNOTAVAIL) { /* a container without IPv6 says so, rightly */
		assert_int_equal(rc, 0);
		assert_true(http_server_port(server) > 0);
		http_server_free(&server);
	}
	wire_end(&wire);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(requests_get_their_answers),
		testing_case(head_is_get_without_its_body),
		testing_case(a_large_reply_reaches_a_slow_reader),
		testing_case(a_proxy_names_the_client),
		testing_case(requests_in_one_packet_are_answered_in_order),
		testing_case(a_request_may_come_byte_by_byte),
		testing_case(a_refused_request_waits_for_the_replies_before_it),
		testing_case(a_large_body_is_refused_while_it_is_sent),
		testing_case(continue_is_said_to_those_who_wait_for_it),
		testing_case(a_dripping_header_is_cut),
		testing_case(a_dripping_body_is_cut),
		testing_case(the_silent_are_closed_without_a_word),
		testing_case(a_handler_may_take_its_time),
		testing_case(a_reply_to_a_client_that_left_goes_nowhere),
		testing_case(a_client_may_leave_while_its_reply_is_on_the_way),
		testing_case(a_client_that_takes_nothing_is_cut),
		testing_case(a_route_is_run_for_a_client_that_has_left),
		testing_case(a_request_outlives_its_server),
		testing_case(a_server_may_end_with_connections_it_has_just_accepted),
		testing_case(connections_beyond_the_limit_are_told_so),
		testing_case(without_descriptors_connections_wait),
		testing_case(draining_finishes_what_was_begun),
		testing_case(an_idle_server_drains_at_once),
		testing_case(what_stands_before_a_route_may_answer_or_wait),
		testing_case(requests_are_counted_by_route),
		testing_case(bad_addresses_and_taken_ports_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
