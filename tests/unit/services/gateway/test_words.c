/* test_words.c - skills and tags: one spelling each, whatever was typed. */
#include "skills.h"
#include "tag_name.h"
#include "testing/testing.h"

static const struct {
	const char *text, *want; /* NULL: no tag */
} tags[] = {
        {"refund", "refund"},
        {"  Late Delivery ", "late delivery"},
        {"\xc3\x89PICO", "\xc3\xa9pico"},                            /* Épico */
        {"\xd0\x92\xd0\x9e\xd0\x97\xd0\x92\xd0\xa0\xd0\x90\xd0\xa2", /* ВОЗВРАТ */
         "\xd0\xb2\xd0\xbe\xd0\xb7\xd0\xb2\xd1\x80\xd0\xb0\xd1\x82"},
        {"\xe8\xbf\x94\xe5\x93\x81", "\xe8\xbf\x94\xe5\x93\x81"}, /* 返品 */
        {"2nd-level.a_b:c", "2nd-level.a_b:c"},
        {"1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"},
        {"12345678901234567890123456789012345678901", NULL},
        {"", NULL},
        {"   ", NULL},
        {"-late", NULL},
        {"a/b", NULL},
        {"a\nb", NULL},
        {"a\tb", NULL},
        {"a,b", NULL},
        {"a\xe2\x80\xae"
         "b",
         NULL},                     /* right-to-left override */
        {"\xf0\x9f\x8e\x81", NULL}, /* a picture */
        {"a\xff", NULL},
        {"a\xc3", NULL},
};

static void test_a_tag_has_one_spelling(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < HILO_COUNT(tags); i++) {
		const char *name = tag_name(arena, tags[i].text);
		if (tags[i].want ? !name || strcmp(name, tags[i].want) != 0 : name != NULL)
			fail_msg("\"%s\" is \"%s\"", tags[i].text, name ? name : "none");
	}
	arena_free(&arena);
}

static const struct {
	const char *json;
	const char *want; /* joined by '|'; NULL: not given or a fault */
	bool is_fault;
} skills[] = {
        {"{}", NULL, false},
        {"{\"skills\":null}", NULL, false},
        {"{\"skills\":[]}", "", false},
        {"{\"skills\":[\"Spanish\",\" billing \",\"spanish\"]}", "billing|spanish", false},
        {"{\"skills\":[\"two words\"]}", "two words", false},
        {"{\"skills\":[\"\"]}", NULL, true},
        {"{\"skills\":[\"  \"]}", NULL, true},
        {"{\"skills\":[1]}", NULL, true},
        {"{\"skills\":[\"a\\nb\"]}", NULL, true},
        {"{\"skills\":\"spanish\"}", NULL, true},
        {"{\"skills\":[\"12345678901234567890123456789012345678901\"]}", NULL, true},
};

static void test_skills_are_sorted_words_without_doubles(void **state)
{
	(void)state;
	for (size_t i = 0; i < HILO_COUNT(skills); i++) {
		struct arena *arena = arena_new(0);
		json_t *body = json_loads(skills[i].json, 0, NULL);
		struct json_reader reader = {.object = body, .arena = arena};
		const char *const *words = read_skills(&reader);
		const char *joined = words ? "" : NULL;
		for (size_t n = 0; words && words[n]; n++)
			joined = arena_printf(arena, "%s%s%s", joined, n ? "|" : "", words[n]);
		if ((reader.fault != NULL) != skills[i].is_fault ||
		    (skills[i].want ? !joined || strcmp(joined, skills[i].want) != 0 : joined != NULL))
			fail_msg("%s: %s", skills[i].json, joined ? joined : "none");
		json_decref(body);
		arena_free(&arena);
	}
}

static void test_there_is_an_end_to_skills(void **state)
{
	struct arena *arena = arena_new(0);
	json_t *body = json_object(), *array = json_array();
	struct json_reader reader = {.object = body, .arena = arena};

	(void)state;
	for (int i = 0; i <= SKILLS_MAX; i++)
		json_array_append_new(array, json_sprintf("skill %d", i));
	json_object_set_new(body, "skills", array);
	assert_null(read_skills(&reader));
	assert_string_equal(reader.field, "skills");
	json_decref(body);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_a_tag_has_one_spelling),
	        testing_case(test_skills_are_sorted_words_without_doubles),
	        testing_case(test_there_is_an_end_to_skills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
