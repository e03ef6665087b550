/* Times as text and back. */
#include "testing/testing.h"

#include "base/clock.h"

static const struct {
	const char *text;
	int64_t time_us;
	const char *again; /* as clock_format() writes it */
} rows[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000000Z"},
        {"2026-08-01T10:00:00.123456Z", 1785578400123456, "2026-08-01T10:00:00.123456Z"},
        {"2026-08-01T12:00:00.123456+02:00", 1785578400123456, "2026-08-01T10:00:00.123456Z"},
        {"2026-08-01t04:30:00.1-05:30", 1785578400100000, "2026-08-01T10:00:00.100000Z"},
        {"2026-08-01 10:00:00z", 1785578400000000, "2026-08-01T10:00:00.000000Z"},
        {"2026-08-01T10:00:00.1234569999Z", 1785578400123456, "2026-08-01T10:00:00.123456Z"},
        {"2024-02-29T23:59:59Z", 1709251199000000, "2024-02-29T23:59:59.000000Z"},
        {"2000-02-29T00:00:00Z", 951782400000000, "2000-02-29T00:00:00.000000Z"},
        {"2016-12-31T23:59:60Z", 1483228800000000, "2017-01-01T00:00:00.000000Z"}, /* a leap second */
        {"1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"},
        {"0000-01-01T00:00:00Z", -62167219200000000, "0000-01-01T00:00:00.000000Z"},
        {"9999-12-31T23:59:59.999999Z", 253402300799999999, "9999-12-31T23:59:59.999999Z"},
};

static const char *const refused[] = {
        "",
        "now",
        "2026-08-01",
        "2026-08-01T10:00Z",
        "2026-08-01T10:00:00",
        "2026-08-01T10:00:00.Z",
        "2026-08-01T10:00:00Z ",
        " 2026-08-01T10:00:00Z",
        "2026-08-01T10:00:00+2:00",
        "2026-08-01T10:00:00+0200",
        "2026-08-01T10:00:00+24:00",
        "2026-8-01T10:00:00Z",
        "2026-00-01T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-08-00T10:00:00Z",
        "2026-08-32T10:00:00Z",
        "2026-06-31T10:00:00Z",
        "2025-02-29T10:00:00Z",
        "1900-02-29T10:00:00Z",
        "2026-08-01T24:00:00Z",
        "2026-08-01T10:60:00Z",
        "2026-08-01T10:00:61Z",
        "2026-08-01X10:00:00Z",
        "-026-08-01T10:00:00Z",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00+00:01",
};

static void times_are_read_and_written(void **state)
{
	char text[CLOCK_TEXT];

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		int64_t got = 1;
		assert_int_equal(clock_parse(rows[i].text, &got), 0);
		assert_int_equal(got, rows[i].time_us);
		assert_string_equal(clock_format(got, text), rows[i].again);
	}
}

static void nonsense_is_refused_and_leaves_the_result_alone(void **state)
{
	int64_t untouched = 42;

	for (size_t i = 0; i < HILO_COUNT(refused); i++) {
		if (clock_parse(refused[i], &untouched) != -EINVAL)
			fail_msg("accepted: %s", refused[i]);
	}
	assert_int_equal(clock_parse(NULL, &untouched), -EINVAL);
	assert_int_equal(untouched, 42);
}

static void any_time_fits_its_text(void **state)
{
	static const int64_t times[] = {INT64_MIN, INT64_MAX};
	char text[CLOCK_TEXT];

	for (size_t i = 0; i < HILO_COUNT(times); i++)
		assert_true(strlen(clock_format(times[i], text)) < CLOCK_TEXT);
}

static void clocks_run(void **state)
{
	const int64_t wall = clock_now_us(), monotonic = clock_monotonic_us();

	assert_true(wall > 1700000000000000); /* after this was written */
	while (clock_monotonic_us() == monotonic)
		;
	assert_true(clock_monotonic_us() > monotonic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(times_are_read_and_written),
	        testing_case(nonsense_is_refused_and_leaves_the_result_alone),
	        testing_case(any_time_fits_its_text),
	        testing_case(clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
