/* tests/unit/common/http/wire.h - a client that speaks bytes, and a server of this process, on one loop. */
#pragma once

#include "base/buf.h"
#include "http/http.h"
#include "testing/testing.h"

#define WIRE_DEADLINE_US 5000000

struct wire {
	struct loop *loop;
	struct http_server *server;
	int handled;               /* by handlers that count */
	struct http_request *kept; /* by the handler that does not answer */
};

struct wire_socket {
	struct wire *wire;
	int fd;
	bool is_over; /* the server has closed */
	struct buf in;
};

/* wire_begin - a server on a free port of the loopback; options.arg is the wire, and .address filled in if it is NULL. */
void wire_begin(struct wire *wire, struct http_server_options options);
void wire_end(struct wire *wire);

void wire_connect(struct wire *wire, struct wire_socket *socket);
/* wire_connect_small - with a receive buffer of a few kB, for a reader that does not read. */
void wire_connect_small(struct wire *wire, struct wire_socket *socket);
void wire_send(struct wire_socket *socket, const void *data, size_t size);
void wire_puts(struct wire_socket *socket, const char *text);
/* wire_turn - turns the loop once without waiting, and reads what has come. */
void wire_turn(struct wire_socket *socket);
/* wire_until - turns the loop until the text has come, from offset on. Returns: the offset behind it. Fails the test
 * when the server closes first or nothing comes in time. */
size_t wire_until(struct wire_socket *socket, size_t from, const char *text);
/* wire_until_bytes - until so many bytes have come. */
void wire_until_bytes(struct wire_socket *socket, size_t size);
/* wire_until_over - until the server closes. */
void wire_until_over(struct wire_socket *socket);
void wire_turn_for(struct wire_socket *socket, int64_t duration_us);
/* wire_consume - forgets the first bytes. */
void wire_consume(struct wire_socket *socket, size_t size);
void wire_close(struct wire_socket *socket);
/* wire_reset - closes with an RST. */
void wire_reset(struct wire_socket *socket);

/* wire_ask - one request on a connection of its own, sent whole; the answer until the server closes it. */
void wire_ask(struct wire *wire, struct wire_socket *socket, const char *request);
