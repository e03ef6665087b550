/* test_continuity.c - when an unseen answer goes on by mail, and how that mail reads. */
#include "continuity.h"
#include "testing/testing.h"

#define T(seconds) (INT64_C(1780000000000000) + (seconds)*INT64_C(1000000))

static void unseen_answers_are_due_after_the_wait(void **state)
{
	static const struct {
		struct continuity state;
		int64_t want;
	} cases[] = {
	        /* left before the answer, after it, and never there at all */
	        {{.reply_sequence = 4, .reply_us = T(100), .absent_us = T(50)}, T(115)},
	        {{.reply_sequence = 4, .reply_us = T(100), .absent_us = T(130)}, T(145)},
	        {{.reply_sequence = 4, .reply_us = T(100)}, T(115)},
	        /* there, or no answer */
	        {{.is_present = true, .reply_sequence = 4, .reply_us = T(100), .absent_us = T(50)}, 0},
	        {{.absent_us = T(50)}, 0},
	        /* seen, told already, and one more since */
	        {{.reply_sequence = 4, .seen_sequence = 4, .reply_us = T(100), .absent_us = T(130)}, 0},
	        {{.reply_sequence = 4, .seen_sequence = 3, .reply_us = T(100), .absent_us = T(130)}, T(145)},
	        {{.reply_sequence = 4, .told_sequence = 4, .reply_us = T(100)}, 0},
	        {{.reply_sequence = 9, .told_sequence = 5, .seen_sequence = 3, .reply_us = T(200)}, T(215)},
	};

	for (size_t i = 0; i < HILO_COUNT(cases); i++)
		if (continuity_due(&cases[i].state) != cases[i].want)
			fail_msg("case %zu", i);
}

static void an_address_is_looked_for_ever_more_seldom(void **state)
{
	const struct continuity left = {.reply_sequence = 4, .reply_us = T(100), .absent_us = T(50)};

	assert_int_equal(continuity_later(&left, T(101)), T(116));
	assert_int_equal(continuity_later(&left, T(160)), T(220));
	assert_int_equal(continuity_later(&left, T(3700)), T(7300));
	assert_int_equal(continuity_later(&left, T(100 + 86400)), 0);
}

static void the_mail_tells_the_answers_and_quotes_the_rest(void **state)
{
	const struct continuity_entry entries[] = {
	        {1, false, "Ann", "Where is\nmy lamp?"},
	        {2, true, "Ben", "On its way."},
	        {3, true, "Ben", "It comes on Monday."},
	};
	struct arena *arena = arena_new(0);

	assert_string_equal(
	        continuity_text(arena, entries, HILO_COUNT(entries), ""),
	        "On its way.\n\nIt comes on Monday.\n\n"
	        "You left our chat before this answer came. Reply to this e-mail, or come back to the chat: it is the "
	        "same conversation.\n\n> Ann:\n> Where is\n> my lamp?\n>");
	assert_non_null(strstr(continuity_text(arena, entries, HILO_COUNT(entries), "es-MX"), "misma conversación"));
	assert_null(strstr(continuity_text(arena, entries, HILO_COUNT(entries), "est"), "conversación"));
	arena_free(&arena);
}

static void the_quoted_thread_is_bounded(void **state)
{
	enum { COUNT = 30 };
	struct continuity_entry entries[COUNT];
	struct arena *arena = arena_new(0);
	char *text = arena_alloc(arena, 300000);

	memset(text, 'x', 299999);
	text[299999] = '\0';
	for (size_t i = 0; i < COUNT; i++)
		entries[i] = (struct continuity_entry){i + 1, i == COUNT - 1, i < COUNT - 9 ? "Old" : "New", text};
	const char *mail = continuity_text(arena, entries, COUNT, "en");
	assert_true(strlen(mail) < 210 * 1024);
	assert_null(strstr(mail, "Old"));
	assert_non_null(strstr(mail, "> New:"));
	arena_free(&arena);
}

static void the_subject_names_the_conversation(void **state)
{
	struct arena *arena = arena_new(0);

	assert_string_equal(continuity_subject(arena, "", "7K3M-9QXD", ""), "Your chat [#7K3M-9QXD]");
	assert_string_equal(continuity_subject(arena, "", "7K3M-9QXD", "es"), "Tu chat [#7K3M-9QXD]");
	assert_string_equal(continuity_subject(arena, "Lamp", "7K3M-9QXD", "es"), "Lamp [#7K3M-9QXD]");
	assert_string_equal(continuity_subject(arena, "Lamp [#7K3M-9QXD]", "7K3M-9QXD", ""), "Lamp [#7K3M-9QXD]");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(unseen_answers_are_due_after_the_wait),
	        testing_case(an_address_is_looked_for_ever_more_seldom),
	        testing_case(the_mail_tells_the_answers_and_quotes_the_rest),
	        testing_case(the_quoted_thread_is_bounded),
	        testing_case(the_subject_names_the_conversation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
