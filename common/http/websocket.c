/* http/websocket.c - frames in through wslay, frames out by hand, one socket a connection. */
#include "http/websocket.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <wslay/wslay.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/handshake.h"
#include "http/server.h"

#define MAX_HEADER_BYTES 10
#define MAX_REASON_BYTES 123
#define LINGER_US (2 * 1000000) /* for the peer to read our Close and to go */
#define KEPT_BYTES 4096         /* of an incoming message's buffer, between messages */
#define MAX_CONTROLS_A_SECOND 100
#define MAX_UNANSWERED_PINGS 2

#define CODE_ABNORMAL 1006
#define CODE_TRY_AGAIN 1013

#define FINAL 0x80

struct websocket {
	struct websocket_options options;
	struct http_connection *connection;
	struct bufferevent *bev;
	wslay_event_context_ptr wslay;
	struct timer *timer; /* open: pings; closing: on_close at once, then the end of lingering */
	struct buf message;  /* incoming, so far */
	bool is_control;     /* the frame under way: its payload is wslay's */
	int unanswered_pings;
	int controls; /* in the second that began at controls_since_us */
	int64_t controls_since_us;
	bool is_closing; /* our Close is on its way: nothing goes in or out any more */
	bool is_told;    /* on_close was called */
	int code;
};

struct websocket_frame {
	size_t references;
	size_t size;
	uint8_t bytes[];
};

static struct metric *gauge(void)
{
	return metric_gauge("hilo_http_websockets", "Open WebSockets", NULL);
}

/* ---- out ---- */

/* Server frames are never masked and we never fragment (RFC 6455 section 5.2). Returns: bytes written. */
static size_t write_header(uint8_t header[MAX_HEADER_BYTES], int opcode, size_t size)
{
	size_t length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;

	header[0] = (uint8_t)(FINAL | opcode);
	header[1] = length_bytes == 0 ? (uint8_t)size : length_bytes == 2 ? 126 : 127;
	for (size_t i = 0; i < length_bytes; i++)
		header[2 + i] = (uint8_t)(size >> 8 * (length_bytes - 1 - i));
	return 2 + length_bytes;
}

static struct evbuffer *output_of(const struct websocket *socket)
{
	return bufferevent_get_output(socket->bev);
}

size_t websocket_queued(const struct websocket *socket)
{
	return evbuffer_get_length(output_of(socket));
}

/* Past the buffer while that is empty: most frames never touch it. An error shows again when the rest is written.
 * Returns: bytes taken by the kernel. */
