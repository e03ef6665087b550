/* mail_text.h - bytes of mails as text: charsets, HTML read as plain text, identifiers, file names. Pure. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

/* mail_text_decode - bytes in the named charset as UTF-8. Senders lie, so a few names mean their larger cousins
 * (gb2312: gb18030), bytes that do not fit become U+FFFD and NULs vanish; an unknown, missing or 8-bit "us-ascii"
 * charset is UTF-8 if the bytes are, else windows-1252. Returns: at most limit_bytes in the arena, cut between
 * characters, line ends as LF. */
char *mail_text_decode(struct arena *arena, const char *charset, const char *data, size_t size, size_t limit_bytes);

/* mail_text_from_html - what a reader would see: no tags, scripts, styles or comments; block elements and <br> end
 * lines, white space is folded, character references are resolved. One pass, linear. Never meant to be shown as HTML.
 * Returns: at most limit_bytes in the arena. */
char *mail_text_from_html(struct arena *arena, const char *html, size_t limit_bytes);

/* mail_text_html_escape - appends text with & < > " as character references. */
void mail_text_html_escape(struct buf *out, const char *text);

/* mail_text_ids - the <…> tokens of a header value, without brackets and inner blanks, in their order; overlong ones
 * are left out. Returns: how many of at most limit were written to ret. */
size_t mail_text_ids(struct arena *arena, const char *value, const char **ret, size_t limit);
#define MAIL_ID_MAX 500 /* bytes of a Message-ID we keep */

/* mail_text_file_name - the last part of a path of either kind, without controls and bidirectional overrides, at most
 * 200 bytes with its extension kept. Returns: NULL when nothing is left ("..", "/"). */
char *mail_text_file_name(struct arena *arena, const char *name);
