/* hub.h - the live side's parts: guests (visitors who are here), the rooms they are in (their conversations), and the
 * clients they come by (sockets, polls, calls). A room is read from the database whenever the log has news of it, and what
 * is new goes to every client by its own last sequence: nothing is sent twice or left out, however clients come and go. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/index.h"
#include "http/json.h"
#include "http/websocket.h"
#include "live.h"

#define HUB_TEXT_MAX 10000 /* characters of a message */

struct post;

/* ---- room ---- */

struct room {
	struct live *live;
	struct uuid id, inbox_id, customer_id;
	struct uuid assignee_id; /* nil: nobody */
	char *ref, *status;
	int64_t sequence;  /* of the last entry known of */
	int64_t queued_us; /* 0: does not wait */
	int64_t position;  /* in the queue; 0: not known */
	int64_t seen;
	struct guest *guests;
	bool wants_entries, wants_state, is_wanting; /* is_wanting: in live->wanting */
	struct room *next_wanting;
	int under_way; /* reads and reports that hold it */
	/* to be reported to the others */
	bool is_watched; /* somebody looks at it here */
	bool wants_present, wants_seen, wants_end;
	struct uuid end_point_id;
	int64_t seen_due_us; /* monotonic: not before */
};

/* ---- guest ---- */

enum { PACE_MESSAGES = 16 };
struct pace { /* the messages a guest sent last, a ring */
	struct uuid ids[PACE_MESSAGES];
	size_t at;
};

struct guest {
	struct live *live;
	struct uuid id, inbox_id;
	struct uuid point_id, customer_id; /* nil: not known yet */
	char *address, *name, *email;
	Hilo__V1__Level email_level;
	bool is_signed_in;
	bool sees_all; /* of the customer's; else of its own contact point's only */
	bool is_known, is_looking, wants_lookup;
	bool told_open;
	struct room *room;
	struct guest *next_in_room, **at_in_room;
	struct client *clients;
	int sockets;
	struct post *posts, **posts_end; /* in order; the first is under way */
	int posts_count;
	struct pace *pace;
	int64_t used_us, polled_until_us; /* monotonic */
	int64_t awaiting_us; /* since when a message of theirs is not attached; 0: none */
	int64_t typed_us;    /* when the last sign of typing was given */
	bool is_typing;
};

/* ---- client ---- */

enum client_kind { CLIENT_SOCKET, CLIENT_POLL, CLIENT_CALL };
enum client_state {
	CLIENT_SILENT,  /* connected, has not said who it is */
	CLIENT_ASKED,   /* its token is being looked up */
	CLIENT_JOINING, /* its guest is being looked up */
	CLIENT_LIVE,
	CLIENT_CLOSED,  /* waits for what is under way */
};

struct client {
	struct live *live;
	struct guest *guest; /* NULL until its token is known */
	struct client *next, **at; /* of the guest, or of live->silent */
	enum client_kind kind;
	enum client_state state;
	bool is_asked; /* the front will come back to it */
	bool is_slow;  /* has more to read than it takes: gets no more entries meanwhile */
	struct websocket *socket;     /* CLIENT_SOCKET; NULL once closed */
	struct http_request *request; /* the others; NULL once answered */
	json_t *call;                 /* CLIENT_CALL: what it says */
	char *peer;                   /* address */
	struct uuid conversation_id;  /* `sequence` counts in this one; nil: whichever it is */
	int64_t sequence;             /* of the last entry it has */
	int64_t until_us;             /* monotonic: of silence, or of waiting */
	int64_t frames_us;            /* begin of the second `frames` counts in */
	int frames;
};

/* ---- all of it ---- */

struct live {
	struct chat *chat;
	char self[UUID_TEXT]; /* this process, in signals */
	struct bus_reader *reader;
	struct arena *arena; /* of one batch of events */
	struct index guests; /* struct guest by visitor */
	struct index points; /* struct guest by contact point */
	struct index rooms;  /* struct room by conversation */
	struct index agents; /* names, char * */
	struct index awaited; /* struct awaited by message */
	struct index waits;   /* struct waits by inbox */
	struct index queued;  /* int64_t since when, by conversation */
	struct client *silent;
	struct room *wanting; /* those to be read */
	int reads;            /* under way */
	struct lookup *lookups, **lookups_end;
	bool is_looking_up, is_positioning;
	struct report *report; /* under way */
	struct heartbeats *sweep;
	struct timer *turner, *ticker, *reporter;
	int64_t positioned_us;
	unsigned ticks;
	bool is_draining;
	struct metric *sockets_metric, *entries_metric, *messages_metric;
};

struct awaited {
	struct uuid message_id;
	struct uuid guest_id;
	int64_t since_us;
};

/* ---- room.c ---- */

struct found;
struct room *room_find(struct live *live, const struct uuid *id);
/* room_enter - the room of this conversation as just read, made if need be. */
struct room *room_enter(struct live *live, const struct found *found);
void room_free_unused(struct live *live, bool all);
/* room_wants - something about it is new: it is read in this turn. */
void room_wants(struct room *room, bool entries, bool state);
void room_turn(struct live *live);
/* room_tell - one frame to every socket of the room, but one (or NULL); polls are answered by what has changed. */
void room_tell(struct room *room, const struct buf *text, const struct client *but);
void room_write_conversation(const struct room *room, struct buf *out); /* null for no room */
void room_write_agent(const struct room *room, struct buf *out);
void room_write_queue(const struct room *room, struct buf *out);
void room_tell_queue(struct room *room);
/* room_write_members - "conversation":…,"seen":…,"queue":…,"agent":… */
void room_write_members(const struct room *room, struct buf *out);
void room_write_found(struct live *live, const struct found *found, struct buf *out);

