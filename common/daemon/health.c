/* daemon/health.c - /healthz, /readyz and /metrics. */
#include "daemon/internal.h"

static void on_healthz(struct http_request *request, void *arg)
{
	static const char alive[] = "{\"alive\":true}\n";

	(void)arg;
	http_reply_json(request, 200, alive, sizeof(alive) - 1);
}

/* check - collects the reasons why not, one a line. */
static bool check(struct daemon *daemon, struct buf *why)
{
	bool is_ready = true;

	if (daemon->is_draining) {
		buf_puts(why, "draining\n");
		is_ready = false;
	}
	if (daemon->db && !db_is_ready(daemon->db)) {
		buf_puts(why, "no database\n");
		is_ready = false;
	}
	if (daemon->spec->check_ready)
		is_ready &= daemon->spec->check_ready(daemon, why);
	return is_ready;
}

static void on_readyz(struct http_request *request, void *arg)
{
	HILO_AUTO(buf) struct buf why = {0};
	HILO_AUTO(buf) struct buf json = {0};
	bool is_ready = check(arg, &why);
	char *rest = why.data;
	const char *comma = "";

	buf_printf(&json, "{\"ready\":%s,\"reasons\":[", is_ready ? "true" : "false");
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		if (!*line)
			continue;
		buf_puts(&json, comma);
		buf_json_string(&json, line);
		comma = ",";
	}
	buf_puts(&json, "]}\n");
	http_reply_json(request, is_ready ? 200 : 503, json.data, json.len);
}

static void free_text(const void *data, size_t size, void *arg)
{
	(void)data;
	(void)size;
	free(arg);
}

static void on_metrics(struct http_request *request, void *arg)
{
	struct buf text = {0};
	struct evbuffer *body = evbuffer_new();
	size_t size;
	char *data;

	(void)arg;
	metric_write(&text);
	size = text.len;
	data = buf_steal(&text);
	evbuffer_add_reference(body, data, size, free_text, data);
	http_reply_buffer(request, 200, "text/plain; version=0.0.4; charset=utf-8", body);
	evbuffer_free(body);
}

static const struct http_route routes[] = {
        {HTTP_GET, "/healthz", on_healthz, 0},
        {HTTP_GET, "/readyz", on_readyz, 0},
        {HTTP_GET, "/metrics", on_metrics, 0},
        {0},
};

int health_open(struct daemon *daemon)
{
	const struct http_server_options options = {
	        .address = daemon->settings.health_address,
	        .routes = routes,
	        .arg = daemon,
	        .max_body_bytes = 1024,
	        .max_connections = 64,
	};

	return http_server_new(daemon->loop, &options, &daemon->health);
}
