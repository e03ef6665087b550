/* mail_html.c - HTML read as plain text, for lists, search and mails without a text part. Pure, one pass. */
#include <strings.h>

#include "base/text.h"
#include "mail_text.h"

/* the reader's place and what it has written */
struct reader {
	const char *at;
	struct buf out;
	bool wants_blank; /* white space was seen since the last character */
	int line_breaks;  /* wanted before the next character: 2 makes an empty line */
};

static void put_char(struct reader *r, const char *bytes, size_t size)
{
	if (r->out.len == 0)
		r->line_breaks = 0, r->wants_blank = false;
	for (; r->line_breaks > 0; r->line_breaks--, r->wants_blank = false)
		buf_putc(&r->out, '\n');
	if (r->wants_blank)
		buf_putc(&r->out, ' ');
	r->wants_blank = false;
	buf_append(&r->out, bytes, size);
}

static void put_code_point(struct reader *r, uint32_t c)
{
	char bytes[4];
	size_t size = 0;
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	if (c < 0x80) {
		bytes[size++] = (char)c;
	} else if (c < 0x800) {
		bytes[size++] = (char)(0xc0 | c >> 6);
		bytes[size++] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		bytes[size++] = (char)(0xe0 | c >> 12);
		bytes[size++] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[size++] = (char)(0x80 | (c & 0x3f));
	} else {
		bytes[size++] = (char)(0xf0 | c >> 18);
		bytes[size++] = (char)(0x80 | (c >> 12 & 0x3f));
		bytes[size++] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[size++] = (char)(0x80 | (c & 0x3f));
	}
	if (c == ' ' || c == 0xa0 || c == '\t' || c == '\n' || c == '\r')
		r->wants_blank = true;
	else
		put_char(r, bytes, size);
}

static const struct {
	const char *name;
	uint32_t code_point;
} entities[] = {
        {"amp", '&'},      {"lt", '<'},       {"gt", '>'},        {"quot", '"'},     {"apos", '\''},
        {"nbsp", 0xa0},    {"euro", 0x20ac},  {"hellip", 0x2026}, {"ndash", 0x2013}, {"mdash", 0x2014},
        {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201c},  {"rdquo", 0x201d}, {"laquo", 0xab},
        {"raquo", 0xbb},   {"bull", 0x2022},  {"copy", 0xa9},     {"reg", 0xae},     {"trade", 0x2122},
        {"pound", 0xa3},   {"yen", 0xa5},     {"cent", 0xa2},     {"sect", 0xa7},    {"deg", 0xb0},
        {"middot", 0xb7},  {"iexcl", 0xa1},   {"iquest", 0xbf},   {"auml", 0xe4},    {"ouml", 0xf6},
        {"uuml", 0xfc},    {"Auml", 0xc4},    {"Ouml", 0xd6},     {"Uuml", 0xdc},    {"szlig", 0xdf},
        {"aacute", 0xe1},  {"eacute", 0xe9},  {"iacute", 0xed},   {"oacute", 0xf3},  {"uacute", 0xfa},
        {"Aacute", 0xc1},  {"Eacute", 0xc9},  {"Iacute", 0xcd},   {"Oacute", 0xd3},  {"Uacute", 0xda},
        {"ntilde", 0xf1},  {"Ntilde", 0xd1},  {"agrave", 0xe0},   {"egrave", 0xe8},  {"igrave", 0xec},
        {"ograve", 0xf2},  {"ugrave", 0xf9},  {"acirc", 0xe2},    {"ecirc", 0xea},   {"icirc", 0xee},
        {"ocirc", 0xf4},   {"ucirc", 0xfb},   {"ccedil", 0xe7},   {"Ccedil", 0xc7},  {"atilde", 0xe3},
        {"otilde", 0xf5},  {"oslash", 0xf8},  {"Oslash", 0xd8},   {"aring", 0xe5},   {"Aring", 0xc5},
        {"aelig", 0xe6},   {"AElig", 0xc6},   {"zwnj", 0x200c},   {"shy", 0xad},
};

