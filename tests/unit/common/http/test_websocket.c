/* tests/unit/common/http/test_websocket.c - RFC 6455 as a client on the wire sees it: handshakes, frames, ends. */
#include "wire.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/metric.h"
#include "http/handshake.h"
#include "http/websocket.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* frames name only what they have */

#define MS 1000
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define UPGRADE "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define OPEN "GET /ws HTTP/1.1\r\nHost: a\r\n" UPGRADE VERSION "Sec-WebSocket-Key: " KEY "\r\n"

/* ---- the daemon: echoes texts, tells the size of binaries ---- */

static struct {
	struct websocket *socket; /* the last one opened; NULL once closed */
	struct websocket_options options;
	const char *const *origins;
	int closed, code; /* how often, and how last */
	bool is_closing_on_text;
} app;

static void on_text(void *arg HILO_UNUSED, const char *text, size_t size)
{
	assert_int_equal(text[size], '\0');
	if (!app.is_closing_on_text) {
		websocket_send(app.socket, text, size);
		return;
	}
	websocket_close(app.socket, 4000, "bye");
	assert_int_equal(app.closed, 0); /* never from within the call */
	assert_int_equal(websocket_send(app.socket, text, size), -EPIPE);
}

static void on_binary(void *arg HILO_UNUSED, const void *data HILO_UNUSED, size_t size)
{
	char text[32];

	websocket_send(app.socket, text, (size_t)snprintf(text, sizeof(text), "%zu bytes", size));
}

static void on_close(void *arg HILO_UNUSED, int code)
{
	app.closed++;
	app.code = code;
	app.socket = NULL;
}

static void on_upgrade(struct http_request *request, void *arg)
{
	((struct wire *)arg)->handled++;
	app.socket = websocket_upgrade(request, app.origins, &app.options);
}

static void on_later(struct http_request *request, void *arg)
{
	((struct wire *)arg)->kept = request;
}

static const struct http_route routes[] = {
	{HTTP_GET | HTTP_POST, "/ws", on_upgrade, 0}, {HTTP_GET, "/later", on_later, 0}, {0}};

static void begin(struct wire *wire)
{
	memset(&app, 0, sizeof(app));
	app.options = (struct websocket_options){.max_message_bytes = 70000,
						 .on_text = on_text,
						 .on_binary = on_binary,
						 .on_close = on_close};
	wire_begin(wire, (struct http_server_options){.routes = routes});
}

static void open_with(struct wire_socket *socket, const char *extra)
{
	wire_puts(socket, OPEN);
	wire_puts(socket, extra);
	wire_puts(socket, "\r\n");
	wire_consume(socket, wire_until(socket, 0, "\r\n\r\n"));
}

static void open_socket(struct wire *wire, struct wire_socket *socket)
{
	wire_connect(wire, socket);
	open_with(socket, "");
}

static void turn_until_closed(struct wire_socket *socket, int count)
{
	int64_t end_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (app.closed < count) {
		assert_true(clock_monotonic_us() < end_us);
		wire_turn(socket);
	}
}

/* ---- frames ---- */

enum { CONT = 0, TEXT = 1, BIN = 2, CLOSE = 8, PING = 9, PONG = 10, FIN = 0x80 };

struct frame {
	int first; /* FIN | RSV | opcode; 0: the end of the list, so that CONT_FRAME stands for 0 */
	const char *payload;
	size_t size;   /* 0: of payload as text */
	bool is_plain; /* not masked */
};
#define CONT_FRAME 0x100 /* a continuation that is not the last */

static void append_frame(struct buf *out, const struct frame *frame)
{
	static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
	size_t size = frame->size ? frame->size : frame->payload ? strlen(frame->payload) : 0;
	uint8_t masked = frame->is_plain ? 0 : 0x80;

	buf_putc(out, (char)frame->first);
	if (size < 126) {
		buf_putc(out, (char)(masked | size));
	} else if (size < 65536) {
		buf_putc(out, (char)(masked | 126));
		buf_putc(out, (char)(size >> 8));
		buf_putc(out, (char)size);
	} else {
		buf_putc(out, (char)(masked | 127));
		for (int i = 7; i >= 0; i--)
			buf_putc(out, (char)(size >> 8 * i));
	}
	if (masked)
		buf_append(out, mask, 4);
	for (size_t i = 0; i < size; i++) {
		char c = frame->payload ? frame->payload[i] : 'x';

		buf_putc(out, masked ? (char)(c ^ mask[i % 4]) : c);
	}
}