static size_t send_directly(struct websocket *socket, const struct iovec *parts, size_t count)
{
	struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
	ssize_t sent;

	if (websocket_queued(socket) > 0)
		return 0;
	sent = sendmsg(socket->connection->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	return sent > 0 ? (size_t)sent : 0;
}

static void send_parts(struct websocket *socket, const struct iovec *parts, size_t count)
{
	size_t sent = send_directly(socket, parts, count);

	for (size_t i = 0; i < count; i++) {
		size_t skipped = HILO_MIN(sent, parts[i].iov_len);

		sent -= skipped;
		if (parts[i].iov_len > skipped)
			evbuffer_add(output_of(socket), (const char *)parts[i].iov_base + skipped,
			             parts[i].iov_len - skipped);
	}
}

static void send_control(struct websocket *socket, int opcode, const void *payload, size_t size)
{
	uint8_t frame[MAX_HEADER_BYTES + 125];
	size_t header = write_header(frame, opcode, size);
	struct iovec part = {.iov_base = frame, .iov_len = header + size};

	if (size > 0)
		memcpy(frame + header, payload, size);
	send_parts(socket, &part, 1);
}

/* ---- the end ---- */

static void tell(struct websocket *socket)
{
	if (socket->is_told)
		return;
	socket->is_told = true;
	if (socket->options.on_close)
		socket->options.on_close(socket->options.arg, socket->code);
}

/* The Close is sent or queued. on_close is called from the loop: the caller may be walking its list of sockets. */
static void begin_closing(struct websocket *socket, int code)
{
	socket->is_closing = true;
	socket->code = code;
	wslay_event_shutdown_read(socket->wslay);
	if (websocket_queued(socket) == 0)
		shutdown(socket->connection->fd, SHUT_WR);
	timer_in(socket->timer, 0);
}

void websocket_close(struct websocket *socket, int code, const char *reason)
{
	uint8_t payload[2 + MAX_REASON_BYTES] = {(uint8_t)(code >> 8), (uint8_t)code};
	size_t length = reason ? text_cut(reason, strlen(reason), MAX_REASON_BYTES) : 0;

	if (socket->is_closing)
		return;
	if (length > 0)
		memcpy(payload + 2, reason, length);
	send_control(socket, WSLAY_CONNECTION_CLOSE, payload, 2 + length);
	begin_closing(socket, code);
}

/* Without a Close: nobody is there to read it. */
static void drop(struct websocket *socket)
{
	if (!socket->is_closing)
		socket->code = CODE_ABNORMAL;
	socket->is_closing = true;
	timer_stop(socket->timer);
	http_connection_close_soon(socket->connection);
}

static void on_connection_closed(void *arg)
{
	struct websocket *socket = arg;

	socket->is_closing = true;
	tell(socket);
	timer_free(&socket->timer);
	wslay_event_context_free(socket->wslay);
	buf_free(&socket->message);
	metric_add(gauge(), -1);
	free(socket);
}

static void on_timer(void *arg)
{
	struct websocket *socket = arg;

	if (socket->is_closing && !socket->is_told) {
		tell(socket);
		timer_in(socket->timer, LINGER_US);
	} else if (socket->is_closing || socket->unanswered_pings++ >= MAX_UNANSWERED_PINGS) {
		drop(socket);
	} else {
		send_control(socket, WSLAY_PING, NULL, 0);
		timer_in(socket->timer, socket->options.ping_every_us);
	}
}

/* ---- in: wslay's callbacks ---- */

static ssize_t on_want_bytes(wslay_event_context_ptr wslay, uint8_t *bytes, size_t size, int flags HILO_UNUSED,
                             void *arg)
{
	struct websocket *socket = arg;
	int got = evbuffer_remove(bufferevent_get_input(socket->bev), bytes, size);

	if (got > 0)
		return got;
	wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

/* wslay sends what it decides itself: Pong, and the Close of a peer that broke the rules. */
static ssize_t on_have_bytes(wslay_event_context_ptr wslay HILO_UNUSED, const uint8_t *bytes, size_t size,
                             int flags HILO_UNUSED, void *arg)
{
	struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};

	send_parts(arg, &part, 1);
	return (ssize_t)size;
}

static bool is_flood(struct websocket *socket)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - socket->controls_since_us >= 1000000) {
		socket->controls_since_us = now_us;
		socket->controls = 0;
	}
	return ++socket->controls > MAX_CONTROLS_A_SECOND;
}

/* Before a byte of the payload is stored. */
static void on_frame(wslay_event_context_ptr wslay HILO_UNUSED, const struct wslay_event_on_frame_recv_start_arg *frame,
                     void *arg)
{
	struct websocket *socket = arg;

	if (socket->is_closing)
		return;
	if (frame->opcode == WSLAY_CONNECTION_CLOSE && frame->payload_length == 1)
		websocket_close(socket, WSLAY_CODE_PROTOCOL_ERROR, "half a status code");
	else if (wslay_is_ctrl_frame(frame->opcode) && is_flood(socket))
		websocket_close(socket, WSLAY_CODE_POLICY_VIOLATION, "too many control frames");
	else if (frame->opcode == WSLAY_BINARY_FRAME && !socket->options.on_binary)
		websocket_close(socket, WSLAY_CODE_UNSUPPORTED_DATA, "text only");
	else if (!wslay_is_ctrl_frame(frame->opcode) &&
	         frame->payload_length > socket->options.max_message_bytes - socket->message.len)
		websocket_close(socket, WSLAY_CODE_MESSAGE_TOO_BIG, "message too big");
	else
		socket->is_control = wslay_is_ctrl_frame(frame->opcode);
}

