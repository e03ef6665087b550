/* fuzz_identity_token.c - whatever is given as an identity: as it comes, and once more signed rightly, so that its JSON is read.
 * The input is "<header>\n<claims>" as JSON texts, or a token. */
#include <sodium.h>

#include "identity_token.h"

#define SECRET "secret"

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static char *encode(struct arena *arena, const void *data, size_t size)
{
	size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	return sodium_bin2base64(arena_alloc(arena, room), room, data, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const char *sign(struct arena *arena, const char *text)
{
	size_t header = strcspn(text, "\n");
	const char *claims = text + header + (text[header] == '\n');
	const char *both = arena_printf(arena, "%s.%s", encode(arena, text, header), encode(arena, claims, strlen(claims)));
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)SECRET, strlen(SECRET));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)both, strlen(both));
	crypto_auth_hmacsha256_final(&state, mac);
	return arena_printf(arena, "%s.%s", both, encode(arena, mac, sizeof(mac)));
}

static int check(struct arena *arena, const char *token, const char *secret)
{
	struct identity identity = {0};
	int rc = identity_token_check(arena, token, secret, "wt_inbox", INT64_C(1800000000000000), &identity);

	must(rc == 0 || rc == -EMSGSIZE || rc == -EBADMSG || rc == -EACCES || rc == -ETIME);
	must((rc == 0) == (identity.subject != NULL));
	if (rc == 0) {
		must(*identity.subject && strlen(identity.subject) <= IDENTITY_SUBJECT_MAX);
		must(!identity.name || (*identity.name && strlen(identity.name) <= 200));
		must(!identity.email || strchr(identity.email, '@'));
	}
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const char *text = arena_strndup(arena, (const char *)data, HILO_MIN(size, (size_t)8192));

	must(sodium_init() >= 0);
	(void)check(arena, text, SECRET);
	(void)check(arena, sign(arena, text), SECRET);
	must(check(arena, sign(arena, text), "other") != 0);
	must(check(arena, sign(arena, text), "") != 0);
	return 0;
}
