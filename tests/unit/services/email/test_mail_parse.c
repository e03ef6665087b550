/* test_mail_parse.c - what is read from each mail of tests/data/mail, one row a fact. */
#include "mail_parse.h"

#include "base/buf.h"
#include "base/text.h"
#include "mail_outline.h"
#include "testing/testing.h"

static const struct mail_trust trust = {"mx.suite.example", "0123456789abcdef"};

/* facts about a mail as text */
static const char *fact_of(struct arena *arena, const struct mail *mail, const char *fact)
{
	HILO_AUTO(buf) struct buf out = {0};
	buf_puts(&out, "");
	if (strcmp(fact, "error") == 0)
		return mail->error ? mail->error : "-";
	if (strcmp(fact, "from") == 0)
		return arena_printf(arena, "%s|%s", mail->from_address, mail->from_name ? mail->from_name : "-");
	if (strcmp(fact, "subject") == 0)
		return mail->subject ? mail->subject : "-";
	if (strcmp(fact, "text") == 0)
		return mail->text ? mail->text : "-";
	if (strcmp(fact, "html") == 0)
		return mail->html ? mail->html : "-";
	if (strcmp(fact, "id") == 0)
		return mail->message_id ? mail->message_id : "-";
	if (strcmp(fact, "to") == 0)
		return mail->to_json;
	if (strcmp(fact, "cc") == 0)
		return mail->cc_json;
	if (strcmp(fact, "sent") == 0)
		return arena_printf(arena, "%lld", (long long)(mail->sent_us / 1000000));
	if (strcmp(fact, "is") == 0)
		return arena_printf(arena, "%s%s", mail->is_verified ? "verified" : "claimed",
		                    mail->is_automatic ? " automatic" : "");
	if (strcmp(fact, "threads") == 0)
		for (size_t i = 0; i < mail->thread_ids_count; i++)
			buf_printf(&out, "%s%s", i ? " " : "", mail->thread_ids[i]);
	else if (strcmp(fact, "files") == 0)
		for (size_t i = 0; i < mail->files_count; i++) {
			const struct mail_file *f = &mail->files[i];
			buf_printf(&out, "%s%s|%s|%zu%s%s%s", i ? " ; " : "", f->name, f->content_type, f->size,
			           f->content_id ? "|" : "", f->content_id ? f->content_id : "",
			           f->is_inline ? "|inline" : "");
		}
	else
		fail_msg("no fact %s", fact);
	return arena_strdup(arena, out.data);
}

