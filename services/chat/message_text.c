/* message_text.c - what visitors write, as it is kept. */
#include "message_text.h"

#include "base/utf8.h"

static bool is_control(const char *at, size_t length)
{
	unsigned char first = (unsigned char)*at;

	if (length == 1)
		return (first < 0x20 && first != '\n' && first != '\t') || first == 0x7f;
	return length == 2 && first == 0xc2 && (unsigned char)at[1] < 0xa0;
}

size_t message_text(struct arena *arena, const char *text, const char **ret_text)
{
	size_t size = strlen(text), length, characters = 0;
	char *out = arena_alloc(arena, size + 1), *end = out;

	for (const char *at = text; *at; at += length) {
		if (!utf8_next(at, size - (size_t)(at - text), &length) || is_control(at, length))
			continue;
		memcpy(end, at, length);
		end += length;
		characters++;
	}
	*ret_text = out;
	return characters;
}
