/* password.h - passwords as argon2id (RFC 9106; 19 MiB, 2 passes, as OWASP asks), off the loop
 * (docs/decisions/0004-password-thread.md). */
#pragma once

#include "channel/files.h"

#define PASSWORD_LOW 8 /* bytes */
#define PASSWORD_HIGH 200

struct password;

/* password_new - files: lends its thread. Returns: owned, password_free(); NULL without memory for one hash. */
struct password *password_new(struct files *files);
void password_free(struct password **password);
/* password_hash - on_hashed: the text to store, borrowed, or NULL on failure.
 * Returns: false when too many wait already; on_hashed is not called then. */
bool password_hash(struct password *password, const char *plain, void (*on_hashed)(void *arg, const char *hash),
                   void *arg);
/* password_verify - hash NULL (nobody of that name): takes as long, and is wrong. Returns: as password_hash. */
bool password_verify(struct password *password, const char *hash, const char *plain,
                     void (*on_verified)(void *arg, bool is_right), void *arg);
