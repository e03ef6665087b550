/* identity_token.c - the signature first, over the bytes as they came; only then is anything of it believed. */
#include "identity_token.h"

#include <jansson.h>
#include <sodium.h>

#include "visitor.h"

struct part {
	const char *text;
	size_t size;
};

/* split - three parts, none empty. */
static bool split(const char *token, struct part parts[3])
{
	for (size_t i = 0; i < 3; i++) {
		parts[i] = (struct part){token, strcspn(token, ".")};
		token += parts[i].size;
		if (!parts[i].size || *token != (i < 2 ? '.' : '\0'))
			return false;
		token++;
	}
	return true;
}

/* decode - base64url without padding or blanks, and no bits left over. Returns: the size, -1 for anything else. */
static ssize_t decode(const struct part *part, void *ret, size_t limit)
{
	size_t size;

	if (sodium_base642bin(ret, limit, part->text, part->size, NULL, &size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return -1;
	return (ssize_t)size;
}

static bool is_signed(const char *token, const struct part *signature, const char *secret)
{
	crypto_auth_hmacsha256_state state;
	unsigned char expected[crypto_auth_hmacsha256_BYTES], given[crypto_auth_hmacsha256_BYTES];

	if (!*secret || decode(signature, given, sizeof(given)) != sizeof(given))
		return false;
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)token, (size_t)(signature->text - 1 - token));
	crypto_auth_hmacsha256_final(&state, expected);
	return sodium_memcmp(expected, given, sizeof(expected)) == 0;
}

/* Returns: owned, NULL when it is no JSON object. */
static json_t *object_of(const struct part *part)
{
	char text[IDENTITY_TOKEN_MAX];
	ssize_t size = decode(part, text, sizeof(text));
	json_t *object = size < 0 ? NULL : json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, NULL);

	if (object && !json_is_object(object)) {
		json_decref(object);
		object = NULL;
	}
	return object;
}

static bool is_header(const struct part *part)
{
	json_t *header = object_of(part);
	const char *algorithm = json_string_value(json_object_get(header, "alg"));
	bool is_ours = algorithm && strcmp(algorithm, "HS256") == 0 && !json_object_get(header, "crit");

	json_decref(header);
	return is_ours;
}

/* a claim that must be text when it is there; null is not there */
static bool text_claim(const json_t *claims, const char *name, const char **ret)
{
	const json_t *value = json_object_get(claims, name);

	*ret = json_string_value(value);
	return *ret || !value || json_is_null(value);
}

static int check_times(const json_t *claims, int64_t now_us)
{
	const json_t *until = json_object_get(claims, "exp"), *issued = json_object_get(claims, "iat"), *from = json_object_get(claims, "nbf");
	double now = (double)now_us / 1e6;

	if (!json_is_number(until) || (issued && !json_is_number(issued)) || (from && !json_is_number(from)))
		return -EBADMSG;
	if (json_number_value(until) <= now || json_number_value(until) > now + IDENTITY_LIFETIME_S + IDENTITY_CLOCK_SKEW_S)
		return -ETIME;
	if (json_number_value(issued) > now + IDENTITY_CLOCK_SKEW_S || json_number_value(from) > now + IDENTITY_CLOCK_SKEW_S)
		return -ETIME;
	return 0;
}

static bool is_subject(const char *subject)
{
	if (!subject || !*subject || strlen(subject) > IDENTITY_SUBJECT_MAX)
		return false;
	for (const char *c = subject; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return true;
}

static int read_claims(struct arena *arena, const json_t *claims, const char *audience, struct identity *ret)
{
	const json_t *verified = json_object_get(claims, "email_verified");
	struct identity identity = {.is_email_verified = !verified || json_is_true(verified)};
	const char *meant_for, *subject, *name, *email;

	if (!text_claim(claims, "aud", &meant_for) || !meant_for || strcmp(meant_for, audience) != 0)
		return -EBADMSG;
	if (!text_claim(claims, "sub", &subject) || !is_subject(subject) || !text_claim(claims, "name", &name) ||
	    !text_claim(claims, "email", &email))
		return -EBADMSG;
	identity.subject = arena_strdup(arena, subject);
	identity.name = name ? visitor_name(arena, name) : NULL;
	identity.email = email ? visitor_email(arena, email) : NULL;
	if (email && !identity.email)
		return -EBADMSG;
	*ret = identity;
	return 0;
}

int identity_token_check(struct arena *arena, const char *token, const char *secret, const char *audience, int64_t now_us,
			 struct identity *ret)
{
	struct part parts[3];
	json_t *claims;
	int rc;

	if (strnlen(token, IDENTITY_TOKEN_MAX + 1) > IDENTITY_TOKEN_MAX)
		return -EMSGSIZE;
	if (!split(token, parts))
		return -EBADMSG;
	if (!is_signed(token, &parts[2], secret))
		return -EACCES;
	claims = is_header(&parts[0]) ? object_of(&parts[1]) : NULL;
	if (!claims)
		return -EBADMSG;
	rc = check_times(claims, now_us);
	if (rc == 0)
		rc = read_claims(arena, claims, audience, ret);
	json_decref(claims);
	return rc;
}
