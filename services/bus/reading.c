/* reading.c - when to read: at the doorbell but once a millisecond at most, each millisecond while rows wait above the
 * horizon, and every 50 ms anyway, because a doorbell may be lost. */
#include "base/log.h"
#include "relay.h"

enum {
	BUSY_US = 1000,
	IDLE_US = 50 * 1000,
	FRESH_US = 1000 * 1000,
};

static void read_next(struct relay *relay)
{
	relay->asked_us = clock_monotonic_us();
	relay->is_rung = false;
	metric_add(relay->metrics.reads, 1);
	bus_log_read(relay->log, &relay->position);
}

/* counted from when the last read began */
static void read_after(struct relay *relay, int64_t pause_us)
{
	const int64_t left_us = relay->asked_us + pause_us - clock_monotonic_us();

	timer_in(relay->next_read, HILO_MAX(left_us, INT64_C(0)));
}

void reading_start(struct relay *relay, struct bus_position end)
{
	if (relay->position.epoch != end.epoch)
		log_info("bus.reading", "epoch=%llx xid=%llu id=%lld", (unsigned long long)end.epoch,
		         (unsigned long long)end.xid, (long long)end.id);
	relay->position = relay->marked = end;
	relay->state = RELAY_READING;
	announce_now(relay);
	keeper_run(relay);
	read_next(relay);
}

void reading_ring(struct relay *relay)
{
	relay->is_rung = true;
	if (relay->state == RELAY_READING && !bus_log_is_busy(relay->log))
		read_after(relay, BUSY_US);
}

void reading_on_due(void *arg)
{
	struct relay *relay = arg;

	if (relay->state == RELAY_READING && !bus_log_is_busy(relay->log))
		read_next(relay);
}

bool reading_is_fresh(const struct relay *relay)
{
	return relay->state == RELAY_READING && clock_monotonic_us() - relay->read_us < FRESH_US;
}

void reading_on_page(void *arg, const struct bus_log_page *page)
{
	struct relay *relay = arg;

	if (page->fault != DB_OK || !page->is_valid || page->epoch == 0) {
		if (relay->state != RELAY_DOWN)
			position_find(relay); /* another timeline, perhaps */
		return;
	}
	if (relay->state == RELAY_FINDING) {
		reading_start(relay, page->last);
		return;
	}
	if (relay->state != RELAY_READING)
		return;
	if (page->epoch != relay->position.epoch) {
		position_find(relay);
		return;
	}
	relay->read_us = clock_monotonic_us();
	publish_page(relay, page);
	if (!page->is_whole)
		read_next(relay);
	else
		read_after(relay, relay->is_rung || page->has_above ? BUSY_US : IDLE_US);
}
