/* test_identity_token.c - every way a token can be wrong, and the few in which it is right. */
#include "identity_token.h"

#include <sodium.h>

#include "testing/testing.h"

#define SECRET "6f1ed002ab5595859014ebf0951522d9"
#define INBOX "wt_0123456789abcdefghij"
#define NOW_S 1800000000
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define GOOD "\"sub\":\"7\",\"aud\":\"" INBOX "\",\"exp\":1800000300"

static const char *encode(struct arena *arena, const void *data, size_t size)
{
	size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	return sodium_bin2base64(arena_alloc(arena, room), room, data, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const char *make(struct arena *arena, const char *header, const char *claims, const char *secret)
{
	const char *signed_part = arena_printf(arena, "%s.%s", encode(arena, header, strlen(header)), encode(arena, claims, strlen(claims)));
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)signed_part, strlen(signed_part));
	crypto_auth_hmacsha256_final(&state, mac);
	return arena_printf(arena, "%s.%s", signed_part, encode(arena, mac, sizeof(mac)));
}

static int check(struct arena *arena, const char *token, const char *secret, struct identity *ret)
{
	return identity_token_check(arena, token, secret, INBOX, INT64_C(1000000) * NOW_S, ret);
}

static const struct {
	const char *what, *header, *claims;
	int rc;
} signed_rows[] = {
	{"plain", HEADER, "{" GOOD "}", 0},
	{"other members of the header are not looked at", "{\"alg\":\"HS256\",\"kid\":\"../../dev/null\",\"jku\":\"https://evil.example\",\"jwk\":{}}",
	 "{" GOOD "}", 0},
	{"no typ", "{\"alg\":\"HS256\"}", "{" GOOD "}", 0},
	{"unknown claims", HEADER, "{" GOOD ",\"role\":\"admin\",\"iss\":7}", 0},
	{"null is not there", HEADER, "{" GOOD ",\"name\":null,\"email\":null}", 0},
	{"seconds with a fraction", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "\",\"exp\":1800000300.5}", 0},
	{"a day, and the shop's clock a little ahead", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "\",\"exp\":1800086460,\"iat\":1800000060}", 0},
	{"alg none", "{\"alg\":\"none\"}", "{" GOOD "}", -EBADMSG},
	{"alg None", "{\"alg\":\"None\"}", "{" GOOD "}", -EBADMSG},
	{"alg RS256", "{\"alg\":\"RS256\"}", "{" GOOD "}", -EBADMSG},
	{"alg HS512", "{\"alg\":\"HS512\"}", "{" GOOD "}", -EBADMSG},
	{"alg in lower case", "{\"alg\":\"hs256\"}", "{" GOOD "}", -EBADMSG},
	{"alg with a tail", "{\"alg\":\"HS256 \"}", "{" GOOD "}", -EBADMSG},
	{"alg is no text", "{\"alg\":[\"HS256\"]}", "{" GOOD "}", -EBADMSG},
	{"no alg", "{}", "{" GOOD "}", -EBADMSG},
	{"two algs", "{\"alg\":\"HS256\",\"alg\":\"none\"}", "{" GOOD "}", -EBADMSG},
	{"crit", "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", "{" GOOD "}", -EBADMSG},
	{"the header is no object", "[]", "{" GOOD "}", -EBADMSG},
	{"the header is no JSON", "alg", "{" GOOD "}", -EBADMSG},
	{"the claims are no object", HEADER, "[1]", -EBADMSG},
	{"the claims are no JSON", HEADER, "{" GOOD, -EBADMSG},
	{"something behind the claims", HEADER, "{" GOOD "}{}", -EBADMSG},
	{"two subjects", HEADER, "{" GOOD ",\"sub\":\"8\"}", -EBADMSG},
	{"no subject", HEADER, "{\"aud\":\"" INBOX "\",\"exp\":1800000300}", -EBADMSG},
	{"an empty subject", HEADER, "{\"sub\":\"\",\"aud\":\"" INBOX "\",\"exp\":1800000300}", -EBADMSG},
	{"a subject that is a number", HEADER, "{\"sub\":7,\"aud\":\"" INBOX "\",\"exp\":1800000300}", -EBADMSG},
	{"a subject with a line break", HEADER, "{\"sub\":\"7\\n8\",\"aud\":\"" INBOX "\",\"exp\":1800000300}", -EBADMSG},
	{"a subject with a NUL", HEADER, "{\"sub\":\"7\\u00008\",\"aud\":\"" INBOX "\",\"exp\":1800000300}", -EBADMSG},
	{"no audience", HEADER, "{\"sub\":\"7\",\"exp\":1800000300}", -EBADMSG},
	{"another audience", HEADER, "{\"sub\":\"7\",\"aud\":\"wt_other\",\"exp\":1800000300}", -EBADMSG},
	{"an audience that begins alike", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "x\",\"exp\":1800000300}", -EBADMSG},
	{"a list of audiences", HEADER, "{\"sub\":\"7\",\"aud\":[\"" INBOX "\"],\"exp\":1800000300}", -EBADMSG},
	{"no end", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "\"}", -EBADMSG},
	{"an end that is text", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "\",\"exp\":\"1800000300\"}", -EBADMSG},
	{"expired", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "\",\"exp\":1799999999}", -ETIME},
	{"expired this moment", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "\",\"exp\":1800000000}", -ETIME},
	{"expired long ago", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "\",\"exp\":-1e300}", -ETIME},
	{"valid for too long", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "\",\"exp\":1800086461}", -ETIME},
	{"valid for ever", HEADER, "{\"sub\":\"7\",\"aud\":\"" INBOX "\",\"exp\":1e300}", -ETIME},
	{"issued in the future", HEADER, "{" GOOD ",\"iat\":1800000061}", -ETIME},
	{"not yet valid", HEADER, "{" GOOD ",\"nbf\":1800000061}", -ETIME},
	{"issued at a text", HEADER, "{" GOOD ",\"iat\":\"now\"}", -EBADMSG},
	{"a name that is none", HEADER, "{" GOOD ",\"name\":7}", -EBADMSG},
	{"an e-mail that is none", HEADER, "{" GOOD ",\"email\":\"ana\"}", -EBADMSG},
	{"an e-mail that is a list", HEADER, "{" GOOD ",\"email\":[\"ana@mail.example\"]}", -EBADMSG},
	{"an empty e-mail", HEADER, "{" GOOD ",\"email\":\"\"}", -EBADMSG},
};