/* read_numeric - "&#8364;" or "&#x20ac;". Returns: bytes eaten, 0 if it is none. */
static size_t read_numeric(const char *at, uint32_t *ret)
{
	bool is_hex = at[2] == 'x' || at[2] == 'X';
	size_t digits = 0, start = is_hex ? 3 : 2;
	uint32_t value = 0;
	for (const char *c = at + start; digits < 8; c++, digits++) {
		uint32_t digit;
		if (*c >= '0' && *c <= '9')
			digit = (uint32_t)(*c - '0');
		else if (is_hex && ((*c >= 'a' && *c <= 'f') || (*c >= 'A' && *c <= 'F')))
			digit = (uint32_t)((*c | 0x20) - 'a' + 10);
		else
			break;
		value = value * (is_hex ? 16 : 10) + digit;
	}
	if (digits == 0)
		return 0;
	*ret = value;
	return start + digits + (at[start + digits] == ';');
}

static void read_reference(struct reader *r)
{
	uint32_t c = '&';
	size_t eaten = 1;
	if (r->at[1] == '#') {
		size_t numeric = read_numeric(r->at, &c);
		eaten = numeric ? numeric : 1;
	} else {
		for (size_t i = 0; i < HILO_COUNT(entities); i++) {
			size_t length = strlen(entities[i].name);
			if (strncmp(r->at + 1, entities[i].name, length) == 0 && r->at[1 + length] == ';') {
				c = entities[i].code_point;
				eaten = length + 2;
			}
		}
	}
	r->at += eaten;
	put_code_point(r, c);
}

/* skip_tag - behind the tag's '>', quotes in attributes understood; at the end of text if it never closes. */
static const char *skip_tag(const char *at)
{
	char quote = '\0';
	for (; *at; at++) {
		if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (*at == '>')
			return at + 1;
	}
	return at;
}

/* skip_element - behind "</name", whose content is no text; at the end if it never closes. */
static const char *skip_element(const char *at, const char *name)
{
	size_t length = strlen(name);
	for (at = strchr(at, '<'); at; at = strchr(at + 1, '<'))
		if (at[1] == '/' && strncasecmp(at + 2, name, length) == 0)
			return at;
	return NULL;
}

static bool is_one_of(const char *name, size_t length, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == length && strncasecmp(name, *list, length) == 0)
			return true;
	return false;
}

static const char *const blocks[] = {"div",     "tr",      "li",     "ul",     "ol",      "dl",  "dt",   "dd",
                                     "section", "article", "header", "footer", "address", "pre", "form", "hr",
                                     "center",  "caption", "body",   "html",   "head",    NULL};
static const char *const paragraphs[] = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", NULL};
static const char *const cells[] = {"td", "th", NULL};
static const char *const hidden[] = {"script",   "style",  "title",  "template", "noscript",
                                     "textarea", "iframe", "object", NULL};

static void read_tag(struct reader *r)
{
	if (strncmp(r->at, "<!--", 4) == 0) {
		const char *end = strstr(r->at + 4, "-->");
		r->at = end ? end + 3 : r->at + strlen(r->at);
		return;
	}
	bool is_end = r->at[1] == '/';
	const char *name = r->at + 1 + is_end;
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	if (length == 0 && *name != '!' && *name != '?') { /* "a < b" */
		put_code_point(r, '<');
		r->at++;
		return;
	}
	const char *end = skip_tag(name + length);
	if (length == 2 && strncasecmp(name, "br", 2) == 0)
		r->line_breaks = HILO_MIN(r->line_breaks + 1, 2);
	else if (is_one_of(name, length, paragraphs))
		r->line_breaks = 2;
	else if (is_one_of(name, length, blocks))
		r->line_breaks = HILO_MAX(r->line_breaks, 1);
	else if (is_one_of(name, length, cells))
		r->wants_blank = true;
	if (!is_end && is_one_of(name, length, hidden)) {
		char element[16];
		memcpy(element, name, length);
		element[length] = '\0';
		const char *closing = skip_element(end, element);
		end = closing ? skip_tag(closing) : end + strlen(end);
	}
	r->at = end;
}

char *mail_text_from_html(struct arena *arena, const char *html, size_t limit_bytes)
{
	struct reader r = {.at = html};
	while (*r.at && r.out.len < limit_bytes) {
		if (*r.at == '<') {
			read_tag(&r);
		} else if (*r.at == '&') {
			read_reference(&r);
		} else if (strchr(" \t\r\n\f", *r.at)) {
			r.wants_blank = true;
			r.at++;
		} else {
			put_char(&r, r.at++, 1);
		}
	}
	char *text = text_mend(arena, r.out.data ? r.out.data : "", r.out.len, limit_bytes);
	buf_free(&r.out);
	return text;
}
