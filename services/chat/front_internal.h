/* front_internal.h - what the front's files share. */
#pragma once

#include <jansson.h>

#include "inboxes.h"
#include "limit.h"
#include "live.h"
#include "store_front.h"
#include "visitor.h"

struct front {
	struct chat *chat;
	struct timer *chores;
	int uploads; /* files on their way to the store */
};

#define TOKEN_TEXT 44 /* of 32 random bytes in base64url, with its NUL */

/* token_make - a new one, and its hash. token_hash - Returns: false for what cannot be a token. */
void token_make(char ret[TOKEN_TEXT], uint8_t ret_hash[STORE_HASH]);
bool token_hash(const char *token, uint8_t ret[STORE_HASH]);
/* visitor_copy - in the arena. */
struct visitor *visitor_copy(struct arena *arena, const struct visitor *visitor);

/* ---- requests: front.c ---- */

/* front_with_visitor - goes on with whoever the token (Authorization, for files also ?token=) belongs to, and their inbox; else the
 * request has been answered. Both are borrowed: the visitor from the request, the inbox until control goes back to the loop. */
typedef void front_handler(struct http_request *request, struct chat *chat, const struct visitor *visitor, const struct chat_inbox *inbox);
void front_with_visitor(struct http_request *request, struct chat *chat, front_handler *handle);
/* front_json - the body as a JSON object of at most 16 KiB. Returns: owned, or NULL: the request has been answered. */
json_t *front_json(struct http_request *request);
/* front_reply_json - with Cache-Control: no-store. front_reply_fault - the database's: 503 or 500. front_reply_outcome - and a log
 * line when trying again will not help. */
void front_reply_json(struct http_request *request, int status, const struct buf *json);
void front_reply_fault(struct http_request *request, enum db_fault fault);
void front_reply_outcome(struct http_request *request, const struct db_outcome *outcome);
void front_reply_limited(struct http_request *request);

void handle_session_post(struct http_request *request, void *arg);
void handle_session_delete(struct http_request *request, void *arg);
void handle_profile_put(struct http_request *request, void *arg);
void handle_confirm_get(struct http_request *request, void *arg);
void handle_confirm_post(struct http_request *request, void *arg);
void handle_upload_post(struct http_request *request, void *arg);
void handle_file_get(struct http_request *request, void *arg);
void handle_transcript_post(struct http_request *request, void *arg);
void handle_frame_get(struct http_request *request, void *arg);

/* ---- events: front_events.c ---- */

/* front_lock - queues the locks of these contact points ("chat", address), NULL-ended, before a transaction's first write. */
struct front_point {
	const char *channel, *address;
};
void front_lock(struct db_tx *tx, struct arena *arena, const struct front_point *points, size_t count);
/* front_add_confirmed - contact.confirmed: the visitor's contact point proved another one. Returns: as bus_outbox_add. */
int front_add_confirmed(struct bus_outbox *outbox, struct arena *arena, const struct visitor *visitor, Hilo__V1__Channel channel,
			const char *address);
/* front_add_notice - notice.submitted. Returns: as bus_outbox_add. */
struct front_notice {
	const struct uuid *mail_inbox_id;
	const char *to, *name, *subject, *text;
};
int front_add_notice(struct bus_outbox *outbox, struct arena *arena, const struct front_notice *notice);
