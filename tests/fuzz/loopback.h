/* loopback.h - a server of this process and one client that sends the fuzzer's bytes to it. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "http/http.h"

static inline int loopback_connect(const struct http_server *server)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd connected = {.fd = fd, .events = POLLOUT};

	to.sin_port = htons((uint16_t)http_server_port(server));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		abort();
	while (poll(&connected, 1, -1) < 0) /* libFuzzer's alarm may interrupt */
		if (errno != EINTR)
			abort();
	return fd;
}

#define LOOPBACK_STATUS 13 /* "HTTP/1.1 200" and its NUL */

/* loopback_hear - one turn of the loop; of what comes the beginning is kept while answer is empty. Returns: false when
 * the server has closed. */
static inline bool loopback_hear(struct loop *loop, int fd, char answer[LOOPBACK_STATUS])
{
	char bytes[4096];
	ssize_t got;

	event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
	while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		if (!*answer && got >= LOOPBACK_STATUS - 1)
			memcpy(answer, bytes, LOOPBACK_STATUS - 1);
	return got < 0 && errno == EAGAIN;
}

/* loopback_turn - one turn of the loop; what comes is thrown away. Returns: as loopback_hear. */
static inline bool loopback_turn(struct loop *loop, int fd)
{
	char nothing[LOOPBACK_STATUS] = "-";

	return loopback_hear(loop, fd, nothing);
}

/* loopback_send - Returns: false when the server has closed. */
static inline bool loopback_send(struct loop *loop, int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);

		if (sent > 0) {
			at += sent;
			size -= (size_t)sent;
		} else if (errno != EAGAIN || !loopback_turn(loop, fd)) {
			return false;
		}
	}
	return true;
}

/* loopback_close - with an RST, so that a million of them leave no port behind. */
static inline void loopback_close(struct loop *loop, int fd)
{
	struct linger linger = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
	for (int i = 0; i < 4; i++)
		event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
}