/* One server frame as "T:text", "O:pong", "C1002" …; long payloads by their size. Returns: its bytes, 0: not whole yet. */
static size_t describe_frame(const struct buf *in, size_t at, struct buf *text)
{
	const uint8_t *bytes = (const uint8_t *)in->data + at;
	size_t left = in->len - at, header = 2, size;

	if (left < 2)
		return 0;
	assert_int_equal(bytes[0] & 0x70, 0);
	assert_int_equal(bytes[0] & 0x80, 0x80);
	assert_int_equal(bytes[1] & 0x80, 0); /* a server does not mask */
	size = bytes[1];
	if (size >= 126) {
		size_t count = size == 126 ? 2 : 8;

		header += count;
		if (left < header)
			return 0;
		size = 0;
		for (size_t i = 0; i < count; i++)
			size = size << 8 | bytes[2 + i];
		assert_true(size >= (count == 2 ? 126 : 65536));
	}
	if (left < header + size)
		return 0;
	if (text->len)
		buf_putc(text, ' ');
	if ((bytes[0] & 15) == CLOSE && size >= 2)
		buf_printf(text, "C%d", bytes[header] << 8 | bytes[header + 1]);
	else if (size > 64)
		buf_printf(text, "%c#%zu", "-TB-----CPO"[bytes[0] & 15], size);
	else
		buf_printf(text, "%c:%.*s", "-TB-----CPO"[bytes[0] & 15], (int)size, bytes + header);
	return header + size;
}

static void describe(const struct buf *in, struct buf *text)
{
	for (size_t at = 0, size; at < in->len; at += size) {
		size = describe_frame(in, at, text);
		if (!size) {
			buf_puts(text, " half");
			return;
		}
	}
}

/* ---- handshakes ---- */

static void handshakes_get_their_answers(void **state)
{
	static const char *const origins[] = {"https://desk.example", "https://desk.example:8443", NULL};
	static const struct {
		const char *request;
		const char *holds[2];
	} rows[] = {
		{OPEN "\r\n", {"HTTP/1.1 101 Switching Protocols\r\n", "Sec-WebSocket-Accept: " ACCEPT "\r\n"}},
		{OPEN "Origin: https://desk.example\r\n\r\n", {"HTTP/1.1 101 "}},
		{OPEN "Origin: https://desk.example:8443\r\n\r\n", {"HTTP/1.1 101 "}},
		{OPEN "Origin: https://desk.example.evil\r\n\r\n", {"HTTP/1.1 403 ", "\"code\":\"origin\""}},
		{OPEN "Origin: http://desk.example\r\n\r\n", {"HTTP/1.1 403 "}},
		{OPEN "Origin: HTTPS://DESK.EXAMPLE\r\n\r\n", {"HTTP/1.1 403 "}},
		{OPEN "Origin: null\r\n\r\n", {"HTTP/1.1 403 "}},
		{OPEN "Origin:\r\n\r\n", {"HTTP/1.1 403 "}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", {"HTTP/1.1 426 ", "Upgrade: websocket\r\n"}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n" VERSION "Sec-WebSocket-Key: " KEY "\r\n\r\n",
		 {"HTTP/1.1 426 "}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n" VERSION "Sec-WebSocket-Key: " KEY
		 "\r\n\r\n",
		 {"HTTP/1.1 426 "}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: xupgrade\r\nUpgrade: websocket\r\n" VERSION
		 "Sec-WebSocket-Key: " KEY "\r\n\r\n",
		 {"HTTP/1.1 426 "}},
		{"POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" UPGRADE VERSION "Sec-WebSocket-Key: " KEY "\r\n\r\n",
		 {"HTTP/1.1 426 "}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\n" UPGRADE "Sec-WebSocket-Key: " KEY "\r\n\r\n",
		 {"HTTP/1.1 426 ", "Sec-WebSocket-Version: 13\r\n"}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\n" UPGRADE "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: " KEY "\r\n\r\n",
		 {"HTTP/1.1 426 "}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\n" UPGRADE VERSION "\r\n", {"HTTP/1.1 400 "}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\n" UPGRADE VERSION "Sec-WebSocket-Key: dGhl\r\n\r\n", {"HTTP/1.1 400 "}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\n" UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n\r\n",
		 {"HTTP/1.1 400 "}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\n" UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQQQ\r\n\r\n",
		 {"HTTP/1.1 400 "}},
		{"GET /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n" UPGRADE VERSION "Sec-WebSocket-Key: " KEY
		 "\r\n\r\nhi",
		 {"HTTP/1.1 400 "}},
	};
	struct wire wire;

	begin(&wire);
	app.origins = origins;
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct wire_socket socket;

		wire_connect(&wire, &socket);
		wire_puts(&socket, rows[i].request);
		for (size_t j = 0; j < 2 && rows[i].holds[j]; j++)
			wire_until(&socket, 0, rows[i].holds[j]);
		assert_true(!app.socket == !strstr(socket.in.data, " 101 "));
		app.socket = NULL;
		wire_close(&socket);
	}
	wire_end(&wire);
}

