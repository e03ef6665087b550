/* rights.h - who may see what, by inbox. Pure. */
#pragma once

#include "base/uuid.h"

enum role { ROLE_ADMINISTRATOR, ROLE_SUPERVISOR, ROLE_AGENT };
extern const char *const role_words[]; /* by enum role, NULL-ended */

/* the inboxes somebody may see */
struct rights {
	bool all; /* every inbox, also those made later */
	size_t count;
	const struct uuid *inboxes; /* sorted; ignored with all */
};

/* rights_sort - puts inboxes in order and drops doubles. Returns: how many are left. */
size_t rights_sort(struct uuid *inboxes, size_t count);
bool rights_allow(const struct rights *rights, const struct uuid *inbox_id);
/* rights_share - is there an inbox both see? */
bool rights_share(const struct rights *a, const struct rights *b);
/* rights_cover - does outer see every inbox inner sees? */
bool rights_cover(const struct rights *outer, const struct rights *inner);
bool rights_equal(const struct rights *a, const struct rights *b);
