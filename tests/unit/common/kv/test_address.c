/* URLs of Redis, one row each. */
#include "testing/testing.h"

#include "kv/address.h"

static const struct {
	const char *url;
	struct address want; /* all zero: refused */
} rows[] = {
        {"redis://localhost", {.host = "localhost", .port = 6379}},
        {"redis://localhost:1234", {.host = "localhost", .port = 1234}},
        {"redis://localhost:1234/", {.host = "localhost", .port = 1234}},
        {"redis://localhost/3", {.host = "localhost", .port = 6379, .database = 3}},
        {"redis://:secret@10.0.0.1:6379/1", {.host = "10.0.0.1", .port = 6379, .password = "secret", .database = 1}},
        {"redis://hilo:s%40c%2Fr@redis", {.host = "redis", .port = 6379, .user = "hilo", .password = "s@c/r"}},
        {"redis://:a@b:c@redis", {.host = "redis", .port = 6379, .password = "a@b:c"}},
        {"redis://[::1]", {.host = "::1", .port = 6379}},
        {"redis://[fe80::1]:7000/2", {.host = "fe80::1", .port = 7000, .database = 2}},
        {"unix:///run/redis.sock", {.path = "/run/redis.sock"}},
        {"unix:///run/redis.sock?db=4", {.path = "/run/redis.sock", .database = 4}},
        {"unix://:pw@/run/my%20redis.sock", {.path = "/run/my redis.sock", .password = "pw"}},
        {"", {0}},
        {"redis", {0}},
        {"http://localhost", {0}},
        {"redis://", {0}},
        {"redis:///1", {0}},
        {"redis://:1234", {0}},
        {"redis://host:", {0}},
        {"redis://host:0", {0}},
        {"redis://host:65536", {0}},
        {"redis://host:12a", {0}},
        {"redis://host/one", {0}},
        {"redis://host/-1", {0}},
        {"redis://host?db=1", {0}},
        {"redis://secret@host", {0}},
        {"redis://:p%4@host", {0}},
        {"redis://:p%00@host", {0}},
        {"redis://[::1", {0}},
        {"redis://[]:1", {0}},
        {"redis://[::1]x", {0}},
        {"unix://relative", {0}},
        {"unix://", {0}},
        {"unix:///x?db=x", {0}},
        {"unix:///x?name=1", {0}},
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void urls_are_read_or_refused(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		HILO_AUTO(address) struct address got = {0};
		const struct address *want = &rows[i].want;
		const int rc = address_parse(rows[i].url, &got), want_rc = want->host || want->path ? 0 : -EINVAL;
		if (rc != want_rc || !same(got.host, want->host) || !same(got.path, want->path) ||
		    got.port != want->port || !same(got.user, want->user) || !same(got.password, want->password) ||
		    got.database != want->database)
			fail_msg("%s: %d, host %s port %d path %s user %s password %s db %lld", rows[i].url, rc,
			         got.host, got.port, got.path, got.user, got.password, (long long)got.database);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {testing_case(urls_are_read_or_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
