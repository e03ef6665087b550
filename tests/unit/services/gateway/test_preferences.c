/* test_preferences.c - what is kept of preferences, and what is refused. */
#include "preferences.h"
#include "testing/testing.h"

static const struct {
	const char *json, *want; /* NULL: a fault */
	const char *field;
} rows[] = {
        {"{}", "{}", NULL},
        {"{\"locale\":null}", "{}", NULL},
        {"{\"locale\":\"es\",\"theme\":\"dark\",\"density\":\"compact\"}",
         "{\"density\":\"compact\",\"locale\":\"es\",\"theme\":\"dark\"}", NULL},
        {"{\"sound\":false,\"shortcuts\":true}", "{\"shortcuts\":true,\"sound\":false}", NULL},
        {"{\"keymap\":{\"reply\":\"r\",\"close\":null}}", "{\"keymap\":{\"close\":null,\"reply\":\"r\"}}", NULL},
        {"{\"locale\":\"fr\"}", NULL, "locale"},
        {"{\"theme\":null}", NULL, "theme"},
        {"{\"density\":1}", NULL, "density"},
        {"{\"sound\":\"no\"}", NULL, "sound"},
        {"{\"keymap\":[]}", NULL, "keymap"},
        {"{\"keymap\":{\"reply\":1}}", NULL, "keymap"},
        {"{\"volume\":1}", NULL, "volume"},
};

static void test_only_what_is_known_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct arena *arena = arena_new(0);
		json_t *body = json_loads(rows[i].json, 0, NULL);
		struct json_reader reader = {.object = body, .arena = arena};
		const char *kept = preferences_read(&reader);
		if (rows[i].want ? !kept || strcmp(kept, rows[i].want) != 0
		                 : kept || strcmp(reader.field, rows[i].field) != 0)
			fail_msg("%s: %s, %s", rows[i].json, kept ? kept : "refused", reader.field);
		json_decref(body);
		arena_free(&arena);
	}
}

static void test_there_is_an_end_to_the_keymap(void **state)
{
	struct arena *arena = arena_new(0);
	json_t *body = json_object(), *keymap = json_object();
	struct json_reader reader = {.object = body, .arena = arena};

	(void)state;
	for (int i = 0; i < 65; i++)
		json_object_set_new(keymap, arena_printf(arena, "command %d", i), json_string("k"));
	json_object_set_new(body, "keymap", keymap);
	assert_null(preferences_read(&reader));
	assert_string_equal(reader.field, "keymap");
	json_decref(body);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_only_what_is_known_is_kept),
	        testing_case(test_there_is_an_end_to_the_keymap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
