/* test_mail_compose.c - what we write is what GMime reads back, whatever people typed. */
#include "mail_compose.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "mail_parse.h"
#include "testing/testing.h"

static struct mail_out plain_mail(void)
{
	return (struct mail_out){
	        .from_name = "Support",
	        .from_address = "support@suite.example",
	        .to_name = "Ann",
	        .to_address = "ann@example.org",
	        .reply_to = "support+c-1@suite.example",
	        .subject = "Where is it?",
	        .text = "Dear Ann,\n\nhere.\n",
	        .message_id = "m1@suite.example",
	        .in_reply_to = "q1@example.org",
	        .date_us = INT64_C(1785571200000000),
	        .loop_mark = "0123456789abcdef",
	};
}

/* written - the whole mail; checks what holds for every one: CRLF only, 7 bit, short lines, the size announced. */
static char *written(struct arena *arena, const struct mail_out *mail, size_t step)
{
	struct compose *c;
	HILO_AUTO(buf) struct buf out = {0};
	ssize_t got;
	assert_int_equal(mail_compose(mail, &c), 0);
	while ((got = compose_read(c, buf_reserve(&out, step), step)) > 0)
		out.len += (size_t)got;
	assert_int_equal(got, 0);
	assert_int_equal(out.len, compose_size(c));
	compose_free(&c);
	size_t line = 0;
	for (size_t i = 0; i < out.len; i++) {
		unsigned char ch = (unsigned char)out.data[i];
		assert_true(ch < 0x80 && (ch >= ' ' || ch == '\r' || ch == '\n'));
		assert_true((ch == '\n') == (i > 0 && out.data[i - 1] == '\r'));
		assert_true(ch != '\r' || out.data[i + 1] == '\n');
		line = ch == '\n' ? 0 : line + 1;
		assert_true(line <= 998);
	}
	return arena_strndup(arena, out.data, out.len);
}

static struct mail read_back(struct arena *arena, const struct mail_out *out)
{
	static const struct mail_trust trust = {NULL, "0123456789abcdef"};
	struct mail mail;
	const char *raw = written(arena, out, 1000);
	mail_parse(arena, &mail_default_limits, &trust, "support@suite.example", raw, strlen(raw), &mail);
	assert_null(mail.error);
	return mail;
}

static void test_a_machines_mail_says_so_and_a_persons_does_not(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	struct mail_out out = plain_mail();
	out.loop_mark = "fedcba9876543210"; /* another installation's */
	assert_null(strstr(written(arena, &out, 1000), "Auto-Submitted"));
	assert_false(read_back(arena, &out).is_automatic);
	out.is_automatic = true;
	assert_non_null(strstr(written(arena, &out, 1000), "\r\nAuto-Submitted: auto-generated\r\n"));
	assert_true(read_back(arena, &out).is_automatic);
}

