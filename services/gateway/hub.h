/* hub.h - the gateway's one reader of the log, and every open stream: who gets what, at once.
 *
 * Streams hang on their agent (scope mine), on the conversations they have open, or on the list of those who see all,
 * so that an event is held against those only whom it may concern. */
#pragma once

#include "gateway.h"
#include "base/index.h"
#include "ring.h"
#include "viewers.h"

struct stream;

/* an agent, as the streams must know them */
struct colleague {
	struct uuid id;
	char *name;
	enum role role;
	struct rights rights;
	struct uuid *inboxes; /* owned, rights.inboxes */
	bool is_active;
	int64_t version;
	struct stream *streams;
	size_t streams_count;
};

/* who has a conversation open: one link a stream and conversation */
struct watch {
	struct stream *stream;
	struct uuid conversation_id;
	struct uuid inbox_id; /* nil: not known yet, or not to be seen */
	struct watch *next_watcher, **at_watcher; /* of the conversation */
};
struct watched {
	struct uuid conversation_id;
	struct watch *watchers;
	struct viewers viewers;
};

struct hub {
	struct gateway *gateway;
	struct bus_reader *reader;
	struct arena *arena; /* of one batch */
	struct ring ring;
	struct index colleagues; /* struct colleague */
	struct index watched;    /* struct watched */
	struct stream *streams;  /* all, by next */
	struct stream *broad;    /* scope all, by next_broad */
	size_t streams_count;
	struct stream **touched; /* have something pending */
	size_t touched_count, touched_size;
	uint64_t serial; /* number of the event being fanned out */
	struct {         /* the last frame made, for streams with the same events */
		const struct stream_event **events;
		size_t count, size;
		struct websocket_frame *frame;
	} shared;
	int replaying; /* streams that read the log's past from PostgreSQL now */
	struct timer *ticker;
	struct timer *catcher; /* runs while streams read the past */
	int ticks;
	bool is_reading_directory;
	struct metric *events_metric, *frames_metric;
};

struct hub *hub_new(struct gateway *gateway);
void hub_free(struct hub **hub);
/* hub_drain - tells every stream to come back elsewhere (1012). */
void hub_drain(struct hub *hub);
bool hub_is_live(const struct hub *hub);
/* hub_session_ended - closes the streams of this session. */
void hub_session_ended(struct hub *hub, const uint8_t token_hash[STORE_HASH]);
/* hub_check_sessions - closes the streams whose session or token is no longer valid. */
void hub_check_sessions(struct hub *hub);
/* hub_ends_sessions - may a change of this kind of thing (configuration.changed) have ended some? They are not to
 * outlive it until the next look. */
bool hub_ends_sessions(const char *kind);
/* hub_colleague - the record of an agent, brought up to this version. Never NULL. */
struct colleague *hub_colleague(struct hub *hub, const struct uuid *id, const char *name, enum role role,
                                const struct rights *rights, bool is_active, int64_t version);
/* hub_catch_up_soon - there are streams that read the past. */
void hub_catch_up_soon(struct hub *hub);
const struct colleague *hub_find(const struct hub *hub, const struct uuid *agent_id);
/* hub_subject - the rights of the agent an event is about, NULL when there is none or nobody knows. */
const struct rights *hub_subject(const struct hub *hub, const struct stream_event *event);
