/* digest.h - what the gateway keeps from the log for its readers: words to search by, and mentions.
 *
 * A consumer group of its own ("gateway"): each event is taken once, in one transaction with the group's position. */
#pragma once

#include "gateway.h"

struct digest;

struct digest *digest_new(struct gateway *gateway); /* owned, digest_free() */
void digest_drain(struct digest *digest, void (*on_drained)(void *arg), void *arg);
void digest_free(struct digest **digest);