static void test_a_plain_reply_to_the_letter(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	struct mail_out out = plain_mail();
	char first[] = "q0@example.org", second[] = "q1@example.org", *references[] = {first, second};
	out.references = references;
	out.references_count = 2;
	assert_string_equal(written(arena, &out, 7), "From: Support <support@suite.example>\r\n"
	                                             "To: Ann <ann@example.org>\r\n"
	                                             "Reply-To: Support <support+c-1@suite.example>\r\n"
	                                             "Subject: Re: Where is it?\r\n"
	                                             "Date: Sat, 01 Aug 2026 08:00:00 +0000\r\n"
	                                             "Message-ID: <m1@suite.example>\r\n"
	                                             "In-Reply-To: <q1@example.org>\r\n"
	                                             "References: <q0@example.org>\r\n <q1@example.org>\r\n"
	                                             "X-Hilo-Loop: 0123456789abcdef\r\n"
	                                             "MIME-Version: 1.0\r\n"
	                                             "Content-Type: text/plain; charset=utf-8\r\n"
	                                             "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	                                             "Dear Ann,\r\n\r\nhere.\r\n");
}

static void test_subjects_come_back_as_they_were(void **state)
{
	static const struct {
		const char *given, *want;
	} rows[] = {
	        {"plain", "Re: plain"},
	        {"Re: once", "Re: once"},
	        {"RE: once", "RE: once"},
	        {"", "Re:"},
	        {"Grüße aus München", "Re: Grüße aus München"},
	        {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
	         "\x9f\x98\x80"
	         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
	         "\x9f\x98\x80",
	         "Re: "
	         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
	         "\x9f\x98\x80"
	         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
	         "\x9f\x98\x80"},
	        {"x\r\nBcc: evil@example.org\r\n\r\nbody", "Re: x Bcc: evil@example.org body"},
	        {"looks =?utf-8?B?ZXZpbA==?= encoded", "Re: looks =?utf-8?B?ZXZpbA==?= encoded"},
	        {"a very long subject made of many ordinary words that must be folded somewhere before it gets too "
	         "long for a line",
	         "Re: a very long subject made of many ordinary words that must be folded somewhere before it gets too "
	         "long for a line"},
	        {"1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
	         "Re: "
	         "123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	         "0"},
	};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct mail_out out = plain_mail();
		out.subject = rows[i].given;
		assert_string_equal(read_back(arena, &out).subject, rows[i].want);
	}
}

static void test_names_cannot_become_addresses_or_headers(void **state)
{
	static const struct {
		const char *given, *want;
	} rows[] = {
	        {"Support", "Support"},
	        {"Lee, Ann (EU) \"the boss\" \\o/", "Lee, Ann (EU) \"the boss\" \\o/"},
	        {"Kundenbetreuung Nürnberg", "Kundenbetreuung Nürnberg"},
	        {"a <evil@example.org>, b", "a <evil@example.org>, b"},
	        {"x\r\nBcc: evil@example.org", "x Bcc: evil@example.org"},
	        {"=?utf-8?Q?evil?=", "=?utf-8?Q?evil?="},
	};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct mail_out out = plain_mail();
		out.from_name = out.to_name = rows[i].given;
		struct mail mail = read_back(arena, &out);
		assert_string_equal(mail.from_address, "support@suite.example");
		assert_string_equal(mail.from_name, rows[i].want);
		assert_string_equal(mail.cc_json, "[]");
		assert_true(strstr(mail.to_json, "ann@example.org") && !strstr(mail.to_json, "},{"));
	}
}

static void test_texts_come_back_as_they_were(void **state)
{
	static const struct {
		const char *given, *want;
	} rows[] = {
	        {"", "-"},
	        {"x", "x\n"},
	        {"a\r\nb\rc\n", "a\nb\nc\n"},
	        {"ends with blank \nand tab\t\n", "ends with blank \nand tab\t\n"},
	        {".\n..\nFrom me\n--=_hilo_mixed--\n", ".\n..\nFrom me\n--=_hilo_mixed--\n"},
	        {"1=2 äöü \xe2\x82\xac", "1=2 äöü \xe2\x82\xac\n"},
	        {"a long line that goes on and on far beyond what a line of mail may hold, and then some more of it, "
	         "until it is over",
	         "a long line that goes on and on far beyond what a line of mail may hold, and then some more of it, "
	         "until it is over\n"},
	};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct mail_out out = plain_mail();
		out.text = rows[i].given;
		const char *text = read_back(arena, &out).text;
		assert_string_equal(text ? text : "-", rows[i].want);
	}
}

static int file_of(const char *content, size_t size)
{
	FILE *file = tmpfile();
	assert_int_equal(fwrite(content, 1, size, file), size);
	fflush(file);
	return dup(fileno(file));
}

static void test_html_and_files_of_every_length(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	static const size_t sizes[] = {0, 1, 2, 3, 56, 57, 58, 14591, 14592, 14593, 100000};
	char *content = arena_alloc(arena, 100000);
	for (size_t i = 0; i < 100000; i++)
		content[i] = (char)(i * 31 + i / 256);
	for (size_t i = 0; i < HILO_COUNT(sizes); i++) {
		struct mail_out_file files[] = {
		        {"Rechnung für März.pdf", "application/pdf", NULL, false, sizes[i], file_of(content, sizes[i])},
		        {"../../x\"y.txt", "text/plain; evil\r\nX: y", "pic@x", true, sizes[i],
		         file_of(content, sizes[i])},
		};
		struct mail_out out = plain_mail();
		out.html = "<p>Dear Ann</p>";
		out.files = files;
		out.files_count = 2;
		struct mail mail = read_back(arena, &out);
		assert_string_equal(mail.text, "Dear Ann,\n\nhere.\n");
		assert_string_equal(mail.html, "<p>Dear Ann</p>\n");
		assert_int_equal(mail.files_count, 2);
		assert_string_equal(mail.files[0].name, "Rechnung für März.pdf");
		assert_string_equal(mail.files[0].content_type, "application/pdf");
		assert_string_equal(mail.files[1].name, "x\"y.txt");
		assert_string_equal(mail.files[1].content_type, "application/octet-stream");
		assert_string_equal(mail.files[1].content_id, "pic@x");
		for (size_t j = 0; j < 2; j++) {
			assert_int_equal(mail.files[j].size, sizes[i]);
			assert_memory_equal(mail.files[j].data, content, sizes[i]);
			close(files[j].fd);
		}
	}
}