/* ---- frames: the essence of the Autobahn test suite's groups 1 to 7 ---- */

#define REASON_123 "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"

static const struct {
	const char *name;
	struct frame frames[8];
	const char *want; /* frames that come back, to the server's end of the connection if there is a Close */
} rows[] = {
	/* 1: text and binary */
	{"1.1.1 empty text", {{FIN | TEXT}}, "T:"},
	{"1.1.2", {{FIN | TEXT, NULL, 125}}, "T#125"},
	{"1.1.3", {{FIN | TEXT, NULL, 126}}, "T#126"},
	{"1.1.4", {{FIN | TEXT, NULL, 127}}, "T#127"},
	{"1.1.6", {{FIN | TEXT, NULL, 65535}}, "T#65535"},
	{"1.1.7", {{FIN | TEXT, NULL, 65536}}, "T#65536"},
	{"1.2.1 empty binary", {{FIN | BIN}}, "T:0 bytes"},
	{"1.2.7", {{FIN | BIN, NULL, 65536}}, "T:65536 bytes"},
	/* 2: pings and pongs */
	{"2.1 ping", {{FIN | PING}}, "O:"},
	{"2.2 ping with text", {{FIN | PING, "hello"}}, "O:hello"},
	{"2.3 ping with bytes", {{FIN | PING, "\xff\xfe\xfd", 3}}, "O:\xff\xfe\xfd"},
	{"2.4 largest ping", {{FIN | PING, NULL, 125}}, "O#125"},
	{"2.5 too large a ping", {{FIN | PING, NULL, 126}}, "C1002"},
	{"2.7 pong unasked for", {{FIN | PONG}, {FIN | PING, "a"}}, "O:a"},
	{"2.8 pong with a payload", {{FIN | PONG, "b"}, {FIN | PING, "a"}}, "O:a"},
	{"2.10 pings", {{FIN | PING, "1"}, {FIN | PING, "2"}, {FIN | PING, "3"}}, "O:1 O:2 O:3"},
	/* 3: reserved bits */
	{"3.1", {{FIN | 0x10 | TEXT, "a"}}, "C1002"},
	{"3.2", {{FIN | TEXT, "a"}, {FIN | 0x20 | TEXT, "b"}, {FIN | PING}}, "T:a C1002"},
	{"3.4", {{FIN | 0x40 | TEXT, "a"}}, "C1002"},
	{"3.5", {{FIN | 0x50 | BIN, "a"}}, "C1002"},
	{"3.6", {{FIN | 0x60 | PING, "a"}}, "C1002"},
	{"3.7", {{FIN | 0x70 | CLOSE, "\x03\xe8"}}, "C1002"},
	/* 4: opcodes that do not exist */
	{"4.1.1", {{FIN | 3}}, "C1002"},
	{"4.1.2", {{FIN | 4, "a"}}, "C1002"},
	{"4.1.3", {{FIN | TEXT, "a"}, {FIN | 5}, {FIN | PING}}, "T:a C1002"},
	{"4.1.5", {{FIN | TEXT, "a"}, {FIN | 7, "b"}, {FIN | PING}}, "T:a C1002"},
	{"4.2.1", {{FIN | 11}}, "C1002"},
	{"4.2.3", {{FIN | TEXT, "a"}, {FIN | 13}, {FIN | PING}}, "T:a C1002"},
	{"4.2.5", {{FIN | 15, "a"}}, "C1002"},
	/* 5: fragments */
	{"5.1 ping in fragments", {{PING, "a"}, {FIN | CONT, "b"}}, "C1002"},
	{"5.2 pong in fragments", {{PONG, "a"}, {FIN | CONT, "b"}}, "C1002"},
	{"close in fragments", {{CLOSE, "\x03\xe8"}, {FIN | CONT, "b"}}, "C1002"},
	{"5.3 text in fragments", {{TEXT, "ab"}, {FIN | CONT, "cd"}}, "T:abcd"},
	{"5.6 ping between", {{TEXT, "ab"}, {FIN | PING, "p"}, {FIN | CONT, "cd"}}, "O:p T:abcd"},
	{"empty fragments", {{TEXT}, {CONT_FRAME}, {CONT_FRAME, "a"}, {FIN | CONT}}, "T:a"},
	{"5.9 continuation of nothing", {{FIN | CONT, "a"}, {FIN | TEXT, "b"}}, "C1002"},
	{"5.12 open continuation of nothing", {{CONT_FRAME, "a"}, {FIN | TEXT, "b"}}, "C1002"},
	{"5.15 continuation after the end",
	 {{TEXT, "a"}, {FIN | CONT, "b"}, {CONT_FRAME, "c"}, {FIN | TEXT, "d"}},
	 "T:ab C1002"},
	{"5.18 text within a text", {{TEXT, "a"}, {FIN | TEXT, "b"}}, "C1002"},
	{"binary within a text", {{TEXT, "a"}, {FIN | BIN, "b"}}, "C1002"},
	{"5.19 pings between", {{TEXT, "a"}, {CONT_FRAME, "b"}, {FIN | PING, "p"}, {CONT_FRAME, "c"}, {FIN | PING, "q"}, {FIN | CONT, "d"}},
	 "O:p O:q T:abcd"},
	{"binary in fragments", {{BIN, "ab"}, {FIN | CONT, "cd"}}, "T:4 bytes"},
	/* 6: UTF-8 */
	{"6.2.1 text", {{FIN | TEXT, "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4"}}, "T:Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4"},
	{"6.2.4 cut within a character", {{TEXT, "\xce"}, {FIN | CONT, "\xba"}}, "T:\xce\xba"},
	{"6.3.1 invalid", {{FIN | TEXT, "\xce\xba\xed\xa0\x80""edited"}}, "C1007"},
	{"6.3.2 invalid, later", {{TEXT, "\xce\xba"}, {CONT_FRAME, "\xed"}, {FIN | CONT, "\xa0\x80"}}, "C1007"},
	{"6.4.1 invalid long before the end", {{TEXT, "\xf4\x90"}, {FIN | PING, "p"}}, "C1007"},
	{"6.5.2 largest character", {{FIN | TEXT, "\xf4\x8f\xbf\xbf"}}, "T:\xf4\x8f\xbf\xbf"},
	{"6.6 half a character", {{FIN | TEXT, "\xce"}}, "C1007"},
	{"6.8.2 five bytes", {{FIN | TEXT, "\xf8\x88\x80\x80\x80"}}, "C1007"},
	{"6.12.1 lone continuation", {{FIN | TEXT, "\x80"}}, "C1007"},
	{"6.14.1 lone start", {{FIN | TEXT, "\xc0 "}}, "C1007"},
	{"6.18.1 overlong slash", {{FIN | TEXT, "\xc0\xaf"}}, "C1007"},
	{"6.20.1 surrogate", {{FIN | TEXT, "\xed\xa0\x80"}}, "C1007"},
	{"6.21.8 pair of surrogates", {{FIN | TEXT, "\xed\xaf\xbf\xed\xbf\xbf"}}, "C1007"},
	{"binary need not be", {{FIN | BIN, "\xff"}}, "T:1 bytes"},
	{"nul in a text", {{FIN | TEXT, "a\0b", 3}}, "T:a"},
	/* 7: closing */
	{"7.1.1", {{FIN | TEXT, "a"}, {FIN | CLOSE, "\x03\xe8"}}, "T:a C1000"},
	{"7.1.2 twice", {{FIN | CLOSE, "\x03\xe8"}, {FIN | CLOSE, "\x03\xe8"}}, "C1000"},
	{"7.1.3 ping after it", {{FIN | CLOSE, "\x03\xe8"}, {FIN | PING}}, "C1000"},
	{"7.1.4 text after it", {{FIN | CLOSE, "\x03\xe8"}, {FIN | TEXT, "a"}}, "C1000"},
	{"7.1.5 within a message", {{TEXT, "a"}, {FIN | CLOSE, "\x03\xe8"}, {FIN | CONT, "b"}}, "C1000"},
	{"7.3.1 without a code", {{FIN | CLOSE}}, "C:"},
	{"7.3.2 half a code", {{FIN | CLOSE, "\x03"}}, "C1002"},
	{"7.3.4 with a reason", {{FIN | CLOSE, "\x03\xe8ok"}}, "C1000"},
	{"7.3.5 longest reason", {{FIN | CLOSE, "\x03\xe8" REASON_123}}, "C1000"},
	{"7.3.6 too long a reason", {{FIN | CLOSE, "\x03\xe8" REASON_123 "r"}}, "C1002"},
	{"7.5.1 reason not UTF-8", {{FIN | CLOSE, "\x03\xe8\xce\xba\xed\xa0\x80"}}, "C1007"},
	{"7.7.2 going away", {{FIN | CLOSE, "\x03\xe9"}}, "C1001"},
	{"7.7.9", {{FIN | CLOSE, "\x03\xf3"}}, "C1011"},
	{"7.7.10", {{FIN | CLOSE, "\x0b\xb8"}}, "C3000"},
	{"7.7.13", {{FIN | CLOSE, "\x13\x87"}}, "C4999"},
	{"7.9.1 code 0", {{FIN | CLOSE, "\0\0", 2}}, "C1002"},
	{"7.9.2 code 999", {{FIN | CLOSE, "\x03\xe7"}}, "C1002"},
	{"7.9.3 code 1004", {{FIN | CLOSE, "\x03\xec"}}, "C1002"},
	{"7.9.4 code 1005", {{FIN | CLOSE, "\x03\xed"}}, "C1002"},
	{"7.9.5 code 1006", {{FIN | CLOSE, "\x03\xee"}}, "C1002"},
	{"7.9.6 code 1016", {{FIN | CLOSE, "\x03\xf8"}}, "C1002"},
	{"7.9.8 code 2000", {{FIN | CLOSE, "\x07\xd0"}}, "C1002"},
	{"7.13.1 code 5000", {{FIN | CLOSE, "\x13\x88"}}, "C1002"},
	{"7.13.2 code 65535", {{FIN | CLOSE, "\xff\xff"}}, "C1002"},
	/* masks and sizes */
	{"not masked", {{FIN | TEXT, "a", 0, true}}, "C1002"},
	{"ping not masked", {{FIN | PING, "a", 0, true}}, "C1002"},
	{"close not masked", {{FIN | CLOSE, "\x03\xe8", 0, true}}, "C1002"},
	{"largest message", {{FIN | TEXT, NULL, 70000}}, "T#70000"},
	{"too large a message", {{FIN | TEXT, NULL, 70001}}, "C1009"},
	{"too large together", {{TEXT, NULL, 69999}, {FIN | CONT, "ab"}}, "C1009"},
	{"large enough together", {{TEXT, NULL, 69999}, {FIN | CONT, "a"}, {FIN | TEXT, "b"}}, "T#70000 T:b"},
};

