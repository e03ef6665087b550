/* chat_inboxes.c - see chat_inboxes.h. */
#include "chat_inboxes.h"

#include <sodium.h>

#include "base/seal.h"
#include "base/text.h"
#include "chat_settings.h"

enum { ORIGINS_MAX = 100, HANDLE_MAX = 64, PUBLIC_ID_RANDOM = 20 };

static const char *const *read_origins(struct json_reader *reader)
{
	json_t *array = json_array_optional(reader, "origins", ORIGINS_MAX);
	size_t count = json_array_size(array);
	const char **origins;

	if (!array)
		return NULL;
	origins = arena_new_array(reader->arena, const char *, count + 1);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(array, i));
		if (!text || !chat_origin_is_valid(text)) {
			json_fault(reader, "origins",
			           "must hold origins as browsers write them, https://shop.example or "
			           "https://shop.example:8443; "
			           "http for localhost only");
			return NULL;
		}
		origins[i] = arena_strdup(reader->arena, text);
	}
	return origins;
}

bool chat_read(struct json_reader *reader, struct chat_record *ret)
{
	static const char *const members[] = {"origins", "mail_inbox_id", "settings", NULL};
	struct json_reader chat, settings;

	if (!json_enter(reader, "chat", &chat))
		return false;
	json_only(&chat, members);
	ret->origins = read_origins(&chat);
	ret->has_mail_inbox = has_member(&chat, "mail_inbox_id");
	ret->mail_inbox_id = read_uuid_optional(&chat, "mail_inbox_id");
	if (json_enter(&chat, "settings", &settings)) {
		ret->settings = chat_settings_read(&settings, &ret->time_zone);
		json_leave(&chat, "settings", &settings);
	}
	json_leave(reader, "chat", &chat);
	return true;
}

const char *read_handle(struct json_reader *reader, const char *field)
{
	const char *text = json_text_optional(reader, field, HANDLE_MAX);
	char random[2 * 6 + 1];
	uint8_t bytes[6];

	if (!text) {
		randombytes_buf(bytes, sizeof(bytes));
		return arena_printf(reader->arena, "chat-%s", text_hex(bytes, sizeof(bytes), random));
	}
	text = text_lower(reader->arena, text);
	if (*text && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-._") == strlen(text))
		return text;
	json_fault(reader, field, "must be 1 to 64 letters, digits, hyphens, dots or underscores");
	return NULL;
}

static const char *public_id(struct arena *arena)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	char *id = arena_strdup(arena, "wt_xxxxxxxxxxxxxxxxxxxx");

	for (int i = 0; i < PUBLIC_ID_RANDOM; i++)
		id[3 + i] = alphabet[randombytes_uniform(sizeof(alphabet) - 1)];
	return id;
}

void chat_secret(const struct gateway *gateway, const struct uuid *request_id, char ret[CHAT_SECRET_TEXT])
{
	crypto_generichash_state state;
	uint8_t secret[32];

	crypto_generichash_init(&state, gateway->derive_key, sizeof(gateway->derive_key), sizeof(secret));
	crypto_generichash_update(&state, (const unsigned char *)"chat secret", 11);
	crypto_generichash_update(&state, request_id->bytes, sizeof(request_id->bytes));
	crypto_generichash_final(&state, secret, sizeof(secret));
	text_hex(secret, sizeof(secret), ret);
}

struct sealed chat_sealed_secret(const struct write *write)
{
	struct sealed sealed = {.is_given = true};
	char text[CHAT_SECRET_TEXT];

	chat_secret(write->gateway, &write->once.id, text);
	sealed.data = seal(write->arena, write->gateway->seal_key, text, &sealed.size);
	return sealed;
}

void chat_complete(struct write *write, struct chat_record *chat)
{
	chat->public_id = public_id(write->arena);
	chat->secret = chat_sealed_secret(write);
}

static void on_chat_facts(void *arg, const struct db_result *result)
{
	if (!db_get_bool(result, 0, 0))
		write_refuse(arg, ERROR_invalid_field, "chat.mail_inbox_id: must be the id of a mail inbox");
	if (!db_get_bool(result, 0, 1))
		write_refuse(arg, ERROR_invalid_field,
		             "chat.settings.hours.time_zone: must be a time zone like Europe/Madrid");
}

void chat_load(struct write *write, const struct chat_record *chat)
{
	if (chat->mail_inbox_id || chat->time_zone)
		store_read_chat_facts(&write->gateway->store, write->tx, chat, on_chat_facts, write);
}
