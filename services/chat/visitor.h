/* visitor.h - what may be said of a visitor: names, addresses, languages, files' names; and how it is told. Pure. */
#pragma once

#include "front.h"

#define VISITOR_NAME_MAX 200  /* bytes */
#define VISITOR_EMAIL_MAX 254 /* bytes */
#define VISITOR_LOCALE_MAX 35 /* bytes */

/* visitor_name - blanks folded, cut to VISITOR_NAME_MAX, in the arena. Returns: NULL when it has control characters, or
 * nothing is left. */
const char *visitor_name(struct arena *arena, const char *text);
/* visitor_email - lower case, blanks around it and a last dot taken away, in the arena. Returns: NULL unless it is a plain
 * local part at a host name in ASCII; quoted local parts, comments and address literals are none that shoppers have.
 * Source: RFC 5321 4.1.2, RFC 5322 dot-atom. */
const char *visitor_email(struct arena *arena, const char *text);
/* visitor_locale - a language tag, "es-ES"; "" for anything else. */
const char *visitor_locale(struct arena *arena, const char *text);
/* visitor_is_spanish - what is written to people is in English and Spanish. */
bool visitor_is_spanish(const char *locale);
/* visitor_file_name - the last part of a path, in the arena, cut to 200 bytes. Returns: NULL when nothing is left, or it holds
 * control characters or is no UTF-8. */
const char *visitor_file_name(struct arena *arena, const char *text);
/* visitor_json - the visitor as the session's answer has it. */
void visitor_json(struct buf *out, const struct visitor *visitor);