static const struct {
	const char *file, *fact, *want;
} rows[] = {
        {"plain", "error", "-"},
        {"plain", "from", "ann@example.org|Ann Lee"},
        {"plain", "subject", "Where is it?"},
        {"plain", "text", "My parcel is late.\nAnn\n"},
        {"plain", "html", "-"},
        {"plain", "id", "plain@example.org"},
        {"plain", "to", "[{\"name\":\"Help\",\"address\":\"help@suite.example\"}]"},
        {"plain", "cc", "[]"},
        {"plain", "sent", "1785571200"},
        {"plain", "is", "claimed"},
        {"plain", "files", ""},
        /* charsets */
        {"no-mime-8bit-latin1", "text", "Grüße aus München € 5\n"},
        {"no-mime-utf8", "text", "Grüße \xf0\x9f\x98\x80\n"},
        {"latin1-is-windows-1252", "text", "“Hallo” € 5\n"},
        {"gb2312-is-gb18030", "text", "您好 €"},
        {"iso-2022-jp", "text", "こんにちは\n"},
        {"iso-2022-jp", "subject", "こんにちは"},
        {"utf7", "text", "Hi abc there\n"},
        {"unknown-charset", "text", "café\n"},
        {"lying-utf8", "text", "good \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd bad\n"},
        {"nul-in-body", "text", "ab\n"},
        {"nul-in-header", "subject", "zero"},
        {"nul-in-header", "text", "body\n"},
        {"utf16-base64", "text", "Hello Ω\n"},
        /* transfer encodings */
        {"base64-with-garbage", "text", "Hello wor"},
        {"qp-broken", "text", "bad =ZZ and =4 and softbreak"},
        {"uuencode", "text", "Cat"},
        /* header words */
        {"rfc2047-split-multibyte", "subject", "äöü"},
        {"rfc2047-raw-8bit", "subject", "Grüße"},
        {"rfc2047-abuse", "subject", "a Bcc: evil@x =?utf-8?X?zz?= =?utf-8?Q?unclosed"},
        {"rfc2047-padded-words", "subject", "abcdefghij k"},
        {"rfc2047-padded-words", "from", "ann@example.org|Ann Lee"},
        {"rfc2047-padded-words", "files", "über.pdf|application/pdf|4"},
        {"folded-subject", "subject", "one two three"},
        {"header-huge-line", "error", "-"},
        {"headers-1500", "error", "too many header fields"},
        {"date-nonsense", "sent", "0"},
        /* bodies */
        {"alternative", "text", "plain words"},
        {"alternative", "html", "<p>html <b>words</b></p>"},
        {"html-only", "text", "Dear team,\n\n5 < 6 & €€\none\ntwo\nbye\nAnn"},
        {"alternative-empty-text", "text", "real"},
        {"apple-mixed-in-alternative", "text", "before and after"},
        {"apple-mixed-in-alternative", "html", "<p>before</p>\n<p>after</p>"},
        {"apple-mixed-in-alternative", "files", "a.pdf|application/pdf|4"},
        {"related-inline-image", "files", "logo.png|image/png|4|logo@x|inline"},
        {"mixed-footer", "text", "Hello\n\n-- \nlist & footer"},
        {"mixed-footer", "html", "<p>Hello</p><pre>-- \nlist &amp; footer</pre>"},
        {"html-hostile", "text", "a < b &bogus; \xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd linkoddend"},
        {"bare-lf", "text", "line one\nline two\n"},
        {"no-body", "text", "-"},
        /* files */
        {"attachment-text", "text", "see file"},
        {"attachment-text", "files", "notes.txt|text/plain|12"},
        {"rfc2231-name", "files", "€ rates.pdf|application/pdf|4"},
        {"rfc2047-name", "files", "über.pdf|application/pdf|4"},
        {"type-injection", "files", "text.html|text/html|1"},
        {"message-rfc822", "files", "message.eml|message/rfc822|87"},
        {"message-rfc822", "text", "forwarded"},
        {"calendar", "files", "invite.ics|text/calendar|30"},
        {"winmail", "files", "winmail.dat|application/ms-tnef|4"},
        {"signed", "text", "signed words"},
        {"signed", "files", "signature.asc|application/pgp-signature|29"},
        {"encrypted", "files", "file-1|application/pgp-encrypted|10 ; file-2|application/octet-stream|27"},
        /* structure gone wrong: nothing is hidden from the reader */
        {"no-boundary", "text", "--b1\nContent-Type: text/plain\n\nlost?\n--b1--\n"},
        {"wrong-boundary", "text", "--b1\nContent-Type: text/plain\n\nnever opened\n--b1--\n"},
        {"missing-end-boundary", "text", "first"},
        {"missing-end-boundary", "files", "x.pdf|application/pdf|6"},
        {"bad-content-type", "files", "file-1|application/octet-stream|16"},
        {"nested-40", "error", "-"},
        {"binary-noise", "error", "not a mail"},
        {"empty", "error", "not a mail"},
        {"only-newline", "from", "env@example.org|-"},
        /* senders */
        {"two-from", "from", "ann@example.org|Ann Lee"},
        {"two-from", "is", "claimed"},
        {"two-mailboxes-in-from", "is", "claimed"},
        {"no-from", "from", "env@example.org|-"},
        {"from-garbage", "from", "real.one@example.org|Real"},
        {"from-quoted", "from", "ann@example.org|Lee, Ann"},
        {"from-idn", "from", "juergen@xn--bcher-kva.example|Jürgen"},
        {"from-encoded-name", "from", "j@example.org|Jürgen <boss@victim.example>"},
        {"name-with-newline", "from", "ann@example.org|Ann Bcc: evil@x"},
        {"groups", "to", "[]"},
        {"groups", "cc",
         "[{\"name\":\"Bob\",\"address\":\"bob@example.net\"},{\"name\":null,\"address\":\"eve@example.net\"},"
         "{\"name\":\"Zoe\",\"address\":\"zoe@example.com\"}]"},
        /* who vouches */
        {"auth-pass", "is", "verified"},
        {"auth-forged-below", "is", "claimed"},
        {"auth-other-server", "is", "claimed"},
        {"auth-other-domain", "is", "claimed"},
        {"auth-dmarc-fail-dkim-pass", "is", "claimed"},
        {"auth-dkim-aligned", "is", "verified"},
        {"auth-dkim-foreign", "is", "claimed"},
        {"auth-in-comment", "is", "claimed"},
        /* machines */
        {"auto-submitted", "is", "claimed automatic"},
        {"auto-submitted-no", "is", "claimed"},
        {"list-mail", "is", "claimed automatic"},
        {"precedence-bulk", "is", "claimed automatic"},
        {"own-loop", "is", "claimed automatic"},
        {"foreign-loop", "is", "claimed"},
        {"noreply", "is", "claimed automatic"},
        {"bounce", "is", "claimed automatic"},
        {"bounce", "from", "mailer-daemon@mx.example.org|Mail Delivery System"},
        {"bounce", "threads", "reply-1@suite.example"},
        {"bounce", "files", "delivery-status.txt|message/delivery-status|111 ; message.eml|message/rfc822|82"},
        {"bounce-headers-only", "threads", "reply-2@suite.example"},
        /* threads */
        {"thread", "threads", "reply-3@suite.example a@x c@x b@x"},
        {"bare-message-id", "id", "bare-id@x"},
        {"folded-message-id", "id", "foldedid@x"},
        {"no-message-id", "id", "-"},
};

