/* Tables of transitions: what they hold is taken, what they do not hold is refused, what is wrong with them is said. */
#include "testing/testing.h"

#include "fsm/fsm.h"

enum { OPEN, PENDING, RESOLVED };
enum { REPLY, RESOLVE, REOPEN };
enum { NO_ACTION, NOTIFY };

static const char *const states[] = {"open", "pending", "resolved"};
static const char *const events[] = {"reply", "resolve", "reopen"};
static const struct fsm_transition good[] = {
        {OPEN, REPLY, PENDING, NOTIFY},
        {OPEN, RESOLVE, RESOLVED, NO_ACTION},
        {PENDING, REPLY, PENDING, NO_ACTION},
        {RESOLVED, REOPEN, OPEN, NOTIFY},
};

static struct fsm table(const struct fsm_transition *transitions, size_t count)
{
	return (struct fsm){.name = "conversation",
	                    .transitions = transitions,
	                    .count = count,
	                    .states = states,
	                    .states_count = HILO_COUNT(states),
	                    .events = events,
	                    .events_count = HILO_COUNT(events),
	                    .initial = OPEN};
}

static void every_pair_is_in_the_table_or_refused(void **state)
{
	const struct fsm fsm = table(good, HILO_COUNT(good));
	size_t taken = 0;

	for (int from = OPEN; from <= RESOLVED; from++) {
		for (int event = REPLY; event <= REOPEN; event++) {
			const struct fsm_transition *t = fsm_step(&fsm, from, event);
			taken += t != NULL;
			if (t)
				assert_true(t->from == from && t->event == event);
		}
	}
	assert_int_equal(taken, HILO_COUNT(good));
	assert_int_equal(fsm_step(&fsm, OPEN, REPLY)->to, PENDING);
	assert_int_equal(fsm_step(&fsm, OPEN, REPLY)->action, NOTIFY);
	assert_null(fsm_step(&fsm, PENDING, REOPEN));
	assert_null(fsm_step(&fsm, 99, REPLY));
	assert_null(fsm_step(&fsm, OPEN, -1));
}

static void faults_are_found_and_named(void **state)
{
	static const struct {
		struct fsm_transition transitions[4];
		size_t count;
		int initial;
		const char *fault; /* NULL: none */
	} rows[] = {
	        {{{OPEN, REPLY, PENDING, 0}, {PENDING, RESOLVE, RESOLVED, 0}}, 2, OPEN, NULL},
	        {{{OPEN, REPLY, PENDING, 0}, {PENDING, RESOLVE, RESOLVED, 0}},
	         2,
	         RESOLVED,
	         "conversation: no way leads to state open"},
	        {{{OPEN, REPLY, PENDING, 0}}, 1, OPEN, "conversation: no way leads to state resolved"},
	        {{{OPEN, REPLY, PENDING, 0}, {PENDING, RESOLVE, RESOLVED, 0}, {OPEN, REPLY, OPEN, 0}},
	         3,
	         OPEN,
	         "conversation: two transitions from open on reply"},
	        {{{OPEN, REPLY, 3, 0}}, 1, OPEN, "conversation: no name for state 3"},
	        {{{-1, REPLY, OPEN, 0}}, 1, OPEN, "conversation: no name for state -1"},
	        {{{OPEN, 3, OPEN, 0}}, 1, OPEN, "conversation: no name for event 3"},
	        {{{OPEN, REPLY, OPEN, 0}}, 1, 7, "conversation: the initial state has no name: 7"},
	        {{{RESOLVED, REPLY, PENDING, 0}, {PENDING, REPLY, RESOLVED, 0}},
	         2,
	         OPEN, /* an island */
	         "conversation: no way leads to state pending"},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct fsm fsm = table(rows[i].transitions, rows[i].count);
		HILO_AUTO(buf) struct buf fault = {0};
		fsm.initial = rows[i].initial;
		assert_int_equal(fsm_check(&fsm, &fault), rows[i].fault ? -EINVAL : 0);
		if (rows[i].fault)
			assert_string_equal(fault.data, rows[i].fault);
		else
			assert_int_equal(fault.len, 0);
	}
}

static void the_docs_show_the_table(void **state)
{
	const struct fsm fsm = table(good, HILO_COUNT(good));
	HILO_AUTO(buf) struct buf out = {0};

	fsm_write_markdown(&fsm, &out);
	assert_string_equal(out.data, "### conversation\n\nStarts as *open*.\n\n| from | event | to |\n|---|---|---|\n"
	                              "| open | reply | pending |\n| open | resolve | resolved |\n"
	                              "| pending | reply | pending |\n| resolved | reopen | open |\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(every_pair_is_in_the_table_or_refused),
	        testing_case(faults_are_found_and_named),
	        testing_case(the_docs_show_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
