/* http/target.c - request targets: split, then decoded (RFC 3986, application/x-www-form-urlencoded). */
#include "http/target.h"

#include "base/text.h"

#define MAX_PARTS 128

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Returns: the decoded text, or NULL if it cannot be decoded to UTF-8 without NUL. */
static char *decode(struct arena *arena, const char *raw, size_t length, bool is_form)
{
	char *text = arena_alloc(arena, length + 1);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		char c = raw[i];

		if (c == '%') {
			int high = length - i > 2 ? hex_value(raw[i + 1]) : -1;
			int low = high >= 0 ? hex_value(raw[i + 2]) : -1;

			if (low < 0)
				return NULL;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && is_form) {
			c = ' ';
		}
		text[used++] = c;
	}
	return text_is_utf8(text, used) ? text : NULL;
}

static size_t count_parts(const char *text, size_t length, char separator)
{
	size_t count = 1;

	for (size_t i = 0; i < length; i++)
		count += text[i] == separator;
	return count;
}

static int parse_path(struct arena *arena, const char *raw, size_t length, struct target *target)
{
	const char *end = raw + length;
	size_t count = count_parts(raw, length, '/') - 1;

	target->path = decode(arena, raw, length, false);
	if (!target->path || count > MAX_PARTS)
		return -EINVAL;
	target->segments = arena_new_array(arena, const char *, count + 1);
	while (raw < end) {
		const char *start = raw + 1;
		const char *segment;

		raw = memchr(start, '/', (size_t)(end - start));
		raw = raw ? raw : end;
		segment = decode(arena, start, (size_t)(raw - start), false);
		if (!segment || strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
			return -EINVAL;
		target->segments[target->segment_count++] = segment;
	}
	return 0;
}

static int parse_query(struct arena *arena, const char *raw, struct target *target)
{
	size_t count = count_parts(raw, strlen(raw), '&');

	if (count > MAX_PARTS)
		return -EINVAL;
	target->query = arena_new_array(arena, struct target_pair, count);
	while (*raw) {
		size_t length = strcspn(raw, "&");
		const char *equals = memchr(raw, '=', length);
		size_t name_length = equals ? (size_t)(equals - raw) : length;
		struct target_pair *pair = &target->query[target->query_count];

		pair->name = decode(arena, raw, name_length, true);
		pair->value = equals ? decode(arena, equals + 1, length - name_length - 1, true) : "";
		if (!pair->name || !pair->value)
			return -EINVAL;
		target->query_count += length > 0;
		raw += length + (raw[length] == '&');
	}
	return 0;
}

int target_parse(struct arena *arena, const char *raw, struct target *ret)
{
	struct target target = {0};
	const char *query;
	int rc = 0;

	if (*raw != '/' && *raw != '*') {
		const char *authority = strstr(raw, "://");

		if (!authority)
			return -EINVAL;
		raw = authority + 3 + strcspn(authority + 3, "/?");
	}
	query = strchr(raw, '?');
	if (query == raw || !*raw)
		rc = parse_path(arena, "/", 1, &target);
	else
		rc = parse_path(arena, raw, query ? (size_t)(query - raw) : strlen(raw), &target);
	if (rc == 0 && query)
		rc = parse_query(arena, query + 1, &target);
	if (rc == 0)
		*ret = target;
	return rc;
}
