/* test_visitor.c - names, addresses and languages as people type them. */
#include "visitor.h"

#include "testing/testing.h"

#define LABEL "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123"

static void same(const char *raw, const char *got, const char *want)
{
	if (!got != !want || (got && strcmp(got, want) != 0))
		fail_msg("%s: %s, not %s", raw, got, want);
}

static const struct {
	const char *raw, *want;
} emails[] = {
	{"ana@mail.example", "ana@mail.example"},
	{"  Ana.Gil+x@MAIL.Example. ", "ana.gil+x@mail.example"},
	{"o'neil/x=y@a-b.c1.example", "o'neil/x=y@a-b.c1.example"},
	{"a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
	{"a@" LABEL ".example", "a@" LABEL ".example"},
	{"a@" LABEL "4.example", NULL},
	{"1234567890123456789012345678901234567890123456789012345678901234@b.c", "1234567890123456789012345678901234567890123456789012345678901234@b.c"},
	{"12345678901234567890123456789012345678901234567890123456789012345@b.c", NULL},
	{"a@" LABEL "." LABEL "." LABEL "." LABEL, NULL},
	{"", NULL},
	{"@", NULL},
	{"a@", NULL},
	{"@b.c", NULL},
	{"a", NULL},
	{"a@b", NULL},
	{"a@localhost", NULL},
	{"a@b..c", NULL},
	{"a@.b.c", NULL},
	{"a@b.c..", NULL},
	{"a@-b.c", NULL},
	{"a@b-.c", NULL},
	{"a@b_c.d", NULL},
	{"a@[127.0.0.1]", NULL},
	{".a@b.c", NULL},
	{"a.@b.c", NULL},
	{"a..b@b.c", NULL},
	{"a@b@c.d", NULL},
	{"\"a b\"@b.c", NULL},
	{"a b@b.c", NULL},
	{"<a@b.c>", NULL},
	{"a@b.c,d@e.f", NULL},
	{"a@b.c;d@e.f", NULL},
	{"a@b.c\r\nBcc: d@e.f", NULL},
	{"a\t@b.c", NULL},
	{"ñ@b.c", NULL},
	{"a@bücher.example", NULL},
};

static const struct {
	const char *raw, *want;
} names[] = {
	{"Ana", "Ana"}, {"  Ana   Gil ", "Ana Gil"}, {"Åsa Ñúñez 🙂", "Åsa Ñúñez 🙂"}, {"<b>Ana</b>", "<b>Ana</b>"},
	{"", NULL}, {"   ", NULL}, {"a\nb", NULL}, {"a\x7f", NULL}, {"a\x1b[31m", NULL},
};

static const struct {
	const char *raw, *want;
	bool is_spanish;
} locales[] = {
	{"es", "es", true}, {"es-ES", "es-ES", true}, {"ES-419", "ES-419", true}, {"en", "en", false}, {"est", "est", false},
	{"de-DE", "de-DE", false}, {"", "", false}, {"e", "", false}, {"es_ES", "", false}, {"es\n", "", false}, {"es\"><", "", false},
	{"aaaaaaaaaabbbbbbbbbbccccccccccdddddd", "", false},
};

static const struct {
	const char *raw, *want;
} files[] = {
	{"a.txt", "a.txt"}, {"/etc/passwd", "passwd"}, {"..\\..\\a.exe", "a.exe"}, {"ñ.pdf", "ñ.pdf"},
	{"", NULL}, {".", NULL}, {"..", NULL}, {"a/", NULL}, {"a/..", NULL}, {"a\nb", NULL}, {"\xff", NULL},
};

static void test_every_spelling(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	for (size_t i = 0; i < HILO_COUNT(emails); i++)
		same(emails[i].raw, visitor_email(arena, emails[i].raw), emails[i].want);
	for (size_t i = 0; i < HILO_COUNT(names); i++)
		same(names[i].raw, visitor_name(arena, names[i].raw), names[i].want);
	for (size_t i = 0; i < HILO_COUNT(files); i++)
		same(files[i].raw, visitor_file_name(arena, files[i].raw), files[i].want);
	for (size_t i = 0; i < HILO_COUNT(locales); i++) {
		same(locales[i].raw, visitor_locale(arena, locales[i].raw), locales[i].want);
		assert_int_equal(visitor_is_spanish(visitor_locale(arena, locales[i].raw)), locales[i].is_spanish);
	}
}

static void test_long_names_are_cut_between_characters(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	char name[302] = "x";

	for (size_t i = 1; i < 301; i += 2)
		memcpy(name + i, "ñ", 2);
	assert_int_equal(strlen(visitor_name(arena, name)), 199);
	assert_int_equal(strlen(visitor_file_name(arena, name)), 199);
}

static void test_as_json(void **state)
{
	struct visitor visitor = {.name = "Ana \"<", .email = "", .address = "v:x", .locale = ""};
	HILO_AUTO(buf) struct buf out = {0};

	visitor_json(&out, &visitor);
	assert_string_equal(out.data, "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"name\":\"Ana \\\"<\",\"email\":null,"
				      "\"email_level\":\"none\",\"signed_in\":false}");
	buf_clear(&out);
	visitor.email = "a@b.c";
	visitor.email_level = HILO__V1__LEVEL__LEVEL_CLAIMED;
	visitor.is_signed_in = true;
	visitor_json(&out, &visitor);
	assert_non_null(strstr(out.data, "\"email\":\"a@b.c\",\"email_level\":\"claimed\",\"signed_in\":true}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(test_every_spelling),
		testing_case(test_long_names_are_cut_between_characters),
		testing_case(test_as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
