/* test_limit.c - how a bucket empties and fills. */
#include "limit.h"

#include "testing/testing.h"

#define S INT64_C(1000000)

static int taken(int64_t *at, int64_t now, int tries)
{
	int count = 0;

	while (tries--)
		count += limits_bucket_take(at, now, 10, 10 * S);
	return count;
}

static void test_a_full_bucket_and_then_as_it_drips(void **state)
{
	int64_t at = 0;

	assert_int_equal(taken(&at, 100 * S, 50), 10);
	assert_int_equal(taken(&at, 100 * S + S - 1, 5), 0);
	assert_int_equal(taken(&at, 101 * S, 5), 1);
	assert_int_equal(taken(&at, 104 * S, 5), 3);
	assert_int_equal(taken(&at, 200 * S, 50), 10); /* never fuller than full */
}

static void test_what_was_refused_does_not_count(void **state)
{
	int64_t at = 0;

	assert_int_equal(taken(&at, 0, 1000), 10);
	assert_int_equal(taken(&at, 10 * S, 1000), 10);
}

static void test_one_in_an_hour(void **state)
{
	int64_t at = 0;

	assert_true(limits_bucket_take(&at, 5, 1, 3600 * S));
	assert_false(limits_bucket_take(&at, 3600 * S, 1, 3600 * S));
	assert_true(limits_bucket_take(&at, 3600 * S + 5, 1, 3600 * S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(test_a_full_bucket_and_then_as_it_drips),
		testing_case(test_what_was_refused_does_not_count),
		testing_case(test_one_in_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