static void check_row(struct wire *wire, size_t i, size_t step)
{
	HILO_AUTO(buf) struct buf out = {0}, got = {0};
	struct wire_socket socket;
	int closed = app.closed;
	bool has_close = strchr(rows[i].want, 'C');

	for (size_t j = 0; j < 8 && rows[i].frames[j].first; j++)
		append_frame(&out, &rows[i].frames[j]);
	open_socket(wire, &socket);
	for (size_t at = 0; at < out.len; at += step) {
		wire_send(&socket, out.data + at, HILO_MIN(step, out.len - at));
		if (step < out.len)
			wire_turn(&socket);
	}
	if (!has_close) { /* a ping behind it tells that all is handled */
		HILO_AUTO(buf) struct buf ping = {0};

		append_frame(&ping, &(struct frame){FIN | PING, "end-of-row"});
		wire_send(&socket, ping.data, ping.len);
		wire_until(&socket, 0, "end-of-row");
		wire_consume(&socket, 0);
		socket.in.len -= 12;
	} else {
		wire_until_over(&socket);
		assert_int_equal(app.closed, closed + 1);
	}
	describe(&socket.in, &got);
	if (strcmp(got.data ? got.data : "", rows[i].want) != 0)
		fail_msg("%s by %zu: %s, not %s", rows[i].name, step, got.data, rows[i].want);
	if (!has_close) {
		wire_close(&socket);
		wire_connect(wire, &socket);
		turn_until_closed(&socket, closed + 1);
		assert_int_equal(app.code, 1006);
	}
	wire_close(&socket);
}

