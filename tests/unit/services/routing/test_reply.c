/* test_reply.c - what an answer by mail is sent under. */
#include "reply.h"
#include "world.h"

static void a_subject_has_one_prefix_and_one_reference(void **state)
{
	static const struct {
		const char *subject, *want;
	} rows[] = {
	        {"Broken lamp", "Re: Broken lamp [#7K3M-9QXD]"},
	        {"", "Re: [#7K3M-9QXD]"},
	        {"RE: Broken lamp", "RE: Broken lamp [#7K3M-9QXD]"},
	        {"Re: Broken lamp [#7K3M-9QXD]", "Re: Broken lamp [#7K3M-9QXD]"},
	        {"Fwd: lamp [#7k3m-9qxd]", "Re: Fwd: lamp [#7k3m-9qxd]"},
	};
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		assert_string_equal(reply_subject(arena, rows[i].subject, "7K3M-9QXD"), rows[i].want);
	arena_free(&arena);
}

static void references_go_from_the_oldest_to_the_answered_message(void **state)
{
	struct arena *arena = arena_new(0);
	char **ids;

	assert_int_equal(reply_references(arena, "c@x", NULL, &ids), 1);
	assert_string_equal(ids[0], "c@x");
	assert_int_equal(reply_references(arena, "c@x", "b@x a@x", &ids), 3);
	assert_string_equal(ids[0], "a@x");
	assert_string_equal(ids[1], "b@x");
	assert_string_equal(ids[2], "c@x");
	assert_int_equal(reply_references(arena, "c@x", "b@x c@x b@x a@x", &ids), 3);
	arena_free(&arena);
}

static void long_references_keep_the_first_and_the_last_twenty(void **state)
{
	struct arena *arena = arena_new(0);
	HILO_AUTO(buf) struct buf thread = {0};
	char **ids;

	for (int i = 99; i >= 1; i--)
		buf_printf(&thread, "%s%d@x", i == 99 ? "" : " ", i);
	assert_int_equal(reply_references(arena, "100@x", thread.data, &ids), 21);
	assert_string_equal(ids[0], "1@x");
	assert_string_equal(ids[1], "81@x");
	assert_string_equal(ids[20], "100@x");
	arena_free(&arena);
}

static void the_domain_is_what_follows_the_last_at(void **state)
{
	assert_string_equal(reply_domain("support@example.com"), "example.com");
	assert_string_equal(reply_domain("\"a@b\"@example.com"), "example.com");
	assert_string_equal(reply_domain("support@"), "localhost");
	assert_string_equal(reply_domain(""), "localhost");
	assert_string_equal(reply_domain(NULL), "localhost");
}

static void files_are_json(void **state)
{
	struct arena *arena = arena_new(0);
	Hilo__V1__Attachment file = HILO__V1__ATTACHMENT__INIT;
	Hilo__V1__Attachment *files[] = {&file};

	file.id = (char *)"1";
	file.name = (char *)"a \"b\".pdf";
	file.content_type = (char *)"application/pdf";
	file.size_bytes = 12;
	file.sha256 = (char *)"ab";
	assert_string_equal(reply_attachments_json(arena, NULL, 0), "[]");
	assert_string_equal(
	        reply_attachments_json(arena, files, 1),
	        "[{\"id\":\"1\",\"name\":\"a \\\"b\\\".pdf\",\"content_type\":\"application/pdf\",\"size_bytes\":12,"
	        "\"sha256\":\"ab\",\"inline\":false,\"content_id\":\"\"}]");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(a_subject_has_one_prefix_and_one_reference),
	        testing_case(references_go_from_the_oldest_to_the_answered_message),
	        testing_case(long_references_keep_the_first_and_the_last_twenty),
	        testing_case(the_domain_is_what_follows_the_last_at),
	        testing_case(files_are_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
