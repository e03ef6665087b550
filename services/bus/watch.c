/* watch.c - once a second: how far the log is settled, and who holds it up. */
#include "base/log.h"
#include "store.h"

#define OLD_WRITER_SECONDS 5

static void on_oldest(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct relay *relay = arg;

	if (outcome->fault == DB_OK)
		metric_set(relay->metrics.oldest_writer, (double)db_get_int(result, 0, 0) / 1e6);
}

static void on_ended(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct relay *relay = arg;

	for (size_t row = 0; outcome->fault == DB_OK && row < db_rows(result); row++)
		log_error("bus.writer_ended", "pid=%lld role=%s seconds=%lld", (long long)db_get_int(result, row, 0),
		          db_get_text(result, row, 1), (long long)db_get_int(result, row, 2));
	store_oldest_writer(relay, on_oldest);
}

void watch_writers(void *arg)
{
	struct relay *relay = arg;

	metric_set(relay->metrics.lag, relay->watermark_us ? (double)(clock_now_us() - relay->watermark_us) / 1e6 : 0);
	metric_set(relay->metrics.position, (double)relay->position.xid);
	position_mark(relay);
	if (db_is_ready(daemon_db(relay->daemon)))
		store_end_old_writers(relay, OLD_WRITER_SECONDS, on_ended);
}

static void on_lag(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct relay *relay = arg;

	for (size_t row = 0; outcome->fault == DB_OK && row < db_rows(result); row++) {
		buf_clear(&relay->lagging);
		buf_printf(&relay->lagging, "consumer=\"%s\"", db_get_text(result, row, 0));
		metric_set(metric_gauge("hilo_bus_consumer_lag_seconds",
		                        "Age of the oldest event a service has not handled.", relay->lagging.data),
		           (double)db_get_int(result, row, 1) / 1e6);
	}
}

void watch_consumers(void *arg)
{
	struct relay *relay = arg;

	if (relay->state == RELAY_READING)
		store_consumer_lag(relay, on_lag);
}
