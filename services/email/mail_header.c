/* mail_header.c - header fields of outgoing mail: encoded words, folding, dates. Pure. */
#include <time.h>

#include "base/text.h"
#include "mail_compose.h"

enum {
	LINE = 76, /* characters of a header line */
	WORD = 45, /* bytes of text in one encoded word: 75 characters with "=?utf-8?B?…?=" */
	WORD_FRAME = 12,
};

size_t compose_base64(const unsigned char *data, size_t size, char *to)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *at = to;
	for (size_t i = 0; i < size; i += 3) {
		uint32_t group = (uint32_t)data[i] << 16 | (i + 1 < size ? (uint32_t)data[i + 1] << 8 : 0) |
		                 (i + 2 < size ? data[i + 2] : 0);
		*at++ = digits[group >> 18];
		*at++ = digits[group >> 12 & 63];
		*at++ = i + 1 < size ? digits[group >> 6 & 63] : '=';
		*at++ = i + 2 < size ? digits[group & 63] : '=';
	}
	return (size_t)(at - to);
}

/* clean - text as UTF-8 on one line: what could end a header line is a blank. */
static char *clean(struct arena *arena, const char *text)
{
	char *copy = text_mend(arena, text, strlen(text), SIZE_MAX / 4);
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return copy;
}

/* is_plain - needs no encoded words: ASCII, nothing that looks like one, no word longer than a line. */
static bool is_plain(const char *text)
{
	if (strstr(text, "=?"))
		return false;
	for (size_t word = 0; *text; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
		word = *text == ' ' ? 0 : word + 1;
		if (word > LINE)
			return false;
	}
	return true;
}

/* put_folded - words of plain text, folded before the line gets too long. column: where the line stands. */
static size_t put_folded(struct buf *out, const char *text, size_t column)
{
	while (*text) {
		size_t blanks = strspn(text, " "), word = strcspn(text + blanks, " ");
		if (blanks > 0 && word > 0 && column + blanks + word > LINE) {
			buf_puts(out, "\r\n");
			column = 0;
		}
		buf_append(out, text, blanks + word);
		column += blanks + word;
		text += blanks + word;
	}
	return column;
}

/* put_words - text as encoded words, cut between characters. */
static size_t put_words(struct buf *out, const char *text, size_t column)
{
	for (size_t left = strlen(text); left > 0;) {
		size_t size = text_cut(text, left, WORD), length = WORD_FRAME + (size + 2) / 3 * 4;
		if (column + length > LINE) {
			buf_puts(out, "\r\n ");
			column = 1;
		}
		buf_puts(out, "=?utf-8?B?");
		out->len += compose_base64((const unsigned char *)text, size, buf_reserve(out, length));
		buf_puts(out, "?=");
		column += length;
		text += size;
		left -= size;
	}
	return column;
}

void compose_text(struct buf *out, const char *name, const char *text)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	char *line = clean(arena, text);
	buf_printf(out, "%s: ", name);
	if (is_plain(line))
		put_folded(out, line, strlen(name) + 2);
	else
		put_words(out, line, strlen(name) + 2);
	buf_puts(out, "\r\n");
}

/* put_phrase - a display name: atoms, a quoted string or encoded words. */
static size_t put_phrase(struct buf *out, const char *name, size_t column)
{
	static const char atoms[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~ ";
	if (!is_plain(name) || strlen(name) > LINE / 2)
		return put_words(out, name, column);
	if (name[strspn(name, atoms)] == '\0') {
		buf_puts(out, name);
		return column + strlen(name);
	}
	buf_putc(out, '"');
	for (const char *c = name; *c; c++) {
		if (*c == '"' || *c == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *c);
	}
	buf_putc(out, '"');
	return column + strlen(name) + 2;
}

void compose_mailbox(struct buf *out, const char *field, const char *name, const char *address)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	char *line = name ? clean(arena, name) : "";
	buf_printf(out, "%s: ", field);
	size_t column = strlen(field) + 2;
	if (*line) {
		column = put_phrase(out, line, column);
		buf_puts(out, column + strlen(address) + 3 > LINE ? "\r\n " : " ");
		buf_printf(out, "<%s>\r\n", address);
	} else {
		buf_printf(out, "%s\r\n", address);
	}
}

void compose_quoted(struct buf *out, const char *text)
{
	size_t column = 0;
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool is_end = c == '\n' || c == '\r';
		if (is_end) {
			buf_puts(out, "\r\n");
			column = 0;
			text += c == '\r' && text[1] == '\n';
			continue;
		}
		bool is_last = text[1] == '\0' || text[1] == '\n' || text[1] == '\r';
		bool is_literal = c >= ' ' && c < 0x7f && c != '=' && !(c == ' ' && is_last);
		size_t width = is_literal ? 1 : 3;
		if (column + width > LINE - 1) {
			buf_puts(out, "=\r\n");
			column = 0;
		}
		if (is_literal)
			buf_putc(out, (char)c);
		else
			buf_printf(out, "=%02X", c);
		column += width;
	}
	if (column > 0)
		buf_puts(out, "\r\n");
}

void compose_date(struct buf *out, int64_t time_us)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(time_us / 1000000);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[utc.tm_wday], utc.tm_mday,
	           months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}
