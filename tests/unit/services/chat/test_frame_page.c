/* test_frame_page.c - the widget's document and its policy. */
#include "frame_page.h"

#include "testing/testing.h"

#define HEAD "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' "
#define TAIL "; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

static const struct {
	const char *origins[4], *own, *content, *want;
} rows[] = {
	{{"https://shop.example", NULL}, "https://h.example", "https://c.example",
	 HEAD "wss://h.example; img-src 'self' data: blob: https://c.example" TAIL " https://shop.example"},
	{{NULL}, "http://127.0.0.1:8080", "http://127.0.0.1:8081/x?y",
	 HEAD "ws://127.0.0.1:8080; img-src 'self' data: blob: http://127.0.0.1:8081" TAIL},
	{{"http://localhost:3000", "https://*.shop.example:8443", "https://[::1]:5", NULL}, "https://h", "https://c",
	 HEAD "wss://h; img-src 'self' data: blob: https://c" TAIL " http://localhost:3000 https://*.shop.example:8443 https://[::1]:5"},
	{{"https://a.example; script-src *", "https://a.example\r\nX: y", "*", NULL}, "https://h", "https://c",
	 HEAD "wss://h; img-src 'self' data: blob: https://c" TAIL},
	{{"https://", "data:", "'unsafe-inline'", NULL}, "https://h", "https://c", HEAD "wss://h; img-src 'self' data: blob: https://c" TAIL},
	{{"https://a.example/path", "https://a.example,https://b.example", "https://a b", NULL}, "https://h", "https://c",
	 HEAD "wss://h; img-src 'self' data: blob: https://c" TAIL},
};

static void test_nothing_gets_into_the_policy_but_origins(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		HILO_AUTO(buf) struct buf out = {0};
		frame_page_policy(&out, rows[i].origins, rows[i].own, rows[i].content);
		assert_string_equal(out.data, rows[i].want);
	}
}

static void test_the_page_runs_nothing_of_its_own(void **state)
{
	assert_non_null(strstr(frame_page_html, "<script src=\"/widget/widget.js\" defer></script>"));
	assert_null(strstr(frame_page_html, "<script>"));
	assert_null(strstr(frame_page_html, "style="));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(test_nothing_gets_into_the_policy_but_origins),
		testing_case(test_the_page_runs_nothing_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
