/* seal.h - opening the secrets the gateway sealed: nonce (24 bytes), then libsodium's secretbox. Pure. */
#pragma once

#include "base/arena.h"

#define SEAL_KEY_BYTES 32

/* seal_open - Returns: 0 and the plain text in the arena; -EBADMSG if it was not sealed with this key or is no text. */
int seal_open(struct arena *arena, const unsigned char key[SEAL_KEY_BYTES], const void *sealed, size_t size,
              char **ret);
