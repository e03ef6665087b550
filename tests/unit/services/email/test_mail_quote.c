/* test_mail_quote.c - what mail programs put before the mail they quote, and what only looks like it. */
#include "mail_quote.h"
#include "base/buf.h"
#include "base/clock.h"
#include "testing/testing.h"

static const struct {
	const char *what, *own, *rest; /* the text is own, then rest; rest "": nothing is a quote */
} texts[] = {
        {"nothing is quoted", "Hello,\nmy lamp is broken.\n", ""},
        {"an attribution of one line", "Thank you.\n\n", "On Monday Ann wrote:\n> Hello\n> there\n"},
        {"one that is broken over lines", "Thanks\n\n", "On Mon, 3 Nov 2025 at 10:00, Ann Example\n<ann@example.org> wrote:\n\n> Hi\n"},
        {"Spanish", "Gracias\n\n", "El lun, 3 nov 2025 a las 10:00, Ana escribi\xc3\xb3:\n> Hola\n"},
        {"characters count, not bytes", "\xc3\xa1\xc3\xa9\xe2\x82\xac\n", "> quoted\n"},
        {"quoted lines without an attribution", "Yes.\n", "> Is it?\n>> Was it?\n\n"},
        {"Outlook's line", "See below.\r\n", "-----Original Message-----\r\nFrom: Ann\r\n"},
        {"Outlook's header", "See below.\n\n", "From: Ann <ann@example.org>\nSent: Monday\nTo: Support\nSubject: Lamp\n\nHello\n"},
        {"a rule before it", "S\xc3\xad.\n", "________________________________\nDe: Ana\nEnviado: lunes\nPara: Ayuda\nAsunto: x\n\nHola\n"},
        {"a forwarded mail", "FYI\n", "---------- Forwarded message ---------\nFrom: x\n"},
        {"own lines right above belong to the reader", "Thank you\n", "Ann said:\n> Hi\n"},
        {"answers between the lines", "> Is it?\nYes.\n> Was it?\nNo.\n", ""},
        {"the quote goes before the answer", "On Monday Ann wrote:\n> Hello\n\nMy answer\n", ""},
        {"nothing but a quote", "> Hello\n", ""},
        {"a colon is no attribution", "I want:\n- a lamp\n", ""},
        {"a letter's own From", "From: the top of the hill\nI see you\n", ""},
        {"empty", "", ""},
};

static void quotes_in_text_begin_where_programs_put_them(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(texts); i++) {
		HILO_AUTO(buf) struct buf text = {0};
		size_t own = 0;

		for (const char *c = texts[i].own; *c && *texts[i].rest; c++)
			own += ((unsigned char)*c & 0xc0) != 0x80;
		buf_printf(&text, "%s%s", texts[i].own, texts[i].rest);
		if (mail_quote_text(text.data ? text.data : "") != own)
			fail_msg("%s: %zu, not %zu", texts[i].what, mail_quote_text(text.data), own);
	}
}

static const struct {
	const char *own, *rest;
} htmls[] = {
        {"<p>Thanks</p>", "<div class=\"gmail_quote gmail_quote_container\"><div class=\"gmail_attr\">On…</div></div>"},
        {"<p>Thanks</p><div>", "<blockquote type=\"cite\" cite=\"mid:x\">Hello</blockquote></div>"},
        {"<p>\xc3\xa1</p>", "<div class=\"moz-cite-prefix\">On…</div>"},
        {"<p>x</p>", "<DIV ID=\"divRplyFwdMsg\" dir=\"ltr\"><b>From:</b>"},
        {"<p>x</p>", "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"},
        {"<p>x</p>", "<blockquote class=gmail_quote>Hi"},
        {"<p class=\"gmail_quote\">no element of theirs</p><blockquote>our own words</blockquote>", ""},
        {"<p>type=\"cite\"</p>", ""},
        {"", ""},
};

static void quotes_in_html_begin_with_their_element(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(htmls); i++) {
		HILO_AUTO(buf) struct buf html = {0};
		size_t own = 0;

		for (const char *c = htmls[i].own; *c && *htmls[i].rest; c++)
			own += ((unsigned char)*c & 0xc0) != 0x80;
		buf_printf(&html, "%s%s", htmls[i].own, htmls[i].rest);
		if (mail_quote_html(html.data ? html.data : "") != own)
			fail_msg("%s: %zu, not %zu", html.data, mail_quote_html(html.data), own);
	}
}

static void time_grows_with_size_only(void **state)
{
	static const char *const pieces[] = {"> a\n", "On x\n", "<div", "<div class=x>", "From: a\n", "_"};

	for (size_t i = 0; i < HILO_COUNT(pieces); i++) {
		HILO_AUTO(buf) struct buf text = {0};
		int64_t began = clock_monotonic_us();

		while (text.len < 500000)
			buf_puts(&text, pieces[i]);
		buf_puts(&text, "x");
		mail_quote_text(text.data);
		mail_quote_html(text.data);
		assert_true(clock_monotonic_us() - began < 2000000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(quotes_in_text_begin_where_programs_put_them),
	        cmocka_unit_test(quotes_in_html_begin_with_their_element),
	        cmocka_unit_test(time_grows_with_size_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
