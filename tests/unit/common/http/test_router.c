/* tests/unit/common/http/test_router.c - which pattern a path goes to. */
#include "testing/testing.h"

#include "http/router.h"

static void nothing(struct http_request *request HILO_UNUSED, void *arg HILO_UNUSED)
{
}

static const struct http_route routes[] = {
	{HTTP_GET, "/", nothing, 0},
	{HTTP_GET, "/a", nothing, 0},
	{HTTP_GET, "/a/:id", nothing, 0},
	{HTTP_PATCH, "/a/:id", nothing, 0},
	{HTTP_PUT, "/a/me", nothing, 0},
	{HTTP_GET, "/a/:id/b/:other", nothing, 0},
	{HTTP_GET, "/a/me/c", nothing, 0},
	{HTTP_GET, "/files/*", nothing, 0},
	{HTTP_GET, "/files/index", nothing, 0},
	{HTTP_POST, "/files/:name", nothing, 0},
	{HTTP_HEAD, "/h", nothing, 0},
	{HTTP_GET, "/h", nothing, 0},
	{HTTP_DELETE, "/d", nothing, 0},
	{0},
};

static const struct {
	enum http_method method;
	const char *path;
	const char *pattern;  /* NULL: none */
	unsigned allowed;     /* then */
	const char *captures; /* indexes */
} rows[] = {
	{HTTP_GET, "/", "/", 0, ""},
	{HTTP_GET, "/a", "/a", 0, ""},
	{HTTP_GET, "/a/", NULL, 0, ""}, /* an empty segment is no name */
	{HTTP_GET, "/a/1", "/a/:id", 0, "1"},
	{HTTP_GET, "/a/me", "/a/:id", 0, "1"}, /* the literal has no GET */
	{HTTP_PUT, "/a/me", "/a/me", 0, ""},
	{HTTP_PUT, "/a/1", NULL, HTTP_GET | HTTP_PATCH, ""},
	{HTTP_POST, "/a/me", NULL, HTTP_GET | HTTP_PATCH | HTTP_PUT, ""},
	{HTTP_GET, "/a/1/b/2", "/a/:id/b/:other", 0, "13"},
	{HTTP_GET, "/a/me/b/2", "/a/:id/b/:other", 0, "13"}, /* back from the literal */
	{HTTP_GET, "/a/me/c", "/a/me/c", 0, ""},
	{HTTP_GET, "/a/1/c", NULL, 0, ""},
	{HTTP_GET, "/files/", "/files/*", 0, "1"},
	{HTTP_GET, "/files/x/y", "/files/*", 0, "1"},
	{HTTP_GET, "/files/index", "/files/index", 0, ""},
	{HTTP_POST, "/files/index", "/files/:name", 0, "1"},
	{HTTP_POST, "/files/x/y", NULL, HTTP_GET, ""},
	{HTTP_GET, "/files", NULL, 0, ""},
	{HTTP_HEAD, "/a", "/a", 0, ""},
	{HTTP_HEAD, "/d", NULL, HTTP_DELETE, ""},
	{HTTP_GET, "/nowhere", NULL, 0, ""},
	{HTTP_GET, "/A", NULL, 0, ""},
	{HTTP_GET, "/aa", NULL, 0, ""},
};

static size_t split(char *path, const char **segments)
{
	size_t count = 0;

	for (char *at = path; at;) {
		*at++ = '\0';
		segments[count++] = at;
		at = strchr(at, '/');
	}
	return count;
}

static void the_most_specific_pattern_with_the_method_wins(void **state)
{
	struct router *router;

	assert_int_equal(router_new(routes, &router), 0);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		HILO_AUTO_FREE char *path = hilo_strdup(rows[i].path);
		const char *segments[ROUTER_MAX_SEGMENTS];
		size_t count = split(path, segments);
		struct router_match match = router_find(router, rows[i].method, segments, count);

		if (!match.route != !rows[i].pattern ||
		    (match.route ? strcmp(match.route->pattern, rows[i].pattern) != 0
				 : match.allowed != rows[i].allowed))
			fail_msg("%s: %s, allowed %u", rows[i].path, match.route ? match.route->pattern : "none",
				 match.allowed);
		assert_int_equal(match.capture_count, strlen(rows[i].captures));
		for (size_t j = 0; j < match.capture_count; j++)
			assert_int_equal(match.captures[j], rows[i].captures[j] - '0');
	}
	router_free(&router);
	assert_null(router);
}

static void head_prefers_its_own_route(void **state)
{
	const char *segments[] = {"h"};
	struct router *router;

	assert_int_equal(router_new(routes, &router), 0);
	assert_int_equal(router_find(router, HTTP_HEAD, segments, 1).route->method, HTTP_HEAD);
	assert_int_equal(router_find(router, HTTP_GET, segments, 1).route->method, HTTP_GET);
	router_free(&router);
}

static void a_path_of_too_many_segments_is_nowhere(void **state)
{
	const char *segments[ROUTER_MAX_SEGMENTS + 1] = {"files"};
	struct router *router;

	for (size_t i = 1; i < HILO_COUNT(segments); i++)
		segments[i] = "x";
	assert_int_equal(router_new(routes, &router), 0);
	assert_non_null(router_find(router, HTTP_GET, segments, ROUTER_MAX_SEGMENTS).route);
	assert_null(router_find(router, HTTP_GET, segments, ROUTER_MAX_SEGMENTS + 1).route);
	router_free(&router);
}

static void bad_and_doubled_patterns_are_refused(void **state)
{
	static const struct http_route bad[][3] = {
		{{HTTP_GET, "a", nothing, 0}},
		{{HTTP_GET, "", nothing, 0}},
		{{HTTP_GET, "/*/a", nothing, 0}},
		{{HTTP_GET, "/a", NULL, 0}},
		{{0, "/a", nothing, 0}},
		{{HTTP_GET, "/a", nothing, 0}, {HTTP_GET, "/a", nothing, 0}},
		{{HTTP_GET, "/:a", nothing, 0}, {HTTP_GET, "/:b", nothing, 0}},
	};

	for (size_t i = 0; i < HILO_COUNT(bad); i++) {
		struct router *router = NULL;

		assert_int_equal(router_new(bad[i], &router), -EINVAL);
		assert_null(router);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(the_most_specific_pattern_with_the_method_wins),
		testing_case(head_prefers_its_own_route),
		testing_case(a_path_of_too_many_segments_is_nowhere),
		testing_case(bad_and_doubled_patterns_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
