/* test_image_urls.c - what of a mail's HTML names an image, and what an image is. */
#include "base/buf.h"
#include "base/clock.h"
#include "image_urls.h"
#include "testing/testing.h"

#define URL "https://img.example/a.png?x=1&y=2"

static const struct {
	const char *html;
	bool is_named;
} rows[] = {
        {"<img src=\"https://img.example/a.png?x=1&amp;y=2\">", true},
        {"<img src=\"https://img.example/a.png?x=1&y=2\">", true},
        {"<img src='https://img.example/a.png?x=1&#38;y=2'>", true},
        {"<img src='https://img.example/a.png?x=1&#x26;y=2'>", true},
        {"<img src='https://img.example/a.png?x=1&#x26y=2'>", true},
        {"<IMG WIDTH=1 SRC = https://img.example/a.png?x=1&amp;y=2 alt=x>", true},
        {"<img alt=\"a > b\" src=\" https://img.example/a.png?x=1&amp;y=2\n\">", true},
        {"<img/src=\"https://img.example/a.png?x=1&amp;y=2\"/>", true},
        {"<table background=\"https://img.example/a.png?x=1&amp;y=2\">", true},
        {"<video poster=\"https://img.example/a.png?x=1&amp;y=2\">", true},
        {"<img srcset=\"small.png 1x, https://img.example/a.png?x=1&amp;y=2 2x\">", true},
        {"<img srcset=\"https://img.example/a.png?x=1&amp;y=2, b.png\">", true},
        {"<td style=\"background:url(https://img.example/a.png?x=1&amp;y=2) no-repeat\">", true},
        {"<td style=\"background: URL( 'https://img.example/a.png?x=1&amp;y=2' )\">", true},
        {"<td style='background:url(&quot;https://img.example/a.png?x=1&amp;y=2&quot;)'>", true},
        {"<style>.a{background:url(\"https://img.example/a.png?x=1&y=2\")}</style>", true},
        {"<style type=text/css>x</style><p><img src=b><img src='https://img.example/a.png?x=1&amp;y=2'>", true},
        {"<img src=\"https://img.example/a.png?x=1&y=2", true},

        {"", false},
        {"<", false},
        {"<img src=", false},
        {"https://img.example/a.png?x=1&y=2", false},
        {"<p>https://img.example/a.png?x=1&amp;y=2</p>", false},
        {"<a href=\"https://img.example/a.png?x=1&amp;y=2\">", false},
        {"<img data-src=\"https://img.example/a.png?x=1&amp;y=2\">", false},
        {"<img src=\"https://img.example/a.png?x=1&amp;amp;y=2\">", false},
        {"<img src=\"https://img.example/a.png?x=1&amp;y=23\">", false},
        {"<img src=\"https://evil.example/?https://img.example/a.png?x=1&amp;y=2\">", false},
        {"<img alt=\"src='https://img.example/a.png?x=1&amp;y=2'\">", false},
        {"<td style=\"content:'https://img.example/a.png?x=1&amp;y=2'\">", false},
        {"<td style=\"background:url(https://img.example/a.png?x=1&amp;y=2\">", false},
        {"<style>/* no end */ a{b:url('https://img.example/a.png?x=1&y=2", false},
};

static void an_address_is_named_where_an_image_is_asked_for(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		if (image_is_named(rows[i].html, URL) != rows[i].is_named)
			fail_msg("%s", rows[i].html);
	assert_false(image_is_named("<img src=''>", ""));
	assert_true(image_is_named("<img src='//img.example/a.png'>", "//img.example/a.png"));
}

static void time_grows_with_size_only(void **state)
{
	static const char *const pieces[] = {"<img src=", "<img src=\"", "<style>", "<td style=\"url(", "&", "&#1", "<", "a,",
	                                     "<img srcset=\"a, "};

	for (size_t i = 0; i < HILO_COUNT(pieces); i++) {
		HILO_AUTO(buf) struct buf html = {0};
		int64_t began = clock_monotonic_us();

		buf_puts(&html, "<img style=\"url('");
		while (html.len < 512 * 1024)
			buf_puts(&html, pieces[i]);
		image_is_named(html.data, URL);
		image_is_named(html.data + 17, URL);
		assert_true(clock_monotonic_us() - began < 2000000);
	}
}

static void only_pixels_are_images(void **state)
{
	static const struct {
		const char *bytes, *type;
	} kinds[] = {
	        {"\x89PNG\r\n\x1a\n....", "image/png"}, {"\xff\xd8\xff\xe0........", "image/jpeg"},
	        {"GIF89a......", "image/gif"},         {"GIF87a......", "image/gif"},
	        {"RIFF....WEBPVP8 ", "image/webp"},    {"RIFF....WAVEfmt ", NULL},
	        {"<svg xmlns='http://www.w3.org/2000/svg'/>", NULL}, {"<?xml version='1.0'?><svg/>", NULL},
	        {"<html><body>GIF89a</body>", NULL},   {"GIF89a", NULL},
	        {"", NULL},
	};

	for (size_t i = 0; i < HILO_COUNT(kinds); i++) {
		const char *type = image_type(kinds[i].bytes, strlen(kinds[i].bytes));
		if (!type != !kinds[i].type || (type && strcmp(type, kinds[i].type) != 0))
			fail_msg("row %zu: %s", i, type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_address_is_named_where_an_image_is_asked_for),
	        cmocka_unit_test(time_grows_with_size_only),
	        cmocka_unit_test(only_pixels_are_images),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
