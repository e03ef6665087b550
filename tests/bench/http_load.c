/* http_load.c - how much the HTTP layer carries: a server in a process of its own, a client in this one, on the loopback.
 * Prints one JSON object.
 *
 *   http_load [SECONDS] [CONNECTIONS] [SOCKETS]    (5 64 10000; the descriptor limit must allow SOCKETS in each process) */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/websocket.h"

#define FAN_OUT 1000
#define FRAME_BYTES 300
#define FAN_OUT_ROUNDS 20
#define GET "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
#define UPGRADE                                                                                                        \
	"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"    \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

/* ---- the server ---- */

static struct {
	struct websocket *sockets[100000];
	size_t count;
} app;

static void on_hello(struct http_request *request, void *arg HILO_UNUSED)
{
	http_reply_json(request, 200, "{\"hello\":\"world\"}", 17);
}

static void on_upgrade(struct http_request *request, void *arg HILO_UNUSED)
{
	static const struct websocket_options options = {0};
	struct websocket *socket = websocket_upgrade(request, NULL, &options);

	if (socket && app.count < HILO_COUNT(app.sockets))
		app.sockets[app.count++] = socket;
}

/* Mean microseconds of one frame to FAN_OUT sockets; the client reads between the rounds. */
static void on_fan_out(struct http_request *request, void *arg HILO_UNUSED)
{
	static const char text[FRAME_BYTES];
	HILO_AUTO(buf) struct buf json = {0};
	struct websocket_frame *frame;
	int64_t start_us = clock_monotonic_us();

	frame = websocket_frame_new(text, sizeof(text));
	for (size_t i = 0; i < HILO_MIN(app.count, FAN_OUT); i++)
		websocket_send_frame(app.sockets[i], frame);
	websocket_frame_drop(&frame);
	buf_printf(&json, "%lld", (long long)(clock_monotonic_us() - start_us));
	http_reply_json(request, 200, json.data, json.len);
}

static void on_memory(struct http_request *request, void *arg HILO_UNUSED)
{
	HILO_AUTO(buf) struct buf json = {0};
	FILE *file = fopen("/proc/self/statm", "r");
	long size, resident;

	if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
		abort();
	fclose(file);
	buf_printf(&json, "%ld", resident * sysconf(_SC_PAGESIZE));
	http_reply_json(request, 200, json.data, json.len);
}

static const struct http_route routes[] = {{HTTP_GET, "/hello", on_hello, 0},
					   {HTTP_GET, "/ws", on_upgrade, 0},
					   {HTTP_GET, "/fan-out", on_fan_out, 0},
					   {HTTP_GET, "/memory", on_memory, 0},
					   {0}};

/* Returns: the port; the child serves until it is killed. */
static int serve(pid_t *ret_child)
{
	int pipe_fds[2], port;

	if (pipe(pipe_fds) < 0 || (*ret_child = fork()) < 0)
		abort();
	if (*ret_child == 0) {
		struct loop *loop = loop_new();
		struct http_server *server;
		static const struct http_server_options options = {.address = "127.0.0.1:0", .routes = routes};

		log_open("http_load", LOG_WARN_LEVEL);
		if (http_server_new(loop, &options, &server) < 0)
			_exit(1);
		port = http_server_port(server);
		if (write(pipe_fds[1], &port, sizeof(port)) != sizeof(port))
			_exit(1);
		loop_run(loop);
		_exit(0);
	}
	if (read(pipe_fds[0], &port, sizeof(port)) != sizeof(port))
		abort();
	return port;
}

/* ---- the client ---- */

