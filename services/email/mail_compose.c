/* mail_compose.c - a reply's header and parts; attached files are encoded while they are read. */
#include "mail_compose.h"

#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "mail_address.h"
#include "mail_text.h"

/* QP and base64 never hold "=_", so no content can close a part */
#define MIXED "=_hilo_mixed"
#define ALTERNATIVE "=_hilo_alternative"

enum {
	FILE_LINE = 57,   /* bytes in a base64 line of 76 characters */
	FILE_LINES = 256, /* lines encoded at a time */
	REFERENCES_LAST = 20,
};

/* a stretch of the mail: bytes, then a file */
struct segment {
	struct buf head;
	uint64_t file_bytes; /* of the file as it is; 0: none or empty */
	int fd;
};

struct compose {
	struct segment *segments;
	size_t count;
	uint64_t size;
	/* where reading stands */
	size_t at;
	size_t head_at;
	uint64_t file_at;
	char encoded[FILE_LINES * 78];
	size_t encoded_size, encoded_at;
};

static struct buf *new_segment(struct compose *c, int fd, uint64_t file_bytes)
{
	struct segment *segment = &c->segments[c->count++];
	segment->fd = fd;
	segment->file_bytes = file_bytes;
	return &segment->head;
}

/* ---- header ---- */

/* is_id - what may stand between the brackets of a Message-ID. */
static bool is_id(const char *id)
{
	if (!id || !*id || strlen(id) > MAIL_ID_MAX)
		return false;
	for (; *id; id++)
		if (*id <= ' ' || *id >= 0x7f || *id == '<' || *id == '>')
			return false;
	return true;
}

static void put_id(struct buf *out, const char *name, const char *id)
{
	if (is_id(id))
		buf_printf(out, "%s: <%s>\r\n", name, id);
}

/* put_references - the first, which threads hang on, and the newest; one a line. */
static void put_references(struct buf *out, const struct mail_out *mail)
{
	bool is_begun = false;
	for (size_t i = 0; i < mail->references_count; i++) {
		if (!is_id(mail->references[i]) || (i > 0 && i + REFERENCES_LAST < mail->references_count))
			continue;
		buf_printf(out, is_begun ? "\r\n <%s>" : "References: <%s>", mail->references[i]);
		is_begun = true;
	}
	if (is_begun)
		buf_puts(out, "\r\n");
}

static void put_subject(struct buf *out, const struct mail_out *mail)
{
	HILO_AUTO(buf) struct buf subject = {0};
	bool is_answer = mail->in_reply_to && *mail->in_reply_to;
	if (is_answer && strncasecmp(mail->subject, "re:", 3) != 0)
		buf_puts(&subject, "Re: ");
	buf_puts(&subject, mail->subject);
	compose_text(out, "Subject", subject.data);
}

static void put_header(struct buf *out, const struct mail_out *mail)
{
	compose_mailbox(out, "From", mail->from_name, mail->from_address);
	compose_mailbox(out, "To", mail->to_name, mail->to_address);
	if (mail->reply_to)
		compose_mailbox(out, "Reply-To", mail->from_name, mail->reply_to);
	put_subject(out, mail);
	compose_date(out, mail->date_us);
	put_id(out, "Message-ID", mail->message_id);
	put_id(out, "In-Reply-To", mail->in_reply_to);
	put_references(out, mail);
	if (mail->is_automatic)
		buf_puts(out, "Auto-Submitted: auto-generated\r\n");
	buf_printf(out, "X-Hilo-Loop: %s\r\n", mail->loop_mark);
	buf_puts(out, "MIME-Version: 1.0\r\n");
}

/* ---- parts ---- */

static void put_text_part(struct buf *out, const char *subtype, const char *text)
{
	buf_printf(out, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
	           subtype);
	compose_quoted(out, text);
}

static void put_body(struct buf *out, const struct mail_out *mail)
{
	if (!mail->html || !*mail->html) {
		put_text_part(out, "plain", mail->text);
		return;
	}
	buf_puts(out, "Content-Type: multipart/alternative; boundary=\"" ALTERNATIVE "\"\r\n\r\n--" ALTERNATIVE "\r\n");
	put_text_part(out, "plain", mail->text);
	buf_puts(out, "\r\n--" ALTERNATIVE "\r\n");
	put_text_part(out, "html", mail->html);
	buf_puts(out, "\r\n--" ALTERNATIVE "--\r\n");
}

/* put_file_name - plain in quotes, or percent-encoded (RFC 2231). */
static void put_file_name(struct buf *out, const char *name)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~ ()[],";
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const char *last = mail_text_file_name(arena, name);
	if (!last)
		last = "file";
	if (last[strspn(last, safe)] == '\0') {
		buf_printf(out, "\r\n filename=\"%s\"", last);
		return;
	}
	buf_puts(out, "\r\n filename*=utf-8''");
	for (; *last; last++) {
		if (*last != ' ' && strchr(safe, *last) && !strchr("()[],", *last))
			buf_putc(out, *last);
		else
			buf_printf(out, "%%%02X", (unsigned char)*last);
	}
}

