/* stream_client.c - what clients say on the stream: what they have open, and that they type. */
#include "base/clock.h"
#include "stream.h"

enum { FRAMES_A_SECOND = 50 };

bool stream_is_watching(const struct stream *stream, const struct uuid *conversation_id)
{
	const struct watched *watched = index_get(&stream->hub->watched, conversation_id);

	for (const struct watch *w = watched ? watched->watchers : NULL; w; w = w->next_watcher)
		if (w->stream == stream)
			return true;
	return false;
}

static void link_watch(struct hub *hub, struct watch *watch)
{
	struct watched *watched = index_get(&hub->watched, &watch->conversation_id);

	if (!watched) {
		watched = hilo_new(struct watched);
		watched->conversation_id = watch->conversation_id;
		index_put(&hub->watched, &watch->conversation_id, watched);
	}
	watch->next_watcher = watched->watchers;
	watch->at_watcher = &watched->watchers;
	if (watched->watchers)
		watched->watchers->at_watcher = &watch->next_watcher;
	watched->watchers = watch;
}

static void unlink_watch(struct hub *hub, struct watch *watch)
{
	struct watched *watched = index_get(&hub->watched, &watch->conversation_id);

	*watch->at_watcher = watch->next_watcher;
	if (watch->next_watcher)
		watch->next_watcher->at_watcher = watch->at_watcher;
	if (!watched->watchers)
		free(index_remove(&hub->watched, &watch->conversation_id));
}

void stream_unwatch(struct stream *stream)
{
	viewers_leave(stream);
	for (size_t i = 0; i < stream->watches_count; i++)
		unlink_watch(stream->hub, &stream->watches[i]);
	free(HILO_STEAL(stream->watches));
	stream->watches_count = 0;
}

/* Was it shown without being open? */
static bool was_told(const struct stream *stream, const struct stream_event *event)
{
	struct viewer viewer = stream_viewer(stream);

	return stream_verdict(&viewer, event, false, NULL) != VERDICT_HIDE;
}

/* A conversation is read by GET, with a cursor, before or after it is announced here: what happened since that cursor
 * is told now, unless it was told anyway. */
void stream_tell_watched(struct stream *stream)
{
	const struct ring *ring = &stream->hub->ring;
	struct bus_position before = stream->position;

	if (!stream->has_watch_cursor)
		return;
	if (stream->watch_cursor.epoch != ring->last.epoch ||
	    bus_position_compare(&stream->watch_cursor, &ring->base) < 0) {
		stream_resync(stream);
		return;
	}
	stream->has_watch_cursor = false;
	for (size_t i = ring_find(ring, &stream->watch_cursor); i < ring->count && stream->state == STREAM_LIVE; i++) {
		const struct stream_event *event = ring_at(ring, i);
		if (bus_position_compare(&event->position, &stream->watch_until) > 0)
			break;
		if (event->audience == AUDIENCE_CONVERSATION && !was_told(stream, event))
			stream_offer(stream, event);
	}
	/* what is live has dealt with the whole ring, and its client's cursor may lie beyond */
	stream->position = bus_position_compare(&before, &ring->last) > 0 ? before : ring->last;
	stream_flush(stream, &stream->position);
}

/* Clients repeat what they have open: those who look too must not see them go and come. */
static bool is_repeated(const struct stream *stream, json_t *list)
{
	struct uuid id;

	for (size_t i = 0; i < json_array_size(list); i++)
		if (uuid_parse(json_string_value(json_array_get(list, i)), &id) < 0 || !stream_is_watching(stream, &id))
			return false;
	return json_array_size(list) == stream->watches_count;
}

static void watch_other(struct stream *stream, json_t *list)
{
	size_t count = json_array_size(list);

	stream_unwatch(stream);
	stream->watches = hilo_alloc_array(count + 1, sizeof(struct watch));
	for (size_t i = 0; i < count; i++) {
		struct watch *watch = &stream->watches[stream->watches_count];
		watch->stream = stream;
		if (uuid_parse(json_string_value(json_array_get(list, i)), &watch->conversation_id) < 0 ||
		    stream_is_watching(stream, &watch->conversation_id))
			continue;
		link_watch(stream->hub, watch);
		stream->watches_count++;
	}
}

static void hear_watch(struct stream *stream, json_t *list, const char *cursor)
{
	if (!json_is_array(list) || json_array_size(list) > STREAM_WATCHED_MAX ||
	    (cursor && bus_cursor_parse(cursor, &stream->watch_cursor) < 0)) {
		stream_close(stream, 1008, "watch must hold at most 200 ids; cursor one the API gave");
		return;
	}
	if (!is_repeated(stream, list))
		watch_other(stream, list);
	stream->has_watch_cursor = cursor != NULL;
	stream->watch_until = stream->state == STREAM_LIVE ? stream->hub->ring.last : stream->position;
	if (stream->state == STREAM_LIVE)
		stream_tell_watched(stream);
	viewers_announce(stream);
}

/* ---- typing ---- */

static void signal_typing(struct stream *stream)
{
	Hilo__V1__LiveSignal signal = HILO__V1__LIVE_SIGNAL__INIT;
	char inbox[UUID_TEXT], conversation[UUID_TEXT], actor[sizeof("agent:") + UUID_TEXT] = "agent:";

	signal.type = (char *)"typing";
	signal.inbox_id = uuid_format(&stream->typing_inbox, inbox);
	signal.conversation_id = uuid_format(&stream->typing_conversation, conversation);
	uuid_format(&stream->colleague->id, actor + strlen(actor));
	signal.actor = actor;
	signal.active = stream->typing_active;
	signal.time_us = clock_now_us();
	bus_signal(stream->hub->gateway->bus, &signal);
}

static void on_typing(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct stream *stream = arg;

	if (!stream_done(stream) || outcome->fault != DB_OK || !db_rows(result))
		return;
	stream->typing_inbox = db_get_uuid(result, 0, 0);
	signal_typing(stream);
}

static void hear_typing(struct stream *stream, json_t *typing)
{
	struct uuid conversation;

	if (uuid_parse(json_string_value(json_object_get(typing, "conversation_id")), &conversation) < 0)
		return;
	stream->typing_active = json_is_true(json_object_get(typing, "active"));
	if (uuid_equal(&conversation, &stream->typing_conversation) && !uuid_is_nil(&stream->typing_inbox)) {
		signal_typing(stream);
		return;
	}
	stream->typing_conversation = conversation;
	stream->typing_inbox = (struct uuid){0};
	stream->under_way++;
	store_read_typing(&stream->hub->gateway->store, &stream->colleague->rights, &conversation, on_typing, stream);
}

static bool is_flood(struct stream *stream)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - stream->frames_us >= 1000000) {
		stream->frames_us = now_us;
		stream->frames = 0;
	}
	return ++stream->frames > FRAMES_A_SECOND;
}

void stream_hear(struct stream *stream, const char *text, size_t size)
{
	json_t *frame, *watch, *typing;

	if (is_flood(stream)) {
		stream_close(stream, 1008, "too many frames");
		return;
	}
	frame = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	watch = json_object_get(frame, "watch");
	typing = json_object_get(frame, "typing");
	if (watch)
		hear_watch(stream, watch, json_string_value(json_object_get(frame, "cursor")));
	else if (typing && (stream->state == STREAM_ASKED || stream->is_read_only))
		; /* nobody is to see a program type, or who it is not known yet */
	else if (typing)
		hear_typing(stream, typing);
	else
		stream_close(stream, 1008, "frames are {\"watch\":[…]} or {\"typing\":{…}}");
	json_decref(frame);
}
