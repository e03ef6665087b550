/* pipeline_sockets.h - the benchmark's agents: WebSocket clients of /api/v1/stream that note when each message arrives. */
#pragma once

#include "loop/loop.h"

struct sockets;

struct sockets_options {
	struct loop *loop;
	const char *host;
	int port;
	const char *const *tokens; /* one session token a socket */
	size_t count;
	/* on_message - the message numbered `number` arrived on a socket; routed_us: when routing attached it. */
	void (*on_message)(void *arg, int64_t number, int64_t routed_us);
	void *arg;
};

/* sockets_open - connects all; sockets_ready once every one has had its first frame. */
struct sockets *sockets_open(const struct sockets_options *options);
bool sockets_ready(const struct sockets *sockets);
void sockets_close(struct sockets **sockets);
