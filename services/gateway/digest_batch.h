/* digest_batch.h - what a batch of the log brings the gateway's readers: whose words are kept anew, and who was
 * mentioned. Pure. */
#pragma once

#include "store_digest.h"

struct digest_batch {
	struct digest_words words;
	struct uuid *moved; /* conversations that changed their inbox */
	size_t moved_count;
	struct digest_mention *mentions; /* without ids yet */
	size_t mentions_count;
};

/* digest_batch_of - ids that are none are passed over.
 * Requires: the events are open. Returns: never NULL; in the arena, what it points to there or in the events. */
struct digest_batch *digest_batch_of(struct arena *arena, const struct bus_event *events, size_t count);
/* digest_mentioned - the event that tells a mention. Returns: in the arena, borrowing the cause's texts. */
Hilo__V1__Envelope *digest_mentioned(struct arena *arena, const struct digest_mention *mention);