static int connect_to(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_port = htons((uint16_t)port);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

static void send_all(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		abort();
}

/* Returns: bytes of one whole answer. */
static size_t read_answer(int fd, char *answer, size_t size)
{
	ssize_t got = recv(fd, answer, size - 1, 0);

	if (got <= 0)
		abort();
	answer[got] = '\0';
	return (size_t)got;
}

static int64_t ask_number(int port, const char *request)
{
	char answer[1024];
	int fd = connect_to(port);

	send_all(fd, request);
	read_answer(fd, answer, sizeof(answer));
	close(fd);
	return atoll(strstr(answer, "\r\n\r\n") + 4);
}

/* One request under way on each connection. Returns: requests a second. */
static double requests_a_second(int port, int connections, int64_t duration_us)
{
	int epoll = epoll_create1(0);
	struct epoll_event events[256];
	char answer[1024];
	size_t answer_bytes = 0;
	uint64_t bytes = 0;
	int64_t start_us = clock_monotonic_us(), now_us = start_us;

	for (int i = 0; i < connections; i++) {
		int fd = connect_to(port);
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

		send_all(fd, GET);
		answer_bytes = read_answer(fd, answer, sizeof(answer));
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
		send_all(fd, GET);
	}
	for (start_us = clock_monotonic_us(); now_us < start_us + duration_us; now_us = clock_monotonic_us()) {
		int count = epoll_wait(epoll, events, HILO_COUNT(events), 100);

		for (int i = 0; i < count; i++) {
			bytes += read_answer(events[i].data.fd, answer, sizeof(answer));
			send_all(events[i].data.fd, GET);
		}
	}
	close(epoll);
	return (double)bytes / (double)answer_bytes / ((double)(now_us - start_us) / 1e6);
}

static int64_t median(int64_t *values, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0 && values[j] < values[j - 1]; j--) {
			int64_t swapped = values[j];

			values[j] = values[j - 1];
			values[j - 1] = swapped;
		}
	return values[count / 2];
}

static void measure_sockets(int port, int sockets, struct buf *json)
{
	HILO_AUTO_FREE int *fds = hilo_alloc_array((size_t)sockets, sizeof(*fds));
	int64_t before_bytes = ask_number(port, "GET /memory HTTP/1.1\r\nHost: a\r\n\r\n");
	int64_t start_us = clock_monotonic_us(), opened_us, fan_out_us[FAN_OUT_ROUNDS];
	char answer[4096];

	for (int i = 0; i < sockets; i++) {
		fds[i] = connect_to(port);
		send_all(fds[i], UPGRADE);
		read_answer(fds[i], answer, sizeof(answer));
	}
	opened_us = clock_monotonic_us() - start_us;
	buf_printf(json, ",\"sockets\":%d,\"open_ms\":%lld,\"bytes_a_socket\":%lld", sockets, (long long)opened_us / 1000,
		   (long long)(ask_number(port, "GET /memory HTTP/1.1\r\nHost: a\r\n\r\n") - before_bytes) / sockets);
	for (int round = 0; round < FAN_OUT_ROUNDS; round++) {
		fan_out_us[round] = ask_number(port, "GET /fan-out HTTP/1.1\r\nHost: a\r\n\r\n");
		for (int i = 0; i < HILO_MIN(sockets, FAN_OUT); i++)
			read_answer(fds[i], answer, sizeof(answer));
	}
	buf_printf(json, ",\"fan_out_sockets\":%d,\"fan_out_us\":%lld", HILO_MIN(sockets, FAN_OUT),
		   (long long)median(fan_out_us, FAN_OUT_ROUNDS));
}

static int argument(int argc, char **argv, int at, int fallback)
{
	int64_t value = fallback;

	if (argc > at && text_to_i64(argv[at], 1, 100000, &value) < 0) {
		fprintf(stderr, "usage: http_load [SECONDS] [CONNECTIONS] [SOCKETS]\n");
		exit(2);
	}
	return (int)value;
}

int main(int argc, char **argv)
{
	HILO_AUTO(buf) struct buf json = {0};
	int seconds = argument(argc, argv, 1, 5), connections = argument(argc, argv, 2, 64);
	int sockets = argument(argc, argv, 3, 10000);
	struct rlimit limit;
	pid_t child;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	int port = serve(&child);
	buf_printf(&json, "{\"connections\":%d,\"requests_a_second\":%.0f", connections,
		   requests_a_second(port, connections, (int64_t)seconds * 1000000));
	measure_sockets(port, sockets, &json);
	printf("%s}\n", json.data);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	return 0;
}
