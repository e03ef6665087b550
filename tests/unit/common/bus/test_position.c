/* Positions and cursors: ordered, and the same in text. */
#include "testing/testing.h"

#include "bus/position.h"

static void positions_compare_by_transaction_then_row(void **state)
{
	static const struct {
		struct bus_position a, b;
		int sign;
	} rows[] = {
	        {{1, 5, 7}, {1, 5, 7}, 0},
	        {{1, 5, 7}, {1, 5, 8}, -1},
	        {{1, 6, 0}, {1, 5, 900}, 1},
	        {{0, 0, 0}, {1, 0, 1}, -1},
	        {{1, UINT64_MAX, 0}, {1, 1, INT64_MAX}, 1},
	        {{9, 1, 1}, {2, 1, 1}, 0}, /* epochs are the caller's business */
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		const int got = bus_position_compare(&rows[i].a, &rows[i].b);
		assert_int_equal((got > 0) - (got < 0), rows[i].sign);
		assert_int_equal(bus_position_compare(&rows[i].b, &rows[i].a), -got);
	}
}

static void cursors_are_read_back_and_compare_as_text(void **state)
{
	static const struct bus_position rising[] = {
	        {0xabc, 0, 0},          {0xabc, 0, 1},  {0xabc, 1, 0},
	        {0xabc, 15, INT64_MAX}, {0xabc, 16, 3}, {0xabc, UINT64_MAX, INT64_MAX},
	};
	char text[BUS_CURSOR_TEXT], before[BUS_CURSOR_TEXT] = "";

	for (size_t i = 0; i < HILO_COUNT(rising); i++) {
		struct bus_position back;
		assert_int_equal(bus_cursor_parse(bus_cursor_format(&rising[i], text), &back), 0);
		assert_memory_equal(&back, &rising[i], sizeof(back));
		assert_true(strcmp(before, text) < 0);
		memcpy(before, text, sizeof(text));
	}
	assert_string_equal(bus_cursor_format(&(struct bus_position){UINT64_MAX, 2, 3}, text),
	                    "ffffffffffffffff.00000000000000020000000000000003");
}

static void what_is_no_cursor_is_refused(void **state)
{
	static const char *const bad[] = {
	        NULL,
	        "",
	        ".",
	        "abc",
	        ".00000000000000020000000000000003",
	        "abc.0000000000000002000000000000000",
	        "abc.000000000000000200000000000000030",
	        "abc.0000000000000002000000000000000g",
	        "ABC.00000000000000020000000000000003",
	        "00000000000000000.00000000000000020000000000000003",
	        "abc.00000000000000028000000000000003", /* a negative row */
	        "abc.0000000000000002+000000000000003",
	        " abc.00000000000000020000000000000003",
	        "abc.00000000000000020000000000000003 ",
	        "a.c.00000000000000020000000000000003",
	};

	for (size_t i = 0; i < HILO_COUNT(bad); i++) {
		struct bus_position untouched = {7, 8, 9};
		assert_int_equal(bus_cursor_parse(bad[i], &untouched), -EINVAL);
		assert_int_equal(untouched.xid, 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(positions_compare_by_transaction_then_row),
	        testing_case(cursors_are_read_back_and_compare_as_text),
	        testing_case(what_is_no_cursor_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
