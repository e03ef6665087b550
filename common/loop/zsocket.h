/* loop/zsocket.h - ZeroMQ sockets in the event loop, drained as they must be.
 * ZMQ_FD is an edge: a handler that receives once per wake-up loses almost everything. Here every wake-up drains to
 * EAGAIN (at most a slice, then re-arms itself), ZMQ_EVENTS is read again after every send and receive, and a 100 ms
 * safety tick counts what it finds (metric hilo_zmq_missed_wakeups_total, expected 0). */
#pragma once

#include <zmq.h>

#include "loop/loop.h"

#define ZSOCKET_MAX_PARTS 8
#define ZSOCKET_MAX_BYTES (4 * 1024 * 1024) /* ZMQ_MAXMSGSIZE on every socket */

#define ZSOCKET_KEY_TEXT 40 /* characters of a key in Z85 */

struct zsocket;

/* CURVE keys in Z85 text (40 characters). A server socket sets secret_key only; a client all three. NULL members: no
 * CURVE, allowed for ipc:// and inproc:// only. */
struct zsocket_curve {
	const char *server_key; /* client: the server's public key */
	const char *public_key;
	const char *secret_key;
	bool is_server;
};

struct zsocket_options {
	int type;            /* ZMQ_PUB, ZMQ_SUB, ZMQ_XPUB, ZMQ_REP, … */
	int high_water_mark; /* messages, both directions; 0: 1000 */
	struct zsocket_curve curve;
	/* on_message - one whole message; parts are borrowed until it returns. NULL for sockets that only send.
	 * A message of more than ZSOCKET_MAX_PARTS is dropped and counted. */
	void (*on_message)(void *arg, zmq_msg_t *parts, size_t count);
	void *arg;
};

/* zsocket_context - the process's context, made at first use. */
void *zsocket_context(void);
/* zsocket_new - Returns: 0 and *ret owned by the caller (zsocket_free(), linger 0, also from its own on_message), or
 * negative errno; -EINVAL for a key that is none. */
int zsocket_new(struct loop *loop, const struct zsocket_options *options, struct zsocket **ret);
void zsocket_free(struct zsocket **socket);
/* zsocket_bind - ret_endpoint (may be NULL, else 256 bytes) gets the endpoint in full, for tcp://127.0.0.1:*. */
int zsocket_bind(struct zsocket *socket, const char *endpoint, char *ret_endpoint); /* -EPERM: tcp:// without CURVE */
int zsocket_connect(struct zsocket *socket, const char *endpoint);
int zsocket_disconnect(struct zsocket *socket, const char *endpoint);
int zsocket_subscribe(struct zsocket *socket, const void *prefix, size_t size);
/* zsocket_send - all parts or none, never blocking. Returns: 0, -EAGAIN (dropped: nobody is promised anything). */
int zsocket_send(struct zsocket *socket, const struct iovec *parts, size_t count);
/* zsocket_pause, zsocket_resume - stop and restart receiving; meanwhile messages wait up to the high-water mark. */
void zsocket_pause(struct zsocket *socket);
void zsocket_resume(struct zsocket *socket);
/* zsocket_allow_only - server sockets: ZAP handler in this process that admits only these client public keys (Z85) and
 * logs refusals. Call before the first bind with CURVE; a later call replaces the list for new connections.
 * Returns: 0, -EINVAL (not a key: nothing changes), or another negative errno. */
int zsocket_allow_only(struct loop *loop, const char *const *client_keys, size_t count);
/* zsocket_allow_end - takes the handler away, before its loop is freed. */
void zsocket_allow_end(void);
