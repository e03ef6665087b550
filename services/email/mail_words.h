/* mail_words.h - header values made safe for GMime's decoder. Pure. */
#pragma once

#include "base/arena.h"

/* mail_words_join - a raw header value in which neighbouring base64 words of one charset (RFC 2047) are one word.
 * GMime 3.2.13 feeds them all to one decoder, which stops for good at the first word's padding: "=?utf-8?B?YQ==?=
 * =?utf-8?B?Yg==?=" came out as "a". Returns: text in the arena; NULL for NULL. */
char *mail_words_join(struct arena *arena, const char *value);
