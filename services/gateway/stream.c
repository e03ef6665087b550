/* stream.c - a socket from its handshake to its end, and the frames it gets. */
#include "stream.h"

#include "base/clock.h"
#include "base/log.h"
#include "handlers.h"
#include "presence.h"
#include "reply.h"

#define SIGN_IN_US 10000000
#define QUEUE_BYTES ((size_t)4 * 1024 * 1024)

/* ---- frames ---- */

struct viewer stream_viewer(const struct stream *stream)
{
	return (struct viewer){
	        .agent_id = stream->colleague->id,
	        .role = stream->colleague->role,
	        .rights = &stream->colleague->rights,
	        .scope = stream->scope,
	};
}

static void send_text(struct stream *stream, const struct buf *text)
{
	if (websocket_send(stream->socket, text->data, text->len) < 0)
		stream->state = STREAM_CLOSED;
	else
		metric_add(stream->hub->frames_metric, 1);
}

void stream_signal(struct stream *stream, const char *text, size_t size)
{
	struct buf borrowed = {.data = (char *)text, .len = size};

	send_text(stream, &borrowed);
}

void stream_send_cursor(struct stream *stream, const struct bus_position *cursor)
{
	HILO_AUTO(buf) struct buf out = {0};
	char text[BUS_CURSOR_TEXT];

	buf_printf(&out, "{\"cursor\":\"%s\"}", bus_cursor_format(cursor, text));
	stream->told = *cursor;
	send_text(stream, &out);
}

void stream_send_left(struct stream *stream, const struct uuid *conversation_id)
{
	HILO_AUTO(buf) struct buf out = {0};
	char id[UUID_TEXT];

	buf_printf(&out, "{\"left\":\"%s\"}", uuid_format(conversation_id, id));
	send_text(stream, &out);
}

void stream_resync(struct stream *stream)
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_puts(&out, "{\"resync\":true}");
	stream->pending_count = 0;
	stream->has_watch_cursor = false;
	stream->position = stream->hub->ring.last;
	stream->state = STREAM_LIVE;
	send_text(stream, &out);
	if (stream->state == STREAM_LIVE)
		stream_send_cursor(stream, &stream->position);
}

static void write_frame(const struct stream *stream, const struct bus_position *cursor, struct buf *out)
{
	char text[BUS_CURSOR_TEXT];

	buf_reserve(out, stream->pending_bytes + stream->pending_count + 128);
	buf_printf(out, "{\"cursor\":\"%s\",\"events\":[", bus_cursor_format(cursor, text));
	for (size_t i = 0; i < stream->pending_count; i++) {
		if (i)
			buf_putc(out, ',');
		buf_append(out, stream->pending[i]->json, stream->pending[i]->size);
	}
	buf_puts(out, "]}");
}

/* Many streams often get the same events: the frame made for the last one is theirs too. */
static bool is_shared(const struct stream *stream, const struct bus_position *cursor)
{
	const struct hub *hub = stream->hub;

	return hub->shared.count == stream->pending_count && bus_position_compare(cursor, &hub->ring.last) == 0 &&
	       memcmp(hub->shared.events, stream->pending, stream->pending_count * sizeof(*stream->pending)) == 0;
}

static void share(struct stream *stream, const struct buf *text)
{
	struct hub *hub = stream->hub;

	if (hub->shared.size < stream->pending_count) {
		hub->shared.size = stream->pending_size;
		hub->shared.events = hilo_realloc(hub->shared.events, hub->shared.size * sizeof(*hub->shared.events));
	}
	memcpy(hub->shared.events, stream->pending, stream->pending_count * sizeof(*stream->pending));
	hub->shared.count = stream->pending_count;
	websocket_frame_drop(&hub->shared.frame);
	hub->shared.frame = websocket_frame_new(text->data, text->len);
}

void stream_flush(struct stream *stream, const struct bus_position *cursor)
{
	struct hub *hub = stream->hub;
	bool is_last = bus_position_compare(cursor, &hub->ring.last) == 0 && stream->state == STREAM_LIVE;
	int rc;

	if (!stream->pending_count || stream->state == STREAM_CLOSED)
		return;
	if (!is_last || !is_shared(stream, cursor)) {
		HILO_AUTO(buf) struct buf out = {0};
		write_frame(stream, cursor, &out);
		if (is_last)
			share(stream, &out);
		rc = is_last ? websocket_send_frame(stream->socket, hub->shared.frame)
		             : websocket_send(stream->socket, out.data, out.len);
	} else {
		rc = websocket_send_frame(stream->socket, hub->shared.frame);
	}
	metric_add(hub->frames_metric, 1);
	stream->pending_count = stream->pending_bytes = 0;
	stream->told = *cursor;
	if (rc < 0)
		stream->state = STREAM_CLOSED;
}

