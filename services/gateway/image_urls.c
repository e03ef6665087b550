/* image_urls.c - reading just so much of HTML and CSS as names images. */
#include "image_urls.h"

#include <strings.h>

#include "base/buf.h"

#define BLANKS " \t\r\n\f"

struct reader {
	const char *address;
	size_t size;        /* of the address */
	struct buf decoded; /* scratch */
	bool found;
};

static void check(struct reader *r, const char *at, size_t size)
{
	while (size && strchr(BLANKS, *at))
		at++, size--;
	while (size && strchr(BLANKS, at[size - 1]))
		size--;
	r->found |= size == r->size && memcmp(at, r->address, size) == 0;
}

/* ---- character references ---- */

static void put_code_point(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
	} else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(out, (char)(0xf0 | c >> 18));
		buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* digit_of - Returns: -1 for none. */
static int digit_of(char c, bool is_hex)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return is_hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* read_number - "&#38;", "&#x26;". Returns: bytes eaten, 0 if it is none. */
static size_t read_number(const char *at, size_t size, struct buf *out)
{
	bool is_hex = size > 2 && (at[2] == 'x' || at[2] == 'X');
	size_t start = is_hex ? 3 : 2, i = start;
	uint32_t value = 0;

	for (; i < size && i < start + 8 && digit_of(at[i], is_hex) >= 0; i++)
		value = value * (is_hex ? 16 : 10) + (uint32_t)digit_of(at[i], is_hex);
	if (i == start || value == 0 || value > 0x10ffff)
		return 0;
	put_code_point(out, value);
	return i + (i < size && at[i] == ';');
}

static size_t read_reference(const char *at, size_t size, struct buf *out)
{
	static const struct {
		const char *name, *text;
	} names[] = {{"&amp;", "&"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}};

	if (size > 2 && at[1] == '#')
		return read_number(at, size, out);
	for (size_t i = 0; i < HILO_COUNT(names); i++) {
		size_t length = strlen(names[i].name);
		if (size >= length && memcmp(at, names[i].name, length) == 0) {
			buf_puts(out, names[i].text);
			return length;
		}
	}
	return 0;
}

/* decode - into the scratch buffer. */
static void decode(struct reader *r, const char *at, size_t size)
{
	r->decoded.len = 0;
	buf_reserve(&r->decoded, size);
	for (size_t i = 0; i < size;) {
		size_t eaten = at[i] == '&' ? read_reference(at + i, size - i, &r->decoded) : 0;
		if (!eaten)
			buf_putc(&r->decoded, at[i]);
		i += eaten ? eaten : 1;
	}
}

/* ---- what names images ---- */

/* check_list - srcset: "a.png 1x, b.png 2x". An address may hold commas, but not at its end. */
static void check_list(struct reader *r, const char *at, size_t size)
{
	for (size_t i = 0; i < size;) {
		size_t start;

		while (i < size && strchr(BLANKS ",", at[i]))
			i++;
		for (start = i; i < size && !strchr(BLANKS, at[i]);)
			i++;
		if (i > start && at[i - 1] == ',') {
			check(r, at + start, i - start - 1);
			continue;
		}
		check(r, at + start, i - start);
		while (i < size && at[i] != ',')
			i++;
	}
}

static void check_css(struct reader *r, const char *at, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i++) {
		const char *end;
		char quote;

		if (strncasecmp(at + i, "url(", 4) != 0)
			continue;
		for (i += 4; i < size && strchr(BLANKS, at[i]);)
			i++;
		quote = i < size && (at[i] == '"' || at[i] == '\'') ? at[i++] : ')';
		end = i < size ? memchr(at + i, quote, size - i) : NULL;
		if (!end)
			return;
		check(r, at + i, (size_t)(end - at) - i);
		i = (size_t)(end - at);
	}
}

static bool is_name(const char *at, size_t size, const char *name)
{
	return strlen(name) == size && strncasecmp(at, name, size) == 0;
}

static void check_attribute(struct reader *r, const char *name, size_t name_size, const char *value, size_t size)
{
	bool is_address = is_name(name, name_size, "src") || is_name(name, name_size, "background") ||
	                  is_name(name, name_size, "poster");
	bool is_list = is_name(name, name_size, "srcset"), is_style = is_name(name, name_size, "style");

	if (!is_address && !is_list && !is_style)
		return;
	decode(r, value, size);
	if (!r->decoded.len)
		return;
	if (is_address)
		check(r, r->decoded.data, r->decoded.len);
	else if (is_list)
		check_list(r, r->decoded.data, r->decoded.len);
	else
		check_css(r, r->decoded.data, r->decoded.len);
}

/* ---- tags ---- */

/* read_value - behind "=". Returns: behind the value. */
static const char *read_value(const char *at, const char **ret_value, size_t *ret_size)
{
	char quote;

	at += strspn(at, BLANKS);
	quote = *at == '"' || *at == '\'' ? *at : '\0';
	at += quote != '\0';
	*ret_value = at;
	for (*ret_size = 0; *at && (quote ? *at != quote : !strchr(BLANKS ">", *at)); at++)
		++*ret_size;
	return at + (quote && *at);
}

/* read_attributes - Returns: at the tag's '>', or the end. */
static const char *read_attributes(struct reader *r, const char *at)
{
	while (*at && *at != '>') {
		const char *name, *value = NULL;
		size_t name_size, size = 0;

		at += strspn(at, BLANKS "/");
		name = at;
		name_size = strcspn(at, BLANKS "=/>");
		at += name_size;
		if (at[strspn(at, BLANKS)] == '=')
			at = read_value(at + strspn(at, BLANKS) + 1, &value, &size);
		if (value)
			check_attribute(r, name, name_size, value, size);
	}
	return at;
}

static const char *read_sheet(struct reader *r, const char *at)
{
	const char *end = strcasestr(at, "</style");

	end = end ? end : at + strlen(at);
	check_css(r, at, (size_t)(end - at));
	return end;
}

bool image_is_named(const char *html, const char *address)
{
	struct reader r = {.address = address, .size = strlen(address)};

	for (const char *at = strchr(html, '<'); at && !r.found; at = strchr(at, '<')) {
		size_t name = strspn(++at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
		bool is_sheet = is_name(at, name, "style");

		if (!name)
			continue;
		at = read_attributes(&r, at + name);
		if (is_sheet && *at)
			at = read_sheet(&r, at);
	}
	buf_free(&r.decoded);
	return r.found && r.size > 0;
}

/* ---- what an image is ---- */

const char *image_type(const void *data, size_t size)
{
	static const struct {
		const char *bytes, *more; /* more: at byte 8 */
		const char *type;
		size_t size;
	} kinds[] = {
	        {"\x89PNG\r\n\x1a\n", NULL, "image/png", 8}, {"\xff\xd8\xff", NULL, "image/jpeg", 3},
	        {"GIF87a", NULL, "image/gif", 6},            {"GIF89a", NULL, "image/gif", 6},
	        {"RIFF", "WEBP", "image/webp", 4},
	};
	const char *bytes = data;

	for (size_t i = 0; i < HILO_COUNT(kinds) && size >= 12; i++)
		if (memcmp(bytes, kinds[i].bytes, kinds[i].size) == 0 &&
		    (!kinds[i].more || memcmp(bytes + 8, kinds[i].more, 4) == 0))
			return kinds[i].type;
	return NULL;
}
