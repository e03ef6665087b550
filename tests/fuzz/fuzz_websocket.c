/* fuzz_websocket.c - whatever comes on a WebSocket, texts are UTF-8 and bounded, every socket ends once, and no foreign
 * origin gets one. The first byte says whether the rest is a handshake or, behind a good one, frames. */
#include "http/websocket.h"
#include "loopback.h"

#define MAX_MESSAGE_BYTES 1000

static const char handshake[] = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
				"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
static const char *const origins[] = {"https://a", NULL};
static int opened, closed;

/* As RFC 6455 has it: unlike text for PostgreSQL it may hold NUL. */
static bool is_utf8(const uint8_t *text, size_t size)
{
	for (size_t i = 0, more; i < size; i += 1 + more) {
		uint32_t c = text[i];

		more = c < 0x80 ? 0 : c < 0xc2 ? 9 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 9;
		if (more > 3 || size - i <= more)
			return false;
		c &= more ? 0x3fu >> more : 0x7fu;
		for (size_t j = 1; j <= more; j++) {
			if ((text[i + j] & 0xc0) != 0x80)
				return false;
			c = c << 6 | (text[i + j] & 0x3fu);
		}
		if ((more == 2 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) || (more == 3 && (c < 0x10000 || c > 0x10ffff)))
			return false;
	}
	return true;
}

static void on_text(void *arg, const char *text, size_t size)
{
	if (size > MAX_MESSAGE_BYTES || !is_utf8((const uint8_t *)text, size))
		abort();
	websocket_send(*(struct websocket **)arg, text, size);
}

static void on_binary(void *arg, const void *data, size_t size)
{
	struct websocket_frame *frame = websocket_frame_new(data, size);

	websocket_send_frame(*(struct websocket **)arg, frame);
	websocket_frame_drop(&frame);
}

static void on_close(void *arg HILO_UNUSED, int code)
{
	if (code < 1000 || code > 4999)
		abort();
	closed++;
}

static void on_upgrade(struct http_request *request, void *arg)
{
	struct websocket_options options = {.max_message_bytes = MAX_MESSAGE_BYTES,
					    .on_text = on_text,
					    .on_binary = on_binary,
					    .on_close = on_close,
					    .arg = arg};
	const char *origin = http_request_header(request, "Origin");
	bool is_foreign = origin && strcmp(origin, origins[0]) != 0;
	struct websocket *socket = websocket_upgrade(request, origins, &options);

	if (!socket)
		return;
	if (is_foreign)
		abort();
	opened++;
	*(struct websocket **)arg = socket;
}

static const struct http_route routes[] = {{HTTP_GET, "/ws", on_upgrade, 0}, {0}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct websocket *socket;
	static struct loop *loop;
	static struct http_server *server;
	static const struct http_server_options options = {
		.address = "127.0.0.1:0", .routes = routes, .arg = &socket, .max_header_bytes = 1024};
	bool is_open = true;
	int fd;

	if (!loop) {
		loop = loop_new();
		log_open("fuzz", LOG_ERROR_LEVEL);
		if (http_server_new(loop, &options, &server) < 0)
			abort();
	}
	if (size == 0)
		return 0;
	opened = closed = 0;
	fd = loopback_connect(server);
	if (data[0] & 1)
		is_open = loopback_send(loop, fd, handshake, sizeof(handshake) - 1) && loopback_turn(loop, fd);
	is_open = is_open && loopback_send(loop, fd, data + 1, size - 1);
	for (int i = 0; i < 8 && is_open; i++)
		is_open = loopback_turn(loop, fd);
	loopback_close(loop, fd);
	for (int i = 0; i < 100 && closed < opened; i++)
		event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
	if (closed != opened)
		abort();
	return 0;
}
