/* base/text.h - text from outside: checked, mended, cut. Pure. */
#pragma once

#include "base/base.h"
#include "base/arena.h"

/* text_is_utf8 - size bytes are valid UTF-8 (no surrogates, nothing above U+10FFFF) and hold no NUL. */
bool text_is_utf8(const char *data, size_t size);
/* text_mend - a copy in the arena that PostgreSQL accepts: invalid sequences become U+FFFD, NULs vanish.
 * At most limit_bytes are kept, cut between characters. Returns: NUL-terminated text. */
char *text_mend(struct arena *arena, const char *data, size_t size, size_t limit_bytes);
/* text_cut - the length in bytes, at most limit, that does not cut a UTF-8 character in two. */
size_t text_cut(const char *text, size_t size, size_t limit);
/* text_preview - the first limit_bytes of text with runs of white space folded to one space, for lists. */
char *text_preview(struct arena *arena, const char *text, size_t limit_bytes);
/* text_lower - ASCII letters lower-cased, the rest untouched. */
char *text_lower(struct arena *arena, const char *text);
bool text_equal_nocase(const char *a, const char *b); /* ASCII; NULL equals NULL only */
bool text_starts(const char *text, const char *prefix);
/* text_to_i64 - a whole decimal number in [low, high]. Returns: 0 or -EINVAL / -ERANGE, *ret untouched. */
int text_to_i64(const char *text, int64_t low, int64_t high, int64_t *ret);
/* text_hex, text_unhex - lower-case hex; unhex returns 0 or -EINVAL on odd length, bad digit or size mismatch. */
char *text_hex(const void *data, size_t size, char *ret); /* ret: 2*size+1 bytes */
int text_unhex(const char *text, void *ret, size_t size);
