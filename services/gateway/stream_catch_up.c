/* stream_catch_up.c - from a cursor to now: out of the ring, and what lies before it out of PostgreSQL, page by page.
 */
#include "base/log.h"
#include "stream.h"

#define QUEUE_ENOUGH ((size_t)512 * 1024) /* bytes waiting for the client: it reads first */
enum { REPLAYS_AT_ONCE = 4, PAGES_MAX = 100 };
#define PAGE_ROWS 2000 /* of read_log */

static void live(struct stream *stream)
{
	stream->state = STREAM_LIVE;
	stream_tell_watched(stream);
	viewers_announce(stream);
	if (stream->state == STREAM_LIVE)
		stream_send_cursor(stream, &stream->position);
}

static void on_bounds(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct stream *stream = arg;
	struct bus_position floor;

	if (!stream_done(stream) || stream->state != STREAM_BEHIND)
		return;
	if (outcome->fault != DB_OK || !db_rows(result)) {
		stream_close(stream, 1013, "try again");
		return;
	}
	floor = (struct bus_position){.xid = db_get_xid(result, 0, 0), .id = db_get_int(result, 0, 1)};
	if (bus_position_compare(&stream->position, &floor) < 0) {
		stream_resync(stream);
		return;
	}
	stream->is_floor_checked = true;
}

void stream_begin(struct stream *stream)
{
	const struct ring *ring = &stream->hub->ring;

	stream->watch_until = stream->has_cursor ? stream->cursor : ring->last;
	if (!stream->has_cursor) {
		stream->position = ring->last;
		live(stream);
		return;
	}
	if (stream->cursor.epoch != ring->last.epoch) {
		stream_resync(stream);
		return;
	}
	stream->position = stream->cursor;
	if (bus_position_compare(&stream->position, &ring->last) >= 0) {
		live(stream);
		return;
	}
	stream->is_floor_checked = bus_position_compare(&stream->position, &ring->base) >= 0;
	if (!stream->is_floor_checked) {
		stream->under_way++;
		store_read_log_bounds(&stream->hub->gateway->store, on_bounds, stream);
	}
	hub_catch_up_soon(stream->hub);
}

static void from_ring(struct stream *stream)
{
	const struct ring *ring = &stream->hub->ring;
	size_t number = ring_find(ring, &stream->position);

	while (number < ring->count && websocket_queued(stream->socket) < QUEUE_ENOUGH) {
		stream_offer(stream, ring_at(ring, number++));
		if (stream->state == STREAM_CLOSED)
			return;
	}
	if (number < ring->count) {
		stream_flush(stream, &stream->position);
		return;
	}
	stream->position = ring->last;
	stream_flush(stream, &stream->position);
	if (stream->state == STREAM_BEHIND)
		live(stream);
}

/* one row of the past. Returns: whether it is to be shown or was dealt with. */
static void replay_row(struct stream *stream, const struct db_result *result, size_t row, struct arena *arena)
{
	struct bus_event event = {.position = stream->position};

	event.position.xid = db_get_xid(result, row, 0);
	event.position.id = db_get_int(result, row, 1);
	event.payload = db_get_bytes(result, row, 2, &event.payload_size);
	stream->position = event.position;
	if (!event.payload)
		return;
	if (bus_event_open(&event, arena) < 0) {
		log_error("stream.bad_event", "id=%lld", (long long)event.position.id);
		return;
	}
	stream->replayed[stream->replayed_count] = stream_event_of(&event);
	stream_offer(stream, stream->replayed[stream->replayed_count++]);
}

static void on_page(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct stream *stream = arg;
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	stream->hub->replaying--;
	stream->is_replaying = false;
	if (!stream_done(stream) || stream->state != STREAM_BEHIND)
		return;
	if (outcome->fault != DB_OK) {
		stream_close(stream, 1013, "try again");
		return;
	}
	stream->replayed = hilo_alloc_array(db_rows(result) + 1, sizeof(*stream->replayed));
	for (size_t row = 0; row < db_rows(result) && stream->state == STREAM_BEHIND; row++)
		replay_row(stream, result, row, arena);
	if (db_rows(result) < PAGE_ROWS)
		stream->position = stream->page_until;
	stream_flush(stream, &stream->position);
	for (size_t i = 0; i < stream->replayed_count; i++)
		stream_event_free(&stream->replayed[i]);
	free(HILO_STEAL(stream->replayed));
	stream->replayed_count = 0;
}

static void from_log(struct stream *stream)
{
	struct hub *hub = stream->hub;

	if (!stream->is_floor_checked || stream->is_replaying || hub->replaying >= REPLAYS_AT_ONCE)
		return;
	if (++stream->pages > PAGES_MAX) {
		stream_resync(stream);
		return;
	}
	stream->is_replaying = true;
	stream->page_until = hub->ring.base;
	stream->under_way++;
	hub->replaying++;
	store_read_log(&hub->gateway->store, stream->position.xid, stream->position.id, stream->page_until.xid,
	               stream->page_until.id, stream_event_types, &stream->colleague->rights, on_page, stream);
}

void stream_catch_up(struct stream *stream)
{
	if (websocket_queued(stream->socket) >= QUEUE_ENOUGH)
		return;
	if (bus_position_compare(&stream->position, &stream->hub->ring.base) >= 0)
		from_ring(stream);
	else
		from_log(stream);
}
