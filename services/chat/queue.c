/* queue.c - those who wait: which place they have, and how long it takes as a rule. */
#include "base/clock.h"
#include "hub.h"
#include "inboxes.h"
#include "store_live.h"

#define POSITIONS_EVERY_US 2000000
enum { WAITS = 50, QUEUED_MAX = 20000, POSITIONS_MAX = 5000, INBOXES_MAX = 200 };

struct waits { /* the last ones of an inbox, a ring */
	int64_t seconds[WAITS];
	size_t count, at;
};

static void wait_ends(struct live *live, const struct bus_event *event, bool is_assigned)
{
	int64_t *since_us = index_remove(&live->queued, &event->conversation_id);
	struct waits *waits = index_get(&live->waits, &event->inbox_id);

	if (since_us && is_assigned) {
		if (!waits) {
			waits = hilo_new(struct waits);
			index_put(&live->waits, &event->inbox_id, waits);
		}
		waits->seconds[waits->at] = HILO_MAX(0, (event->occurred_us - *since_us) / 1000000);
		waits->at = (waits->at + 1) % WAITS;
		waits->count = HILO_MIN(waits->count + 1, (size_t)WAITS);
	}
	free(since_us);
}

void queue_event(struct live *live, const struct bus_event *event)
{
	int64_t *since_us;

	if (!strcmp(event->type, "conversation.assigned")) {
		wait_ends(live, event, true);
	} else if (!strcmp(event->type, "conversation.status_changed")) {
		wait_ends(live, event, false);
	} else if (!strcmp(event->type, "conversation.queued") && live->queued.count < QUEUED_MAX &&
		   !index_get(&live->queued, &event->conversation_id)) {
		since_us = hilo_new(int64_t);
		*since_us = event->occurred_us;
		index_put(&live->queued, &event->conversation_id, since_us);
	}
}

static int compare(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

int64_t queue_wait_s(const struct live *live, const struct uuid *inbox_id)
{
	const struct waits *waits = index_get(&live->waits, inbox_id);
	int64_t sorted[WAITS];

	if (!waits)
		return -1;
	memcpy(sorted, waits->seconds, waits->count * sizeof(*sorted));
	qsort(sorted, waits->count, sizeof(*sorted), compare);
	return sorted[waits->count / 2];
}

static void on_positions(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct live *live = arg;

	live->is_positioning = false;
	for (size_t row = 0; outcome->fault == DB_OK && row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0);
		struct room *room = room_find(live, &id);
		int64_t position = db_get_int(result, row, 1);
		if (!room || !room->queued_us || room->position == position)
			continue;
		room->position = position;
		room_tell_queue(room);
	}
}

static void add_inbox(struct uuid *inboxes, size_t *count, const struct uuid *inbox_id)
{
	for (size_t i = 0; i < *count; i++)
		if (uuid_equal(&inboxes[i], inbox_id))
			return;
	if (*count < INBOXES_MAX)
		inboxes[(*count)++] = *inbox_id;
}

void queue_tick(struct live *live)
{
	struct uuid *ids, inboxes[INBOXES_MAX];
	size_t count = 0, inboxes_count = 0;
	int64_t now_us = clock_monotonic_us();
	struct room *room;

	if (live->is_positioning || now_us - live->positioned_us < POSITIONS_EVERY_US)
		return;
	live->positioned_us = now_us;
	ids = hilo_alloc_array(POSITIONS_MAX, sizeof(*ids));
	for (size_t at = 0; count < POSITIONS_MAX && (room = index_next(&live->rooms, &at));)
		if (room->queued_us && room->is_watched) {
			ids[count++] = room->id;
			add_inbox(inboxes, &inboxes_count, &room->inbox_id);
		}
	if (count) {
		live->is_positioning = true;
		store_read_positions(live->chat, inboxes, inboxes_count, ids, count, on_positions, live);
	}
	free(ids);
}

void queue_free(struct live *live)
{
	void *object;

	for (size_t at = 0; (object = index_next(&live->waits, &at));)
		free(object);
	for (size_t at = 0; (object = index_next(&live->queued, &at));)
		free(object);
	index_free(&live->waits);
	index_free(&live->queued);
}
