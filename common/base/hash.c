/* base/hash.c - FNV-1a and a finaliser. Stored values depend on every bit here: never change them. */
#include "base/hash.h"

static const uint64_t fnv_offset = 0xcbf29ce484222325U, fnv_prime = 0x100000001b3U;

static uint64_t fnv_go_on(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * fnv_prime;
	return hash;
}

uint64_t hash_fnv1a64(const void *data, size_t size)
{
	return fnv_go_on(fnv_offset, data, size);
}

uint64_t hash_mix64(uint64_t hash)
{
	hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdU;
	hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53U;
	return hash ^ (hash >> 33);
}

uint32_t hash_key32(const char *key)
{
	return (uint32_t)hash_mix64(hash_fnv1a64(key, strlen(key)));
}

int64_t hash_object64(const char *kind, const void *key, size_t size)
{
	uint64_t hash = fnv_go_on(hash_fnv1a64(kind, strlen(kind)), ":", 1);

	return (int64_t)hash_mix64(fnv_go_on(hash, key, size));
}
