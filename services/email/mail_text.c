/* mail_text.c - charsets, identifiers and file names of mails. Pure. */
#include "mail_text.h"

#include <iconv.h>
#include <strings.h>

#include "base/text.h"

static const struct {
	const char *name, *meant;
} substitutes[] = {
        {"iso-2022-jp", "iso-2022-jp-3"},
        {"gb2312", "gb18030"},
        {"gbk", "gb18030"},
        {"x-gbk", "gb18030"},
        {"ks_c_5601-1987", "cp949"},
        {"euc-kr", "cp949"},
        {"shift_jis", "cp932"},
        {"shift-jis", "cp932"},
        {"x-sjis", "cp932"},
        {"iso-8859-1", "windows-1252"},
        {"latin1", "windows-1252"},
        {"iso8859-1", "windows-1252"},
        {"iso-8859-9", "windows-1254"},
        {"tis-620", "windows-874"},
        {"big5", "big5-hkscs"},
        {"utf8", "utf-8"},
        {"unicode-1-1-utf-7", "utf-7"},
        {"cp-850", "cp850"},
};

static bool is_ascii(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)data[i] >= 0x80)
			return false;
	return true;
}

/* charset_meant - the name to give to iconv; NULL: already UTF-8 (or to be treated so). */
static const char *charset_meant(const char *charset, const char *data, size_t size)
{
	bool is_vague = !charset || !*charset || strcasecmp(charset, "us-ascii") == 0 ||
	                strcasecmp(charset, "ascii") == 0 || strcasecmp(charset, "unknown-8bit") == 0 ||
	                strcasecmp(charset, "x-unknown") == 0;
	if (is_vague)
		return is_ascii(data, size) || text_is_utf8(data, size) ? NULL : "windows-1252";
	for (size_t i = 0; i < HILO_COUNT(substitutes); i++)
		if (strcasecmp(charset, substitutes[i].name) == 0)
			charset = substitutes[i].meant;
	return strcasecmp(charset, "utf-8") == 0 ? NULL : charset;
}

static const char replacement[] = "\xef\xbf\xbd";

/* convert - through iconv; a byte that does not fit becomes U+FFFD. Stops at limit_bytes of output. */
static void convert(iconv_t cd, const char *data, size_t size, size_t limit_bytes, struct buf *out)
{
	char *in = (char *)(uintptr_t)data;
	size_t left = size;
	while (left > 0 && out->len < limit_bytes) {
		char chunk[4096];
		char *at = chunk;
		size_t room = sizeof(chunk);
		size_t rc = iconv(cd, &in, &left, &at, &room);
		buf_append(out, chunk, sizeof(chunk) - room);
		if (rc != (size_t)-1 || errno == E2BIG)
			continue;
		buf_puts(out, replacement);
		if (errno == EINVAL) /* cut off in the middle of its last character */
			break;
		in++;
		left--;
		iconv(cd, NULL, NULL, NULL, NULL);
	}
}

/* unix_lines - CRLF and lone CR as LF, in place. */
static void unix_lines(char *text)
{
	char *to = text;
	for (const char *from = text; *from; from++) {
		if (*from == '\r' && from[1] == '\n')
			continue;
		*to++ = *from == '\r' ? '\n' : *from;
	}
	*to = '\0';
}

char *mail_text_decode(struct arena *arena, const char *charset, const char *data, size_t size, size_t limit_bytes)
{
	const char *meant = charset_meant(charset, data, size);
	iconv_t cd = meant ? iconv_open("utf-8", meant) : (iconv_t)-1;
	if (meant && cd == (iconv_t)-1 && !text_is_utf8(data, size))
		cd = iconv_open("utf-8", "windows-1252");
	char *text;
	if (cd == (iconv_t)-1) {
		text = text_mend(arena, data, size, limit_bytes);
	} else {
		HILO_AUTO(buf) struct buf out = {0};
		convert(cd, data, size, limit_bytes, &out);
		iconv_close(cd);
		text = text_mend(arena, out.data ? out.data : "", out.len, limit_bytes);
	}
	unix_lines(text);
	return text;
}

void mail_text_html_escape(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			buf_puts(out, "&amp;");
			break;
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '>':
			buf_puts(out, "&gt;");
			break;
		case '"':
			buf_puts(out, "&quot;");
			break;
		default:
			buf_putc(out, *text);
		}
	}
}

/* id_of - size bytes between the brackets without blanks. Returns: NULL for none or an overlong one. */
static const char *id_of(struct arena *arena, const char *text, size_t size)
{
	if (size > MAIL_ID_MAX)
		return NULL;
	char *id = text_mend(arena, text, size, MAIL_ID_MAX * 3);
	char *to = id;
	for (const char *from = id; *from; from++)
		if ((unsigned char)*from > ' ' && *from != 0x7f && *from != '<')
			*to++ = *from;
	*to = '\0';
	return *id ? id : NULL;
}

size_t mail_text_ids(struct arena *arena, const char *value, const char **ret, size_t limit)
{
	size_t count = 0;
	while (value && count < limit) {
		const char *open = strchr(value, '<');
		const char *end = open ? strchr(open, '>') : NULL;
		if (!end)
			break;
		const char *id = id_of(arena, open + 1, (size_t)(end - open - 1));
		if (id)
			ret[count++] = id;
		value = end + 1;
	}
	return count;
}

/* is_override - U+202A…U+202E and U+2066…U+2069 reorder what people read: "exe.gpj" for "jpg.exe". */
static bool is_override(const char *at)
{
	const unsigned char *c = (const unsigned char *)at;
	if (c[0] != 0xe2)
		return false;
	return (c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) || (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

char *mail_text_file_name(struct arena *arena, const char *name)
{
	enum { NAME_BYTES = 200, EXTENSION_BYTES = 20, RAW_BYTES = 4096 };
	if (!name)
		return NULL;
	char *text = text_mend(arena, name, strnlen(name, RAW_BYTES), RAW_BYTES);
	for (char *at = text; *at; at++)
		if (*at == '/' || *at == '\\')
			text = at + 1;
	char *to = text;
	for (const char *from = text; *from;) {
		if (is_override(from))
			from += 3;
		else if ((unsigned char)*from < ' ' || *from == 0x7f)
			from++;
		else
			*to++ = *from++;
	}
	while (to > text && (to[-1] == ' ' || to[-1] == '.'))
		to--;
	*to = '\0';
	text += strspn(text, " ");
	size_t size = strlen(text);
	if (size <= NAME_BYTES)
		return size > 0 ? text : NULL;
	const char *dot = strrchr(text, '.');
	if (!dot || strlen(dot) > EXTENSION_BYTES)
		dot = "";
	return arena_printf(arena, "%.*s%s", (int)text_cut(text, size, NAME_BYTES - strlen(dot)), text, dot);
}
