/* routing.c - starts, drains and stops the daemon. */
#include "routing.h"

#include <sodium.h>

#include "bus_sql.h"
#include "decide.h"
#include "routing_store_sql.h"

#define TICK_EVERY_US 200000

const struct conf_option routing_conf_options[] = {
        {.name = "HILO_SECRET",
         .type = CONF_SECRET,
         .offset = offsetof(struct routing_settings, secret),
         .help = "Secret of the installation, at least 32 characters; signs reply addresses and Message-IDs.",
         .flags = CONF_REQUIRED},
        {.name = "HILO_REOPEN_WITHIN",
         .type = CONF_DURATION,
         .offset = offsetof(struct routing_settings, reopen_within_us),
         .fallback = "336h",
         .help = "An answer to a conversation resolved longer ago than this opens a new one linked to it."},
        {0},
};

static void on_tick_soon(void *arg)
{
	struct routing *routing = arg;

	queue_read_heads(routing->queue);
}

static void on_heads(void *arg)
{
	struct routing *routing = arg;

	consumer_tick_now(routing->consumer);
}

static struct consumer *open_consumer(struct routing *routing)
{
	static const char *types[24];
	size_t count = 0;

	for (const struct event_handler *handler = event_handlers; handler->type; handler++)
		types[count++] = handler->type;
	return consumer_new(&(struct consumer_options){.bus = daemon_bus(routing->daemon),
	                                               .db = routing->db,
	                                               .types = types,
	                                               .tick_every_us = TICK_EVERY_US,
	                                               .gather = batch_gather,
	                                               .load = batch_load,
	                                               .decide = batch_decide,
	                                               .flush = batch_flush,
	                                               .committed = batch_committed,
	                                               .arg = routing});
}

int routing_start(struct daemon *daemon)
{
	struct routing *routing = daemon_state(daemon);
	static struct db_catalogue catalogues[3];

	if (sodium_init() < 0 || strlen(routing->settings.secret) < 32) {
		log_error("routing.bad_secret", "reason=%s", "HILO_SECRET has less than 32 characters");
		return -EINVAL;
	}
	catalogues[0] = (struct db_catalogue){routing_store_catalogue, routing_store_catalogue_count};
	catalogues[1] = (struct db_catalogue){bus_catalogue, bus_catalogue_count};
	routing->daemon = daemon;
	routing->db = db_open(daemon_loop(daemon), &(struct db_options){.dsn = daemon_dsn(daemon),
	                                                                .catalogues = catalogues,
	                                                                .connections = 1,
	                                                                .application_name = "hilo-routing"});
	routing->attached = metric_counter("hilo_routing_attached_total", "Messages and notes attached.", NULL);
	routing->opened = metric_counter("hilo_routing_opened_total", "Conversations opened.", NULL);
	routing->assigned = metric_counter("hilo_routing_assigned_total", "Assignments.", NULL);
	routing->queued = metric_counter("hilo_routing_queued_total", "Conversations put into a queue.", NULL);
	routing->tick_soon = timer_new(daemon_loop(daemon), on_tick_soon, routing);
	routing->queue = queue_new(daemon_loop(daemon), daemon_kv(daemon), daemon_db(daemon), on_heads, routing);
	routing->consumer = open_consumer(routing);
	return 0;
}

static void on_drained(void *arg)
{
	struct routing *routing = arg;

	daemon_drained(routing->daemon);
}

void routing_drain(struct daemon *daemon)
{
	struct routing *routing = daemon_state(daemon);

	consumer_drain(routing->consumer, on_drained, routing);
}

void routing_stop(struct daemon *daemon)
{
	struct routing *routing = daemon_state(daemon);

	consumer_free(&routing->consumer);
	queue_free(&routing->queue);
	timer_free(&routing->tick_soon);
	db_close(&routing->db);
}

bool routing_check_ready(struct daemon *daemon, struct buf *why)
{
	struct routing *routing = daemon_state(daemon);

	if (db_is_ready(routing->db))
		return true;
	buf_puts(why, "no database\n");
	return false;
}
