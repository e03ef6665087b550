/* tests/unit/common/http/test_target.c - request targets, decoded. */
#include "testing/testing.h"

#include "http/target.h"

static const struct {
	const char *raw;
	const char *segments; /* joined by "|"; NULL: refused */
	const char *query;    /* name=value joined by "|" */
} rows[] = {
	{"/", "", ""},
	{"/a/b", "a|b", ""},
	{"/a/", "a|", ""},
	{"/a//b", "a||b", ""},
	{"/a%20b/%C3%A9", "a b|\xc3\xa9", ""},
	{"/a+b", "a+b", ""},
	{"/a%2Fb", "a/b", ""},
	{"/a?b=c&d=e%26f&g=h+i&j", "a", "b=c|d=e&f|g=h i|j="},
	{"/?", "", ""},
	{"/?&&a=b&&", "", "a=b"},
	{"/?a=b=c", "", "a=b=c"},
	{"/?a?b", "", "a?b="},
	{"/...", "...", ""},
	{"http://host:80/a/b?c=d", "a|b", "c=d"},
	{"http://host", "", ""},
	{"https://host?a=b", "", "a=b"},
	{"/%", NULL, NULL},
	{"/%4", NULL, NULL},
	{"/%zz", NULL, NULL},
	{"/%4z", NULL, NULL},
	{"/%00", NULL, NULL},
	{"/a%00b", NULL, NULL},
	{"/%ff", NULL, NULL},
	{"/%c3", NULL, NULL},
	{"/%ed%a0%80", NULL, NULL}, /* a surrogate */
	{"/%c0%af", NULL, NULL},    /* an overlong slash */
	{"/a/../b", NULL, NULL},
	{"/a/.", NULL, NULL},
	{"/a/%2e%2E/b", NULL, NULL},
	{"/?a=%00", NULL, NULL},
	{"/?a=%ff", NULL, NULL},
	{"/?%=b", NULL, NULL},
	{"/?a=%2", NULL, NULL},
};

static char *joined(struct arena *arena, char *text, const char *part)
{
	return text ? arena_printf(arena, "%s|%s", text, part) : arena_strdup(arena, part);
}

static void targets_are_split_and_then_decoded(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		HILO_AUTO(arena) struct arena *arena = arena_new(0);
		struct target target;
		char *segments = NULL, *query = NULL;
		int rc = target_parse(arena, rows[i].raw, &target);

		if (rc != (rows[i].segments ? 0 : -EINVAL))
			fail_msg("%s: %d", rows[i].raw, rc);
		if (rc < 0)
			continue;
		for (size_t j = 0; j < target.segment_count; j++)
			segments = joined(arena, segments, target.segments[j]);
		for (size_t j = 0; j < target.query_count; j++)
			query = joined(arena, query,
				       arena_printf(arena, "%s=%s", target.query[j].name, target.query[j].value));
		assert_string_equal(segments, rows[i].segments);
		assert_string_equal(query ? query : "", rows[i].query);
	}
}

static void too_many_parts_are_refused(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	char raw[1024] = "/?";
	struct target target;

	memset(raw + 2, '&', 128);
	assert_int_equal(target_parse(arena, raw, &target), -EINVAL);
	memset(raw, '/', 129);
	raw[129] = '\0';
	assert_int_equal(target_parse(arena, raw, &target), -EINVAL);
	raw[128] = '\0';
	assert_int_equal(target_parse(arena, raw, &target), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(targets_are_split_and_then_decoded),
		testing_case(too_many_parts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
