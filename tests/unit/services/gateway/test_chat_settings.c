/* test_chat_settings.c - origins as browsers write them, and settings one member at a time. */
#include "chat_settings.h"
#include "testing/testing.h"

static const struct {
	const char *text;
	bool valid;
} origins[] = {
        {"https://shop.example", true},
        {"https://shop.example:8443", true},
        {"https://xn--caf-dma.example", true},
        {"https://10.0.0.1:1", true},
        {"https://a:65535", true},
        {"https://a:80", true},
        {"http://localhost", true},
        {"http://localhost:443", true},
        {"http://127.0.0.1:8080", true},
        {"", false},
        {"https", false},
        {"https://", false},
        {"http://", false},
        {"https://:8443", false},
        {"HTTPS://shop.example", false},
        {"https://Shop.example", false},
        {"https://shop.example/", false},
        {"https://shop.example#a", false},
        {"https://shop.example\n", false},
        {"https://shop.example https://evil.example", false},
        {"https://user@shop.example", false},
        {"https://*.example", false},
        {"https://.example", false},
        {"https://shop.example.", false},
        {"https://shop..example", false},
        {"https://-shop.example", false},
        {"https://shop-.example", false},
        {"https://shop-", false},
        {"https://shop_1.example", false},
        {"https://caf\xc3\xa9.example", false},
        {"https://shop.example:", false},
        {"https://shop.example:0", false},
        {"https://shop.example:443", false},
        {"https://shop.example:08443", false},
        {"https://shop.example:65536", false},
        {"https://shop.example:+80", false},
        {"https://shop.example:80a", false},
        {"https://shop.example:80:81", false},
        {"https://[::1]", false},
        {"http://shop.example", false},
        {"http://localhost.example", false},
        {"http://127.0.0.11", false},
        {"http://localhost:80", false},
        {"ftp://shop.example", false},
        {"null", false},
        {"*", false},
};

static void test_an_origin_is_one_exactly(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(origins); i++)
		if (chat_origin_is_valid(origins[i].text) != origins[i].valid)
			fail_msg("\"%s\"", origins[i].text);
}

static void test_a_host_name_has_an_end(void **state)
{
	char longest[sizeof("https://") + 253], longer[sizeof("https://") + 254];

	memcpy(longest, "https://", 8);
	memset(longest + 8, 'a', 253);
	longest[8 + 253] = '\0';
	assert_true(chat_origin_is_valid(longest));
	memcpy(longer, longest, 8 + 253);
	memcpy(longer + 8 + 253, "a", 2);
	assert_false(chat_origin_is_valid(longer));
}

static const struct {
	const char *settings, *field, *zone; /* field: of the first fault, NULL: none */
} rows[] = {
        {"{}", NULL, NULL},
        {"{\"greeting\":null,\"title\":null,\"accent\":null,\"prechat\":null,\"position\":null,\"attachments\":null,"
         "\"hours\":null}",
         NULL, NULL},
        {"{\"greeting\":{\"en\":\"Hi\",\"es\":null},\"accent\":\"#aBcDeF\",\"position\":\"end\",\"attachments\":true}",
         NULL, NULL},
        {"{\"prechat\":{\"name\":\"off\",\"email\":\"required\"}}", NULL, NULL},
        {"{\"hours\":{\"time_zone\":\"Asia/Kathmandu\",\"days\":{}}}", NULL, "Asia/Kathmandu"},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[],\"7\":[[\"00:00\",\"12:00\"],[\"12:00\",\"24:00\"]]}}}",
         NULL, "UTC"},
        {"{\"greetings\":{}}", "greetings", NULL},
        {"{\"greeting\":{\"en\":1}}", "greeting.en", NULL},
        {"{\"greeting\":{\"fr\":\"\"}}", "greeting.fr", NULL},
        {"{\"title\":\"Help\"}", "title", NULL},
        {"{\"accent\":\"004D4F0\"}", "accent", NULL},
        {"{\"accent\":\"#004D4\"}", "accent", NULL},
        {"{\"accent\":\"#004D4G\"}", "accent", NULL},
        {"{\"accent\":\"\"}", "accent", NULL},
        {"{\"prechat\":{\"email\":\"yes\"}}", "prechat.email", NULL},
        {"{\"prechat\":{\"phone\":\"off\"}}", "prechat.phone", NULL},
        {"{\"position\":\"END\"}", "position", NULL},
        {"{\"attachments\":1}", "attachments", NULL},
        {"{\"hours\":{\"days\":{}}}", "hours.time_zone", NULL},
        {"{\"hours\":{\"time_zone\":\"\",\"days\":{}}}", "hours.time_zone", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":null}}", "hours.days", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":{}}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[]]}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[\"09:00\"]}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[\"24:00\",\"24:00\"]]}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[\"09:00\",\"24:01\"]]}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[\"09:00\",\"29:00\"]]}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[\"08:60\",\"10:00\"]]}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[\"08-00\",\"10:00\"]]}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[\"0/:00\",\"10:00\"]]}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[\"12:00\",\"13:00\"],[\"09:00\",\"10:00\"]]}}}",
         "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[\"09:00\",\"10:00\"],[\"09:59\",\"11:00\"]]}}}",
         "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"1\":[[\"09:00\",\"10:00\",1]]}}}", "hours.days.1", NULL},
        {"{\"hours\":{\"time_zone\":\"UTC\",\"days\":{\"0\":[]}}}", "hours.days.0", NULL},
};

static void test_settings_are_kept_or_refused_by_member(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		json_t *object = json_loads(rows[i].settings, 0, NULL);
		struct json_reader reader = {.object = object, .arena = arena};
		const char *zone = NULL, *kept = chat_settings_read(&reader, &zone);

		assert_non_null(object);
		if (rows[i].field) {
			assert_null(kept);
			assert_non_null(reader.field);
			assert_string_equal(reader.field, rows[i].field);
		} else {
			assert_null(reader.field);
			assert_string_equal(kept, rows[i].settings); /* they are compact, in their order */
			assert_true(!zone == !rows[i].zone && (!zone || !strcmp(zone, rows[i].zone)));
		}
		json_decref(object);
	}
}

static void test_texts_have_an_end(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	for (size_t size = 500; size <= 501; size++) {
		json_t *object =
		        json_pack("{s:{s:s}}", "greeting", "en", memset(arena_alloc(arena, size + 1), 'x', size));
		struct json_reader reader = {.object = object, .arena = arena};
		const char *zone;

		assert_true((chat_settings_read(&reader, &zone) != NULL) == (size == 500));
		json_decref(object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_an_origin_is_one_exactly),
	        testing_case(test_a_host_name_has_an_end),
	        testing_case(test_settings_are_kept_or_refused_by_member),
	        testing_case(test_texts_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
