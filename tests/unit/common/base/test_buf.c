/* Buffers grow, stay terminated, and write well-formed JSON whatever they are given. */
#include "testing/testing.h"

#include "base/buf.h"

static void appending_keeps_a_terminated_text(void **state)
{
	HILO_AUTO(buf) struct buf b = {0};

	buf_append(&b, "abc", 3);
	buf_puts(&b, "de");
	buf_putc(&b, 'f');
	buf_printf(&b, "-%d-%s", 42, "x");
	assert_string_equal(b.data, "abcdef-42-x");
	assert_int_equal(b.len, 11);
	memcpy(buf_reserve(&b, 3), "xyz", 3);
	b.len += 3;
	buf_append(&b, NULL, 0); /* terminates what the caller added */
	assert_string_equal(b.data, "abcdef-42-xxyz");
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_printf(&b, "%s", "");
	assert_string_equal(b.data, "");
}

static void growth_keeps_every_byte(void **state)
{
	HILO_AUTO(buf) struct buf b = {0};

	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "%c", 'a' + i % 26);
	assert_int_equal(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	assert_int_equal(b.data[100000], '\0');
	buf_printf(&b, "%*s", 300000, ""); /* larger than the doubled buffer */
	assert_int_equal(b.len, 400000);
}

static void stealing_leaves_an_empty_buffer(void **state)
{
	struct buf b = {0};
	HILO_AUTO_FREE char *nothing = buf_steal(&b);

	assert_string_equal(nothing, "");
	buf_puts(&b, "mine");
	HILO_AUTO_FREE char *text = buf_steal(&b);
	assert_string_equal(text, "mine");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	buf_free(&b);
	buf_free(NULL);
}

static const struct {
	const char *text;
	size_t size;
	const char *want;
} strings[] = {
        {NULL, 0, "null"},
        {"", 0, "\"\""},
        {"plain", 5, "\"plain\""},
        {"a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\""},
        {"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1f\x7f", 3, "\"\\u0001\\u001f\\u007f\""},
        {"a\0b", 3, "\"a\\u0000b\""},
        {"ñ € 😀", 11, "\"ñ € 😀\""},
        {"\xff"
         "a",
         2,
         "\"\xEF\xBF\xBD"
         "a\""},
        {"cut \xE2\x82", 6, "\"cut \xEF\xBF\xBD\""},
        {"\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}, /* a surrogate */
};

static void strings_become_json(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(strings); i++) {
		HILO_AUTO(buf) struct buf b = {0};
		buf_json_stringn(&b, strings[i].text, strings[i].size);
		assert_string_equal(b.data, strings[i].want);
	}
}

static void keys_know_their_comma(void **state)
{
	HILO_AUTO(buf) struct buf b = {0};

	buf_json_key(&b, "outer");
	buf_putc(&b, '{');
	buf_json_key(&b, "a");
	buf_json_string(&b, "x");
	buf_json_key(&b, "b\"");
	buf_printf(&b, "%d", 1);
	buf_putc(&b, '}');
	buf_json_key(&b, "c");
	buf_json_string(&b, NULL);
	assert_string_equal(b.data, "\"outer\":{\"a\":\"x\",\"b\\\"\":1},\"c\":null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(appending_keeps_a_terminated_text),
	        testing_case(growth_keeps_every_byte),
	        testing_case(stealing_leaves_an_empty_buffer),
	        testing_case(strings_become_json),
	        testing_case(keys_know_their_comma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
