/* continuity.h - an answer that came when the customer had left the chat goes on by mail: when, and how it reads. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/base.h"

/* A customer who only changes the page is back before this; several answers go in one mail. */
#define CONTINUITY_WAIT_US (15 * INT64_C(1000000))

/* what is known of the customer and the chat's answers, sequences being places in the conversation */
struct continuity {
	bool is_present;
	uint64_t reply_sequence, seen_sequence, told_sequence;
	int64_t reply_us;  /* of the newest answer */
	int64_t absent_us; /* when they left; 0: never */
};
/* continuity_due - when an answer goes on by mail, unless something changes before. Returns: 0: it does not. */
int64_t continuity_due(const struct continuity *state);
/* continuity_later - when to look again after it was due and there was no address to mail to: the customer may confirm
 * one yet. Ever more seldom, for a day. Returns: 0: no more. */
int64_t continuity_later(const struct continuity *state, int64_t now_us);

struct continuity_entry {
	uint64_t sequence;
	bool is_answer; /* not seen: it is what the mail tells */
	const char *author, *text;
};

/* continuity_subject - "<subject> [#7K3M-9QXD]", "Your chat" when it has none. locale: a language tag, may be "".
 * Returns: in the arena. */
char *continuity_subject(struct arena *arena, const char *subject, const char *ref, const char *locale);
/* continuity_text - the answers in their order, where it goes on, and the last entries before them quoted. At most
 * 200 KiB: what does not fit is cut, and can be read in the chat. Returns: in the arena. */
char *continuity_text(struct arena *arena, const struct continuity_entry *entries, size_t count, const char *locale);
