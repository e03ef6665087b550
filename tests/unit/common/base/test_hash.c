/* Stored hashes: these values were computed by another implementation and must never change. */
#include "testing/testing.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/uuid.h"

static const struct {
	const char *key;
	uint64_t fnv, mixed;
} rows[] = {
        {"", 0xcbf29ce484222325, 0xefd01f60ba992926},
        {"a", 0xaf63dc4c8601ec8c, 0x82a2a958a9bece5b},
        {"foobar", 0x85944171f73967e8, 0x2c22194922d1672b},
        {"mail:ana@example.org", 0x809e82fb4cf7637c, 0x39eb3ce0501a896c},
        {"conversation:01a20086-85ab-7274-bd1b-657b302f2eb3", 0x62242a5c1ec94a12, 0xd129f2a55c3b0995},
        {"ñandú", 0xeb0a747b87142ccb, 0x6dcf2ce965b48406},
};

static void keys_hash_as_they_always_did(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		const uint64_t fnv = hash_fnv1a64(rows[i].key, strlen(rows[i].key));
		assert_int_equal(fnv, rows[i].fnv);
		assert_int_equal(hash_mix64(fnv), rows[i].mixed);
		assert_int_equal(hash_key32(rows[i].key), (uint32_t)rows[i].mixed);
	}
}

static void objects_hash_as_they_always_did(void **state)
{
	const struct uuid nil = {{0}};
	struct uuid id;

	assert_int_equal(hash_object64("conversation", &nil, sizeof(nil)), -8505029601535533538);
	assert_int_equal(hash_object64("customer", &nil, sizeof(nil)), 8254824807276582652);
	assert_int_equal(hash_object64("shard", "\x03", 1), -7538801411062968734);
	assert_int_equal(hash_object64("", "", 0), 8049451291064401709);
	assert_int_equal(uuid_hash64(&nil), 0xa5e0dba6c385580a);
	assert_int_equal(uuid_parse("01a20086-85ab-7274-bd1b-657b302f2eb3", &id), 0);
	assert_int_equal(uuid_hash64(&id), 0x44cf05add788984d);
}

static void shards_are_even(void **state)
{
	int counts[16] = {0};
	char key[64];

	for (int i = 0; i < 16000; i++) {
		snprintf(key, sizeof(key), "mail:customer%d@example.org", i);
		counts[hash_key32(key) & 15]++;
	}
	for (int i = 0; i < 16; i++)
		assert_in_range(counts[i], 850, 1150); /* 5 standard deviations around 1,000 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(keys_hash_as_they_always_did),
	        testing_case(objects_hash_as_they_always_did),
	        testing_case(shards_are_even),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
