/* token.c - MACs over conversations and messages, as text that survives mail. */
#include "token.h"

#include <sodium.h>
#include <stdio.h>
#include <strings.h>

#include "base/text.h"

static void mac_of(const char *secret, const char *purpose, const struct uuid *first, const struct uuid *second,
                   uint8_t mac[crypto_auth_hmacsha256_BYTES])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const uint8_t *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)purpose, strlen(purpose));
	crypto_auth_hmacsha256_update(&state, first->bytes, sizeof(first->bytes));
	if (second)
		crypto_auth_hmacsha256_update(&state, second->bytes, sizeof(second->bytes));
	crypto_auth_hmacsha256_final(&state, mac);
}

static void tag_mac(const char *secret, const struct uuid *conversation_id, const struct uuid *contact_point_id,
                    char text[27])
{
	uint8_t mac[crypto_auth_hmacsha256_BYTES];

	mac_of(secret, "reply", conversation_id, contact_point_id, mac);
	base32_encode(mac, 16, text);
}

char *token_tag_format(const char *secret, const char *ref, const struct uuid *conversation_id,
                       const struct uuid *contact_point_id, char ret[TOKEN_TAG_TEXT])
{
	char mac[27];

	tag_mac(secret, conversation_id, contact_point_id, mac);
	snprintf(ret, TOKEN_TAG_TEXT, "c-%.4s%.4s-%s", ref, ref + 5, mac);
	for (char *c = ret; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return ret;
}

int token_tag_parse(const char *text, struct token_tag *ret)
{
	struct token_tag tag;

	if (!text || strlen(text) != TOKEN_TAG_TEXT - 1 || strncasecmp(text, "c-", 2) != 0 || text[10] != '-' ||
	    reference_parse(text + 2, 8, tag.ref) < 0)
		return -EINVAL;
	for (size_t i = 0; i < 27; i++) { /* its NUL too */
		char c = text[11 + i];
		tag.mac[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	*ret = tag;
	return 0;
}

bool token_tag_is_valid(const char *secret, const struct token_tag *tag, const struct uuid *conversation_id,
                        const struct uuid *contact_point_id)
{
	char mac[27];

	tag_mac(secret, conversation_id, contact_point_id, mac);
	return sodium_memcmp(mac, tag->mac, sizeof(mac)) == 0;
}

static void message_mac(const char *secret, const struct uuid *message_id, uint8_t ret[10])
{
	uint8_t mac[crypto_auth_hmacsha256_BYTES];

	mac_of(secret, "message-id", message_id, NULL, mac);
	memcpy(ret, mac, 10);
}

char *token_message_id_format(const char *secret, const struct uuid *message_id, const char *domain,
                              char ret[TOKEN_MESSAGE_ID_TEXT])
{
	uint8_t mac[10];
	char id_hex[33], mac_hex[21];

	message_mac(secret, message_id, mac);
	snprintf(ret, TOKEN_MESSAGE_ID_TEXT, "h.%s.%s@%s", text_hex(message_id->bytes, 16, id_hex),
	         text_hex(mac, sizeof(mac), mac_hex), domain);
	return ret;
}

int token_message_id_parse(const char *secret, const char *text, struct uuid *ret)
{
	enum { ID_AT = 2, DOT_AT = 34, MAC_AT = 35, DOMAIN_AT = 55 };
	char id_hex[33] = {0}, mac_hex[21] = {0};
	uint8_t given[10], mac[10];
	struct uuid id;

	if (!text || strnlen(text, DOMAIN_AT + 1) != DOMAIN_AT + 1 || strncasecmp(text, "h.", ID_AT) != 0 ||
	    text[DOT_AT] != '.' || text[DOMAIN_AT] != '@')
		return -EINVAL;
	memcpy(id_hex, text + ID_AT, 32);
	memcpy(mac_hex, text + MAC_AT, 20);
	if (text_unhex(id_hex, id.bytes, 16) < 0 || text_unhex(mac_hex, given, sizeof(given)) < 0)
		return -EINVAL;
	message_mac(secret, &id, mac);
	if (sodium_memcmp(mac, given, sizeof(mac)) != 0)
		return -EBADMSG;
	*ret = id;
	return 0;
}
