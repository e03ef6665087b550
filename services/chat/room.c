/* room.c - a conversation as its visitors see it: where it stands, and what is new in it. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "hub.h"
#include "store_live.h"

enum { ROOMS_A_TURN = 200, ENTRIES_A_ROOM = 50 };
#define AGAIN_US 200000

struct room *room_find(struct live *live, const struct uuid *id)
{
	return index_get(&live->rooms, id);
}

static void set_text(char **text, const char *value)
{
	if (*text && !strcmp(*text, value))
		return;
	free(*text);
	*text = hilo_strdup(value);
}

/* its texts are the finding's */
static struct room room_of(struct live *live, const struct found *found)
{
	return (struct room){
		.live = live,
		.id = found->conversation_id,
		.inbox_id = found->inbox_id,
		.customer_id = found->conversation_customer_id,
		.assignee_id = found->assignee_id,
		.ref = (char *)(uintptr_t)found->ref,
		.status = (char *)(uintptr_t)found->status,
		.sequence = found->sequence,
		.queued_us = found->queued_us,
		.position = found->position,
		.seen = found->seen,
	};
}

struct room *room_enter(struct live *live, const struct found *found)
{
	struct room *room = room_find(live, &found->conversation_id);

	if (room) { /* whatever else has changed, an event tells */
		room->sequence = HILO_MAX(room->sequence, found->sequence);
		room->seen = HILO_MAX(room->seen, found->seen);
		return room;
	}
	room = hilo_new(struct room);
	*room = room_of(live, found);
	room->ref = hilo_strdup(found->ref);
	room->status = hilo_strdup(found->status);
	index_put(&live->rooms, &room->id, room);
	/* what happened between that reading and now had nobody to be told */
	room_wants(room, true, true);
	return room;
}

static void room_free(struct room *room)
{
	free(room->ref);
	free(room->status);
	free(room);
}

void room_free_unused(struct live *live, bool all)
{
	struct room *room;

	for (size_t at = 0; (room = index_next(&live->rooms, &at));) {
		if (!all && (room->guests || room->is_wanting || room->under_way || room->wants_present || room->wants_seen || room->wants_end))
			continue;
		index_remove(&live->rooms, &room->id);
		room_free(room);
	}
}

/* ---- what clients are told ---- */

void room_write_conversation(const struct room *room, struct buf *out)
{
	char id[UUID_TEXT];

	if (!room) {
		buf_puts(out, "null");
		return;
	}
	buf_printf(out, "{\"id\":\"%s\",\"ref\":\"%s\",\"status\":\"%s\",\"sequence\":%" PRId64 "}", uuid_format(&room->id, id), room->ref,
		   room->status, room->sequence);
}

void room_write_agent(const struct room *room, struct buf *out)
{
	const char *name = room && !uuid_is_nil(&room->assignee_id) ? index_get(&room->live->agents, &room->assignee_id) : NULL;

	if (!room || uuid_is_nil(&room->assignee_id)) {
		buf_puts(out, "null");
		return;
	}
	buf_puts(out, "{\"name\":");
	buf_json_string(out, name ? name : "");
	buf_putc(out, '}');
}

void room_write_queue(const struct room *room, struct buf *out)
{
	int64_t wait_s = room ? queue_wait_s(room->live, &room->inbox_id) : -1;

	if (!room || !room->queued_us || !room->position) {
		buf_puts(out, "null");
		return;
	}
	buf_printf(out, "{\"position\":%" PRId64 ",\"wait_s\":", room->position);
	if (wait_s < 0)
		buf_puts(out, "null}");
	else
		buf_printf(out, "%" PRId64 "}", wait_s);
}

void room_write_members(const struct room *room, struct buf *out)
{
	buf_puts(out, "\"conversation\":");
	room_write_conversation(room, out);
	buf_printf(out, ",\"seen\":%" PRId64 ",\"queue\":", room ? room->seen : 0);
	room_write_queue(room, out);
	buf_puts(out, ",\"agent\":");
	room_write_agent(room, out);
}

void room_write_found(struct live *live, const struct found *found, struct buf *out)
{
	struct room room = room_of(live, found);

	room_write_members(uuid_is_nil(&found->conversation_id) ? NULL : &room, out);
}

void room_tell(struct room *room, const struct buf *text, const struct client *but)
{
	struct websocket_frame *frame = websocket_frame_new(text->data, text->len);

	for (struct guest *guest = room->guests; guest; guest = guest->next_in_room)
		for (struct client *client = guest->clients; client; client = client->next)
			if (client != but && client->state == CLIENT_LIVE)
				client_send_frame(client, frame);
	websocket_frame_drop(&frame);
}

static void tell(struct room *room, const char *name, void (*write)(const struct room *room, struct buf *out))
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_printf(&out, "{\"%s\":", name);
	write(room, &out);
	buf_putc(&out, '}');
	room_tell(room, &out, NULL);
}

