/* idempotency.c - the key and the hash of a POST. */
#include "idempotency.h"

#include <sodium.h>

static bool is_key(const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return size >= 1 && size <= IDEMPOTENCY_KEY_MAX;
}

int idempotency_make(const char *header, const struct idempotency_part *parts, size_t count, struct arena *arena,
                     struct idempotency *ret)
{
	crypto_hash_sha256_state state;
	char text[UUID_TEXT];

	if (header && !is_key(header))
		return -EINVAL;
	ret->id = uuid_new();
	ret->key = arena_strdup(arena, header ? header : uuid_format(&ret->id, text));
	crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < count; i++) {
		uint64_t size = parts[i].size;
		crypto_hash_sha256_update(&state, (const unsigned char *)&size, sizeof(size));
		crypto_hash_sha256_update(&state, parts[i].data, parts[i].size);
	}
	crypto_hash_sha256_final(&state, ret->hash);
	return 0;
}