static void on_payload(wslay_event_context_ptr wslay HILO_UNUSED,
                       const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *arg)
{
	struct websocket *socket = arg;

	if (!socket->is_closing && !socket->is_control)
		buf_append(&socket->message, chunk->data, chunk->data_length);
}

/* wslay answers these itself, in its own time. Its Pong has to leave before the daemon's answer to what follows, and of
 * a reason that comes in pieces it has checked only some. */
static void on_control(struct websocket *socket, const struct wslay_event_on_msg_recv_arg *message)
{
	if (message->opcode == WSLAY_PING)
		wslay_event_send(socket->wslay);
	if (message->opcode == WSLAY_CONNECTION_CLOSE && message->msg_length > 2 &&
	    !text_is_utf8((const char *)message->msg + 2, message->msg_length - 2))
		websocket_close(socket, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA, "reason is not UTF-8");
}

static void on_message(wslay_event_context_ptr wslay HILO_UNUSED, const struct wslay_event_on_msg_recv_arg *message,
                       void *arg)
{
	struct websocket *socket = arg;
	struct buf *data = &socket->message;

	if (socket->is_closing)
		return;
	if (wslay_is_ctrl_frame(message->opcode)) {
		on_control(socket, message);
		return;
	}
	buf_append(data, "", 0); /* a NUL, even in an empty one */
	if (message->opcode == WSLAY_BINARY_FRAME)
		socket->options.on_binary(socket->options.arg, data->data, data->len);
	else if (socket->options.on_text)
		socket->options.on_text(socket->options.arg, data->data, data->len);
	if (data->size > KEPT_BYTES)
		buf_free(data);
	else
		buf_clear(data);
}

/* ---- in: the connection's callbacks ---- */

static void on_read(struct bufferevent *bev, void *arg)
{
	struct websocket *socket = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	bool is_broken;

	if (!socket->is_closing) {
		socket->unanswered_pings = 0;
		is_broken = wslay_event_recv(socket->wslay) < 0;
		if (socket->is_closing) {
			/* a callback closed it; what wslay would add comes too late */
		} else if (is_broken) {
			websocket_close(socket, WSLAY_CODE_PROTOCOL_ERROR, "malformed frame");
		} else {
			wslay_event_send(socket->wslay);
			if (wslay_event_get_close_received(socket->wslay))
				begin_closing(socket, wslay_event_get_status_code_received(socket->wslay));
			else if (!wslay_event_get_read_enabled(socket->wslay))
				begin_closing(socket, wslay_event_get_status_code_sent(socket->wslay));
		}
	}
	if (socket->is_closing)
		evbuffer_drain(input, evbuffer_get_length(input));
}

static void on_written(struct bufferevent *bev HILO_UNUSED, void *arg)
{
	struct websocket *socket = arg;

	if (socket->is_closing)
		shutdown(socket->connection->fd, SHUT_WR);
}

static void on_event(struct bufferevent *bev HILO_UNUSED, short what HILO_UNUSED, void *arg)
{
	drop(arg);
}

/* ---- the beginning ---- */

static struct websocket *take_over(struct http_request *request, const struct websocket_options *options)
{
	static const struct wslay_event_callbacks callbacks = {.recv_callback = on_want_bytes,
	                                                       .send_callback = on_have_bytes,
	                                                       .on_frame_recv_start_callback = on_frame,
	                                                       .on_frame_recv_chunk_callback = on_payload,
	                                                       .on_msg_recv_callback = on_message};
	struct websocket *socket = hilo_new(struct websocket);

