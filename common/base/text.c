/* base/text.c - checking, mending and cutting text; numbers and hex. */
#include "base/text.h"

#include "base/utf8.h"

/* How many bytes are ASCII without NUL, in steps of eight: nearly all text is, and every string of every event is
 * checked. */
static size_t ascii_length(const char *data, size_t size)
{
	const uint64_t ones = 0x0101010101010101U, highs = 0x8080808080808080U;
	size_t at = 0;

	for (uint64_t word; at + sizeof(word) <= size; at += sizeof(word)) {
		memcpy(&word, data + at, sizeof(word));
		if ((word | (word - ones)) & highs)
			break;
	}
	return at;
}

bool text_is_utf8(const char *data, size_t size)
{
	size_t length;

	for (size_t at = ascii_length(data, size); at < size; at += length) {
		if (!data[at] || !utf8_next(data + at, size - at, &length))
			return false;
		if (length > 1)
			length += ascii_length(data + at + length, size - at - length);
	}
	return true;
}

char *text_mend(struct arena *arena, const char *data, size_t size, size_t limit_bytes)
{
	/* each byte may become a U+FFFD of three */
	size_t room = size > limit_bytes / 3 ? limit_bytes : 3 * size, used = 0, length;
	char *text = arena_alloc(arena, room + 1);

	for (size_t at = 0; at < size; at += length) {
		const bool is_whole = utf8_next(data + at, size - at, &length);
		const size_t bytes = is_whole ? length : 3;
		if (!data[at])
			continue;
		if (bytes > room - used)
			break;
		memcpy(text + used, is_whole ? data + at : UTF8_REPLACEMENT, bytes);
		used += bytes;
	}
	return text;
}

size_t text_cut(const char *text, size_t size, size_t limit)
{
	if (size <= limit)
		return size;
	while (limit && ((uint8_t)text[limit] & 0xC0) == 0x80)
		limit--;
	return limit;
}

/* bytes of the white space at text: ASCII's, and the no-break space mails are full of */
static size_t space_length(const char *text)
{
	if (*text == ' ' || (*text >= '\t' && *text <= '\r'))
		return 1;
	return text[0] == '\xC2' && text[1] == '\xA0' ? 2 : 0;
}

char *text_preview(struct arena *arena, const char *text, size_t limit_bytes)
{
	/* the runs are folded while copying, so that a long text is not walked beyond its limit */
	char *preview = arena_alloc(arena, HILO_MIN(strlen(text), limit_bytes) + 1);
	size_t used = 0, length, space;
	bool has_gap = false;

	for (; *text; text += length) {
		if ((space = space_length(text))) {
			length = space;
			has_gap = used > 0;
			continue;
		}
		utf8_next(text, strnlen(text, 4), &length);
		if (used + has_gap + length > limit_bytes)
			break;
		if (has_gap)
			preview[used++] = ' ';
		has_gap = false;
		memcpy(preview + used, text, length);
		used += length;
	}
	return preview;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

char *text_lower(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *c = copy; c && *c; c++)
		*c = lower(*c);
	return copy;
}

bool text_equal_nocase(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	while (*a && lower(*a) == lower(*b))
		a++, b++;
	return lower(*a) == lower(*b);
}

bool text_starts(const char *text, const char *prefix)
{
	return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

int text_to_i64(const char *text, int64_t low, int64_t high, int64_t *ret)
{
	if (!text)
		return -EINVAL;
	const char *digit = text + (*text == '-');
	if (!*digit || digit[strspn(digit, "0123456789")])
		return -EINVAL;
	errno = 0;
	int64_t value = strtoll(text, NULL, 10);
	if (errno == ERANGE || value < low || value > high)
		return -ERANGE;
	*ret = value;
	return 0;
}

char *text_hex(const void *data, size_t size, char *ret)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++) {
		ret[2 * i] = hex[bytes[i] >> 4];
		ret[2 * i + 1] = hex[bytes[i] & 15];
	}
	ret[2 * size] = '\0';
	return ret;
}

static int hex_digit(char c)
{
	static const int8_t digits[256] = {
	        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
	        ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	        ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, /* one more than its value; 0:
	                                                                                   none */
	};

	return digits[(uint8_t)c] - 1;
}

int text_unhex(const char *text, void *ret, size_t size)
{
	uint8_t *bytes = ret;

	if (!text || strlen(text) != 2 * size)
		return -EINVAL;
	for (size_t i = 0; i < 2 * size; i++) {
		if (hex_digit(text[i]) < 0)
			return -EINVAL; /* checked first: ret stays untouched */
	}
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return 0;
}
