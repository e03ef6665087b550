/* bus/log.h - the log read from PostgreSQL, a page at a time: what relays publish and what readers replay. */
#pragma once

#include "bus/event.h"
#include "db/db.h"

struct bus_log;

/* what one read found; borrowed until the callback returns */
struct bus_log_page {
	enum db_fault fault; /* not DB_OK: nothing else is set */
	uint64_t epoch; /* the present epoch; 0: none is open for this cluster's timeline, no relay has started since
	                   promotion */
	bool is_valid;  /* the place read from holds in that epoch, and nothing behind it was dropped */
	struct bus_event *events; /* at most BUS_FRAME_EVENTS, in order */
	size_t count;
	struct bus_position last; /* everything up to here was read */
	bool is_whole;            /* up to the horizon: nothing more may be read now */
	bool has_above;           /* committed events wait above the horizon, for a transaction older than theirs */
	int64_t watermark_us;     /* every event committed before it is at or below last; 0: unknown */
};

/* bus_log_new - Requires: bus_catalogue is among db's catalogues. Returns: owned, bus_log_free(). */
struct bus_log *bus_log_new(struct db *db, void (*on_page)(void *arg, const struct bus_log_page *page), void *arg);
/* bus_log_free - on_page is not called any more. */
void bus_log_free(struct bus_log **log);
/* bus_log_read - the page after a position; of epoch 0: known to be of the present epoch. Requires: not busy. */
void bus_log_read(struct bus_log *log, const struct bus_position *after);
/* bus_log_read_end - no events, only where the log ends now (page->last). Requires: not busy. */
void bus_log_read_end(struct bus_log *log);
bool bus_log_is_busy(const struct bus_log *log);
