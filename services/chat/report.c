/* report.c - what visitors do, told to the others: that they are there, how far they have seen, that they are done. One
 * transaction at a time for all of it, under the conversations' locks. */
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "hub.h"
#include "store_live.h"

enum { ROOMS_A_REPORT = 256, LEAVE_S = 10 };
#define SEEN_EVERY_US 500000
#define AGAIN_US 1000000

struct item {
	struct room *room;
	bool present, was_present, end;
	int64_t seen, was_seen; /* seen 0: none to tell */
};

struct report {
	struct live *live; /* NULL: the daemon stops */
	struct arena *arena;
	struct db_tx *tx;
	struct bus_outbox *outbox;
	struct item items[ROOMS_A_REPORT];
	size_t count;
};

/* ---- presence ---- */

char *report_key(const struct uuid *conversation_id, char ret[PRESENT_KEY_TEXT])
{
	char id[UUID_TEXT];

	snprintf(ret, PRESENT_KEY_TEXT, PRESENT_PREFIX "%s", uuid_format(conversation_id, id));
	return ret;
}

void report_beat(const struct room *room)
{
	char key[PRESENT_KEY_TEXT];

	kv_run(room->live->chat->kv, NULL, NULL, "SET %s 1 EX %d", report_key(&room->id, key), PRESENT_TTL_S);
}

void report_watch(struct room *room, bool is_watched)
{
	char key[PRESENT_KEY_TEXT];

	if (room->is_watched == is_watched)
		return;
	room->is_watched = is_watched;
	if (is_watched) {
		report_beat(room); /* before the transaction: a sweep that holds the lock now sees it */
		room->wants_present = true;
		report_soon(room->live, 0);
	} else { /* another replica's beat lengthens it again */
		kv_run(room->live->chat->kv, NULL, NULL, "EXPIRE %s %d", report_key(&room->id, key), LEAVE_S);
	}
}

/* ---- seen, end ---- */

void report_seen(struct client *client, int64_t sequence)
{
	struct room *room = client->guest->room;
	HILO_AUTO(buf) struct buf out = {0};

	if (!room)
		return;
	sequence = HILO_MIN(sequence, room->sequence);
	if (sequence <= room->seen)
		return;
	room->seen = sequence;
	room->wants_seen = true;
	buf_printf(&out, "{\"seen\":%lld}", (long long)sequence);
	room_tell(room, &out, client);
	report_soon(room->live, HILO_MAX(0, room->seen_due_us - clock_monotonic_us()));
}

void report_end(struct client *client)
{
	struct room *room = client->guest->room;

	if (!room)
		return;
	room->wants_end = true;
	room->end_point_id = client->guest->point_id;
	report_soon(room->live, 0);
}

/* ---- the transaction ---- */

void report_soon(struct live *live, int64_t in_us)
{
	if (in_us == 0 || !timer_is_running(live->reporter))
		timer_in(live->reporter, in_us);
}

static int add(struct bus_outbox *outbox, struct arena *arena, const struct uuid *conversation_id, const struct uuid *inbox_id,
	       const struct uuid *customer_id, Hilo__V1__Envelope *envelope)
{
	char system[] = "system";

	envelope->key = envelope->subject = envelope->correlation_id = bus_id(arena, conversation_id);
	envelope->inbox_id = bus_id(arena, inbox_id);
	envelope->actor = customer_id ? arena_printf(arena, "customer:%s", bus_id(arena, customer_id)) : system;
	return bus_outbox_add(outbox, envelope);
}

int report_presence(struct bus_outbox *outbox, struct arena *arena, const struct uuid *conversation_id, const struct uuid *inbox_id,
		    const struct uuid *customer_id, bool present)
{
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__VisitorPresenceChanged body = HILO__V1__VISITOR_PRESENCE_CHANGED__INIT;

	body.conversation_id = bus_id(arena, conversation_id);
	body.present = present;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_VISITOR_PRESENCE_CHANGED;
	envelope.visitor_presence_changed = &body;
	return add(outbox, arena, conversation_id, inbox_id, customer_id, &envelope);
}

static void add_seen(struct report *report, const struct item *item)
{
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__MessageRead body = HILO__V1__MESSAGE_READ__INIT;

	body.conversation_id = bus_id(report->arena, &item->room->id);
	body.sequence = (uint64_t)item->seen;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_READ;
	envelope.message_read = &body;
	(void)add(report->outbox, report->arena, &item->room->id, &item->room->inbox_id, &item->room->customer_id, &envelope);
}

static void add_end(struct report *report, const struct item *item)
{
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__EndRequested body = HILO__V1__END_REQUESTED__INIT;

	body.conversation_id = bus_id(report->arena, &item->room->id);
	body.contact_point_id = bus_id(report->arena, &item->room->end_point_id);
	envelope.body_case = HILO__V1__ENVELOPE__BODY_END_REQUESTED;
	envelope.end_requested = &body;
	(void)add(report->outbox, report->arena, &item->room->id, &item->room->inbox_id, &item->room->customer_id, &envelope);
}