static void every_row_gets_its_frames_however_it_arrives(void **state)
{
	struct wire wire;

	begin(&wire);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		check_row(&wire, i, 1 << 20);
		check_row(&wire, i, rows[i].frames[0].size > 1000 ? 4099 : 1);
	}
	assert_true(metric_value(metric_gauge("hilo_http_websockets", "Open WebSockets", NULL)) == 0);
	wire_end(&wire);
}

static void lengths_beyond_reason_allocate_nothing(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *want;
	} lengths[] = {
		{"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0a", 15, "C1009"},
		{"\x81\xff\x00\x00\x00\x01\x00\x00\x00\x00\0\0\0\0a", 15, "C1009"},
		{"\x81\xff\x80\x00\x00\x00\x00\x00\x00\x01\0\0\0\0a", 15, "C1002"}, /* the highest bit must be 0 */
		{"\x81\xfe\x00\x05\0\0\0\0hello", 13, "C1002"},			    /* not the shortest form */
		{"\x81\xff\x00\x00\x00\x00\x00\x00\x00\x05\0\0\0\0hello", 19, "C1002"},
	};
	struct wire wire;

	begin(&wire);
	for (size_t i = 0; i < HILO_COUNT(lengths); i++) {
		HILO_AUTO(buf) struct buf got = {0};
		struct wire_socket socket;

		open_socket(&wire, &socket);
		wire_send(&socket, lengths[i].bytes, lengths[i].size);
		wire_until_over(&socket);
		describe(&socket.in, &got);
		assert_string_equal(got.data, lengths[i].want);
		wire_close(&socket);
	}
	wire_end(&wire);
}

