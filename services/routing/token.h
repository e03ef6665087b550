/* token.h - what we sign so that an answer proves where it belongs: reply tags and our own Message-IDs. Pure.
 *
 * Both carry a MAC with HILO_SECRET, so that nobody can write into a conversation by guessing its number. */
#pragma once

#include "base/base.h"
#include "base/uuid.h"
#include "reference.h"

#define TOKEN_TAG_TEXT 38 /* bytes of "c-7k3m9qxd-" and 26 characters, with the NUL */
#define TOKEN_MESSAGE_ID_TEXT                                                                                          \
	320 /* bytes of a Message-ID of ours with its NUL: "h.", 32, ".", 20, "@", a domain of at most 253 */

/* the tag as found in an address, not yet believed */
struct token_tag {
	char ref[REFERENCE_TEXT];
	char mac[27];
};

/* token_tag_format - "c-<reference without dash>-<128-bit MAC>", for the local part of the Reply-To address. Returns:
 * ret. */
char *token_tag_format(const char *secret, const char *ref, const struct uuid *conversation_id,
                       const struct uuid *contact_point_id, char ret[TOKEN_TAG_TEXT]);
/* token_tag_parse - any case. Returns: 0, or -EINVAL (also for NULL and "") with *ret untouched. */
int token_tag_parse(const char *text, struct token_tag *ret);
/* token_tag_is_valid - the tag was given to this contact point for this conversation; constant time. */
bool token_tag_is_valid(const char *secret, const struct token_tag *tag, const struct uuid *conversation_id,
                        const struct uuid *contact_point_id);

/* token_message_id_format - "h.<32 hex digits>.<20 hex digits of MAC>@domain", without brackets. Returns: ret. */
char *token_message_id_format(const char *secret, const struct uuid *message_id, const char *domain,
                              char ret[TOKEN_MESSAGE_ID_TEXT]);
/* token_message_id_parse - the message behind an id of ours.
 * Returns: 0; -EINVAL when it has not our shape (a foreign id); -EBADMSG when it has, but the MAC is wrong. */
int token_message_id_parse(const char *secret, const char *text, struct uuid *ret);
