/* idempotency.h - what makes a repeated POST the same POST. Pure but for the fresh id. */
#pragma once

#include "base/arena.h"
#include "base/uuid.h"

#define IDEMPOTENCY_KEY_MAX 200 /* bytes of an Idempotency-Key, printable ASCII */

struct idempotency {
	struct uuid id;   /* of the request */
	const char *key;  /* the client's, or the id as text */
	uint8_t hash[32]; /* of what was asked */
};

/* idempotency_make - header: the Idempotency-Key or NULL; parts: what was asked, in a fixed order (method, path, body
 * …). The hash covers each part with its length, so that no two different lists are alike. Strings go to the arena.
 * Returns: 0, or -EINVAL for a key that is empty, too long or not printable ASCII. */
struct idempotency_part {
	const void *data;
	size_t size;
};
int idempotency_make(const char *header, const struct idempotency_part *parts, size_t count, struct arena *arena,
                     struct idempotency *ret);
