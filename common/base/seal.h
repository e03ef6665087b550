/* base/seal.h - secrets at rest: nonce (24 bytes), then libsodium's secretbox. Requires: sodium_init() was called. */
#pragma once

#include "base/arena.h"

#define SEAL_KEY_BYTES 32

/* seal - Returns: the sealed bytes, in the arena. */
void *seal(struct arena *arena, const uint8_t key[SEAL_KEY_BYTES], const char *plain, size_t *ret_size);
/* seal_open - Returns: 0 and the plain text in the arena; -EBADMSG: it was not sealed with this key, or is no text. */
int seal_open(struct arena *arena, const uint8_t key[SEAL_KEY_BYTES], const void *sealed, size_t size, char **ret);
/* seal_derive - another key for another purpose, from the same secret. purpose: 8 characters. */
void seal_derive(const uint8_t key[SEAL_KEY_BYTES], const char *purpose, uint8_t ret[SEAL_KEY_BYTES]);
