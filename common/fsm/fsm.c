/* fsm/fsm.c - looking up transitions, checking a table, printing it. */
#include "fsm/fsm.h"

const struct fsm_transition *fsm_step(const struct fsm *fsm, int state, int event)
{
	for (size_t i = 0; i < fsm->count; i++) {
		if (fsm->transitions[i].from == state && fsm->transitions[i].event == event)
			return &fsm->transitions[i];
	}
	return NULL;
}

static bool has_name(const char *const *names, size_t count, int number)
{
	return number >= 0 && (size_t)number < count && names[number];
}

static int fault(struct buf *ret_fault, const struct fsm *fsm, const char *what, const char *name, int number)
{
	buf_printf(ret_fault, "%s: %s", fsm->name, what);
	if (name)
		buf_printf(ret_fault, " %s", name);
	else
		buf_printf(ret_fault, " %d", number);
	return -EINVAL;
}

static int check_names(const struct fsm *fsm, struct buf *ret_fault)
{
	if (!has_name(fsm->states, fsm->states_count, fsm->initial))
		return fault(ret_fault, fsm, "the initial state has no name:", NULL, fsm->initial);
	for (size_t i = 0; i < fsm->count; i++) {
		const struct fsm_transition *t = &fsm->transitions[i];
		if (!has_name(fsm->states, fsm->states_count, t->from))
			return fault(ret_fault, fsm, "no name for state", NULL, t->from);
		if (!has_name(fsm->states, fsm->states_count, t->to))
			return fault(ret_fault, fsm, "no name for state", NULL, t->to);
		if (!has_name(fsm->events, fsm->events_count, t->event))
			return fault(ret_fault, fsm, "no name for event", NULL, t->event);
	}
	return 0;
}

static int check_twice(const struct fsm *fsm, struct buf *ret_fault)
{
	for (size_t i = 0; i < fsm->count; i++) {
		const struct fsm_transition *t = &fsm->transitions[i];
		if (fsm_step(fsm, t->from, t->event) == t)
			continue;
		buf_printf(ret_fault, "%s: two transitions from %s on %s", fsm->name, fsm->states[t->from],
		           fsm->events[t->event]);
		return -EINVAL;
	}
	return 0;
}

/* Every state that has a name; spreads from the initial one until nothing new is reached. */
static int check_reachable(const struct fsm *fsm, struct buf *ret_fault)
{
	HILO_AUTO_FREE bool *is_reached = hilo_alloc_array(fsm->states_count, sizeof(bool));
	bool has_grown = true;

	is_reached[fsm->initial] = true;
	while (has_grown) {
		has_grown = false;
		for (size_t i = 0; i < fsm->count; i++) {
			const struct fsm_transition *t = &fsm->transitions[i];
			if (!is_reached[t->from] || is_reached[t->to])
				continue;
			is_reached[t->to] = has_grown = true;
		}
	}
	for (size_t i = 0; i < fsm->states_count; i++) {
		if (fsm->states[i] && !is_reached[i])
			return fault(ret_fault, fsm, "no way leads to state", fsm->states[i], 0);
	}
	return 0;
}

int fsm_check(const struct fsm *fsm, struct buf *ret_fault)
{
	int rc = check_names(fsm, ret_fault);

	rc = rc ? rc : check_twice(fsm, ret_fault);
	return rc ? rc : check_reachable(fsm, ret_fault);
}

void fsm_write_markdown(const struct fsm *fsm, struct buf *out)
{
	buf_printf(out, "### %s\n\nStarts as *%s*.\n\n| from | event | to |\n|---|---|---|\n", fsm->name,
	           fsm->states[fsm->initial]);
	for (size_t i = 0; i < fsm->count; i++) {
		const struct fsm_transition *t = &fsm->transitions[i];
		buf_printf(out, "| %s | %s | %s |\n", fsm->states[t->from], fsm->events[t->event], fsm->states[t->to]);
	}
}
