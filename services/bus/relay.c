/* relay.c - the relay as a daemon: its settings, its start and its end. */
#include "relay.h"

#include <stdio.h>
#include <zmq.h>

#include "base/log.h"
#include "bus_sql.h"
#include "bus_store_sql.h"

#define SECOND INT64_C(1000000)

const struct conf_option relay_conf_options[] = {
        {.name = "HILO_BUS_SERVER_SECRET",
         .type = CONF_SECRET,
         .offset = offsetof(struct relay_settings, server_secret),
         .help = "Secret CURVE key of the relays, Z85; needed for tcp:// endpoints."},
        {.name = "HILO_BUS_CLIENT_KEY",
         .type = CONF_TEXT,
         .offset = offsetof(struct relay_settings, client_key),
         .help = "Public CURVE key of the clients that may connect, Z85."},
        {.name = "HILO_BUS_FRAMES",
         .type = CONF_TEXT,
         .offset = offsetof(struct relay_settings, frames),
         .fallback = "tcp://*:7401",
         .flags = CONF_REQUIRED,
         .help = "Endpoint the log is published on."},
        {.name = "HILO_BUS_DOORBELL",
         .type = CONF_TEXT,
         .offset = offsetof(struct relay_settings, doorbell),
         .fallback = "tcp://*:7402",
         .flags = CONF_REQUIRED,
         .help = "Endpoint writers ring at."},
        {.name = "HILO_BUS_ADVERTISE",
         .type = CONF_TEXT,
         .offset = offsetof(struct relay_settings, advertise),
         .help = "Host name or address others reach the relay at; by default the one bound to, or this host's name."},
        {.name = "HILO_EVENT_RETENTION",
         .type = CONF_DURATION,
         .offset = offsetof(struct relay_settings, retention_us),
         .fallback = "720h",
         .low = 3600 * SECOND,
         .high = 10 * 365 * 86400 * SECOND,
         .help = "How long events are kept."},
        {.name = "HILO_EVENT_SIZE_LIMIT",
         .type = CONF_SIZE,
         .offset = offsetof(struct relay_settings, size_limit),
         .high = INT64_MAX,
         .help = "Bytes the log may take before its oldest partitions go, whoever has not read them; 0: no limit."},
        {0},
};

static struct relay the_relay;

static void on_read_db(void *arg, bool ready)
{
	struct relay *relay = arg;

	relay->state = ready ? RELAY_FINDING : RELAY_DOWN;
	timer_stop(relay->next_read);
	if (ready)
		position_find(relay);
}

static void on_retry(void *arg)
{
	struct relay *relay = arg;

	if (relay->state == RELAY_FINDING || relay->state == RELAY_REFUSED)
		position_find(relay);
}

static void on_announce(void *arg)
{
	announce_now(arg);
}

static void open_read_db(struct relay *relay)
{
	const struct db_catalogue catalogues[] = {
	        {bus_catalogue, bus_catalogue_count}, {bus_store_catalogue, bus_store_catalogue_count}, {0}};
	const struct db_options options = {
	        .dsn = daemon_dsn(relay->daemon),
	        .catalogues = catalogues,
	        .connections = 1,
	        .application_name = "hilo-bus reading",
	        .on_ready = on_read_db,
	        .arg = relay,
	};

	relay->read_db = db_open(daemon_loop(relay->daemon), &options);
	relay->log = bus_log_new(relay->read_db, reading_on_page, relay);
}

static void make_metrics(struct relay *relay)
{
	relay->metrics.lag =
	        metric_gauge("hilo_bus_lag_seconds", "Age of the moment up to which all events are published.", NULL);
	relay->metrics.position = metric_gauge("hilo_bus_position", "Transaction id published up to.", NULL);
	relay->metrics.frames = metric_counter("hilo_bus_frames_total", "Frames published, heartbeats too.", NULL);
	relay->metrics.events = metric_counter("hilo_bus_published_events_total", "Events published.", NULL);
	relay->metrics.reads = metric_counter("hilo_bus_reads_total", "Reads of the log.", NULL);
	relay->metrics.oldest_writer =
	        metric_gauge("hilo_bus_oldest_writer_seconds",
	                     "Age of the cluster's oldest transaction that has written: the log waits for it.", NULL);
}

static struct timer *every(struct relay *relay, int64_t period_us, void (*on_due)(void *arg))
{
	struct timer *timer = timer_new(daemon_loop(relay->daemon), on_due, relay);

	timer_every(timer, period_us);
	return timer;
}

static int start(struct daemon *daemon)
{
	struct relay *relay = daemon_state(daemon);
	int rc;

	relay->daemon = daemon;
	relay->id = uuid_random();
	relay->params = db_params_new();
	relay->arena = arena_new(0);
	make_metrics(relay);
	rc = publish_open(relay);
	if (rc < 0)
		return rc;
	relay->next_read = timer_new(daemon_loop(daemon), reading_on_due, relay);
	relay->retry = timer_new(daemon_loop(daemon), on_retry, relay);
	relay->announce = every(relay, 3 * SECOND, on_announce);
	relay->keep = timer_new(daemon_loop(daemon), keeper_run, relay); /* runs as soon as the log is read */
	relay->watch = every(relay, SECOND, watch_writers);
	relay->weigh = every(relay, 5 * SECOND, watch_consumers);
	open_read_db(relay);
	return 0;
}

static void drain(struct daemon *daemon)
{
	announce_withdraw(daemon_state(daemon));
}

static void stop(struct daemon *daemon)
{
	struct relay *relay = daemon_state(daemon);

	publish_close(relay);
	timer_free(&relay->next_read);
	timer_free(&relay->retry);
	timer_free(&relay->announce);
	timer_free(&relay->keep);
	timer_free(&relay->watch);
	timer_free(&relay->weigh);
	relay->state = RELAY_DOWN;
	bus_log_free(&relay->log);
	db_close(&relay->read_db);
	db_params_free(&relay->params);
	arena_free(&relay->arena);
	buf_free(&relay->lagging);
}

static bool check_ready(struct daemon *daemon, struct buf *why)
{
	const struct relay *relay = daemon_state(daemon);

	if (relay->state == RELAY_REFUSED)
		buf_puts(why, "the cluster's transaction ids are behind the log: pg_resetwal -e, see the log\n");
	else if (!reading_is_fresh(relay))
		buf_puts(why, "the log cannot be read\n");
	return reading_is_fresh(relay);
}

static const struct conf_table tables[] = {{"The relay", relay_conf_options, &the_relay.settings}, {0}};
static struct db_catalogue catalogues[2];

int relay_main(int argc, char **argv)
{
	const struct daemon_spec spec = {
	        .name = "bus",
	        .summary = "relays the event log to ZeroMQ in the order of its commits",
	        .tables = tables,
	        .catalogues = catalogues,
	        .db_connections = 1,
	        .start = start,
	        .drain = drain,
	        .stop = stop,
	        .check_ready = check_ready,
	        .state = &the_relay,
	};

	catalogues[0] = (struct db_catalogue){bus_store_catalogue, bus_store_catalogue_count};
	return daemon_main(&spec, argc, argv);
}

int relay_make_keys(void)
{
	char public_key[41], secret_key[41];

	if (zmq_curve_keypair(public_key, secret_key) < 0)
		return 1;
	printf("{\"public\":\"%s\",\"secret\":\"%s\"}\n", public_key, secret_key);
	return 0;
}
