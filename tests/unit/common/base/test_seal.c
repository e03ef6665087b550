/* test_seal.c - what is sealed opens with the same key only, and whole only. */
#include "base/seal.h"
#include "testing/testing.h"

static const uint8_t key[32] = {1}, other[32] = {2};

static void test_what_is_sealed_opens(void **state)
{
	static const char *const texts[] = {"", "x",
	                                    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	for (size_t i = 0; i < HILO_COUNT(texts); i++) {
		size_t size, again_size;
		const void *sealed = seal(arena, key, texts[i], &size),
		           *again = seal(arena, key, texts[i], &again_size);
		char *plain;

		assert_int_equal(seal_open(arena, key, sealed, size, &plain), 0);
		assert_string_equal(plain, texts[i]);
		assert_int_equal(size, again_size);
		assert_memory_not_equal(sealed, again, size); /* nobody sees that two are alike */
	}
}

static void test_nothing_else_opens(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	char *plain = NULL;
	size_t size;
	uint8_t *sealed = seal(arena, key, "secret", &size);

	assert_int_equal(seal_open(arena, other, sealed, size, &plain), -EBADMSG);
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(seal_open(arena, key, sealed, cut, &plain), -EBADMSG);
	for (size_t i = 0; i < size; i++) {
		sealed[i] ^= 0x40;
		assert_int_equal(seal_open(arena, key, sealed, size, &plain), -EBADMSG);
		sealed[i] ^= 0x40;
	}
	assert_null(plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {testing_case(test_what_is_sealed_opens),
	                                   testing_case(test_nothing_else_opens)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
