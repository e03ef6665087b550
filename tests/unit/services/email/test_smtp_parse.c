/* test_smtp_parse.c - relay addresses, what is said and heard, and what an outcome means. */
#include "base/seal.h"
#include "smtp_parse.h"

#include <sodium.h>

#include "testing/testing.h"

static void test_relay_addresses(void **state)
{
	static const struct {
		const char *given, *url, *user, *password;
		enum smtp_tls tls;
	} rows[] = {
	        {"smtp://127.0.0.1:2500", "smtp://127.0.0.1:2500/h", NULL, NULL, SMTP_TLS_NONE},
	        {"smtp://localhost", "smtp://localhost/h", NULL, NULL, SMTP_TLS_NONE},
	        {"smtp://[::1]:25", "smtp://[::1]:25/h", NULL, NULL, SMTP_TLS_NONE},
	        {"smtp://relay.example", "smtp://relay.example/h", NULL, NULL, SMTP_TLS_MAYBE},
	        {"smtp://ann%40a.example:p%3Aw%2F@relay.example:587", "smtp://relay.example:587/h", "ann@a.example",
	         "p:w/", SMTP_TLS_REQUIRED},
	        {"smtp://ann:pw@127.0.0.1", "smtp://127.0.0.1/h", "ann", "pw", SMTP_TLS_REQUIRED},
	        {"smtps://ann:pw@relay.example", "smtps://relay.example/h", "ann", "pw", SMTP_TLS_REQUIRED},
	        {"smtp://relay.example/other?x=y", "smtp://relay.example/h", NULL, NULL, SMTP_TLS_MAYBE},
	};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct smtp_relay relay;
		assert_int_equal(smtp_relay_parse(arena, rows[i].given, "h", &relay), 0);
		assert_string_equal(relay.url, rows[i].url);
		assert_int_equal(relay.tls, rows[i].tls);
		assert_true(!relay.user == !rows[i].user && !relay.password == !rows[i].password);
		if (rows[i].user) {
			assert_string_equal(relay.user, rows[i].user);
			assert_string_equal(relay.password, rows[i].password);
		}
	}
}

static void test_addresses_that_are_none(void **state)
{
	static const char *const bad[] = {
	        NULL, "", "relay.example", "http://relay.example", "file:///etc/passwd", "smtp://", "smtp://a b"};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < HILO_COUNT(bad); i++) {
		struct smtp_relay relay = {0};
		assert_int_equal(smtp_relay_parse(arena, bad[i], "h", &relay), -EINVAL);
		assert_null(relay.url);
	}
}

static void hear(struct smtp_course *course, const char *line)
{
	smtp_course_heard(course, line, strlen(line));
}

static void say(struct smtp_course *course, const char *line)
{
	smtp_course_said(course, line, strlen(line));
}

static void test_a_course_remembers_the_last_answer_to_the_mail(void **state)
{
	struct smtp_course course = {0};
	hear(&course, "220 relay ready\r\n");
	say(&course, "EHLO h\r\n");
	hear(&course, "250-relay\r\n");
	hear(&course, "250-SIZE 10\r\n");
	hear(&course, "250 PIPELINING\r\n");
	assert_int_equal(course.phase, SMTP_CONNECTING);
	assert_string_equal(course.answer.data, "250 relay SIZE 10 PIPELINING");
	say(&course, "MAIL FROM:<a@b>\r\n");
	assert_int_equal(course.phase, SMTP_ENVELOPE);
	hear(&course, "550-5.1.1 no such\r\n");
	hear(&course, "550 5.1.1 user\r\n");
	say(&course, "QUIT\r\n");
	hear(&course, "221 bye\r\n");
	assert_string_equal(course.answer.data, "550 5.1.1 no such 5.1.1 user");
	buf_free(&course.answer);
}

static void test_a_chatty_relay_fills_no_memory(void **state)
{
	struct smtp_course course = {0};
	for (int i = 0; i < 10000; i++)
		hear(&course, "250-a line and a line and a line and a line\r\n");
	assert_true(course.answer.len < 3000);
	hear(&course, "\r\n");
	hear(&course, "2");
	buf_free(&course.answer);
}