static void parse(struct arena *arena, const char *raw, size_t size, struct mail *ret)
{
	mail_parse(arena, &mail_default_limits, &trust, "env@example.org", raw, size, ret);
}

static void test_every_fact_of_the_samples(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		size_t size;
		HILO_AUTO_FREE char *raw = testing_data(arena_printf(arena, "mail/%s.eml", rows[i].file), &size);
		struct mail mail;
		parse(arena, raw, size, &mail);
		const char *got = fact_of(arena, &mail, rows[i].fact);
		if (strcmp(got, rows[i].want) != 0)
			print_error("%s %s\n", rows[i].file, rows[i].fact);
		assert_string_equal(got, rows[i].want);
	}
}

static void test_file_names_never_leave_their_folder(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	size_t size;
	HILO_AUTO_FREE char *raw = testing_data("mail/path-traversal.eml", &size);
	static const char *const want[] = {"passwd", "boot.ini",       "file-3", "file-4",
	                                   "ab.txt", "invoicegpj.exe", NULL,     "file-8"};
	struct mail mail;
	parse(arena, raw, size, &mail);
	assert_int_equal(mail.files_count, HILO_COUNT(want));
	for (size_t i = 0; i < HILO_COUNT(want); i++)
		if (want[i])
			assert_string_equal(mail.files[i].name, want[i]);
	assert_int_equal(strlen(mail.files[6].name), 200);
	assert_string_equal(mail.files[6].name + 196, ".pdf");
}

static void test_at_most_a_hundred_parts_are_taken(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	size_t size;
	HILO_AUTO_FREE char *raw = testing_data("mail/parts-150.eml", &size);
	struct mail mail;
	parse(arena, raw, size, &mail);
	assert_string_equal(mail.text, "hello");
	assert_int_equal(mail.files_count, 99);
}

static void test_twenty_thread_ids_newest_first(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	size_t size;
	HILO_AUTO_FREE char *raw = testing_data("mail/many-references.eml", &size);
	struct mail mail;
	parse(arena, raw, size, &mail);
	assert_int_equal(mail.thread_ids_count, 20);
	assert_string_equal(mail.thread_ids[0], "r59@x");
	assert_string_equal(mail.thread_ids[19], "r40@x");
}

static void test_a_null_path_is_automatic_and_no_sender_is_an_error(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	struct mail mail;
	const char *raw = "From: ann@example.org\r\n\r\nx\r\n";
	mail_parse(arena, &mail_default_limits, &trust, "", raw, strlen(raw), &mail);
	assert_true(!mail.error && mail.is_automatic);
	raw = "Subject: who?\r\n\r\nx\r\n";
	mail_parse(arena, &mail_default_limits, &trust, "", raw, strlen(raw), &mail);
	assert_non_null(mail.error);
	assert_int_equal(strlen(mail.dedupe_key), 64);
}

/* key_of - the dedupe key of a mail. */
static const char *key_of(struct arena *arena, const char *raw)
{
	struct mail mail;
	parse(arena, raw, strlen(raw), &mail);
	return mail.dedupe_key;
}

