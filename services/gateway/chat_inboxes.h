/* chat_inboxes.h - what makes an inbox a chat inbox: read from requests, written beside the inbox. */
#pragma once

#include "validate.h"
#include "write.h"

#define CHAT_SECRET_TEXT 65 /* 64 hex digits and a NUL */

/* chat_read - the member "chat" of the reader's object, in its arena; faults are remembered under "chat.…".
 * Returns: whether it is given. */
bool chat_read(struct json_reader *reader, struct chat_record *ret);
/* chat_complete - of a new inbox: public id and secret. */
void chat_complete(struct write *write, struct chat_record *chat);
/* chat_load - what only the database knows of it; refuses. For load(). */
void chat_load(struct write *write, const struct chat_record *chat);
/* chat_secret - the key a shop signs its customers' identities with, made by this request: the same again when it is
 * asked again, and nothing to those who know the request only. */
void chat_secret(const struct gateway *gateway, const struct uuid *request_id, char ret[CHAT_SECRET_TEXT]);
/* chat_sealed_secret - the same, sealed, for the request under way. */
struct sealed chat_sealed_secret(const struct write *write);
/* read_handle - the address of a chat inbox; made up when missing. */
const char *read_handle(struct json_reader *reader, const char *field);
