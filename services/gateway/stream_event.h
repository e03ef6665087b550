/* stream_event.h - an event on its way to clients, and who of them may see it. Pure. */
#pragma once

#include "bus/event.h"
#include "rights.h"

enum audience {
	AUDIENCE_CONVERSATION, /* who sees the inbox: all of it, or what is theirs or opened */
	AUDIENCE_PRESENCE,     /* colleagues */
	AUDIENCE_AGENT,        /* those who lead, and the agent */
	AUDIENCE_INBOX,        /* who sees the inbox */
	AUDIENCE_SELF,         /* the agent alone, while they see the inbox */
	AUDIENCE_ALL,          /* everybody */
};

struct stream_event {
	struct bus_position position;
	enum audience audience;
	struct uuid inbox_id, conversation_id, assignee_id;
	struct uuid previous_id;       /* who had the conversation before, nil: the same or nobody */
	struct uuid previous_inbox_id; /* the inbox it belonged to before, nil: the same */
	struct uuid agent_id;          /* presence and agent records: whose */
	size_t size;
	char *json; /* owned, size bytes and a NUL */
};

/* the types clients are told about, NULL-ended */
extern const char *const stream_event_types[];
bool stream_event_is_wanted(const char *type);
/* stream_event_of - from an opened event. Returns: owned, stream_event_free(). */
struct stream_event *stream_event_of(const struct bus_event *event);
void stream_event_free(struct stream_event **event);

enum scope { SCOPE_ALL, SCOPE_MINE };
struct viewer {
	struct uuid agent_id;
	enum role role;
	const struct rights *rights;
	enum scope scope;
};
enum verdict { VERDICT_HIDE, VERDICT_SHOW, VERDICT_LEFT };
/* stream_verdict - what becomes of the event for this viewer. is_watched: the viewer has the conversation open;
 * subject_rights: of event->agent_id, for presence and agent records, else NULL (unknown: nobody but the agent and
 * administrators). */
enum verdict stream_verdict(const struct viewer *viewer, const struct stream_event *event, bool is_watched,
                            const struct rights *subject_rights);