/* ---- events ---- */

static void push(struct stream *stream, const struct stream_event *event)
{
	if (stream->pending_count == stream->pending_size) {
		stream->pending_size = stream->pending_size ? stream->pending_size * 2 : 16;
		stream->pending = hilo_realloc(stream->pending, stream->pending_size * sizeof(*stream->pending));
	}
	stream->pending[stream->pending_count++] = event;
	stream->pending_bytes += event->size;
}

void stream_offer(struct stream *stream, const struct stream_event *event)
{
	struct viewer viewer = stream_viewer(stream);
	bool is_watched =
	        event->audience == AUDIENCE_CONVERSATION && stream_is_watching(stream, &event->conversation_id);

	stream->position = event->position;
	switch (stream_verdict(&viewer, event, is_watched, hub_subject(stream->hub, event))) {
	case VERDICT_SHOW:
		push(stream, event);
		if (stream->pending_count >= STREAM_FRAME_EVENTS || stream->pending_bytes >= STREAM_FRAME_BYTES)
			stream_flush(stream, &event->position);
		break;
	case VERDICT_LEFT: /* in its order among the events */
		stream_flush(stream, &event->position);
		if (stream->state != STREAM_CLOSED)
			stream_send_left(stream, &event->conversation_id);
		break;
	case VERDICT_HIDE:
		break;
	}
}

static void on_lost(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct stream *stream = arg;

	if (!stream_done(stream) || outcome->fault != DB_OK)
		return;
	for (size_t i = 0; i < db_rows(result) && stream->state != STREAM_CLOSED; i++) {
		struct uuid id = db_get_uuid(result, i, 0);
		stream_send_left(stream, &id);
	}
}

void stream_rights_changed(struct stream *stream, const struct rights *before)
{
	const struct rights *now = &stream->colleague->rights;
	struct uuid *open;

	if (stream->state != STREAM_LIVE && stream->state != STREAM_BEHIND)
		return;
	if (!rights_cover(now, before)) {
		open = hilo_alloc_array(stream->watches_count + 1, sizeof(struct uuid));
		for (size_t i = 0; i < stream->watches_count; i++)
			open[i] = stream->watches[i].conversation_id;
		stream->under_way++;
		store_read_lost_conversations(&stream->hub->gateway->store, before, now, &stream->colleague->id, open,
		                              stream->watches_count, on_lost, stream);
		free(open);
	}
	stream->typing_inbox = stream->typing_conversation = (struct uuid){0};
	viewers_announce(stream);
	if (stream->scope == SCOPE_ALL && stream->state == STREAM_LIVE)
		stream_resync(stream); /* what it lists has other rows now */
}

/* ---- beginning and end ---- */

static void list_add(struct stream **list, struct stream *stream, size_t next_offset, size_t at_offset)
{
	struct stream **next = (struct stream **)((char *)stream + next_offset);
	struct stream ***at = (struct stream ***)((char *)stream + at_offset);

	*next = *list;
	*at = list;
	if (*list)
		*(struct stream ***)((char *)*list + at_offset) = next;
	*list = stream;
}

static void list_remove(struct stream *stream, size_t next_offset, size_t at_offset)
{
	struct stream **next = (struct stream **)((char *)stream + next_offset);
	struct stream ***at = (struct stream ***)((char *)stream + at_offset);

	if (!*at)
		return;
	**at = *next;
	if (*next)
		*(struct stream ***)((char *)*next + at_offset) = *at;
	*at = NULL;
}

