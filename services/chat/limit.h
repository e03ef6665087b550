/* limit.h - how often something may be done: token buckets, in Redis for all replicas, in the process while it is away. */
#pragma once

#include "kv/kv.h"

enum limit {
	LIMIT_SESSIONS,      /* new visitors and sign-ins of an address */
	LIMIT_CONVERSATIONS, /* new conversations of an address */
	LIMIT_MESSAGES,      /* of a visitor */
	LIMIT_PROFILES,      /* changes by a visitor */
	LIMIT_UPLOADS,       /* of a visitor */
	LIMIT_UPLOADS_ADDRESS, /* of an address */
	LIMIT_LINKS,         /* confirmation mails to an address */
	LIMIT_LINKS_ASKED,   /* confirmation mails asked for from an address */
	LIMIT_TRANSCRIPTS,   /* of a visitor */
	LIMITS
};

struct limits;

struct limits *limits_new(struct kv *kv); /* owned, limits_free() */
void limits_free(struct limits **limits);
/* limits_take - takes one out of the bucket of that name: a visitor's id, an address. on_answer, once and from the loop: was
 * there one? */
void limits_take(struct limits *limits, enum limit limit, const char *name, void (*on_answer)(void *arg, bool may), void *arg);
/* limits_bucket_take - a bucket that holds `count` and fills up again within window_us. *at_us: when it will be full; 0: is
 * now. Pure. Source: generic cell rate algorithm, ITU-T I.371. */
bool limits_bucket_take(int64_t *at_us, int64_t now_us, int64_t count, int64_t window_us);