static void finish(struct report *report, bool is_done)
{
	struct live *live = report->live;
	int64_t now_us = clock_monotonic_us();

	for (size_t i = 0; live && i < report->count; i++) {
		struct item *item = &report->items[i];
		struct room *room = item->room;
		room->under_way--;
		if (!is_done)
			continue;
		room->wants_present &= !item->present;
		room->wants_end &= !item->end;
		room->wants_seen &= room->seen > item->seen;
		if (item->seen)
			room->seen_due_us = now_us + SEEN_EVERY_US;
	}
	if (live) {
		live->report = NULL;
		report_soon(live, is_done ? 1 : AGAIN_US);
	}
	bus_outbox_free(&report->outbox);
	arena_free(&report->arena);
	free(report);
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct report *report = arg;

	if (outcome->fault == DB_OK && report->live)
		bus_ring(report->live->chat->bus);
	if (outcome->fault != DB_OK)
		log_warn("chat.report_failed", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
	finish(report, outcome->fault == DB_OK);
}

static void write_all(struct report *report)
{
	struct chat *chat = report->live->chat;
	struct uuid present[ROOMS_A_REPORT], inboxes[ROOMS_A_REPORT], seen[ROOMS_A_REPORT];
	int64_t sequences[ROOMS_A_REPORT];
	size_t present_count = 0, seen_count = 0;

	for (size_t i = 0; i < report->count; i++) {
		const struct item *item = &report->items[i];
		const struct room *room = item->room;
		if (item->present && !item->was_present) {
			present[present_count] = room->id;
			inboxes[present_count++] = room->inbox_id;
			(void)report_presence(report->outbox, report->arena, &room->id, &room->inbox_id, &room->customer_id, true);
		}
		if (item->seen > item->was_seen) {
			seen[seen_count] = room->id;
			sequences[seen_count++] = item->seen;
			add_seen(report, item);
		}
		if (item->end)
			add_end(report, item);
	}
	if (present_count)
		store_insert_present(chat, report->tx, present, inboxes, present_count);
	if (seen_count)
		store_upsert_seen(chat, report->tx, seen, sequences, seen_count);
	bus_outbox_append(report->outbox, report->tx);
}

static void on_read(void *arg, const struct db_outcome *outcome)
{
	struct report *report = arg;

	if (outcome->fault != DB_OK) {
		finish(report, false);
		return;
	}
	if (!report->live) {
		db_tx_rollback(report->tx);
		finish(report, false);
		return;
	}
	write_all(report);
	if (bus_outbox_count(report->outbox)) {
		db_tx_commit(report->tx, on_committed, report);
	} else {
		db_tx_rollback(report->tx);
		finish(report, true);
	}
}

static void on_rows(void *arg, const struct db_result *result)
{
	struct report *report = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct item *item = &report->items[db_get_int(result, row, 0) - 1];
		item->was_present = db_get_bool(result, row, 1);
		item->was_seen = db_get_int(result, row, 2);
	}
}

/* Returns: how long until something is due; -1: nothing is. */
static int64_t gather(struct live *live, struct item *items, size_t *ret_count)
{
	int64_t now_us = clock_monotonic_us(), next_us = -1;
	struct room *room;
	size_t count = 0;

	for (size_t at = 0; count < ROOMS_A_REPORT && (room = index_next(&live->rooms, &at));) {
		bool is_seen_due = room->wants_seen && room->seen_due_us <= now_us;
		if (room->wants_seen && !is_seen_due && (next_us < 0 || room->seen_due_us - now_us < next_us))
			next_us = room->seen_due_us - now_us;
		if (!room->wants_present && !room->wants_end && !is_seen_due)
			continue;
		items[count++] = (struct item){
			.room = room, .present = room->wants_present, .end = room->wants_end, .seen = is_seen_due ? room->seen : 0};
	}
	*ret_count = count;
	return next_us;
}

void report_run(void *arg)
{
	struct live *live = arg;
	struct report *report;
	struct uuid ids[ROOMS_A_REPORT];
	int64_t locks[ROOMS_A_REPORT], next_us;

	if (live->report)
		return; /* its end starts the next */
	report = hilo_new(struct report);
	next_us = gather(live, report->items, &report->count);
	if (!report->count) {
		free(report);
		if (next_us >= 0)
			timer_in(live->reporter, next_us);
		return;
	}
	report->live = live;
	report->arena = arena_new(0);
	report->outbox = bus_outbox_new("chat");
	live->report = report;
	for (size_t i = 0; i < report->count; i++) {
		report->items[i].room->under_way++;
		ids[i] = report->items[i].room->id;
		locks[i] = hash_object64("conversation", &ids[i], sizeof(ids[i]));
	}
	report->tx = db_begin(live->chat->db);
	db_tx_lock(report->tx, locks, report->count);
	store_read_reports(live->chat, report->tx, ids, report->count, on_rows, report);
	db_tx_sync(report->tx, on_read, report);
}

void report_drop(struct live *live)
{
	if (live->report)
		live->report->live = NULL;
	live->report = NULL;
}