#define LIST_ADD(list, stream, link)                                                                                   \
	list_add((list), (stream), offsetof(struct stream, next##link), offsetof(struct stream, at##link))
#define LIST_REMOVE(stream, link)                                                                                      \
	list_remove((stream), offsetof(struct stream, next##link), offsetof(struct stream, at##link))

static void stream_free(struct stream *stream)
{
	for (size_t i = 0; i < stream->replayed_count; i++)
		stream_event_free(&stream->replayed[i]);
	free(stream->replayed);
	free(stream->pending);
	timer_free(&stream->timer);
	arena_free(&stream->arena);
	free(stream);
}

static void on_close(void *arg, int code)
{
	struct stream *stream = arg;
	struct hub *hub = stream->hub;

	(void)code;
	stream->state = STREAM_CLOSED;
	stream->socket = NULL;
	stream_unwatch(stream);
	LIST_REMOVE(stream, );
	LIST_REMOVE(stream, _broad);
	if (stream->at_of_agent)
		stream->colleague->streams_count--;
	LIST_REMOVE(stream, _of_agent);
	hub->streams_count--;
	timer_stop(stream->timer);
	if (!stream->under_way)
		stream_free(stream);
}

bool stream_done(struct stream *stream)
{
	stream->under_way--;
	if (stream->socket)
		return stream->state != STREAM_CLOSED;
	if (!stream->under_way)
		stream_free(stream);
	return false;
}

void stream_close(struct stream *stream, int code, const char *reason)
{
	if (stream->state == STREAM_CLOSED)
		return;
	stream->state = STREAM_CLOSED;
	websocket_close(stream->socket, code, reason);
}

static void admit(struct stream *stream, const struct principal *who)
{
	struct hub *hub = stream->hub;

	timer_stop(stream->timer);
	memcpy(stream->token_hash, who->token_hash, STORE_HASH);
	stream->is_read_only = who->is_read_only;
	stream->colleague = hub_colleague(hub, &who->id, who->name, who->role, &who->rights, true, who->version);
	LIST_ADD(&stream->colleague->streams, stream, _of_agent);
	stream->colleague->streams_count++;
	if (stream->scope == SCOPE_ALL)
		LIST_ADD(&hub->broad, stream, _broad);
	if (!who->is_read_only)
		presence_beat(hub->gateway->kv, &who->id);
	stream->state = STREAM_BEHIND;
	if (hub_is_live(hub))
		stream_begin(stream);
}

static void on_principal(void *arg, struct principal *principal, bool unavailable)
{
	struct stream *stream = arg;

	if (!stream_done(stream))
		return;
	if (principal)
		admit(stream, principal);
	else if (unavailable)
		stream_close(stream, 1013, "try again");
	else
		stream_close(stream, 4401, "sign in again");
	arena_free(&stream->arena);
}

static void sign_in(struct stream *stream, const char *token)
{
	stream->state = STREAM_ASKED;
	stream->under_way++;
	stream->arena = arena_new(0);
	principal_find(stream->hub->gateway, token, stream->arena, on_principal, stream);
}

static void hear_token(struct stream *stream, const char *text, size_t size)
{
	json_t *frame = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	const char *token = json_string_value(json_object_get(frame, "auth"));

	if (token && strlen(token) <= 200)
		sign_in(stream, token);
	else
		stream_close(stream, 4401, "the first frame must be {\"auth\":token}");
	json_decref(frame);
}

static void on_text(void *arg, const char *text, size_t size)
{
	struct stream *stream = arg;

	switch (stream->state) {
	case STREAM_SILENT:
		hear_token(stream, text, size);
		break;
	case STREAM_ASKED: /* what it opens counts from when it is known; how long that takes is not its fault */
	case STREAM_BEHIND:
	case STREAM_LIVE:
		stream_hear(stream, text, size);
		break;
	case STREAM_CLOSED:
		break;
	}
}

static void on_silence(void *arg)
{
	stream_close(arg, 4401, "nobody signed in");
}

static bool read_query(struct http_request *request, struct stream *stream)
{
	const char *scope = http_request_query(request, "scope"), *cursor = http_request_query(request, "cursor");

	if (scope && strcmp(scope, "mine") != 0 && strcmp(scope, "all") != 0) {
		reply_error(request, ERROR_invalid_parameter, "scope must be mine or all");
		return false;
	}
	stream->scope = scope && !strcmp(scope, "all") ? SCOPE_ALL : SCOPE_MINE;
	stream->has_cursor = cursor && *cursor;
	if (stream->has_cursor && bus_cursor_parse(cursor, &stream->cursor) < 0) {
		reply_error(request, ERROR_invalid_parameter, "cursor must be one the API gave");
		return false;
	}
	return true;
}

/* a cookie counts only when a page of ours says so; other clients say their token */
static const char *token_of(struct http_request *request, const struct gateway *gateway)
{
	const char *origin = http_request_header(request, "Origin");
	bool by_cookie;
	const char *token = principal_token(request, &by_cookie);

	return by_cookie && (!origin || strcmp(origin, gateway->origin) != 0) ? NULL : token;
}

void handle_stream_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct hub *hub = gateway->hub;
	const char *const origins[] = {gateway->origin, NULL};
	struct stream *stream = hilo_new(struct stream);
	struct websocket_options options = {
	        .max_queue_bytes = QUEUE_BYTES, .on_text = on_text, .on_close = on_close, .arg = stream};
	const char *given = token_of(request, gateway);
	HILO_AUTO_FREE char *token = given ? hilo_strdup(given) : NULL; /* the request ends with the handshake */

	stream->hub = hub;
	if (read_query(request, stream))
		stream->socket = websocket_upgrade(request, origins, &options);
	if (!stream->socket) {
		free(stream);
	} else {
		stream->timer = timer_new(gateway->loop, on_silence, stream);
		timer_in(stream->timer, SIGN_IN_US);
		LIST_ADD(&hub->streams, stream, );
		hub->streams_count++;
		if (token)
			sign_in(stream, token);
	}
}
