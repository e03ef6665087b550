/* identity.c - starts, drains and stops the daemon. */
#include "identity.h"

#include "bus_sql.h"
#include "identity_store_sql.h"

int identity_start(struct daemon *daemon)
{
	static const char *const types[] = {"message.received", "contact.confirmed", "customer.change_requested", NULL};
	static struct db_catalogue catalogues[3];
	struct identity *identity = daemon_state(daemon);

	catalogues[0] = (struct db_catalogue){identity_store_catalogue, identity_store_catalogue_count};
	catalogues[1] = (struct db_catalogue){bus_catalogue, bus_catalogue_count};
	identity->daemon = daemon;
	identity->identified =
	        metric_counter("hilo_identity_identified_total", "Messages whose sender was named.", NULL);
	identity->created = metric_counter("hilo_identity_created_total", "New customers.", NULL);
	identity->merged =
	        metric_counter("hilo_identity_merged_total", "Contact points that went to another customer.", NULL);
	identity->db = db_open(daemon_loop(daemon), &(struct db_options){.dsn = daemon_dsn(daemon),
	                                                                 .catalogues = catalogues,
	                                                                 .connections = 1,
	                                                                 .application_name = "hilo-identity"});
	identity->consumer = consumer_new(&(struct consumer_options){.bus = daemon_bus(daemon),
	                                                             .db = identity->db,
	                                                             .types = types,
	                                                             .gather = batch_gather,
	                                                             .load = batch_load,
	                                                             .decide = batch_decide,
	                                                             .flush = batch_flush,
	                                                             .committed = batch_committed,
	                                                             .arg = identity});
	return 0;
}

static void on_drained(void *arg)
{
	struct identity *identity = arg;

	daemon_drained(identity->daemon);
}

void identity_drain(struct daemon *daemon)
{
	struct identity *identity = daemon_state(daemon);

	consumer_drain(identity->consumer, on_drained, identity);
}

void identity_stop(struct daemon *daemon)
{
	struct identity *identity = daemon_state(daemon);

	consumer_free(&identity->consumer);
	db_close(&identity->db);
}

bool identity_check_ready(struct daemon *daemon, struct buf *why)
{
	struct identity *identity = daemon_state(daemon);

	if (db_is_ready(identity->db))
		return true;
	buf_puts(why, "no database\n");
	return false;
}