static void test_what_a_signed_token_may_say(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	for (size_t i = 0; i < HILO_COUNT(signed_rows); i++) {
		struct identity identity = {.subject = "untouched"};
		int rc = check(arena, make(arena, signed_rows[i].header, signed_rows[i].claims, SECRET), SECRET, &identity);
		if (rc != signed_rows[i].rc)
			fail_msg("%s: %d, not %d", signed_rows[i].what, rc, signed_rows[i].rc);
		assert_string_equal(identity.subject, rc ? "untouched" : "7");
	}
}

static void test_a_token_of_another_secret_is_worth_nothing(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const char *claims = "{" GOOD "}";
	struct identity identity;

	assert_int_equal(check(arena, make(arena, HEADER, claims, "another inbox's"), SECRET, &identity), -EACCES);
	assert_int_equal(check(arena, make(arena, HEADER, claims, SECRET "x"), SECRET, &identity), -EACCES);
	assert_int_equal(check(arena, make(arena, HEADER, claims, ""), SECRET, &identity), -EACCES);
	/* no secret: nobody is signed in, whoever signs with none */
	assert_int_equal(check(arena, make(arena, HEADER, claims, ""), "", &identity), -EACCES);
	assert_int_equal(check(arena, make(arena, HEADER, claims, SECRET), "", &identity), -EACCES);
}

static void test_no_byte_may_change(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const char *token = make(arena, HEADER, "{" GOOD "}", SECRET);
	size_t size = strlen(token);
	struct identity identity;

	assert_int_equal(check(arena, token, SECRET, &identity), 0);
	for (size_t i = 0; i < size; i++) {
		char *changed = arena_strdup(arena, token);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_true(check(arena, changed, SECRET, &identity) < 0);
		assert_true(check(arena, arena_strndup(arena, token, i), SECRET, &identity) < 0);
	}
}

