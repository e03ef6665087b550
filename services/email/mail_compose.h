/* mail_compose.h - a reply or a notice as the bytes SMTP carries: CRLF only, 7 bit, no line over 78 characters that could be
 * folded. Pure but for reading attached files; no clock, database or bus. No text given to it can add a header, a part
 * or a recipient. Source: RFC 5322, 2045-2047, 2231, 3676, 3834. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

#include <sys/types.h>

/* a file to send along: fd is read from its beginning and stays the caller's */
struct mail_out_file {
	const char *name, *content_type, *content_id; /* content_id NULL or "": none */
	bool is_inline;
	uint64_t size_bytes;
	int fd;
};

struct mail_out {
	const char *from_name, *from_address;
	const char *to_name, *to_address;
	const char *reply_to;                 /* NULL: as From */
	const char *subject, *text, *html;    /* UTF-8; html NULL or "": none */
	const char *message_id, *in_reply_to; /* without brackets; in_reply_to NULL or "": none */
	char **references;                    /* oldest first */
	size_t references_count;
	int64_t date_us;
	const char *loop_mark;
	bool is_automatic; /* nobody wrote it by hand: no machine shall answer */
	const struct mail_out_file *files;
	size_t files_count;
};

struct compose;

/* mail_compose - Returns: 0 and *ret owned by the caller, compose_free(); it borrows the files' descriptors. -EINVAL
 * when an address is none we could write (not ASCII, blanks, brackets …). */
int mail_compose(const struct mail_out *mail, struct compose **ret);
void compose_free(struct compose **compose);
/* compose_size - all bytes compose_read() will give. */
uint64_t compose_size(const struct compose *compose);
/* compose_read - the next bytes. Returns: how many (0 at the end); -EIO when a file is shorter than was said. */
ssize_t compose_read(struct compose *compose, char *to, size_t size);
/* compose_rewind - from the beginning again. */
void compose_rewind(struct compose *compose);

/* ---- its parts ---- */

/* compose_text - an unstructured field: encoded words where needed, folded, controls as blanks. */
void compose_text(struct buf *out, const char *name, const char *text);
/* compose_mailbox - "Name <address>" as a field. */
void compose_mailbox(struct buf *out, const char *field, const char *name, const char *address);
/* compose_quoted - UTF-8 text as quoted-printable with CRLF line ends, ended by one. */
void compose_quoted(struct buf *out, const char *text);
/* compose_date - "Sat, 01 Aug 2026 10:00:00 +0000" of Unix microseconds. */
void compose_date(struct buf *out, int64_t time_us);
/* compose_base64 - without line ends. Requires: to has 4 bytes for each 3 begun. Returns: bytes written. */
size_t compose_base64(const unsigned char *data, size_t size, char *to);
