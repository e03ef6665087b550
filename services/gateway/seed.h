/* seed.h - the first administrator, made once when there are no agents. */
#pragma once

#include "gateway.h"

struct seed;

/* seed_start - tries until the database has said whether there are agents. NULL: no e-mail address and password are
 * set. Returns: owned, seed_free(). */
struct seed *seed_start(struct gateway *gateway);
/* seed_is_done - also without one: whether there are agents is settled. */
bool seed_is_done(const struct seed *seed);
void seed_free(struct seed **seed);
