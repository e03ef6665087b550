/* Arena: aligned, zeroed, given back in one piece. */
#include "testing/testing.h"

#include "base/arena.h"

static void allocations_are_aligned_zeroed_and_apart(void **state)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 4096, 16 * 1024, 16 * 1024 + 1, 1000000, 3};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	char *memory[HILO_COUNT(sizes)];
	size_t total = 0;

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < HILO_COUNT(sizes); i++) {
			memory[i] = arena_alloc(arena, sizes[i]);
			assert_int_equal((uintptr_t)memory[i] % 16, 0);
			for (size_t at = 0; at < sizes[i]; at++)
				assert_int_equal(memory[i][at], 0);
			memset(memory[i], (int)i + 1, sizes[i]);
		}
		total = 0;
		for (size_t i = 0; i < HILO_COUNT(sizes); i++) {
			for (size_t at = 0; at < sizes[i]; at++)
				assert_int_equal(memory[i][at], i + 1);
			total += sizes[i];
		}
		assert_int_equal(arena_used(arena), total);
		arena_reset(arena); /* the next round must see zeroes again */
		assert_int_equal(arena_used(arena), 0);
	}
}

static void the_first_block_is_used_again(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(256);
	const void *first = arena_alloc(arena, 100);

	for (int i = 0; i < 50; i++)
		arena_alloc(arena, 100);
	arena_reset(arena);
	assert_ptr_equal(arena_alloc(arena, 100), first);
}

static void a_large_one_does_not_waste_the_block(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(1024);
	const char *before = arena_alloc(arena, 16);

	arena_alloc(arena, 100000);
	assert_ptr_equal(arena_alloc(arena, 16), before + 16);
}

static void copies_and_printing(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(64);
	char long_text[500];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_null(arena_strdup(arena, NULL));
	assert_null(arena_strndup(arena, NULL, 5));
	assert_string_equal(arena_strdup(arena, "text"), "text");
	assert_string_equal(arena_strndup(arena, "text", 2), "te");
	assert_string_equal(arena_strndup(arena, "text", 99), "text");
	assert_memory_equal(arena_memdup(arena, "a\0b", 3), "a\0b", 3);
	assert_non_null(arena_memdup(arena, NULL, 0));
	assert_string_equal(arena_printf(arena, "%s-%d", "n", 7), "n-7");
	assert_string_equal(arena_printf(arena, "%s", long_text), long_text);
	int *numbers = arena_new_array(arena, int, 10);
	assert_int_equal(numbers[9], 0);
}

static void freeing_nothing_is_fine(void **state)
{
	struct arena *arena = NULL;

	arena_free(NULL);
	arena_free(&arena);
	arena = arena_new(0);
	arena_free(&arena);
	assert_null(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(allocations_are_aligned_zeroed_and_apart),
	        testing_case(the_first_block_is_used_again),
	        testing_case(a_large_one_does_not_waste_the_block),
	        testing_case(copies_and_printing),
	        testing_case(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