static void binary_is_refused_where_nobody_takes_it(void **state)
{
	HILO_AUTO(buf) struct buf out = {0}, got = {0};
	struct wire wire;
	struct wire_socket socket;

	begin(&wire);
	app.options.on_binary = NULL;
	open_socket(&wire, &socket);
	append_frame(&out, &(struct frame){FIN | BIN, "a"});
	wire_send(&socket, out.data, out.len);
	wire_until_over(&socket);
	describe(&socket.in, &got);
	assert_string_equal(got.data, "C1003");
	assert_int_equal(app.code, 1003);
	wire_close(&socket);
	wire_end(&wire);
}

static void a_flood_of_pings_is_cut(void **state)
{
	HILO_AUTO(buf) struct buf out = {0}, got = {0};
	struct wire wire;
	struct wire_socket socket;

	begin(&wire);
	open_socket(&wire, &socket);
	for (int i = 0; i < 101; i++)
		append_frame(&out, &(struct frame){FIN | PONG});
	wire_send(&socket, out.data, out.len);
	wire_until_over(&socket);
	describe(&socket.in, &got);
	assert_string_equal(got.data, "C1008");
	wire_close(&socket);
	wire_end(&wire);
}

static void frames_that_come_with_the_request_are_read(void **state)
{
	HILO_AUTO(buf) struct buf out = {0}, got = {0};
	struct wire wire;
	struct wire_socket socket;

	begin(&wire);
	wire_connect(&wire, &socket);
	buf_puts(&out, OPEN "\r\n");
	append_frame(&out, &(struct frame){FIN | TEXT, "early"});
	append_frame(&out, &(struct frame){FIN | CLOSE, "\x03\xe8"});
	wire_send(&socket, out.data, out.len);
	wire_consume(&socket, wire_until(&socket, 0, "\r\n\r\n"));
	wire_until_over(&socket);
	describe(&socket.in, &got);
	assert_string_equal(got.data, "T:early C1000");
	assert_int_equal(app.code, 1000);
	wire_close(&socket);
	wire_end(&wire);
}

/* ---- the daemon's side ---- */

