/* base/seal.c - secretbox with its nonce before it, and keys for other purposes. */
#include "base/seal.h"

#include <sodium.h>

#include "base/text.h"

void *seal(struct arena *arena, const uint8_t key[SEAL_KEY_BYTES], const char *plain, size_t *ret_size)
{
	size_t size = strlen(plain);
	uint8_t *out = arena_alloc(arena, crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + size);

	randombytes_buf(out, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, (const unsigned char *)plain, size, out, key);
	*ret_size = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + size;
	return out;
}

int seal_open(struct arena *arena, const uint8_t key[SEAL_KEY_BYTES], const void *sealed, size_t size, char **ret)
{
	const size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
	const uint8_t *nonce = sealed, *box = nonce + crypto_secretbox_NONCEBYTES;
	char *plain;

	if (size < overhead)
		return -EBADMSG;
	plain = arena_alloc(arena, size - overhead + 1);
	if (crypto_secretbox_open_easy((unsigned char *)plain, box, size - crypto_secretbox_NONCEBYTES, nonce, key) !=
	            0 ||
	    !text_is_utf8(plain, size - overhead))
		return -EBADMSG;
	*ret = plain;
	return 0;
}

void seal_derive(const uint8_t key[SEAL_KEY_BYTES], const char *purpose, uint8_t ret[SEAL_KEY_BYTES])
{
	crypto_kdf_derive_from_key(ret, SEAL_KEY_BYTES, 1, purpose, key);
}
