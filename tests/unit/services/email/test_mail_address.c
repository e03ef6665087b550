/* test_mail_address.c - every spelling of an address and the one we keep. */
#include "mail_address.h"

#include <gmime/gmime.h>

#include "testing/testing.h"

static const struct {
	const char *raw, *want;
} rows[] = {
        {"ann@example.org", "ann@example.org"},
        {"Ann.Lee+x@EXAMPLE.org.", "ann.lee+x@example.org"},
        {"\"ann\"@example.org", "ann@example.org"},
        {"a@bücher.example", "a@xn--bcher-kva.example"},
        {"a@localhost", "a@localhost"},
        {"jürgen@example.org", "jürgen@example.org"},
        {NULL, NULL},
        {"", NULL},
        {"ann", NULL},
        {"@example.org", NULL},
        {"ann@", NULL},
        {"ann@.", NULL},
        {"ann@.example.org", NULL},
        {"ann@a..b", NULL},
        {"a@b@c", NULL},
        {"a b@example.org", NULL},
        {"\"a b\"@example.org", NULL},
        {"a\r\nBcc: x@example.org", NULL},
        {"a<b@example.org", NULL},
        {"a,b@example.org", NULL},
        {"a@exa mple.org", NULL},
        {"\xff@example.org", NULL},
        {"1234567890123456789012345678901234567890123456789012345678901234@example.org",
         "1234567890123456789012345678901234567890123456789012345678901234@example.org"},
        {"12345678901234567890123456789012345678901234567890123456789012345@example.org", NULL},
};

static void test_spellings(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		const char *got = mail_address_normalise(arena, rows[i].raw);
		if (!rows[i].want)
			assert_null(got);
		else
			assert_string_equal(got, rows[i].want);
	}
}

static void test_tags_come_off_and_go_on(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	char *plain, *tag;
	assert_true(mail_address_untag(arena, "help+c-42+b@h.example", &plain, &tag));
	assert_string_equal(plain, "help@h.example");
	assert_string_equal(tag, "c-42+b");
	assert_string_equal(mail_address_tag(arena, plain, tag), "help+c-42+b@h.example");
	assert_false(mail_address_untag(arena, "help@h.example", &plain, &tag));
	assert_false(mail_address_untag(arena, "+c@h.example", &plain, &tag));
	assert_false(mail_address_untag(arena, "help@h+c.example", &plain, &tag));
	assert_string_equal(mail_address_domain("a@b.example"), "b.example");
	assert_string_equal(mail_address_domain("none"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_spellings),
	        testing_case(test_tags_come_off_and_go_on),
	};
	g_mime_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
