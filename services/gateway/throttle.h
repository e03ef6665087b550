/* throttle.h - how often somebody may try to sign in: counters in Redis for all replicas, in the process while it is
 * away. */
#pragma once

#include "kv/kv.h"

#define THROTTLE_ACCOUNT 5  /* failures of one account in the window */
#define THROTTLE_ADDRESS 20 /* failures from one address */
#define THROTTLE_WINDOW_S 900

struct throttle;

struct throttle *throttle_new(struct kv *kv); /* owned, throttle_free() */
void throttle_free(struct throttle **throttle);
/* throttle_try - counts an attempt as failed until throttle_succeeded() takes it back, so that parallel attempts do not
 * all slip through. on_answer: may it be made? */
void throttle_try(struct throttle *throttle, const char *account, const char *address,
                  void (*on_answer)(void *arg, bool may), void *arg);
/* throttle_succeeded - the account starts afresh, the address gets its attempt back. */
void throttle_succeeded(struct throttle *throttle, const char *account, const char *address);
