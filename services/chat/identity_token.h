/* identity_token.h - the signed word of a shop about who its customer is: a JWT, HS256 and nothing else. Pure. */
#pragma once

#include "base/arena.h"

#define IDENTITY_TOKEN_MAX 4096     /* bytes of the whole token */
#define IDENTITY_SUBJECT_MAX 200    /* bytes of "sub" */
#define IDENTITY_LIFETIME_S 86400   /* "exp" lies at most so far ahead */
#define IDENTITY_CLOCK_SKEW_S 60    /* by which the shop's clock may be ahead of ours */

struct identity {
	const char *subject;
	const char *name;  /* NULL: not given */
	const char *email; /* normalised; NULL: not given */
	bool is_email_verified;
};

/* identity_token_check - secret: the key as its administrator was shown it, the bytes of its text. Nothing in the header but
 * "alg" is looked at: no key comes from a token. "crit" is refused, as nothing critical is known here.
 * Requires: token, secret and audience NUL-terminated.
 * Returns:  0 and *ret with texts in the arena; -EMSGSIZE too long; -EBADMSG not such a token; -EACCES not signed with this
 *           secret (none is never right); -ETIME expired, not yet valid, or valid for too long.
 * Source:   RFC 7515, RFC 7519, RFC 8725. */
int identity_token_check(struct arena *arena, const char *token, const char *secret, const char *audience, int64_t now_us,
			 struct identity *ret);
