/* pipeline_sockets.c - a WebSocket client just good enough to count frames of our own server. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "pipeline_sockets.h"

struct agent_socket {
	struct sockets *all;
	struct bufferevent *bev;
	const char *token;
	bool upgraded, heard;
};

struct sockets {
	struct sockets_options options;
	struct agent_socket *agents;
	size_t heard;
};

static const char marker[] = "\"preview\":\"bench ";
static const char occurred[] = "\"occurred_at\":\"";

static void fatal(const char *what)
{
	log_error("bench.socket", "what=%s", what);
	exit(1);
}

/* one masked text frame; the mask is zero, which is legal and keeps the payload readable in a trace */
static void send_text(struct bufferevent *bev, const char *text, size_t size)
{
	uint8_t head[8] = {0x81};
	size_t head_size = 2;
	if (size < 126) {
		head[1] = (uint8_t)(0x80 | size);
	} else {
		head[1] = 0x80 | 126;
		head[2] = (uint8_t)(size >> 8);
		head[3] = (uint8_t)size;
		head_size = 4;
	}
	memset(head + head_size, 0, 4);
	bufferevent_write(bev, head, head_size + 4);
	bufferevent_write(bev, text, size);
}

static void send_pong(struct bufferevent *bev, const uint8_t *payload, size_t size)
{
	uint8_t head[6] = {0x8a, (uint8_t)(0x80 | size)};
	bufferevent_write(bev, head, sizeof(head));
	bufferevent_write(bev, payload, size);
}

/* the last time stamp before `at`: it stands in the same event object, ahead of the preview */
static int64_t stamp_before(const char *text, const char *at)
{
	const char *stamp = NULL;
	for (const char *next = text; (next = memmem(next, (size_t)(at - next), occurred, sizeof(occurred) - 1));)
		stamp = next += sizeof(occurred) - 1;
	if (!stamp)
		return 0;
	char copy[CLOCK_TEXT] = "";
	int64_t time_us = 0;
	memcpy(copy, stamp, HILO_MIN(strcspn(stamp, "\""), sizeof(copy) - 1));
	clock_parse(copy, &time_us);
	return time_us;
}

static void count_messages(struct agent_socket *agent, const char *text, size_t size)
{
	struct sockets_options *options = &agent->all->options;
	const char *end = text + size, *from = text;
	for (const char *at = text; (at = memmem(at, (size_t)(end - at), marker, sizeof(marker) - 1));) {
		at += sizeof(marker) - 1;
		options->on_message(options->arg, strtoll(at, NULL, 10), stamp_before(from, at));
		from = at;
	}
}

static void on_frame(struct agent_socket *agent, uint8_t opcode, const uint8_t *payload, size_t size)
{
	if (opcode == 0x9) {
		send_pong(agent->bev, payload, HILO_MIN(size, (size_t)125));
		return;
	}
	if (opcode == 0x8)
		fatal("the gateway closed a socket");
	if (!agent->heard) {
		agent->heard = true;
		agent->all->heard++;
	}
	count_messages(agent, (const char *)payload, size);
}

/* Returns: bytes of one whole frame taken, 0 when more are needed */
static size_t take_frame(struct agent_socket *agent, const uint8_t *data, size_t have)
{
	if (have < 2)
		return 0;
	uint64_t size = data[1] & 0x7f;
	size_t head = 2;
	if (size == 126)
		head = 4;
	else if (size == 127)
		head = 10;
	if (have < head)
		return 0;
	if (head > 2) {
		size = 0;
		for (size_t i = 2; i < head; i++)
			size = size << 8 | data[i];
	}
	if (have < head + size)
		return 0;
	on_frame(agent, data[0] & 0x0f, data + head, size);
	return head + size;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct agent_socket *agent = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	if (!agent->upgraded) {
		struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
		if (end.pos < 0)
			return;
		if (memcmp(evbuffer_pullup(input, 12), "HTTP/1.1 101", 12))
			fatal("upgrade refused");
		evbuffer_drain(input, (size_t)end.pos + 4);
		agent->upgraded = true;
		HILO_AUTO(buf) struct buf auth = {0};
		buf_printf(&auth, "{\"auth\":\"%s\"}", agent->token);
		send_text(bev, auth.data, auth.len);
	}
	for (size_t have; (have = evbuffer_get_length(input)) > 0;) {
		size_t taken = take_frame(agent, evbuffer_pullup(input, -1), have);
		if (!taken)
			return;
		evbuffer_drain(input, taken);
	}
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct agent_socket *agent = arg;
	(void)bev;
	(void)agent;
	if (what & (BEV_EVENT_ERROR | BEV_EVENT_EOF))
		fatal("socket lost");
}

struct sockets *sockets_open(const struct sockets_options *options)
{
	struct sockets *all = hilo_new(struct sockets);
	all->options = *options;
	all->agents = hilo_alloc_array(options->count, sizeof(*all->agents));
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
	inet_pton(AF_INET, options->host, &to.sin_addr);
	for (size_t i = 0; i < options->count; i++) {
		struct agent_socket *agent = &all->agents[i];
		agent->all = all;
		agent->token = options->tokens[i];
		agent->bev = bufferevent_socket_new(loop_base(options->loop), -1, BEV_OPT_CLOSE_ON_FREE);
		bufferevent_setcb(agent->bev, on_read, NULL, on_event, agent);
		bufferevent_enable(agent->bev, EV_READ | EV_WRITE);
		evbuffer_add_printf(bufferevent_get_output(agent->bev),
				    "GET /api/v1/stream?scope=mine HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n"
				    "Connection: Upgrade\r\nSec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n"
				    "Sec-WebSocket-Version: 13\r\n\r\n",
				    options->host, options->port);
		if (bufferevent_socket_connect(agent->bev, (struct sockaddr *)&to, sizeof(to)))
			fatal("connect");
	}
	return all;
}

bool sockets_ready(const struct sockets *all)
{
	return all->heard == all->options.count;
}

void sockets_close(struct sockets **all)
{
	if (!*all)
		return;
	for (size_t i = 0; i < (*all)->options.count; i++)
		bufferevent_free((*all)->agents[i].bev);
	free((*all)->agents);
	hilo_free_pointer(all);
}