/* ---- lookup.c: which conversation somebody is shown ---- */

struct found {
	struct uuid point_id, customer_id; /* nil: not known yet */
	struct uuid conversation_id;       /* nil: none; the rest is about it */
	const char *ref, *status;
	struct uuid inbox_id, conversation_customer_id, assignee_id;
	int64_t sequence, queued_us, seen, position;
};
struct lookup {
	struct lookup *next;
	struct uuid inbox_id;
	char *address, *email; /* owned; email NULL: none that is confirmed */
	bool sees_all;
	void (*on_found)(void *arg, const struct found *found, enum db_fault fault); /* found NULL with a fault */
	void *arg;
};
/* lookup_add - takes it; it is read together with others in this turn. */
void lookup_add(struct live *live, struct lookup *lookup);
void lookup_turn(struct live *live);
/* lookup_drop_all - their callbacks are told DB_RETRY. */
void lookup_drop_all(struct live *live);

/* ---- guest.c ---- */

/* guest_enter - who this visitor is here, brought up to date. wants_look: a client will be told how things stand now. */
struct guest *guest_enter(struct live *live, const struct visitor *visitor, bool wants_look);
void guest_free(struct guest *guest);
void guest_free_unused(struct live *live);
/* guest_set_point - which contact point is theirs. */
void guest_set_point(struct guest *guest, const struct uuid *point_id);
/* guest_look - which conversation is it shown now? Clients that join wait for it. */
void guest_look(struct guest *guest);
bool guest_is_watching(const struct guest *guest);
/* guest_watch_changed - a client came or went. */
void guest_watch_changed(struct guest *guest);
void guest_await(struct guest *guest, const struct uuid *message_id);
/* guest_attached - a message that was awaited is in this conversation. */
void guest_attached(struct live *live, const struct uuid *message_id, const struct uuid *conversation_id);
void guest_typing(struct guest *guest, bool is_active);
bool guest_is_open(const struct guest *guest);
void guest_tick(struct guest *guest);

/* ---- client.c ---- */

void client_list_add(struct client **list, struct client *client);
void client_list_remove(struct client *client);
/* client_close - a socket with this code, a request with 503. */
void client_close(struct client *client, int code, const char *reason);
/* client_send - one frame to a socket; for others nothing. */
void client_send(struct client *client, const char *text, size_t size);
void client_send_frame(struct client *client, struct websocket_frame *frame);
/* client_ready - its guest is known: it is told how things stand, and gets what it has not. */
void client_ready(struct client *client);
/* client_moved - its guest is in another conversation now. */
void client_moved(struct client *client);
/* client_reply - ends a poll: with these entries (JSON, joined by commas), or "" for none. */
void client_reply(struct client *client, const char *entries, size_t size);
/* client_answer - what became of its message: a frame, or the answer that ends a call. */
void client_answer(struct client *client, int status, const struct buf *text);
/* client_takes_entries - it waits for them, and reads what it is sent. */
bool client_takes_entries(struct client *client);
void client_tick(struct client *client, int64_t now_us);
void client_handle_socket(struct http_request *request, void *arg);
void client_handle_poll(struct http_request *request, void *arg);
void client_handle_call(struct http_request *request, void *arg);
/* client_free - once nothing points at it. */
void client_free(struct client *client);

/* ---- post.c: messages in ---- */

/* post_hear - a client's {"message":{…}}. */
void post_hear(struct client *client, json_t *message);
/* post_run - its guest is known: the first of those that wait goes on. */
void post_run(struct guest *guest);
void post_forget_client(const struct client *client);
/* post_drop_all - nothing more will be heard of them. */
void post_drop_all(struct guest *guest);

/* ---- report.c: presence, marks of what was seen and ends, told to the others ---- */

void report_soon(struct live *live, int64_t in_us);
void report_run(void *live);
void report_seen(struct client *client, int64_t sequence);
void report_end(struct client *client);
/* report_watch - somebody looks at the room now, or nobody does any more. */
void report_watch(struct room *room, bool is_watched);
void report_beat(const struct room *room);
#define PRESENT_TTL_S 15
#define PRESENT_PREFIX "hilo:chat:present:"
#define PRESENT_KEY_TEXT (sizeof(PRESENT_PREFIX) + UUID_TEXT)
char *report_key(const struct uuid *conversation_id, char ret[PRESENT_KEY_TEXT]);
/* report_presence - visitor.presence_changed into the outbox. customer_id NULL: by the system. */
int report_presence(struct bus_outbox *outbox, struct arena *arena, const struct uuid *conversation_id, const struct uuid *inbox_id,
		    const struct uuid *customer_id, bool present);
void report_drop(struct live *live);

/* ---- presence_sweep.c ---- */

struct heartbeats *presence_sweep_new(struct chat *chat);

/* ---- queue.c ---- */

/* queue_event - a conversation of a chat inbox was queued, assigned or ended. */
void queue_event(struct live *live, const struct bus_event *event);
/* queue_wait_s - what the last ones waited, the median; -1: not known. */
int64_t queue_wait_s(const struct live *live, const struct uuid *inbox_id);
void queue_tick(struct live *live);
void queue_free(struct live *live);
