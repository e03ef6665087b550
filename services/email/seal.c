/* seal.c - opening sealed secrets. Pure. */
#include "seal.h"

#include <sodium.h>

#include "base/text.h"

int seal_open(struct arena *arena, const unsigned char key[SEAL_KEY_BYTES], const void *sealed, size_t size, char **ret)
{
	const size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
	const unsigned char *nonce = sealed;
	if (size < overhead)
		return -EBADMSG;
	char *plain = arena_alloc(arena, size - overhead + 1);
	if (crypto_secretbox_open_easy((unsigned char *)plain, nonce + crypto_secretbox_NONCEBYTES,
	                               size - crypto_secretbox_NONCEBYTES, nonce, key) != 0 ||
	    !text_is_utf8(plain, size - overhead))
		return -EBADMSG;
	*ret = plain;
	return 0;
}