void room_tell_queue(struct room *room)
{
	tell(room, "queue", room_write_queue);
}

/* a poll waits for any change */
static void answer_polls(struct room *room)
{
	for (struct guest *guest = room->guests; guest; guest = guest->next_in_room)
		for (struct client *next, *client = guest->clients; client; client = next) {
			next = client->next;
			if (client->kind == CLIENT_POLL && client->state == CLIENT_LIVE)
				client_reply(client, "", 0);
		}
}

/* ---- reading where it stands ---- */

struct reading {
	struct live *live;
	struct room *rooms[ROOMS_A_TURN];
	int64_t after[ROOMS_A_TURN];
	size_t count;
};

static void take_state(struct room *room, const struct db_result *result, size_t row)
{
	struct uuid assignee_id = db_get_uuid(result, row, 6);
	int64_t queued_us = db_is_null(result, row, 7) ? 0 : db_get_time(result, row, 7);
	int64_t seen = db_get_int(result, row, 8);
	bool is_status_new = strcmp(room->status, db_get_text(result, row, 2)) != 0;
	bool is_agent_new = !uuid_equal(&room->assignee_id, &assignee_id), is_queue_new = room->queued_us != queued_us;

	set_text(&room->ref, db_get_text(result, row, 1));
	set_text(&room->status, db_get_text(result, row, 2));
	room->inbox_id = db_get_uuid(result, row, 3);
	room->customer_id = db_get_uuid(result, row, 4);
	room->sequence = HILO_MAX(room->sequence, db_get_int(result, row, 5));
	room->assignee_id = assignee_id;
	room->queued_us = queued_us;
	room->seen = HILO_MAX(room->seen, seen);
	if (is_queue_new) {
		room->position = 0; /* counted at the next tick of the queue */
		room->live->positioned_us = 0;
	}
	if (is_status_new)
		tell(room, "conversation", room_write_conversation);
	if (is_agent_new)
		tell(room, "agent", room_write_agent);
	if (is_queue_new && !queued_us)
		room_tell_queue(room);
	if (is_status_new || is_agent_new || (is_queue_new && !queued_us))
		answer_polls(room);
}

static void reading_end(struct reading *reading, bool again_entries, bool again_state)
{
	struct live *live = reading->live;

	for (size_t i = 0; i < reading->count; i++) {
		reading->rooms[i]->under_way--;
		if (again_entries || again_state)
			room_wants(reading->rooms[i], again_entries, again_state);
	}
	free(reading);
	live->reads--;
	if (again_entries || again_state)
		timer_in(live->turner, AGAIN_US);
	else
		room_turn(live);
}

static void on_states(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct reading *reading = arg;

	for (size_t row = 0; outcome->fault == DB_OK && row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0);
		struct room *room = room_find(reading->live, &id);
		if (room)
			take_state(room, result, row);
	}
	reading_end(reading, false, outcome->fault != DB_OK);
}

/* ---- reading what is new ---- */

/* rows [begin, end) of the result are a room's, after `after` */
struct news {
	const struct db_result *result;
	size_t begin, end;
	int64_t after, top;
	struct { /* the last frame made, for clients that get the same */
		int64_t after;
		struct uuid point_id; /* nil: all */
		struct buf entries;
		struct websocket_frame *frame;
		bool is_made;
	} shared;
};

static bool may_see(const struct guest *guest, const struct news *news, size_t row)
{
	struct uuid point, other;

	if (guest->sees_all)
		return true;
	point = db_get_uuid(news->result, row, 2);
	other = db_get_uuid(news->result, row, 3);
	return !uuid_is_nil(&guest->point_id) && (uuid_equal(&point, &guest->point_id) || uuid_equal(&other, &guest->point_id));
}

static void make_frame(struct news *news, const struct client *client)
{
	const struct guest *guest = client->guest;
	struct uuid point_id = guest->sees_all ? (struct uuid){0} : guest->point_id;
	HILO_AUTO(buf) struct buf out = {0};
	struct buf *entries = &news->shared.entries;

	if (news->shared.is_made && news->shared.after == client->sequence && uuid_equal(&news->shared.point_id, &point_id))
		return;
	buf_clear(entries);
	for (size_t row = news->begin; row < news->end; row++) {
		const char *body = db_get_text(news->result, row, 4);
		if (!body || db_get_int(news->result, row, 1) <= client->sequence || !may_see(guest, news, row))
			continue;
		if (entries->len)
			buf_putc(entries, ',');
		buf_puts(entries, body);
	}
	buf_puts(&out, "{\"entries\":[");
	buf_append(&out, entries->data ? entries->data : "", entries->len);
	buf_printf(&out, "],\"sequence\":%" PRId64 "}", news->top);
	websocket_frame_drop(&news->shared.frame);
	news->shared.frame = websocket_frame_new(out.data, out.len);
	news->shared.after = client->sequence;
	news->shared.point_id = point_id;
	news->shared.is_made = true;
}

