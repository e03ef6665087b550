/* Text from outside: checked, mended, cut. */
#include "testing/testing.h"

#include "base/text.h"

#define LOST "\xEF\xBF\xBD" /* U+FFFD */

static void utf8_is_checked(void **state)
{
	static const struct {
		const char *data;
		size_t size;
		bool want;
	} rows[] = {
	        {"", 0, true},      {"abc ñ € 😀", 15, true},  {"a\0b", 3, false},
	        {"\xff", 1, false}, {"ab\xE2\x82", 4, false}, {"ab\xE2\x82", 2, true},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		assert_int_equal(text_is_utf8(rows[i].data, rows[i].size), rows[i].want);
}

static void a_bad_byte_is_found_wherever_it_stands(void **state)
{
	static const char bad[] = {'\0', '\x80', '\xff'};
	char text[64], euro[64];

	for (size_t size = 1; size < sizeof(text); size++) {
		memset(text, 'a', size);
		assert_true(text_is_utf8(text, size));
		for (size_t at = 0; at < size; at++) {
			for (size_t i = 0; i < sizeof(bad); i++) {
				memset(text, 'a', size);
				text[at] = bad[i];
				assert_false(text_is_utf8(text, size));
			}
			memset(euro, 'a', size);
			memcpy(euro + at, "\xe2\x82\xac", HILO_MIN(size - at, (size_t)3));
			assert_int_equal(text_is_utf8(euro, size), size - at >= 3);
		}
	}
}

static void what_is_broken_is_mended_within_the_limit(void **state)
{
	static const struct {
		const char *data;
		size_t size, limit;
		const char *want;
	} rows[] = {
	        {"", 0, 10, ""},
	        {"plain", 5, 10, "plain"},
	        {"plain", 5, 3, "pla"},
	        {"plain", 5, 0, ""},
	        {"a\0b\0", 4, 10, "ab"},
	        {"a\xff\xfe"
	         "b",
	         4, 10, "a" LOST LOST "b"},
	        {"a\xE2\x82", 3, 10, "a" LOST},
	        {"a\xff", 2, 3, "a"}, /* no room for the mark */
	        {"ñoño", 6, 4, "ño"}, /* not half an ñ */
	        {"ñoño", 6, 3, "ño"},
	        {"😀😀", 8, 7, "😀"},
	        {"\xED\xA0\x80", 3, SIZE_MAX, LOST LOST LOST},
	};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		assert_string_equal(text_mend(arena, rows[i].data, rows[i].size, rows[i].limit), rows[i].want);
}

static void cutting_spares_characters(void **state)
{
	static const struct {
		const char *text;
		size_t limit, want;
	} rows[] = {
	        {"abc", 5, 3}, {"abc", 3, 3}, {"abc", 2, 2}, {"abc", 0, 0}, {"ñ", 1, 0},
	        {"ñ", 2, 2},   {"a€", 3, 1},  {"a€", 2, 1},  {"a€b", 4, 4}, {"😀", 3, 0},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		assert_int_equal(text_cut(rows[i].text, strlen(rows[i].text), rows[i].limit), rows[i].want);
}

static void previews_are_one_line(void **state)
{
	static const struct {
		const char *text;
		size_t limit;
		const char *want;
	} rows[] = {
	        {"", 10, ""},
	        {" \t\r\n ", 10, ""},
	        {"  Hello,\r\n\r\n\tworld  ", 100, "Hello, world"},
	        {"a\xC2\xA0\xC2\xA0"
	         "b",
	         100, "a b"},
	        {"one two three", 7, "one two"},
	        {"one two three", 8, "one two"}, /* no blank at the end */
	        {"one two three", 6, "one tw"},
	        {"añb", 2, "a"},
	        {"añb", 3, "añ"},
	        {"x", 0, ""},
	};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		assert_string_equal(text_preview(arena, rows[i].text, rows[i].limit), rows[i].want);
}

static void ascii_case_is_folded(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	assert_string_equal(text_lower(arena, "AbZ[@Ñ"), "abz[@Ñ");
	assert_null(text_lower(arena, NULL));
	assert_true(text_equal_nocase("Message-ID", "message-id"));
	assert_false(text_equal_nocase("a", "ab"));
	assert_false(text_equal_nocase("ab", "a"));
	assert_false(text_equal_nocase("@", "`"));
	assert_true(text_equal_nocase(NULL, NULL));
	assert_false(text_equal_nocase(NULL, ""));
	assert_false(text_equal_nocase("", NULL));
	assert_true(text_starts("abc", "ab"));
	assert_true(text_starts("abc", ""));
	assert_false(text_starts("ab", "abc"));
	assert_false(text_starts(NULL, ""));
}

static void numbers_are_whole_and_in_range(void **state)
{
	static const struct {
		const char *text;
		int64_t low, high;
		int rc;
		int64_t want;
	} rows[] = {
	        {"0", 0, 10, 0, 0},
	        {"10", 0, 10, 0, 10},
	        {"-5", -5, 5, 0, -5},
	        {"007", 0, 10, 0, 7},
	        {"9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX},
	        {"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
	        {"11", 0, 10, -ERANGE, 0},
	        {"-1", 0, 10, -ERANGE, 0},
	        {"9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE, 0},
	        {"99999999999999999999", INT64_MIN, INT64_MAX, -ERANGE, 0},
	        {"", 0, 10, -EINVAL, 0},
	        {"-", 0, 10, -EINVAL, 0},
	        {"+1", 0, 10, -EINVAL, 0},
	        {" 1", 0, 10, -EINVAL, 0},
	        {"1 ", 0, 10, -EINVAL, 0},
	        {"0x1", 0, 10, -EINVAL, 0},
	        {"1.0", 0, 10, -EINVAL, 0},
	        {NULL, 0, 10, -EINVAL, 0},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		int64_t got = 4242;
		assert_int_equal(text_to_i64(rows[i].text, rows[i].low, rows[i].high, &got), rows[i].rc);
		assert_int_equal(got, rows[i].rc ? 4242 : rows[i].want);
	}
}

static void hex_goes_there_and_back(void **state)
{
	static const char *const refused[] = {"", "0", "00ff1", "00ff1g", "00ff10aa", " 0ff10", NULL};
	uint8_t bytes[3] = {7, 7, 7};
	char text[7];

	assert_string_equal(text_hex("\x00\xff\x10", 3, text), "00ff10");
	assert_string_equal(text_hex("", 0, text), "");
	for (size_t i = 0; i < HILO_COUNT(refused); i++)
		assert_int_equal(text_unhex(refused[i], bytes, 3), -EINVAL);
	assert_memory_equal(bytes, "\x07\x07\x07", 3);
	assert_int_equal(text_unhex("00Ff1a", bytes, 3), 0);
	assert_memory_equal(bytes, "\x00\xff\x1a", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(utf8_is_checked),
	        testing_case(a_bad_byte_is_found_wherever_it_stands),           testing_case(what_is_broken_is_mended_within_the_limit),
	        testing_case(cutting_spares_characters), testing_case(previews_are_one_line),
	        testing_case(ascii_case_is_folded),      testing_case(numbers_are_whole_and_in_range),
	        testing_case(hex_goes_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
