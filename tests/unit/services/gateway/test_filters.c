/* test_filters.c - what a list may be narrowed by, and what is no filter. */
#include "filters.h"
#include "testing/testing.h"

#define ID "00000000-0000-7000-8000-0000000000a1"
#define TAG_160 "1234567890123456789012345678901234567890" TAG_80 "1234567890123456789012345678901234567890"
#define TAG_80 "12345678901234567890123456789012345678901234567890123456789012345678901234567890"

static const struct {
	const char *name, *value, *fault; /* NULL: it may be */
} rows[] = {
        {"view", "all", NULL},
        {"view", "mentions", NULL},
        {"view", "", "view must be all, mine, unassigned, mentions or following"},
        {"view", "Mine", "view must be all, mine, unassigned, mentions or following"},
        {"view", "mine ", "view must be all, mine, unassigned, mentions or following"},
        {"status", "snoozed", NULL},
        {"status", "closed", "status must be open, pending, snoozed or resolved"},
        {"priority", "urgent", NULL},
        {"priority", "0", "priority must be low, normal, high or urgent"},
        {"channel", "voice", NULL},
        {"channel", "fax", "channel must be email, chat, social, sms or voice"},
        {"sort", "waiting", NULL},
        {"sort", "activity; DROP TABLE", "sort must be activity, waiting or priority"},
        {"inbox", ID, NULL},
        {"team", ID, NULL},
        {"assignee", ID, NULL},
        {"customer", ID, NULL},
        {"inbox", "", "inbox must be an id"},
        {"team", ID "0", "team must be an id"},
        {"assignee", "me", "assignee must be an id"},
        {"customer", "00000000-0000-7000-8000-0000000000g1", "customer must be an id"},
        {"tag", "late delivery", NULL},
        {"tag", TAG_160, NULL},
        {"tag", TAG_160 "1", "tag must be a tag's name"},
        {"tag", "", "tag must be a tag's name"},
        {"tag", "\xc3", "tag must be a tag's name"},
        {"", "all", " is no filter"},
        {"View", "all", "View is no filter"},
        {"limit", "1", "limit is no filter"},
};

static void test_every_filter_has_its_values(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		const char *fault = filters_fault(arena, rows[i].name, rows[i].value);
		if (rows[i].fault ? !fault || strcmp(fault, rows[i].fault) != 0 : fault != NULL)
			fail_msg("%s=%s: %s", rows[i].name, rows[i].value, fault ? fault : "may be");
	}
	arena_free(&arena);
}

static void test_every_name_is_checked(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; filters_names[i]; i++)
		assert_non_null(filters_fault(arena, filters_names[i], "\xff"));
	arena_free(&arena);
}

static const struct {
	const char *json, *fault;
} objects[] = {
        {"{}", NULL},
        {"{\"view\":\"mine\",\"status\":\"open\",\"tag\":\"vip\",\"inbox\":\"" ID "\",\"sort\":\"waiting\"}", NULL},
        {"{\"view\":\"theirs\"}", "view must be all, mine, unassigned, mentions or following"},
        {"{\"status\":\"open\",\"cursor\":\"x\"}", "cursor is no filter"},
        {"{\"view\":null}", "filters are texts by name"},
        {"{\"view\":[\"mine\"]}", "filters are texts by name"},
        {"{\"inbox\":7}", "filters are texts by name"},
        {"{\"tag\":\"\"}", "tag must be a tag's name"},
};

static void test_a_saved_view_holds_filters_only(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < HILO_COUNT(objects); i++) {
		json_t *object = json_loads(objects[i].json, 0, NULL);
		const char *fault = filters_object_fault(arena, object);
		if (objects[i].fault ? !fault || strcmp(fault, objects[i].fault) != 0 : fault != NULL)
			fail_msg("%s: %s", objects[i].json, fault ? fault : "may be");
		json_decref(object);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_every_filter_has_its_values),
	        testing_case(test_every_name_is_checked),
	        testing_case(test_a_saved_view_holds_filters_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
