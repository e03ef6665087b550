/* position.c - which epoch the log is in, and where it ends: asked at every new connection, before anything is
 * published. */
#include "base/log.h"
#include "store.h"

enum { AGAIN_US = 500 * 1000 };

static void again(struct relay *relay)
{
	timer_in(relay->retry, AGAIN_US);
}

static uint64_t random_epoch(void)
{
	const struct uuid id = uuid_random();

	return uuid_hash64(&id) >> 1 | 1; /* fits a bigint, never 0 */
}

static bool has_failed(struct relay *relay, const struct db_outcome *outcome)
{
	if (outcome->fault == DB_OK)
		return false;
	log_warn("bus.position_unknown", "error=%s", outcome->message);
	if (relay->state != RELAY_DOWN)
		again(relay);
	return true;
}

/* A dump restored into a cluster that has counted fewer transactions: new events would sort before the old ones. */
static bool is_behind(struct relay *relay, const struct store_cluster *cluster)
{
	if (cluster->newest_xid < cluster->next_xid)
		return false;
	if (relay->state != RELAY_REFUSED)
		log_error("bus.transaction_ids_behind", "newest_event=%llu next=%llu repair=%s epoch=%llu",
		          (unsigned long long)cluster->newest_xid, (unsigned long long)cluster->next_xid,
		          "stop PostgreSQL and run: pg_resetwal -e <epoch> -D <data folder>",
		          (unsigned long long)(cluster->newest_xid >> 32) + 1);
	relay->state = RELAY_REFUSED;
	again(relay);
	return true;
}

static void on_opened(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct relay *relay = arg;

	if (has_failed(relay, outcome))
		return;
	if (db_affected(result))
		log_info("bus.epoch_opened", "");
	bus_log_read_end(relay->log);
}

static void on_cluster(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct relay *relay = arg;
	struct store_cluster cluster;

	if (has_failed(relay, outcome))
		return;
	cluster = store_cluster_of(result);
	if (is_behind(relay, &cluster))
		return;
	relay->state = RELAY_FINDING;
	if (cluster.has_epoch)
		bus_log_read_end(relay->log);
	else
		store_open_epoch(relay, random_epoch(), &cluster, on_opened);
}

void position_find(struct relay *relay)
{
	if (relay->state != RELAY_REFUSED)
		relay->state = RELAY_FINDING;
	if (bus_log_is_busy(relay->log))
		again(relay); /* a read of the lost connection is still to be answered */
	else
		store_cluster_state(relay, on_cluster);
}

static void on_marked(void *arg HILO_UNUSED, const struct db_outcome *outcome,
                      const struct db_result *result HILO_UNUSED)
{
	if (outcome->fault != DB_OK)
		log_warn("bus.mark_failed", "error=%s", outcome->message);
}

void position_mark(struct relay *relay)
{
	if (relay->state != RELAY_READING || bus_position_compare(&relay->position, &relay->marked) <= 0)
		return;
	relay->marked = relay->position;
	store_mark_safe(relay, relay->position, on_marked);
}
