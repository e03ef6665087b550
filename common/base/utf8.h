/* base/utf8.h - one character at a time: what mending text and writing JSON share. Pure. */
#pragma once

#include "base/base.h"

#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* utf8_next - is there a well-formed character at data?
 * Requires: size > 0.
 * Returns:  true and its length in bytes (1 to 4); false and the length of the ill-formed part (at least 1), which
 *           stands for one U+FFFD. Source: Unicode 15, table 3-7 and section 3.9, "maximal subpart". */
bool utf8_next(const char *data, size_t size, size_t *ret_length);
/* utf8_json - the character at data as it stands within a JSON string: escaped, mended or itself.
 * Returns: the bytes written to ret_text, at most 6; *ret_taken bytes of data are used up. */
size_t utf8_json(const char *data, size_t size, char ret_text[6], size_t *ret_taken);
