/* fsm/fsm.h - state machines as tables: (from, event, to, action). What the table does not hold is refused.
 * Pure. The same table feeds the docs and a test that walks it. */
#pragma once

#include "base/base.h"
#include "base/buf.h"

struct fsm_transition {
	int from, event, to;
	int action; /* the caller's enum; 0 none */
};

struct fsm {
	const char *name;
	const struct fsm_transition *transitions;
	size_t count;
	const char *const *states; /* names by number, for errors and docs */
	size_t states_count;
	const char *const *events;
	size_t events_count;
	int initial;
};

/* fsm_step - the transition for (state, event). Returns: it, borrowed; NULL if the table refuses. */
const struct fsm_transition *fsm_step(const struct fsm *fsm, int state, int event);
/* fsm_check - every number has a name, no (from, event) twice, every state reachable. Returns: 0, or -EINVAL with the
 * first fault in words. */
int fsm_check(const struct fsm *fsm, struct buf *ret_fault);
/* fsm_write_markdown - the table for docs. */
void fsm_write_markdown(const struct fsm *fsm, struct buf *out);
