/* test_sender_rules.c - when the next try comes, and when there is none. */
#include "channel/internal.h"
#include "testing/testing.h"

#define SECOND INT64_C(1000000)

static void test_backoff_doubles_up_to_a_quarter_of_an_hour(void **state)
{
	static const struct {
		int attempt;
		int64_t most_s;
	} rows[] = {{1, 3}, {2, 5}, {3, 9}, {9, 513}, {10, 900}, {100, 900}, {1000000, 900}};
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		assert_int_equal(sender_backoff_us(rows[i].attempt, 0), SECOND);
		for (uint64_t random = 1; random < UINT64_MAX / 5; random *= 5) {
			int64_t delay = sender_backoff_us(rows[i].attempt, random);
			assert_true(delay >= SECOND && delay < rows[i].most_s * SECOND);
		}
		/* the whole range is used: no two replicas in step */
		assert_true(sender_backoff_us(rows[i].attempt, (uint64_t)(rows[i].most_s - 1) * SECOND - 1) ==
		            rows[i].most_s * SECOND - 1);
	}
}

static void test_verdicts(void **state)
{
	int64_t now = 1785571200 * SECOND, day = 86400 * SECOND;
	assert_string_equal(sender_verdict(CHANNEL_SENT, now - 9 * day, now), "sent");
	assert_string_equal(sender_verdict(CHANNEL_FAILED, now, now), "failed");
	assert_string_equal(sender_verdict(CHANNEL_UNKNOWN, now, now), "unknown");
	assert_string_equal(sender_verdict(CHANNEL_LATER, now - 2 * day + 1, now), "queued");
	assert_string_equal(sender_verdict(CHANNEL_LATER, now - 2 * day, now), "failed");
	assert_string_equal(sender_verdict(CHANNEL_LATER, now + day, now), "queued"); /* a clock that stepped back */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_backoff_doubles_up_to_a_quarter_of_an_hour),
	        testing_case(test_verdicts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