static void test_the_key_is_the_mail_not_its_way(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const char *key = key_of(arena, "Message-ID: <1@x>\r\nFrom: a@b.example\r\n\r\nbody\r\n");
	assert_string_equal(key, key_of(arena, "Received: by mx\r\nDelivered-To: x@y\r\nMessage-ID:\r\n <1@x>\r\nFrom: "
	                                       "a@b.example\r\n\r\nbody\r\n"));
	assert_string_not_equal(key, key_of(arena, "Message-ID: <1@x>\r\nFrom: a@b.example\r\n\r\nother\r\n"));
	assert_string_not_equal(key, key_of(arena, "Message-ID: <2@x>\r\nFrom: a@b.example\r\n\r\nbody\r\n"));
	const char *bare = key_of(arena, "From: a@b.example\r\nSubject: s\r\n\r\nbody\r\n");
	assert_string_equal(bare, key_of(arena, "Received: by mx\r\nFrom: a@b.example\r\nSubject: s\r\n\r\nbody\r\n"));
	assert_string_not_equal(bare, key_of(arena, "From: a@b.example\r\nSubject: t\r\n\r\nbody\r\n"));
	assert_string_not_equal(bare, key_of(arena, "From: c@b.example\r\nSubject: s\r\n\r\nbody\r\n"));
}

static void test_long_texts_are_cut_between_characters(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	HILO_AUTO(buf) struct buf raw = {0};
	buf_puts(&raw, "From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nx");
	for (int i = 0; i < 200000; i++)
		buf_puts(&raw, "é");
	struct mail mail;
	parse(arena, raw.data, raw.len, &mail);
	assert_int_equal(strlen(mail.text), 256 * 1024 - 1);
	assert_true(text_is_utf8(mail.text, strlen(mail.text)));
}

static void test_a_mail_of_nothing_but_parts_is_refused_before_it_costs(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	HILO_AUTO(buf) struct buf raw = {0};
	buf_puts(&raw, "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n");
	for (int i = 0; i < 10001; i++)
		buf_puts(&raw, "--b\r\n\r\n");
	struct mail mail;
	parse(arena, raw.data, raw.len, &mail);
	assert_string_equal(mail.error, "too many parts");
}

static void test_outlines(void **state)
{
	static const struct {
		const char *raw;
		size_t headers, body, boundaries, dashed, delimiters;
	} outlines[] = {
	        {"", 0, 0, 0, 0, 0},
	        {"A: b\r\n c\r\nD: e\r\n\r\nx", 2, 18, 0, 0, 0},
	        {"A: b\n\nx", 1, 6, 0, 0, 0},
	        {"A: b", 1, 4, 0, 0, 0},
	        {"C: m; boundary=x\r\n\r\n--x\r\n--y\r\n--x--\r\n-\r\n", 1, 20, 1, 3, 2},
	        {"C: m; BOUNDARY =\r\n \"x y\"\r\n\r\n--x y\r\n--x\r\n", 1, 28, 1, 2, 1},
	        {"C: m; boundary*0*=x\r\n\r\n--any\r\n", 1, 23, 1, 1, 1},
	};
	for (size_t i = 0; i < HILO_COUNT(outlines); i++) {
		struct mail_outline o;
		mail_outline_read(outlines[i].raw, strlen(outlines[i].raw), &o);
		assert_int_equal(o.headers, outlines[i].headers);
		assert_int_equal(o.body, outlines[i].body);
		assert_int_equal(o.boundaries, outlines[i].boundaries);
		assert_int_equal(o.dashed, outlines[i].dashed);
		assert_int_equal(o.delimiters, outlines[i].delimiters);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_every_fact_of_the_samples),
	        testing_case(test_file_names_never_leave_their_folder),
	        testing_case(test_at_most_a_hundred_parts_are_taken),
	        testing_case(test_twenty_thread_ids_newest_first),
	        testing_case(test_a_null_path_is_automatic_and_no_sender_is_an_error),
	        testing_case(test_the_key_is_the_mail_not_its_way),
	        testing_case(test_long_texts_are_cut_between_characters),
	        testing_case(test_a_mail_of_nothing_but_parts_is_refused_before_it_costs),
	        testing_case(test_outlines),
	};
	g_mime_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