static void a_daemon_may_close_from_its_own_callback(void **state)
{
	HILO_AUTO(buf) struct buf out = {0}, got = {0};
	struct wire wire;
	struct wire_socket socket;

	begin(&wire);
	app.is_closing_on_text = true;
	open_socket(&wire, &socket);
	append_frame(&out, &(struct frame){FIN | TEXT, "a"});
	append_frame(&out, &(struct frame){FIN | TEXT, "b"}); /* is not delivered */
	wire_send(&socket, out.data, out.len);
	wire_until_over(&socket);
	describe(&socket.in, &got);
	assert_string_equal(got.data, "C4000");
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.code, 4000);
	wire_close(&socket);
	wire_end(&wire);
}

static void a_close_at_once_is_a_clean_close(void **state)
{
	HILO_AUTO(buf) struct buf got = {0};
	HILO_AUTO_FREE char *reason = hilo_alloc(201);
	struct wire wire;
	struct wire_socket socket;

	begin(&wire);
	memset(reason, 'r', 122);
	memcpy(reason + 122, "\xc3\xa9 and more", 11); /* 123 bytes would cut the character */
	open_socket(&wire, &socket);
	websocket_close(app.socket, 1001, reason);
	websocket_close(app.socket, 1000, NULL);
	wire_until_over(&socket);
	assert_int_equal(socket.in.len, 2 + 2 + 122);
	describe(&socket.in, &got);
	assert_string_equal(got.data, "C1001");
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.code, 1001);
	wire_close(&socket);
	wire_end(&wire);
}

static void one_frame_reaches_many(void **state)
{
	enum { COUNT = 6, ROUNDS = 25, SIZE = 300000 }; /* the kernel alone takes some MB for each */
	struct websocket_frame *frame;
	struct websocket *sockets[COUNT];
	struct wire_socket clients[COUNT];
	HILO_AUTO_FREE char *text = hilo_alloc(SIZE);
	HILO_AUTO(buf) struct buf want = {0};
	struct wire wire;

	begin(&wire);
	app.options.max_queue_bytes = ROUNDS * (SIZE + 10);
	memset(text, 'x', SIZE);
	for (size_t i = 0; i < COUNT; i++) {
		wire_connect_small(&wire, &clients[i]);
		open_with(&clients[i], "");
		sockets[i] = app.socket;
	}
	frame = websocket_frame_new(text, SIZE);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < COUNT; i++)
			assert_int_equal(websocket_send_frame(sockets[i], frame), 0);
		buf_printf(&want, "T#%d ", SIZE);
	}
	websocket_frame_drop(&frame);
	assert_null(frame);
	for (size_t i = 0; i < COUNT; i++) {
		HILO_AUTO(buf) struct buf got = {0};

		assert_true(websocket_queued(sockets[i]) > 0);
		assert_int_equal(websocket_send(sockets[i], "after", 5), 0);
		if (i == 2) { /* some leave with frames in their queue */
			wire_reset(&clients[i]);
			continue;
		}
		wire_until_bytes(&clients[i], ROUNDS * (SIZE + 10) + 7);
		assert_int_equal(websocket_queued(sockets[i]), 0);
		describe(&clients[i].in, &got);
		assert_int_equal(strncmp(got.data, want.data, want.len), 0);
		assert_string_equal(got.data + want.len, "T:after");
		wire_close(&clients[i]);
	}
	wire_end(&wire);
	assert_int_equal(app.closed, COUNT);
}

static void a_peer_that_does_not_read_is_cut(void **state)
{
	HILO_AUTO_FREE char *text = hilo_alloc(10000);
	struct wire wire;
	struct wire_socket socket;
	int rc = 0;

	begin(&wire);
	app.options.max_queue_bytes = 50000;
	memset(text, 'x', 10000);
	wire_connect_small(&wire, &socket);
	open_with(&socket, "");
	for (int i = 0; i < 10000 && rc == 0; i++) {
		rc = websocket_send(app.socket, text, 10000);
		assert_true(websocket_queued(app.socket) <= 50000 + 10000 + 200);
	}
	assert_int_equal(rc, -EMSGSIZE);
	assert_int_equal(app.closed, 0); /* only from the loop: the sender may be walking its list */
	assert_int_equal(websocket_send(app.socket, text, 10000), -EPIPE);
	event_base_loop(loop_base(wire.loop), EVLOOP_ONCE);
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.code, 1013);
	wire_until_over(&socket);
	wire_close(&socket);
	wire_end(&wire);
}

