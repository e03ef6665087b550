/* http/websocket.h - RFC 6455 server side, by wslay on the connection's bufferevent. */
#pragma once

#include "http/http.h"

struct websocket;

struct websocket_options {
	size_t max_message_bytes; /* incoming, all fragments; 0: 64 KiB. Larger: closed with 1009 */
	size_t max_queue_bytes;   /* outgoing; a peer that does not read is cut with 1013. 0: 1 MiB */
	int64_t ping_every_us;    /* 0: 25 s; two unanswered pings close */
	/* text frames are checked to be UTF-8 (1007). Binary frames are refused with 1003 unless on_binary is set. */
	void (*on_text)(void *arg, const char *text, size_t size);
	void (*on_binary)(void *arg, const void *data, size_t size);
	/* on_close - exactly once, however it ended; the socket pointer is dead when it returns. */
	void (*on_close)(void *arg, int code);
	void *arg;
};

/* websocket_upgrade - answers a GET with 101 and takes the connection over; the request is ended.
 * allowed_origins: NULL-terminated list of "https://host[:port]", compared exactly; NULL: any. A missing Origin header is
 * allowed (not a browser).
 * Returns: the socket (closes itself; websocket_close() to end it), or NULL after a 400/403/426 problem reply. */
struct websocket *websocket_upgrade(struct http_request *request, const char *const *allowed_origins,
				    const struct websocket_options *options);
void websocket_set_arg(struct websocket *socket, void *arg);
/* websocket_send - one text frame. Returns: 0; -EMSGSIZE when the queue is over its limit (the socket is being closed);
 * -EPIPE when it was being closed already. on_close is never called from here. */
int websocket_send(struct websocket *socket, const char *text, size_t size);
/* A text frame made once and shared by many sockets: fan-out without copies. */
struct websocket_frame;
struct websocket_frame *websocket_frame_new(const char *text, size_t size); /* one reference, websocket_frame_drop() */
void websocket_frame_drop(struct websocket_frame **frame);
int websocket_send_frame(struct websocket *socket, struct websocket_frame *frame);
/* websocket_close - sends Close(code, reason) and ends; on_close is called soon after, from the loop. */
void websocket_close(struct websocket *socket, int code, const char *reason);
size_t websocket_queued(const struct websocket *socket); /* bytes not yet taken by the kernel */
