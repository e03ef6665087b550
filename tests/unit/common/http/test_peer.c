/* tests/unit/common/http/test_peer.c - who is behind which proxies. */
#include "testing/testing.h"

#include "http/peer.h"

static const struct {
	const char *trusted, *address, *forwarded_for, *client;
} rows[] = {
	{NULL, "203.0.113.7", NULL, "203.0.113.7"},
	{NULL, "203.0.113.7", "192.0.2.1", "203.0.113.7"}, /* anybody can write that */
	{NULL, "127.0.0.1", "192.0.2.1", "192.0.2.1"},
	{NULL, "127.3.2.1", "192.0.2.1", "192.0.2.1"},
	{NULL, "::1", "2001:DB8::0:1", "2001:db8::1"},
	{NULL, "::ffff:127.0.0.1", "192.0.2.1", "192.0.2.1"},
	{NULL, "::ffff:203.0.113.7", NULL, "203.0.113.7"},
	{NULL, "127.0.0.1", "10.0.0.1, 192.0.2.1", "192.0.2.1"}, /* the last is the proxy's word */
	{NULL, "127.0.0.1", "192.0.2.1 , 127.0.0.2", "192.0.2.1"},
	{NULL, "127.0.0.1", "", "127.0.0.1"},
	{NULL, "127.0.0.1", "unknown", "127.0.0.1"},
	{NULL, "127.0.0.1", "192.0.2.1,", "127.0.0.1"},
	{NULL, "127.0.0.1", "192.0.2.1:80", "127.0.0.1"},
	{NULL, "127.0.0.1", "evil, 127.0.0.2", "127.0.0.2"},
	{NULL, "10.0.0.1", "192.0.2.1", "10.0.0.1"},
	{"10.0.0.0/8", "10.0.0.1", "192.0.2.1", "192.0.2.1"},
	{"10.0.0.0/8", "11.0.0.1", "192.0.2.1", "11.0.0.1"},
	{"10.0.0.0/8", "10.0.0.1", "6.6.6.6, 192.0.2.1, 10.0.0.2", "192.0.2.1"},
	{"10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
	{"172.16.0.0/12", "172.31.255.255", "192.0.2.1", "192.0.2.1"},
	{"172.16.0.0/12", "172.32.0.0", "192.0.2.1", "172.32.0.0"},
	{"192.0.2.9, fd00::/8", "fd12::1", "192.0.2.1", "192.0.2.1"},
	{"192.0.2.9 fd00::/8", "192.0.2.9", "192.0.2.1", "192.0.2.1"},
	{"192.0.2.9", "192.0.2.8", "192.0.2.1", "192.0.2.8"},
	{"0.0.0.0/0", "8.8.8.8", "fd00::1", "fd00::1"},
	{"0.0.0.0/0", "fd00::1", "8.8.8.8", "fd00::1"},
};

static void only_trusted_proxies_are_believed(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		HILO_AUTO(arena) struct arena *arena = arena_new(0);
		struct peer_networks trusted;

		assert_int_equal(peer_networks_parse(rows[i].trusted, &trusted), 0);
		assert_string_equal(peer_client(arena, &trusted, rows[i].address, rows[i].forwarded_for), rows[i].client);
		peer_networks_free(&trusted);
	}
}

static void networks_that_cannot_be_are_refused(void **state)
{
	static const char *const bad[] = {"nonsense", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::1/129", "10.0.0",
					  "10.0.0.1, x"};

	for (size_t i = 0; i < HILO_COUNT(bad); i++) {
		struct peer_networks networks = {.count = 7};

		assert_int_equal(peer_networks_parse(bad[i], &networks), -EINVAL);
		assert_int_equal(networks.count, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(only_trusted_proxies_are_believed),
		testing_case(networks_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