static void test_outcomes(void **state)
{
	static const struct {
		CURLcode code;
		long response;
		enum smtp_phase phase;
		enum channel_delivery want;
	} rows[] = {
	        {CURLE_OK, 250, SMTP_BODY, CHANNEL_SENT},
	        {CURLE_SEND_ERROR, 550, SMTP_ENVELOPE, CHANNEL_FAILED}, /* RCPT refused */
	        {CURLE_SEND_ERROR, 450, SMTP_ENVELOPE, CHANNEL_LATER},
	        {CURLE_SEND_ERROR, 421, SMTP_ENVELOPE, CHANNEL_LATER},
	        {CURLE_WEIRD_SERVER_REPLY, 554, SMTP_BODY, CHANNEL_FAILED}, /* refused after the dot */
	        {CURLE_WEIRD_SERVER_REPLY, 451, SMTP_BODY, CHANNEL_LATER},
	        {CURLE_SEND_ERROR, 530, SMTP_ENVELOPE, CHANNEL_LATER}, /* wants a password or TLS */
	        {CURLE_LOGIN_DENIED, 535, SMTP_CONNECTING, CHANNEL_LATER},
	        {CURLE_USE_SSL_FAILED, 0, SMTP_CONNECTING, CHANNEL_LATER},
	        {CURLE_WEIRD_SERVER_REPLY, 554, SMTP_CONNECTING, CHANNEL_LATER}, /* no service at the greeting */
	        {CURLE_COULDNT_CONNECT, 0, SMTP_CONNECTING, CHANNEL_LATER},
	        {CURLE_COULDNT_RESOLVE_HOST, 0, SMTP_CONNECTING, CHANNEL_LATER},
	        {CURLE_OPERATION_TIMEDOUT, 354, SMTP_BODY,
	         CHANNEL_LATER}, /* unknown: again under the same Message-ID */
	        {CURLE_RECV_ERROR, 0, SMTP_BODY, CHANNEL_LATER},
	        {CURLE_ABORTED_BY_CALLBACK, 354, SMTP_BODY, CHANNEL_LATER},
	        {CURLE_PEER_FAILED_VERIFICATION, 220, SMTP_CONNECTING, CHANNEL_LATER},
	};
	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		assert_int_equal(smtp_delivery(rows[i].code, rows[i].response, rows[i].phase), rows[i].want);
}

static void test_only_the_right_key_opens_a_seal(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	unsigned char key[SEAL_KEY_BYTES] = {1}, other[SEAL_KEY_BYTES] = {2}, sealed[24 + 16 + 4] = {7};
	char *plain = NULL;
	crypto_secretbox_easy(sealed + 24, (const unsigned char *)"smtp", 4, sealed, key);
	assert_int_equal(seal_open(arena, key, sealed, sizeof(sealed), &plain), 0);
	assert_string_equal(plain, "smtp");
	plain = NULL;
	assert_int_equal(seal_open(arena, other, sealed, sizeof(sealed), &plain), -EBADMSG);
	assert_int_equal(seal_open(arena, key, sealed, sizeof(sealed) - 1, &plain), -EBADMSG);
	assert_int_equal(seal_open(arena, key, sealed, 39, &plain), -EBADMSG);
	assert_int_equal(seal_open(arena, key, sealed, 0, &plain), -EBADMSG);
	crypto_secretbox_easy(sealed + 24, (const unsigned char *)"\xff\0ab", 4, sealed, key);
	assert_int_equal(seal_open(arena, key, sealed, sizeof(sealed), &plain), -EBADMSG);
	assert_null(plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_relay_addresses),
	        testing_case(test_addresses_that_are_none),
	        testing_case(test_a_course_remembers_the_last_answer_to_the_mail),
	        testing_case(test_a_chatty_relay_fills_no_memory),
	        testing_case(test_outcomes),
	        testing_case(test_only_the_right_key_opens_a_seal),
	};
	assert_true(sodium_init() >= 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
