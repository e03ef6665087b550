/* test_map.c - keys find their values, however many there are. */
#include "base/map.h"
#include "testing/testing.h"

static void every_key_finds_its_value_after_growing(void **state)
{
	enum { COUNT = 5000 };
	struct arena *arena = arena_new(0);
	struct map *map = map_new(arena, 0);
	static int keys[COUNT];
	int absent = COUNT;

	for (int i = 0; i < COUNT; i++) {
		keys[i] = i;
		assert_null(map_get(map, &i, sizeof(i)));
		map_put(map, &keys[i], sizeof(keys[i]), &keys[i]);
	}
	assert_int_equal(map_count(map), COUNT);
	for (int i = 0; i < COUNT; i++)
		assert_ptr_equal(map_get(map, &i, sizeof(i)), &keys[i]);
	assert_null(map_get(map, &absent, sizeof(absent)));
	arena_free(&arena);
}

static void a_later_value_replaces_an_earlier(void **state)
{
	struct arena *arena = arena_new(0);
	struct map *map = map_new(arena, 1);
	int one = 1, two = 2;

	map_put(map, "key", 3, &one);
	map_put(map, "key", 3, &two);
	assert_int_equal(map_count(map), 1);
	assert_ptr_equal(map_get(map, "key", 3), &two);
	arena_free(&arena);
}

static void keys_differ_by_length_too(void **state)
{
	struct arena *arena = arena_new(0);
	struct map *map = map_new(arena, 1);
	int one = 1;

	map_put(map, "key", 3, &one);
	assert_null(map_get(map, "key", 2));
	assert_null(map_get(map, "", 0));
	map_put(map, "", 0, &one);
	assert_ptr_equal(map_get(map, "x", 0), &one);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(every_key_finds_its_value_after_growing),
	        testing_case(a_later_value_replaces_an_earlier),
	        testing_case(keys_differ_by_length_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
