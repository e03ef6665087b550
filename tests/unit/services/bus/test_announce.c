/* Which address a relay gives away for the endpoint it is bound to. */
#include "testing/testing.h"

#include "relay.h"

static void the_host_is_replaced_where_it_means_any(void **state)
{
	static const struct {
		const char *bound, *advertise, *want;
	} rows[] = {
	        {"tcp://127.0.0.1:7401", NULL, "tcp://127.0.0.1:7401"},
	        {"tcp://127.0.0.1:7401", "", "tcp://127.0.0.1:7401"},
	        {"tcp://0.0.0.0:7401", NULL, "tcp://box:7401"},
	        {"tcp://[::]:7401", NULL, "tcp://box:7401"},
	        {"tcp://0.0.0.0:7401", "relay.example", "tcp://relay.example:7401"},
	        {"tcp://10.0.0.7:7401", "192.0.2.1", "tcp://192.0.2.1:7401"},
	        {"tcp://[::1]:7401", "[2001:db8::1]", "tcp://[2001:db8::1]:7401"},
	        {"ipc:///run/hilo/frames", "relay.example", "ipc:///run/hilo/frames"},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		char got[64];
		assert_int_equal(announce_address(rows[i].bound, rows[i].advertise, "box", got, sizeof(got)), 0);
		assert_string_equal(got, rows[i].want);
	}
}

static void what_does_not_fit_is_refused(void **state)
{
	char got[20];

	assert_int_equal(announce_address("tcp://0.0.0.0:7401", "a.long.name.example", "box", got, sizeof(got)),
	                 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(the_host_is_replaced_where_it_means_any),
	        testing_case(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
