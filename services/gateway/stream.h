/* stream.h - one client's WebSocket on GET /api/v1/stream: sign-in, scope, opened conversations, and its place in the
 * log. */
#pragma once

#include "http/json.h"
#include "http/websocket.h"
#include "hub.h"

#define STREAM_WATCHED_MAX 200
#define STREAM_FRAME_EVENTS 256
#define STREAM_FRAME_BYTES ((size_t)256 * 1024)

enum stream_state {
	STREAM_SILENT, /* connected, not signed in */
	STREAM_ASKED,  /* its session is being looked up */
	STREAM_BEHIND, /* signed in, reads the past */
	STREAM_LIVE,   /* gets events as they come */
	STREAM_CLOSED, /* waits for what is under way */
};

struct stream {
	struct hub *hub;
	struct websocket *socket; /* NULL once closed */
	enum stream_state state;
	struct stream *next, **at;                   /* hub->streams */
	struct stream *next_broad, **at_broad;       /* hub->broad; at_broad NULL: not in it */
	struct stream *next_of_agent, **at_of_agent; /* colleague->streams */
	struct colleague *colleague;
	enum scope scope;
	uint8_t token_hash[STORE_HASH];
	bool is_read_only;   /* a program that says nothing to others */
	struct arena *arena; /* of the sign-in */
	struct timer *timer; /* until it must have signed in */
	bool has_cursor;
	struct bus_position cursor;   /* as the client gave it */
	struct bus_position position; /* everything up to it was dealt with */
	struct bus_position told;     /* the last cursor sent */
	const struct stream_event **pending;
	size_t pending_count, pending_size, pending_bytes;
	uint64_t serial;       /* of the event last dealt with */
	struct watch *watches; /* array */
	size_t watches_count;
	bool has_watch_cursor;
	struct bus_position watch_cursor; /* what was opened shall be told from here */
	struct bus_position watch_until;  /* to here; what follows is told by itself */
	struct stream_event **replayed;   /* owned events of a page read from PostgreSQL */
	size_t replayed_count;
	int pages;                      /* read so far */
	bool is_floor_checked;          /* the log still holds what follows its cursor */
	struct bus_position page_until; /* where the page under way ends */
	bool is_replaying;              /* a page is under way; counted in hub->replaying */
	int under_way;                  /* calls that will come back to this object */
	int frames;                     /* from the client in the second that began at frames_us */
	int64_t frames_us;
	struct uuid typing_conversation, typing_inbox; /* last looked up */
	bool typing_active;
};

/* stream_close - with this code; the object goes when nothing is under way any more. */
void stream_close(struct stream *stream, int code, const char *reason);
/* stream_offer - deals with an event: shown, hidden or left; shown ones wait for stream_flush(). */
void stream_offer(struct stream *stream, const struct stream_event *event);
/* stream_flush - sends what waits; cursor: the place all of it leads to. */
void stream_flush(struct stream *stream, const struct bus_position *cursor);
void stream_send_cursor(struct stream *stream, const struct bus_position *cursor);
void stream_send_left(struct stream *stream, const struct uuid *conversation_id);
/* stream_resync - too much was missed: the client reads everything anew and goes on from now. */
void stream_resync(struct stream *stream);
/* stream_rights_changed - after its colleague's rights changed from these. */
void stream_rights_changed(struct stream *stream, const struct rights *before);
/* stream_is_watching - Returns: the client has the conversation open. */
bool stream_is_watching(const struct stream *stream, const struct uuid *conversation_id);
/* stream_signal - a frame of what is told and not stored. */
void stream_signal(struct stream *stream, const char *text, size_t size);
struct viewer stream_viewer(const struct stream *stream);
/* stream_done - a call that was under way has come back. Returns: the object is alive (and not closed). */
bool stream_done(struct stream *stream);

/* stream_catch_up.c */
/* stream_begin - signed in: from its cursor, or from now. */
void stream_begin(struct stream *stream);
/* stream_catch_up - the next piece of the past, as much as the client takes. */
void stream_catch_up(struct stream *stream);

/* stream_client.c: what clients say */
void stream_hear(struct stream *stream, const char *text, size_t size);
/* stream_tell_watched - events of opened conversations after the cursor given with them. */
void stream_tell_watched(struct stream *stream);
void stream_unwatch(struct stream *stream);
