/* base/buf.h - a growing byte buffer, and JSON text written into it.
 * A zeroed struct buf is an empty buffer. data is always NUL-terminated once something was appended. */
#pragma once

#include "base/base.h"

struct buf {
	char *data;  /* len bytes, then a NUL; NULL while nothing was appended */
	size_t len;  /* bytes */
	size_t size; /* bytes allocated */
};

void buf_free(struct buf *b);
/* buf_clear - empty again, memory kept. */
void buf_clear(struct buf *b);
/* buf_reserve - room for `more` bytes beyond len. Returns: where they go; the caller adds to len itself. */
char *buf_reserve(struct buf *b, size_t more);
void buf_append(struct buf *b, const void *data, size_t size);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) HILO_PRINTF(2, 3);
/* buf_steal - the bytes, owned by the caller (free()), NUL-terminated; the buffer is empty afterwards. */
char *buf_steal(struct buf *b);

/* buf_json_string - text as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD, controls are escaped.
 * buf_json_stringn takes a length and may contain NUL (written \u0000). NULL writes null. */
void buf_json_string(struct buf *b, const char *text);
void buf_json_stringn(struct buf *b, const char *text, size_t length);
/* buf_json_key - `,"key":` with the comma left out right after `{` or at the start. */
void buf_json_key(struct buf *b, const char *key);

HILO_AUTO_DEFINE(buf, struct buf, buf_free)