	socket->options = *options;
	if (!socket->options.max_message_bytes)
		socket->options.max_message_bytes = 65536;
	if (!socket->options.max_queue_bytes)
		socket->options.max_queue_bytes = 1048576;
	if (!socket->options.ping_every_us)
		socket->options.ping_every_us = 25000000;
	socket->code = CODE_ABNORMAL;
	socket->connection = request->connection;
	socket->bev = socket->connection->bev;
	socket->timer = timer_new(request->server->loop, on_timer, socket);
	if (wslay_event_context_server_init(&socket->wslay, &callbacks, socket) < 0)
		abort();
	wslay_event_config_set_no_buffering(socket->wslay, 1); /* a fragment of one byte would cost it 80 */
	http_connection_take(socket->connection, on_connection_closed, socket);
	bufferevent_setcb(socket->bev, on_read, on_written, on_event, socket);
	bufferevent_enable(socket->bev, EV_READ | EV_WRITE);
	timer_in(socket->timer, socket->options.ping_every_us);
	metric_add(gauge(), 1);
	return socket;
}

struct websocket *websocket_upgrade(struct http_request *request, const char *const *allowed_origins,
                                    const struct websocket_options *options)
{
	char accept[HANDSHAKE_ACCEPT], head[160];
	struct websocket *socket;
	struct iovec part = {.iov_base = head};

	if (!handshake_check(request, allowed_origins, accept))
		return NULL;
	if (http_request_is_gone(request) || request->server->is_draining) {
		http_reply_problem(request, 503, "closing", "The service is closing.");
		return NULL;
	}
	socket = take_over(request, options);
	http_request_end(request, 101);
	part.iov_len = (size_t)snprintf(head, sizeof(head),
	                                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	                                "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
	                                accept);
	send_parts(socket, &part, 1);
	if (evbuffer_get_length(bufferevent_get_input(socket->bev)) > 0) /* frames that came with the request */
		bufferevent_trigger(socket->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
	return socket;
}

void websocket_set_arg(struct websocket *socket, void *arg)
{
	socket->options.arg = arg;
}

/* ---- sending ---- */

static int check_queue(struct websocket *socket, size_t size)
{
	size_t queued = websocket_queued(socket);

	if (socket->is_closing)
		return -EPIPE;
	if (queued == 0 || queued + size <= socket->options.max_queue_bytes)
		return 0;
	websocket_close(socket, CODE_TRY_AGAIN, "too slow");
	return -EMSGSIZE;
}

int websocket_send(struct websocket *socket, const char *text, size_t size)
{
	uint8_t header[MAX_HEADER_BYTES];
	struct iovec parts[2] = {{.iov_base = header, .iov_len = write_header(header, WSLAY_TEXT_FRAME, size)},
	                         {.iov_base = (void *)text, .iov_len = size}};
	int rc = check_queue(socket, size);

	if (rc == 0)
		send_parts(socket, parts, 2);
	return rc;
}

struct websocket_frame *websocket_frame_new(const char *text, size_t size)
{
	struct websocket_frame *frame = hilo_alloc(sizeof(*frame) + MAX_HEADER_BYTES + size);
	size_t header = write_header(frame->bytes, WSLAY_TEXT_FRAME, size);

	memcpy(frame->bytes + header, text, size);
	frame->size = header + size;
	frame->references = 1;
	return frame;
}

void websocket_frame_drop(struct websocket_frame **frame)
{
	if (*frame && --(*frame)->references == 0)
		free(*frame);
	*frame = NULL;
}

static void on_frame_sent(const void *data HILO_UNUSED, size_t size HILO_UNUSED, void *arg)
{
	struct websocket_frame *frame = arg;

	websocket_frame_drop(&frame);
}

int websocket_send_frame(struct websocket *socket, struct websocket_frame *frame)
{
	struct iovec part = {.iov_base = frame->bytes, .iov_len = frame->size};
	int rc = check_queue(socket, frame->size);
	size_t sent;

	if (rc < 0)
		return rc;
	sent = send_directly(socket, &part, 1);
	if (sent == frame->size)
		return 0;
	frame->references++;
	evbuffer_add_reference(output_of(socket), frame->bytes + sent, frame->size - sent, on_frame_sent, frame);
	return 0;
}
