/* digest_batch.h - what a batch of the log brings the gateway's readers: whose words are kept anew, and who was
 * mentioned. Pure. */
#pragma once

#include "store_digest.h"

struct digest_elsewhere { /* where a change of a customer is told besides */
	const struct digest_change *change;
	struct uuid inbox_id;
};
struct digest_batch {
	struct digest_words words;
	struct uuid *moved; /* conversations that changed their inbox */
	size_t moved_count;
	struct digest_mention *mentions; /* without ids yet */
	size_t mentions_count;
	struct digest_change *changes;
	size_t changes_count;
	struct digest_elsewhere *elsewhere; /* the reader's to fill: NULL at first */
	size_t elsewhere_count;
};

/* digest_batch_of - ids that are none are passed over.
 * Requires: the events are open. Returns: never NULL; in the arena, what it points to there or in the events. */
struct digest_batch *digest_batch_of(struct arena *arena, const struct bus_event *events, size_t count);
/* digest_mentioned, digest_changed_elsewhere - the event that tells it.
 * Returns: in the arena, borrowing the cause's texts. */
Hilo__V1__Envelope *digest_mentioned(struct arena *arena, const struct digest_mention *mention);
Hilo__V1__Envelope *digest_changed_elsewhere(struct arena *arena, const struct digest_elsewhere *place);
