/* ask.h - what agents ask of a conversation, handed to its owner as an event: the shell of such a handler.
 *
 * A handler opens it, reads its body, closes it and starts it: the conversation is looked up, load() reads what else
 * the request names, fill() makes the event; the client is answered with the outcome. */
#pragma once

#include "conversations.h"
#include "http/json.h"
#include "write.h"

/* what is asked, and what was found about it; in the request's arena */
struct ask {
	struct write *write;
	struct http_request *request;
	struct conversation_key key;
	struct uuid conversation_id;
	struct uuid inbox_id, assignee_id; /* as it is */
	bool exists;
	int64_t expected, version;
	int64_t deadline_us;
	void (*fill)(struct ask *ask, Hilo__V1__Envelope *envelope); /* the body; frees nothing */
	void (*load)(struct ask *ask);                               /* more reads; NULL: none */
	union {
		Hilo__V1__ReplyRequested reply;
		Hilo__V1__AssignmentRequested assignment;
		Hilo__V1__StatusRequested status;
		Hilo__V1__MoveRequested move;
		Hilo__V1__TriageRequested triage;
		Hilo__V1__InboxChangeRequested inbox_change;
		Hilo__V1__DeliveryRetryRequested retry;
	};
	struct uuid *uploads;
	size_t uploads_count, uploads_found;
	Hilo__V1__Attachment *files;     /* one for each upload, in its order */
	const struct uuid *new_assignee; /* NULL: nobody */
	const struct uuid *new_team;     /* NULL: none, or not named */
	struct uuid *mentions;
	size_t mentions_count;
	const struct uuid *contact_point; /* NULL: the best one */
	const char *channel;
	struct uuid object_id; /* inbox or message */
};

/* ask_open - the conversation and If-Match of the path and header. Returns: the body, or NULL after the request was
 * answered. ask_open_empty - the same for an operation without a body. Returns: false after it was answered. */
json_t *ask_open(struct http_request *request, struct ask **ret);
bool ask_open_empty(struct http_request *request, struct ask **ret);
/* ask_close - gives the body back. Returns: false after the request was answered, for a fault was found in it. */
bool ask_close(struct ask *ask, struct json_reader *reader);
/* ask_start - goes on with load and fill; kind: of the request's row. */
void ask_start(struct ask *ask, struct gateway *gateway, const char *kind);
/* ask_until - the end of a snooze in "until". Returns: Unix microseconds; 0: none. */
int64_t ask_until(struct json_reader *reader, bool is_snoozed);
