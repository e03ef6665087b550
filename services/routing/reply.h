/* reply.h - what an answer by mail is sent under: subject, threading headers, files. Pure. */
#pragma once

#include "base/arena.h"
#include "hilo/v1/message.pb-c.h"

/* reply_subject - "Re: <subject> [#7K3M-9QXD]", neither the prefix nor the reference twice. Returns: in the arena. */
char *reply_subject(struct arena *arena, const char *subject, const char *ref);
/* reply_references - the ancestors of an answer, oldest first: those of the message it answers and that message itself,
 * no one twice, trimmed to the first and the last 20. thread: the answered message's ids, newest first, separated by
 * blanks (may be NULL); answers: its own Message-ID. Returns: how many; the texts in the arena. Source: RFC 5322
 * section 3.6.4. */
size_t reply_references(struct arena *arena, const char *answers, const char *thread, char ***ret);
/* reply_domain - what follows the last @ of an address. Returns: borrowed; "localhost" when there is none. */
const char *reply_domain(const char *address);
/* reply_attachments_json - the files as stored in routing.message. Returns: in the arena. */
char *reply_attachments_json(struct arena *arena, Hilo__V1__Attachment *const *attachments, size_t count);