static bool is_type(const char *type)
{
	static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-";
	size_t media = type ? strspn(type, token) : 0;
	size_t sub = media > 0 && type[media] == '/' ? strspn(type + media + 1, token) : 0;
	return sub > 0 && type[media + 1 + sub] == '\0' && media + sub < 120 &&
	       strncasecmp(type, "multipart/", 10) != 0 && strncasecmp(type, "message/", 8) != 0;
}

static void put_file_header(struct buf *out, const struct mail_out_file *file)
{
	buf_printf(out, "\r\n--" MIXED "\r\nContent-Type: %s\r\n",
	           is_type(file->content_type) ? file->content_type : "application/octet-stream");
	buf_puts(out, "Content-Transfer-Encoding: base64\r\n");
	buf_printf(out, "Content-Disposition: %s;", file->is_inline ? "inline" : "attachment");
	put_file_name(out, file->name);
	buf_puts(out, "\r\n");
	put_id(out, "Content-ID", file->content_id);
	buf_puts(out, "\r\n");
}

static uint64_t encoded_bytes(uint64_t file_bytes)
{
	uint64_t rest = file_bytes % FILE_LINE;
	return file_bytes / FILE_LINE * 78 + (rest > 0 ? (rest + 2) / 3 * 4 + 2 : 0);
}

static bool is_writable_address(const char *address)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	if (!address || !mail_address_normalise(arena, address))
		return false;
	for (; *address; address++)
		if ((unsigned char)*address >= 0x80 || *address == '"')
			return false;
	return true;
}

int mail_compose(const struct mail_out *mail, struct compose **ret)
{
	if (!is_writable_address(mail->from_address) || !is_writable_address(mail->to_address) ||
	    (mail->reply_to && !is_writable_address(mail->reply_to)))
		return -EINVAL;
	struct compose *c = hilo_new(struct compose);
	c->segments = hilo_alloc_array(mail->files_count + 2, sizeof(*c->segments));
	struct buf *out = new_segment(c, -1, 0);
	put_header(out, mail);
	if (mail->files_count > 0)
		buf_puts(out, "Content-Type: multipart/mixed; boundary=\"" MIXED "\"\r\n\r\n--" MIXED "\r\n");
	put_body(out, mail);
	for (size_t i = 0; i < mail->files_count; i++) {
		out = new_segment(c, mail->files[i].fd, mail->files[i].size_bytes);
		put_file_header(out, &mail->files[i]);
	}
	if (mail->files_count > 0)
		buf_puts(new_segment(c, -1, 0), "\r\n--" MIXED "--\r\n");
	for (size_t i = 0; i < c->count; i++)
		c->size += c->segments[i].head.len + encoded_bytes(c->segments[i].file_bytes);
	*ret = c;
	return 0;
}

void compose_free(struct compose **compose)
{
	struct compose *old = compose ? HILO_STEAL(*compose) : NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->count; i++)
		buf_free(&old->segments[i].head);
	free(old->segments);
	free(old);
}

uint64_t compose_size(const struct compose *compose)
{
	return compose->size;
}

void compose_rewind(struct compose *c)
{
	c->at = c->head_at = c->encoded_at = c->encoded_size = 0;
	c->file_at = 0;
}

/* ---- reading ---- */

/* read_file - exactly size bytes at offset. Returns: 0 or -EIO. */
static int read_file(int fd, char *to, size_t size, uint64_t offset)
{
	while (size > 0) {
		ssize_t got = pread(fd, to, size, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -EIO;
		to += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return 0;
}

/* encode_more - the file's next lines. */
static int encode_more(struct compose *c, const struct segment *segment)
{
	unsigned char bytes[FILE_LINES * FILE_LINE];
	size_t size = (size_t)HILO_MIN(segment->file_bytes - c->file_at, (uint64_t)sizeof(bytes));
	int rc = read_file(segment->fd, (char *)bytes, size, c->file_at);
	if (rc < 0)
		return rc;
	char *to = c->encoded;
	for (size_t at = 0; at < size; at += FILE_LINE) {
		to += compose_base64(bytes + at, HILO_MIN((size_t)FILE_LINE, size - at), to);
		*to++ = '\r';
		*to++ = '\n';
	}
	c->encoded_size = (size_t)(to - c->encoded);
	c->encoded_at = 0;
	c->file_at += size;
	return 0;
}

ssize_t compose_read(struct compose *c, char *to, size_t size)
{
	size_t done = 0;
	while (done < size && c->at < c->count) {
		const struct segment *segment = &c->segments[c->at];
		const char *from = segment->head.data + c->head_at;
		size_t ready = segment->head.len - c->head_at, *mark = &c->head_at;
		if (ready == 0) {
			from = c->encoded + c->encoded_at;
			ready = c->encoded_size - c->encoded_at;
			mark = &c->encoded_at;
		}
		if (ready == 0 && c->file_at < segment->file_bytes) {
			if (encode_more(c, segment) < 0)
				return -EIO;
			continue;
		}
		if (ready == 0) { /* on to the next segment */
			c->at++;
			c->head_at = c->encoded_at = c->encoded_size = 0;
			c->file_at = 0;
			continue;
		}
		size_t take = HILO_MIN(ready, size - done);
		memcpy(to + done, from, take);
		*mark += take;
		done += take;
	}
	return (ssize_t)done;
}
