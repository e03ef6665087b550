/* seal.c - see seal.h. */
#include "seal.h"

#include <sodium.h>

void *seal(struct arena *arena, const uint8_t key[32], const char *plain, size_t *ret_size)
{
	size_t size = strlen(plain);
	uint8_t *out = arena_alloc(arena, crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + size);

	randombytes_buf(out, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, (const unsigned char *)plain, size, out, key);
	*ret_size = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + size;
	return out;
}

void seal_derive(const uint8_t key[32], const char *purpose, uint8_t ret[32])
{
	crypto_kdf_derive_from_key(ret, 32, 1, purpose, key);
}
