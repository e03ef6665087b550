/* chat.c - the daemon put together, and taken apart. */
#include "chat.h"

#include <sodium.h>

#include "base/text.h"
#include "bus_sql.h"
#include "channel_sql.h"
#include "inboxes.h"
#include "live.h"

#define BODY_MAX (10 * 1024 * 1024 + 4096) /* an upload */

/* "https://host:port" of an address with or without a path */
static char *origin_of(const char *url)
{
	const char *host = strstr(url, "://");
	size_t size = host ? (size_t)(host + 3 - url) : 0;

	size += strcspn(url + size, "/?#");
	return hilo_strndup(url, size);
}

/* The consumer's batches have a connection of their own. */
static int open_channel(struct chat *chat)
{
	const struct db_catalogue catalogues[] = {
		{channel_catalogue, channel_catalogue_count}, {bus_catalogue, bus_catalogue_count}, {0}};
	const struct db_options db_options = {.dsn = daemon_dsn(chat->daemon),
					      .catalogues = catalogues,
					      .connections = 1,
					      .application_name = "hilo-chat consumer"};
	chat->consumer_db = db_open(chat->loop, &db_options);
	const struct channel_options options = {
		.loop = chat->loop,
		.db = chat->db,
		.consumer_db = chat->consumer_db,
		.bus = chat->bus,
		.settings = &chat->channel_settings,
		.channel = HILO__V1__CHANNEL__CHANNEL_CHAT,
		.max_parallel = 256, /* nothing is waited for */
		.send = live_send,
		.test = inbox_test,
		.arg = chat,
	};
	chat->channel = channel_open(&options);
	return chat->channel ? 0 : -EIO; /* it has said why */
}

static size_t routes_count(const struct http_route *routes)
{
	size_t count = 0;

	while (routes[count].handle)
		count++;
	return count;
}

static int listen_http(struct chat *chat)
{
	size_t live = routes_count(live_routes), front = routes_count(front_routes);

	chat->routes = hilo_alloc_array(live + front + 1, sizeof(*chat->routes));
	memcpy(chat->routes, live_routes, live * sizeof(*chat->routes));
	memcpy(chat->routes + live, front_routes, front * sizeof(*chat->routes));
	const struct http_server_options options = {
		.address = chat->settings.http_address,
		.routes = chat->routes,
		.arg = chat,
		.max_body_bytes = BODY_MAX,
	};
	int rc = http_server_new(chat->loop, &options, &chat->server);

	if (rc < 0)
		log_error("start.failed", "address=%s error=%s", options.address, strerror(-rc));
	else
		log_info("listening", "address=%s port=%d", options.address, http_server_port(chat->server));
	return rc;
}

int chat_start(struct daemon *daemon)
{
	struct chat *chat = daemon_state(daemon);
	int rc;

	chat->daemon = daemon;
	chat->loop = daemon_loop(daemon);
	chat->db = daemon_db(daemon);
	chat->kv = daemon_kv(daemon);
	chat->bus = daemon_bus(daemon);
	if (sodium_init() < 0 || text_unhex(chat->settings.seal_key, chat->seal_key, sizeof(chat->seal_key)) < 0) {
		log_error("start.failed", "error=%s", "HILO_SEAL_KEY must be 64 hex digits");
		return -EINVAL;
	}
	chat->origin = origin_of(chat->settings.public_url);
	chat->params = db_params_new();
	rc = open_channel(chat);
	if (rc < 0)
		return rc;
	chat->inboxes = inboxes_new(chat);
	chat->front = front_new(chat);
	chat->live = live_new(chat);
	return listen_http(chat);
}

static void on_channel_drained(void *arg)
{
	daemon_drained(arg);
}

static void on_http_drained(void *arg)
{
	struct chat *chat = arg;

	channel_drain(chat->channel, on_channel_drained, chat->daemon);
}

void chat_drain(struct daemon *daemon)
{
	struct chat *chat = daemon_state(daemon);

	live_drain(chat->live);
	http_server_drain(chat->server, on_http_drained, chat);
}

void chat_stop(struct daemon *daemon)
{
	struct chat *chat = daemon_state(daemon);

	chat->is_stopping = true;
	http_server_free(&chat->server);
	channel_close(&chat->channel); /* calls back into the rest for the last time */
	live_free(&chat->live);
	front_free(&chat->front);
	inboxes_free(&chat->inboxes);
	db_close(&chat->consumer_db);
	db_params_free(&chat->params);
	free(HILO_STEAL(chat->routes));
	free(HILO_STEAL(chat->origin));
}

bool chat_check_ready(struct daemon *daemon, struct buf *why)
{
	const struct chat *chat = daemon_state(daemon);
	bool is_reading = live_is_reading(chat->live);

	if (!is_reading)
		buf_puts(why, "the event log has not been reached\n");
	return is_reading;
}
