/* bus/log.c - pages of the log, read from PostgreSQL. */
#include "bus/internal.h"

#include "bus_sql.h"

struct bus_log {
	struct db *db;
	struct db_params *params;
	void (*on_page)(void *arg, const struct bus_log_page *page);
	void *arg;
	struct bus_position after;
	/* what was committed before asked_us has a smaller transaction id than ahead: once the horizon passes that, it
	 * was read */
	int64_t asked_us, watermark_us;
	uint64_t ahead;
	struct bus_event events[BUS_FRAME_EVENTS];
	bool is_busy, is_freed;
};

struct bus_log *bus_log_new(struct db *db, void (*on_page)(void *arg, const struct bus_log_page *page), void *arg)
{
	struct bus_log *log = hilo_new(struct bus_log);

	log->db = db;
	log->params = db_params_new();
	log->on_page = on_page;
	log->arg = arg;
	return log;
}

void bus_log_free(struct bus_log **log)
{
	struct bus_log *old = log ? HILO_STEAL(*log) : NULL;

	if (!old)
		return;
	old->is_freed = true;
	if (old->is_busy)
		return; /* its answer frees it */
	db_params_free(&old->params);
	free(old);
}

bool bus_log_is_busy(const struct bus_log *log)
{
	return log->is_busy;
}

static void finish(struct bus_log *log, const struct bus_log_page *page)
{
	log->is_busy = false;
	if (log->is_freed)
		bus_log_free(&log);
	else
		log->on_page(log->arg, page);
}

enum {
	ASKED_AT,
	EPOCH,
	IS_VALID,
	HORIZON,
	AHEAD,
	HAS_ABOVE,
	XID,
	ID,
	KEY_HASH,
	TYPE,
	INBOX_ID,
	CONVERSATION_ID,
	KEY,
	OCCURRED_AT,
	PAYLOAD
};

struct bus_event bus_log_event(const struct db_result *result, size_t row, int first)
{
	const int at = first - XID;
	struct bus_event event = {
	        .position = {.xid = db_get_xid(result, row, at + XID), .id = db_get_int(result, row, at + ID)},
	        .key_hash = (uint32_t)db_get_int(result, row, at + KEY_HASH),
	        .type = db_get_text(result, row, at + TYPE),
	        .key = db_get_text(result, row, at + KEY),
	        .inbox_id = db_get_uuid(result, row, at + INBOX_ID),
	        .conversation_id = db_get_uuid(result, row, at + CONVERSATION_ID),
	        .occurred_us = db_get_time(result, row, at + OCCURRED_AT),
	};

	event.payload = db_get_bytes(result, row, at + PAYLOAD, &event.payload_size);
	return event;
}

static void take_events(struct bus_log *log, const struct db_result *result, struct bus_log_page *page)
{
	size_t bytes = 0;

	if (!db_is_null(result, 0, XID))
		page->count = HILO_MIN(db_rows(result), (size_t)BUS_FRAME_EVENTS);
	for (size_t i = 0; i < page->count; i++) {
		log->events[i] = bus_log_event(result, i, XID);
		log->events[i].position.epoch = page->epoch;
		bytes += log->events[i].payload_size;
	}
	page->events = log->events;
	page->is_whole = page->count < BUS_FRAME_EVENTS && bytes < BUS_FRAME_BYTES;
	if (page->count)
		page->last = log->events[page->count - 1].position;
}

static int64_t move_watermark(struct bus_log *log, const struct db_result *result)
{
	const uint64_t horizon = db_get_xid(result, 0, HORIZON), ahead = db_get_xid(result, 0, AHEAD);
	const int64_t asked_us = db_get_time(result, 0, ASKED_AT); /* when the transaction began: before its snapshot */

	if (horizon == ahead)
		log->watermark_us = asked_us;
	else if (log->ahead && horizon >= log->ahead)
		log->watermark_us = log->asked_us;
	else if (log->ahead)
		return log->watermark_us; /* still waiting for the same moment */
	log->asked_us = asked_us;
	log->ahead = ahead;
	return log->watermark_us;
}

static void on_read(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct bus_log *log = arg;
	struct bus_log_page page = {.fault = outcome->fault};

	if (outcome->fault == DB_OK && db_rows(result) > 0) {
		page.epoch = (uint64_t)db_get_int(result, 0, EPOCH);
		page.is_valid = db_get_bool(result, 0, IS_VALID);
		page.has_above = db_get_bool(result, 0, HAS_ABOVE);
		page.last = (struct bus_position){page.epoch, log->after.xid, log->after.id};
		take_events(log, result, &page);
		if (page.is_whole)
			page.watermark_us = move_watermark(log, result);
	}
	finish(log, &page);
}

void bus_log_read(struct bus_log *log, const struct bus_position *after)
{
	log->is_busy = true;
	log->after = *after;
	db_params_reset(log->params);
	db_bind_xid(log->params, after->xid);
	db_bind_i64(log->params, after->id);
	db_bind_i64(log->params, (int64_t)after->epoch);
	db_query(log->db, &bus_sql_read_log, log->params, on_read, log);
}

static void on_end(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct bus_log_page page = {.fault = outcome->fault};

	if (outcome->fault == DB_OK && db_rows(result) > 0) {
		page.epoch = (uint64_t)db_get_int(result, 0, 0);
		page.is_valid = true;
		page.last = (struct bus_position){page.epoch, db_get_xid(result, 0, 1), db_get_int(result, 0, 2)};
	}
	finish(arg, &page);
}

void bus_log_read_end(struct bus_log *log)
{
	log->is_busy = true;
	db_query(log->db, &bus_sql_read_end, NULL, on_end, log);
}
