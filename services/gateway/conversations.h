/* conversations.h - how conversations are named. Pure. */
#pragma once

#include "base/arena.h"
#include "store.h"

#define PAGE_END_US INT64_C(253402300799000000) /* later than anything in a list */

/* conversation_ref - a reference as people write it ("7k3m 9qxd", "7K3M9QXD") in the form it is stored.
 * Returns: text in the arena, or NULL: not a reference. */
const char *conversation_ref(struct arena *arena, const char *text);
/* conversation_key_parse - a UUID or a reference. Returns: 0, or -EINVAL. */
int conversation_key_parse(struct arena *arena, const char *text, struct conversation_key *ret);
/* page_key_parse - gateway.page_key()'s "<microseconds>-<uuid>". Returns: 0, or -EINVAL. */
int page_key_parse(const char *text, int64_t *ret_us, struct uuid *ret_id);
/* list_key_parse - a list's "<priority>:<page key>"; without the priority it is 0. Returns: 0, or -EINVAL. */
int list_key_parse(const char *text, int32_t *ret_rank, int64_t *ret_us, struct uuid *ret_id);
/* like_pattern - finds text anywhere, taken literally. */
const char *like_pattern(struct arena *arena, const char *text);
/* param_conversation - of the path; answers 404 and returns false when it can be none. */
bool param_conversation(struct http_request *request, struct conversation_key *ret);
