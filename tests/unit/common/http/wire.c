/* tests/unit/common/http/wire.c - a raw client; it reads and the server answers in turns of one loop. */
#include "wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

void wire_begin(struct wire *wire, struct http_server_options options)
{
	*wire = (struct wire){.loop = loop_new()};
	options.address = options.address ? options.address : "127.0.0.1:0";
	options.arg = wire;
	assert_int_equal(http_server_new(wire->loop, &options, &wire->server), 0);
}

void wire_end(struct wire *wire)
{
	http_server_free(&wire->server);
	loop_free(&wire->loop);
}

static void connect_with(struct wire *wire, struct wire_socket *s, int receive_bytes)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;

	*s = (struct wire_socket){.wire = wire, .fd = socket(AF_INET, SOCK_STREAM, 0)};
	to.sin_port = htons((uint16_t)http_server_port(wire->server));
	if (receive_bytes)
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	assert_int_equal(connect(s->fd, (struct sockaddr *)&to, sizeof(to)), 0);
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
}

void wire_connect(struct wire *wire, struct wire_socket *s)
{
	connect_with(wire, s, 0);
}

void wire_connect_small(struct wire *wire, struct wire_socket *s)
{
	connect_with(wire, s, 4096);
}

void wire_send(struct wire_socket *s, const void *data, size_t size)
{
	const char *at = data;
	int64_t end_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (size > 0) {
		ssize_t sent = send(s->fd, at, size, MSG_NOSIGNAL);

		if (sent > 0) {
			at += sent;
			size -= (size_t)sent;
			continue;
		}
		if (errno != EAGAIN)
			return; /* the server has had enough: the test looks at its answer */
		event_base_loop(loop_base(s->wire->loop), EVLOOP_NONBLOCK);
		assert_true(clock_monotonic_us() < end_us);
	}
}

void wire_puts(struct wire_socket *s, const char *text)
{
	wire_send(s, text, strlen(text));
}

void wire_turn(struct wire_socket *s)
{
	event_base_loop(loop_base(s->wire->loop), EVLOOP_NONBLOCK);
	while (!s->is_over) {
		ssize_t got = recv(s->fd, buf_reserve(&s->in, 65536), 65536, 0);

		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0)
			s->is_over = true;
		else
			s->in.len += (size_t)got;
		s->in.data[s->in.len] = '\0';
	}
}

size_t wire_until(struct wire_socket *s, size_t from, const char *text)
{
	int64_t end_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	for (;;) {
		const char *found =
		        s->in.len > from ? memmem(s->in.data + from, s->in.len - from, text, strlen(text)) : NULL;

		if (found)
			return (size_t)(found - s->in.data) + strlen(text);
		if (s->is_over || clock_monotonic_us() > end_us)
			fail_msg("no \"%s\" in \"%s\"", text, s->in.len ? s->in.data : "");
		wire_turn(s);
	}
}

void wire_until_bytes(struct wire_socket *s, size_t size)
{
	int64_t end_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (s->in.len < size) {
		if (s->is_over || clock_monotonic_us() > end_us)
			fail_msg("%zu of %zu bytes", s->in.len, size);
		wire_turn(s);
	}
}

void wire_until_over(struct wire_socket *s)
{
	int64_t end_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (!s->is_over) {
		if (clock_monotonic_us() > end_us)
			fail_msg("still open after \"%s\"", s->in.len ? s->in.data : "");
		wire_turn(s);
	}
}

void wire_turn_for(struct wire_socket *s, int64_t duration_us)
{
	int64_t end_us = clock_monotonic_us() + duration_us;

	while (clock_monotonic_us() < end_us)
		wire_turn(s);
}

void wire_consume(struct wire_socket *s, size_t size)
{
	assert_true(size <= s->in.len);
	memmove(s->in.data, s->in.data + size, s->in.len - size);
	s->in.len -= size;
}

void wire_close(struct wire_socket *s)
{
	close(s->fd);
	buf_free(&s->in);
}

void wire_reset(struct wire_socket *s)
{
	struct linger linger = {.l_onoff = 1};

	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	wire_close(s);
}

void wire_ask(struct wire *wire, struct wire_socket *s, const char *request)
{
	wire_connect(wire, s);
	wire_puts(s, request);
	wire_until_over(s);
}