static void test_threads_and_our_own_mark_come_back(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	char *references[50];
	for (size_t i = 0; i < HILO_COUNT(references); i++)
		references[i] = arena_printf(arena, "r%zu@example.org", i);
	char evil[] = "x>\r\nBcc: evil@example.org";
	references[49] = evil;
	struct mail_out out = plain_mail();
	out.references = references;
	out.references_count = HILO_COUNT(references);
	struct mail mail = read_back(arena, &out);
	assert_string_equal(mail.message_id, "m1@suite.example");
	assert_int_equal(mail.sent_us, out.date_us);
	assert_true(mail.is_automatic); /* by the loop mark: our own mail come back */
	assert_int_equal(mail.thread_ids_count, 20);
	assert_string_equal(mail.thread_ids[0], "q1@example.org");
	assert_string_equal(mail.thread_ids[1], "r48@example.org");
	assert_null(strstr(written(arena, &out, 100), "evil"));
	assert_non_null(strstr(written(arena, &out, 100), "References: <r0@example.org>\r\n <r30@example.org>"));
}

static void test_addresses_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {"",
	                                  "ann",
	                                  "ann@",
	                                  "a b@example.org",
	                                  "ann@example.org\r\nBcc: x@y.z",
	                                  "ann@example.org, b@c.d",
	                                  "<ann@example.org>",
	                                  "j\xc3\xbcrgen@example.org",
	                                  "\"a\"@example.org"};
	for (size_t i = 0; i < HILO_COUNT(bad); i++) {
		struct compose *c = NULL;
		struct mail_out out = plain_mail();
		out.to_address = bad[i];
		assert_int_equal(mail_compose(&out, &c), -EINVAL);
		out = plain_mail();
		out.from_address = bad[i];
		assert_int_equal(mail_compose(&out, &c), -EINVAL);
		out = plain_mail();
		out.reply_to = bad[i];
		assert_int_equal(mail_compose(&out, &c), -EINVAL);
		assert_null(c);
	}
}

static void test_a_file_cut_short_is_an_error_not_a_shorter_mail(void **state)
{
	struct mail_out_file file = {"a", "a/b", NULL, false, 100, file_of("short", 5)};
	struct mail_out out = plain_mail();
	struct compose *c;
	char bytes[4096];
	ssize_t got;
	out.files = &file;
	out.files_count = 1;
	assert_int_equal(mail_compose(&out, &c), 0);
	while ((got = compose_read(c, bytes, sizeof(bytes))) > 0)
		;
	assert_int_equal(got, -EIO);
	compose_free(&c);
	close(file.fd);
}

static void test_reading_again_gives_the_same(void **state)
{
	struct mail_out out = plain_mail();
	struct compose *c;
	char first[2000], second[2000];
	assert_int_equal(mail_compose(&out, &c), 0);
	ssize_t size = compose_read(c, first, sizeof(first));
	compose_rewind(c);
	assert_int_equal(compose_read(c, second, sizeof(second)), size);
	assert_memory_equal(first, second, (size_t)size);
	compose_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_a_plain_reply_to_the_letter),
	        testing_case(test_a_machines_mail_says_so_and_a_persons_does_not),
	        testing_case(test_subjects_come_back_as_they_were),
	        testing_case(test_names_cannot_become_addresses_or_headers),
	        testing_case(test_texts_come_back_as_they_were),
	        testing_case(test_html_and_files_of_every_length),
	        testing_case(test_threads_and_our_own_mark_come_back),
	        testing_case(test_addresses_that_are_none_are_refused),
	        testing_case(test_a_file_cut_short_is_an_error_not_a_shorter_mail),
	        testing_case(test_reading_again_gives_the_same),
	};
	g_mime_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
