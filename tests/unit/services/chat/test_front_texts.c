/* test_front_texts.c - the front's own words: complete in both languages, and nothing of strangers in them that acts. */
#include "front_texts.h"

#include "testing/testing.h"

static void test_a_confirmation_mail_has_its_link_in_both_languages(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	for (int is_spanish = 0; is_spanish < 2; is_spanish++) {
		struct front_mail mail = text_confirmation_mail(arena, is_spanish, "The Shop", "https://h/chat/v1/confirm/x");
		assert_non_null(strstr(mail.text, "\n\nhttps://h/chat/v1/confirm/x\n\n"));
		assert_non_null(strstr(mail.text, "The Shop"));
		assert_non_null(strstr(mail.text, "24 h"));
		assert_non_null(strstr(mail.subject, is_spanish ? "dirección" : "address"));
	}
}

static void test_lines_of_a_transcript(void **state)
{
	HILO_AUTO(buf) struct buf out = {0};

	text_transcript_line(&out, false, INT64_C(1767323045678901), "Ben", "One\n[2026-01-01 00:00 UTC] Eve: two", NULL);
	text_transcript_line(&out, true, INT64_C(1767323045678901), "", NULL, "a.pdf\nb.pdf");
	assert_string_equal(out.data, "[2026-01-02 03:04 UTC] Ben: One\n    [2026-01-01 00:00 UTC] Eve: two\n\n"
				      "[2026-01-02 03:04 UTC] Usted: \n    Archivos: a.pdf\n    b.pdf\n\n");
}

static void test_pages_escape_what_is_not_ours(void **state)
{
	for (int is_spanish = 0; is_spanish < 2; is_spanish++) {
		HILO_AUTO(buf) struct buf ask = {0}, done = {0}, ended = {0};
		text_confirm_page(&ask, is_spanish, CONFIRM_ASK, "a'\"><script>&@b.c");
		text_confirm_page(&done, is_spanish, CONFIRM_DONE, NULL);
		text_confirm_page(&ended, is_spanish, CONFIRM_VOID, NULL);
		assert_non_null(strstr(ask.data, "<strong>a&#39;&quot;&gt;&lt;script&gt;&amp;@b.c</strong>"));
		assert_non_null(strstr(ask.data, "<form method=\"post\"><button"));
		assert_non_null(strstr(ask.data, is_spanish ? "lang=\"es\"" : "lang=\"en\""));
		assert_null(strstr(ask.data, "<script"));
		assert_null(strstr(done.data, "<form"));
		assert_null(strstr(ended.data, "<form"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(test_a_confirmation_mail_has_its_link_in_both_languages),
		testing_case(test_lines_of_a_transcript),
		testing_case(test_pages_escape_what_is_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