/* what a client gets of it; may be nothing: notes, or another contact point's */
static const struct buf *pick_news(struct news *news, struct client *client)
{
	static const struct buf nothing;

	if (client->sequence >= news->top)
		return &nothing;
	make_frame(news, client);
	client->sequence = news->top;
	return &news->shared.entries;
}

static void deliver(struct news *news, struct client *client)
{
	const struct buf *entries = pick_news(news, client);

	if (entries->len)
		metric_add(client->live->entries_metric, 1);
	if (client->kind == CLIENT_POLL && (entries->len || client->until_us <= clock_monotonic_us()))
		client_reply(client, entries->len ? entries->data : "", entries->len);
	else if (client->kind == CLIENT_SOCKET && entries->len)
		client_send_frame(client, news->shared.frame);
}

static void take_news(struct room *room, struct news *news)
{
	bool is_behind = news->end - news->begin == ENTRIES_A_ROOM;

	room->sequence = HILO_MAX(room->sequence, news->top);
	for (struct guest *guest = room->guests; guest; guest = guest->next_in_room)
		for (struct client *next, *client = guest->clients; client; client = next) {
			next = client->next;
			if (client->state != CLIENT_LIVE || client->is_slow)
				continue;
			if (client->sequence < news->after)
				is_behind = true; /* joined meanwhile, has less: the next reading is for it */
			else
				deliver(news, client);
		}
	if (is_behind)
		room_wants(room, true, false);
	websocket_frame_drop(&news->shared.frame);
	buf_free(&news->shared.entries);
}

static void on_entries(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct reading *reading = arg;
	size_t row = 0;

	for (size_t i = 0; outcome->fault == DB_OK && i < reading->count; i++) {
		struct news news = {.result = result, .begin = row, .after = reading->after[i], .top = reading->after[i]};
		for (; row < db_rows(result); row++) {
			struct uuid id = db_get_uuid(result, row, 0);
			if (!uuid_equal(&id, &reading->rooms[i]->id))
				break;
			news.top = db_get_int(result, row, 1);
		}
		news.end = row;
		take_news(reading->rooms[i], &news);
	}
	reading_end(reading, outcome->fault != DB_OK, false);
}

/* Returns: how far the client that has least has come; -1: nobody waits for entries. */
static int64_t least_sequence(const struct room *room)
{
	int64_t least = -1;

	for (const struct guest *guest = room->guests; guest; guest = guest->next_in_room)
		for (struct client *client = guest->clients; client; client = client->next)
			if (client_takes_entries(client) && (least < 0 || client->sequence < least))
				least = client->sequence;
	return least;
}

/* ---- turns ---- */

void room_wants(struct room *room, bool entries, bool state)
{
	struct live *live = room->live;

	room->wants_entries |= entries;
	room->wants_state |= state;
	if (!room->is_wanting) {
		room->is_wanting = true;
		room->next_wanting = live->wanting;
		live->wanting = room;
	}
	if (!live->reads && !timer_is_running(live->turner))
		timer_in(live->turner, 0);
}

static void pick(struct live *live, struct reading *entries, struct reading *states)
{
	while (live->wanting && entries->count < ROOMS_A_TURN && states->count < ROOMS_A_TURN) {
		struct room *room = live->wanting;
		int64_t least = room->wants_entries ? least_sequence(room) : -1;
		live->wanting = room->next_wanting;
		room->is_wanting = false;
		if (least >= 0) {
			entries->after[entries->count] = least;
			entries->rooms[entries->count++] = room;
			room->under_way++;
		}
		if (room->wants_state) {
			states->rooms[states->count++] = room;
			room->under_way++;
		}
		room->wants_entries = room->wants_state = false;
	}
}

static void start(struct reading *reading, bool is_entries)
{
	struct chat *chat = reading->live->chat;
	struct uuid ids[ROOMS_A_TURN];

	if (!reading->count) {
		free(reading);
		return;
	}
	for (size_t i = 0; i < reading->count; i++)
		ids[i] = reading->rooms[i]->id;
	reading->live->reads++;
	if (is_entries)
		store_read_entries(chat, ids, reading->after, reading->count, ENTRIES_A_ROOM, on_entries, reading);
	else
		store_read_conversations(chat, ids, reading->count, on_states, reading);
}

void room_turn(struct live *live)
{
	struct reading *entries, *states;

	if (live->reads || !live->wanting || live->is_draining)
		return;
	entries = hilo_new(struct reading);
	states = hilo_new(struct reading);
	entries->live = states->live = live;
	pick(live, entries, states);
	start(states, false);
	start(entries, true);
}