static void the_silent_are_pinged_and_then_dropped(void **state)
{
	HILO_AUTO(buf) struct buf got = {0}, out = {0};
	struct wire wire;
	struct wire_socket socket;

	begin(&wire);
	app.options.ping_every_us = 60 * MS;
	open_socket(&wire, &socket);
	wire_until_bytes(&socket, 2);
	append_frame(&out, &(struct frame){FIN | PONG});
	wire_send(&socket, out.data, out.len);
	wire_until_over(&socket);
	describe(&socket.in, &got);
	assert_string_equal(got.data, "P: P: P:"); /* one answered, two not */
	assert_int_equal(app.code, 1006);
	wire_close(&socket);
	wire_end(&wire);
}

static void sockets_end_with_their_server(void **state)
{
	struct wire wire;
	struct wire_socket open, closing;

	begin(&wire);
	open_socket(&wire, &closing);
	websocket_close(app.socket, 1000, NULL);
	open_socket(&wire, &open);
	wire_end(&wire);
	assert_int_equal(app.closed, 2);
	wire_close(&open);
	wire_close(&closing);
}

static void on_drained(void *arg)
{
	*(bool *)arg = true;
}

static void draining_leaves_sockets_to_the_daemon_and_opens_none(void **state)
{
	struct wire wire;
	struct wire_socket first, second;
	bool is_drained = false;

	begin(&wire);
	open_socket(&wire, &first);
	wire_connect(&wire, &second);
	wire_puts(&second, OPEN);
	wire_turn_for(&second, 10 * MS);
	http_server_drain(wire.server, on_drained, &is_drained);
	wire_puts(&second, "\r\n");
	wire_until(&second, 0, "HTTP/1.1 503 ");
	testing_run_until(wire.loop, &is_drained, WIRE_DEADLINE_US);
	assert_int_equal(app.closed, 0);
	wire_close(&first);
	wire_close(&second);
	wire_end(&wire);
}

static void an_upgrade_may_come_late_or_too_late(void **state)
{
	for (int is_gone = 0; is_gone < 2; is_gone++) {
		HILO_AUTO(buf) struct buf got = {0}, out = {0};
		struct wire wire;
		struct wire_socket socket;

		begin(&wire);
		wire_connect(&wire, &socket);
		buf_puts(&out, "GET /later HTTP/1.1\r\nHost: a\r\n" UPGRADE VERSION "Sec-WebSocket-Key: " KEY "\r\n\r\n");
		append_frame(&out, &(struct frame){FIN | TEXT, "early"});
		wire_send(&socket, out.data, out.len);
		while (!wire.kept)
			wire_turn(&socket);
		wire_turn_for(&socket, 10 * MS);
		if (is_gone) {
			wire_reset(&socket);
			wire_connect(&wire, &socket);
			while (!http_request_is_gone(wire.kept))
				wire_turn(&socket);
		}
		app.socket = websocket_upgrade(wire.kept, NULL, &app.options);
		if (is_gone) {
			assert_null(app.socket);
		} else {
			wire_consume(&socket, wire_until(&socket, 0, "\r\n\r\n"));
			wire_until_bytes(&socket, 7);
			describe(&socket.in, &got);
			assert_string_equal(got.data, "T:early");
		}
		wire_close(&socket);
		wire_end(&wire);
	}
}

static void tokens_are_whole_words(void **state)
{
	assert_true(handshake_has_token("upgrade", "upgrade"));
	assert_true(handshake_has_token(" keep-alive ,\tUPGRADE ", "upgrade"));
	assert_false(handshake_has_token("upgrades", "upgrade"));
	assert_false(handshake_has_token("", "upgrade"));
	assert_false(handshake_has_token(NULL, "upgrade"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(handshakes_get_their_answers),
		testing_case(every_row_gets_its_frames_however_it_arrives),
		testing_case(lengths_beyond_reason_allocate_nothing),
		testing_case(binary_is_refused_where_nobody_takes_it),
		testing_case(a_flood_of_pings_is_cut),
		testing_case(frames_that_come_with_the_request_are_read),
		testing_case(a_daemon_may_close_from_its_own_callback),
		testing_case(a_close_at_once_is_a_clean_close),
		testing_case(one_frame_reaches_many),
		testing_case(a_peer_that_does_not_read_is_cut),
		testing_case(the_silent_are_pinged_and_then_dropped),
		testing_case(sockets_end_with_their_server),
		testing_case(draining_leaves_sockets_to_the_daemon_and_opens_none),
		testing_case(an_upgrade_may_come_late_or_too_late),
		testing_case(tokens_are_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
