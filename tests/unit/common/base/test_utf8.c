/* Well-formed and ill-formed sequences, one row each (Unicode 15, table 3-7). */
#include "testing/testing.h"

#include "base/utf8.h"

static const struct {
	const char *bytes;
	size_t size, length;
	bool is_whole;
} rows[] = {
        {"a", 1, 1, true},
        {"\0", 1, 1, true},
        {"\x7f", 1, 1, true},
        {"\xC2\x80", 2, 2, true},
        {"\xDF\xBF", 2, 2, true},
        {"\xE0\xA0\x80", 3, 3, true},
        {"\xED\x9F\xBF", 3, 3, true},
        {"\xEE\x80\x80", 3, 3, true},
        {"\xEF\xBF\xBF", 3, 3, true},
        {"\xF0\x90\x80\x80", 4, 4, true},
        {"\xF4\x8F\xBF\xBF", 4, 4, true},
        {"\x80", 1, 1, false},     /* a tail without its head */
        {"\xC0\x80", 2, 1, false}, /* overlong */
        {"\xC1\xBF", 2, 1, false},
        {"\xE0\x9F\xBF", 3, 1, false}, /* overlong */
        {"\xED\xA0\x80", 3, 1, false}, /* surrogate */
        {"\xF0\x8F\xBF\xBF", 4, 1, false},
        {"\xF4\x90\x80\x80", 4, 1, false}, /* above U+10FFFF */
        {"\xF5\x80\x80\x80", 4, 1, false},
        {"\xFF", 1, 1, false},
        {"\xC3", 1, 1, false}, /* cut off */
        {"\xE2\x82", 2, 2, false},
        {"\xF0\x9F\x98", 3, 3, false},
        {"\xE2\x82z", 3, 2, false}, /* the z is a character again */
        {"\xC3z", 2, 1, false},
};

static void sequences_are_told_apart(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		size_t length = 99;
		if (utf8_next(rows[i].bytes, rows[i].size, &length) != rows[i].is_whole || length != rows[i].length)
			fail_msg("row %zu: length %zu", i, length);
	}
}

static void every_character_and_nothing_else_is_whole(void **state)
{
	size_t length;

	for (uint32_t c = 0; c <= 0x110000; c++) {
		char b[4];
		size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		if (size == 1)
			b[0] = (char)c;
		for (size_t i = size - 1; size > 1 && i > 0; i--)
			b[i] = (char)(0x80 | (c >> 6 * (size - 1 - i) & 0x3F));
		if (size > 1)
			b[0] = (char)((0xF0 << (4 - size)) | c >> 6 * (size - 1));
		const bool is_character = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
		if (utf8_next(b, size, &length) != is_character || (is_character && length != size))
			fail_msg("U+%04X", c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(sequences_are_told_apart),
	        testing_case(every_character_and_nothing_else_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
