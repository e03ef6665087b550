/* test_message_text.c - what is kept of a visitor's text, and how long it is. */
#include "message_text.h"
#include "testing/testing.h"

static const struct {
	const char *text, *kept;
	size_t characters;
} rows[] = {
	{"", "", 0},
	{"plain", "plain", 5},
	{"two\r\nlines\tand a tab", "two\nlines\tand a tab", 19},
	{"bell\a, escape\x1b[31m, delete\x7f", "bell, escape[31m, delete", 24},
	{"next line\xc2\x85, csi\xc2\x9b, no-break\xc2\xa0space", "next line, csi, no-break\xc2\xa0space", 30},
	{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 3},
	{"cut\xe2\x82", "cut", 3},
	{"\xff\xfe wrong", " wrong", 6},
	{"surrogate \xed\xa0\x80", "surrogate ", 10},
	{"\x01\x02\x03", "", 0},
};

static void keeps_text_and_counts_characters(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		const char *kept;
		assert_int_equal(message_text(arena, rows[i].text, &kept), rows[i].characters);
		assert_string_equal(kept, rows[i].kept);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_text_and_counts_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
