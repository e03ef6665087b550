/* keeper.c - once a minute: partitions ahead of the writers, and old ones out of the log. */
#include "base/log.h"
#include "store.h"

enum {
	ROUND_US = 60 * 1000 * 1000,
	AGAIN_US = 5 * 1000 * 1000,
};

static bool is_ok(struct relay *relay, const struct db_outcome *outcome, const char *step)
{
	if (outcome->fault == DB_OK)
		return true;
	log_warn("bus.upkeep_failed", "step=%s error=%s", step, outcome->message);
	timer_in(relay->keep, AGAIN_US);
	return false;
}

/* dropped first, then the floor raised for the next round: readers have a minute to see it before rows go */
static void on_floor(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	if (!is_ok(arg, outcome, "raise_floor"))
		return;
	for (size_t row = 0; row < db_rows(result); row++)
		log_error("bus.consumer_deregistered", "consumer=%s reason=%s", db_get_text(result, row, 0),
		          "it has not handled events that leave the log now");
}

static void on_dropped(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct relay *relay = arg;
	const char *name;

	if (is_ok(relay, outcome, "drop_partition") && (name = db_get_text(result, 0, 0)))
		log_info("bus.partition_dropped", "name=%s", name);
	store_raise_floor(relay, on_floor);
}

static void on_kept(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct relay *relay = arg;

	if (is_ok(relay, outcome, "keep_partitions") && db_get_int(result, 0, 0) > 0)
		log_info("bus.partitions_made", "count=%lld", (long long)db_get_int(result, 0, 0));
	store_drop_partition(relay, on_dropped);
}

void keeper_run(void *arg)
{
	struct relay *relay = arg;

	timer_in(relay->keep, ROUND_US);
	if (relay->state == RELAY_READING)
		store_keep_partitions(relay, on_kept);
}