static void test_the_form_is_strict(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const char *token = make(arena, HEADER, "{" GOOD "}", SECRET);
	char *parts[3] = {arena_strdup(arena, token)};
	struct identity identity;

	for (size_t i = 1; i < 3; i++) {
		parts[i] = strchr(parts[i - 1], '.') + 1;
		parts[i][-1] = '\0';
	}
	const char *const forms[] = {
		"", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d",
		arena_printf(arena, "%s.%s.", parts[0], parts[1]),
		arena_printf(arena, "%s.%s", parts[0], parts[1]),
		arena_printf(arena, "%s..%s", parts[0], parts[2]),
		arena_printf(arena, ".%s.%s", parts[1], parts[2]),
		arena_printf(arena, "%s.%s.%s.", parts[0], parts[1], parts[2]),
		arena_printf(arena, "%s.%s.%s.x.y", parts[0], parts[1], parts[2]),
		arena_printf(arena, "%s.%s.%s=", parts[0], parts[1], parts[2]),
		arena_printf(arena, "%s.%s.%sA", parts[0], parts[1], parts[2]),
		arena_printf(arena, " %s.%s.%s", parts[0], parts[1], parts[2]),
		arena_printf(arena, "%s.%s.%s\n", parts[0], parts[1], parts[2]),
		arena_printf(arena, "%s.%s.%.20s+/%s", parts[0], parts[1], parts[2], parts[2] + 22),
	};
	for (size_t i = 0; i < HILO_COUNT(forms); i++)
		if (check(arena, forms[i], SECRET, &identity) >= 0)
			fail_msg("taken: %s", forms[i]);
}

static void test_the_size_is_bounded_before_anything_else(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	char *padding = arena_alloc(arena, 4097);
	struct identity identity;

	memset(padding, 'x', 4096);
	assert_int_equal(check(arena, make(arena, HEADER, arena_printf(arena, "{" GOOD ",\"x\":\"%s\"}", padding), SECRET), SECRET, &identity),
			 -EMSGSIZE);
	padding[2500] = '\0';
	assert_int_equal(check(arena, make(arena, HEADER, arena_printf(arena, "{" GOOD ",\"x\":\"%s\"}", padding), SECRET), SECRET, &identity), 0);
	padding[200] = '\0';
	assert_int_equal(check(arena, make(arena, HEADER, arena_printf(arena, "{\"sub\":\"%s\",\"aud\":\"" INBOX "\",\"exp\":1800000300}", padding),
					   SECRET), SECRET, &identity), 0);
	assert_int_equal(check(arena, make(arena, HEADER, arena_printf(arena, "{\"sub\":\"%sx\",\"aud\":\"" INBOX "\",\"exp\":1800000300}", padding),
					   SECRET), SECRET, &identity), -EBADMSG);
}

static const struct {
	const char *claims, *name, *email;
	bool is_verified;
} said_rows[] = {
	{"", NULL, NULL, true},
	{",\"name\":\"  Ana \\u00d1  Gil \",\"email\":\"Ana@Mail.Example\"", "Ana Ñ Gil", "ana@mail.example", true},
	{",\"email\":\"a@b.example\",\"email_verified\":true", NULL, "a@b.example", true},
	{",\"email\":\"a@b.example\",\"email_verified\":false", NULL, "a@b.example", false},
	{",\"email\":\"a@b.example\",\"email_verified\":\"true\"", NULL, "a@b.example", false},
	{",\"email\":\"a@b.example\",\"email_verified\":null", NULL, "a@b.example", false},
	{",\"name\":\"a\\nb\"", NULL, NULL, true},
	{",\"name\":\"  \"", NULL, NULL, true},
};

static void same(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a)
		assert_string_equal(a, b);
}

static void test_what_is_read_of_it(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	struct identity identity;

	for (size_t i = 0; i < HILO_COUNT(said_rows); i++) {
		assert_int_equal(check(arena, make(arena, HEADER, arena_printf(arena, "{" GOOD "%s}", said_rows[i].claims), SECRET), SECRET, &identity), 0);
		same(identity.name, said_rows[i].name);
		same(identity.email, said_rows[i].email);
		assert_int_equal(identity.is_email_verified, said_rows[i].is_verified);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(test_what_a_signed_token_may_say),
		testing_case(test_a_token_of_another_secret_is_worth_nothing),
		testing_case(test_no_byte_may_change),
		testing_case(test_the_form_is_strict),
		testing_case(test_the_size_is_bounded_before_anything_else),
		testing_case(test_what_is_read_of_it),
	};

	return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
