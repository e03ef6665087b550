/* mail_outline.c - counting what makes mails expensive, in one pass. Pure. */
#include "mail_outline.h"

#include <strings.h>

/* the value of a boundary parameter, borrowed from the mail */
struct boundary {
	const char *text;
	size_t size;
};

static size_t line_end(const char *raw, size_t size, size_t at)
{
	const char *end = memchr(raw + at, '\n', size - at);
	return end ? (size_t)(end + 1 - raw) : size;
}

static void read_header(const char *raw, size_t size, struct mail_outline *ret)
{
	ret->body = size;
	for (size_t at = 0, next; at < size; at = next) {
		next = line_end(raw, size, at);
		if (raw[at] == '\n' || (raw[at] == '\r' && next == at + 2)) {
			ret->body = next;
			return;
		}
		ret->headers += raw[at] != ' ' && raw[at] != '\t';
	}
}

/* names_boundary - whether "boundary" (or a piece of it, RFC 2231) stands before the equals sign at `at`. */
static bool names_boundary(const char *raw, size_t at)
{
	while (at > 0 && strchr(" \t\r\n*0123456789", raw[at - 1]) && raw[at - 1])
		at--;
	return at >= 8 && strncasecmp(raw + at - 8, "boundary", 8) == 0;
}

/* boundary_value - what stands behind the equals sign at `at`. One in pieces or encoded is taken for "", which every
 * line begins with. */
static struct boundary boundary_value(const char *raw, size_t size, size_t at)
{
	bool is_encoded = at > 0 && (raw[at - 1] == '*' || (raw[at - 1] >= '0' && raw[at - 1] <= '9'));
	for (at++; at < size && strchr(" \t\r\n", raw[at]) && raw[at]; at++)
		;
	bool quoted = at < size && raw[at] == '"';
	size_t start = at + quoted, end = start;
	while (end < size && raw[end] != '\r' && raw[end] != '\n' && raw[end] != '\\' &&
	       (quoted ? raw[end] != '"' : raw[end] != ';' && raw[end] != ' ' && raw[end] != '\t'))
		end++;
	return (struct boundary){raw + start, is_encoded ? 0 : end - start};
}

static size_t find_boundaries(const char *raw, size_t size, struct boundary *ret, struct mail_outline *outline)
{
	for (const char *sign = raw; (sign = memchr(sign, '=', size - (size_t)(sign - raw))); sign++) {
		size_t at = (size_t)(sign - raw);
		if (!names_boundary(raw, at))
			continue;
		if (outline->boundaries < MAIL_BOUNDARIES_MAX)
			ret[outline->boundaries] = boundary_value(raw, size, at);
		outline->boundaries++;
	}
	return outline->boundaries < MAIL_BOUNDARIES_MAX ? outline->boundaries : MAIL_BOUNDARIES_MAX;
}

static bool is_delimiter(const char *line, size_t size, const struct boundary *boundaries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (boundaries[i].size <= size && memcmp(line, boundaries[i].text, boundaries[i].size) == 0)
			return true;
	return false;
}

void mail_outline_read(const char *raw, size_t size, struct mail_outline *ret)
{
	struct boundary boundaries[MAIL_BOUNDARIES_MAX];
	*ret = (struct mail_outline){0};
	if (size == 0)
		return;
	read_header(raw, size, ret);
	size_t count = find_boundaries(raw, size, boundaries, ret);
	for (size_t at = 0, next; at < size; at = next) {
		next = line_end(raw, size, at);
		if (raw[at] != '-' || next - at < 2 || raw[at + 1] != '-')
			continue;
		if (++ret->dashed * count > MAIL_OUTLINE_WORK) {
			ret->delimiters = SIZE_MAX;
			return;
		}
		ret->delimiters += is_delimiter(raw + at + 2, next - at - 2, boundaries, count);
	}
}
