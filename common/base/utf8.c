/* base/utf8.c - well-formed UTF-8, and its escapes in JSON. */
#include "base/utf8.h"

/* The lead byte decides how many bytes follow and what the first of them may be (no overlong forms, no surrogates). */
static size_t utf8_lead(uint8_t lead, uint8_t *ret_low, uint8_t *ret_high)
{
	*ret_low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	*ret_high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead <= 0xDF)
		return 2;
	if (lead >= 0xE0 && lead <= 0xEF)
		return 3;
	return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

bool utf8_next(const char *data, size_t size, size_t *ret_length)
{
	const uint8_t *bytes = (const uint8_t *)data;
	uint8_t low, high;
	size_t length = utf8_lead(bytes[0], &low, &high);

	for (size_t i = 1; i < length; i++, low = 0x80, high = 0xBF) {
		if (i < size && bytes[i] >= low && bytes[i] <= high)
			continue;
		*ret_length = i;
		return false;
	}
	*ret_length = length ? length : 1;
	return length > 0;
}

size_t utf8_json(const char *data, size_t size, char ret_text[6], size_t *ret_taken)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[] = "b\bf\fn\nr\rt\t\"\"\\\\";
	const char c = *data;

	if (!utf8_next(data, size, ret_taken)) {
		memcpy(ret_text, UTF8_REPLACEMENT, 3);
		return 3;
	}
	for (size_t i = 0; i + 1 < sizeof(shorts); i += 2) {
		if (c != shorts[i + 1])
			continue;
		ret_text[0] = '\\';
		ret_text[1] = shorts[i];
		return 2;
	}
	if ((uint8_t)c < 0x20 || c == 0x7F) {
		memcpy(ret_text, "\\u00", 4);
		ret_text[4] = hex[(uint8_t)c >> 4];
		ret_text[5] = hex[(uint8_t)c & 15];
		return 6;
	}
	memcpy(ret_text, data, *ret_taken);
	return *ret_taken;
}
