/* base/uuid.h - 128-bit identifiers, made by us as version 7 (RFC 9562): sortable by time, random otherwise. */
#pragma once

#include "base/base.h"

#define UUID_TEXT 37 /* bytes of the text form with its NUL */

struct uuid {
	uint8_t bytes[16];
};

/* uuid_new - a fresh UUIDv7, monotonic within this process even in one millisecond and when the clock steps back.
 * Source: RFC 9562 section 6.2, method 1 (counter of 18 bits in rand_a and the head of rand_b). */
struct uuid uuid_new(void);
/* uuid_random - 128 random bits as version 4; for secrets use libsodium instead. */
struct uuid uuid_random(void);
/* uuid_format - lower-case text with dashes. Returns: text. */
char *uuid_format(const struct uuid *id, char text[UUID_TEXT]);
/* uuid_parse - the 36-character text form, any case.
 * Returns: 0, or -EINVAL (also for NULL) with *ret untouched. */
int uuid_parse(const char *text, struct uuid *ret);
bool uuid_is_nil(const struct uuid *id);
bool uuid_equal(const struct uuid *a, const struct uuid *b);
/* uuid_compare - byte order, as PostgreSQL and memcmp order them; usable by qsort(). */
int uuid_compare(const void *a, const void *b);
/* uuid_hash64 - 64 well-mixed bits of it, for advisory locks and hash tables; stable for ever. */
uint64_t uuid_hash64(const struct uuid *id);
