/* daemon/probe.c - asks a running daemon whether it is ready; a short-lived process of its own, so it may block. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/internal.h"

#define LIMIT_S 2

static void on_alarm(int signal_number)
{
	(void)signal_number;
	_exit(1);
}

/* connect_to - an address that stands for all interfaces is asked on loopback, which is what the kernel makes of it. */
static int connect_to(const char *address)
{
	struct sockaddr_storage where;
	int length = sizeof(where), fd;

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&where, &length) != 0)
		return -EINVAL;
	fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&where, (socklen_t)length) == 0)
		return fd;
	return -errno;
}

/* exchange - the whole answer, NUL-terminated. Returns: its length or negative errno. */
static ssize_t exchange(int fd, char *answer, size_t size)
{
	static const char request[] = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	size_t length = 0;
	ssize_t got;

	if (write(fd, request, sizeof(request) - 1) != (ssize_t)sizeof(request) - 1)
		return -EIO;
	while (length < size - 1 && (got = read(fd, answer + length, size - 1 - length)) > 0)
		length += (size_t)got;
	answer[length] = '\0';
	return (ssize_t)length;
}

int probe(const char *address)
{
	char answer[8192];
	const char *body;
	ssize_t length;
	int fd;

	signal(SIGALRM, on_alarm);
	alarm(LIMIT_S);
	fd = connect_to(address);
	length = fd < 0 ? fd : exchange(fd, answer, sizeof(answer));
	if (length < 0) {
		fprintf(stderr, "%s: %s\n", address, strerror((int)-length));
		return 1;
	}
	body = strstr(answer, "\r\n\r\n");
	fputs(body ? body + 4 : answer, stdout);
	return strncmp(answer, "HTTP/1.1 200 ", 13) != 0;
}
