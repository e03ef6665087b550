/* fuzz_http_server.c - the gate and evhttp read the same requests out of the same bytes. */
#include "http/gate.h"
#include "loopback.h"

static int handled;

static void on_request(struct http_request *request, void *arg HILO_UNUSED)
{
	size_t size;

	handled++;
	http_request_body(request, &size);
	http_request_query(request, "q");
	http_request_cookie(request, "c");
	http_reply_json(request, 200, http_request_param(request, "*"), strlen(http_request_param(request, "*")));
}

static const struct http_route routes[] = {
	{HTTP_GET | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE | HTTP_OPTIONS, "/*", on_request, 0}, {0}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct loop *loop;
	static struct http_server *server;
	static const struct http_server_options options = {.address = "127.0.0.1:0",
							   .routes = routes,
							   .max_header_bytes = 512,
							   .max_body_bytes = 64};
	static const struct gate_limits limits = {.header_bytes = 512, .headers = 100, .body_bytes = 64};
	struct gate gate;
	bool is_open;
	int fd;

	if (!loop) {
		loop = loop_new();
		log_open("fuzz", LOG_ERROR_LEVEL);
		if (http_server_new(loop, &options, &server) < 0)
			abort();
	}
	handled = 0;
	gate_init(&gate, &limits);
	gate_feed(&gate, data, size);
	fd = loopback_connect(server);
	is_open = loopback_send(loop, fd, data, size);
	for (int i = 0; i < 20 + 4 * (int)gate.passed && is_open; i++)
		is_open = loopback_turn(loop, fd);
	if (handled > (int)gate.passed) /* evhttp has seen a request that the gate has not */
		abort();
	if (is_open && gate_phase(&gate) == GATE_REFUSED)
		abort();
	loopback_close(loop, fd);
	return 0;
}
