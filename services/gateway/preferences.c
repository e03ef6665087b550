/* preferences.c - how each agent likes the console. */
#include "preferences.h"

#include "audit.h"
#include "chat_settings.h"
#include "handlers.h"
#include "store_furniture.h"
#include "validate.h"

enum { KEYMAP_MAX = 64, KEY_MAX = 64 };

void handle_preferences_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_read_preferences(&gateway->store, &principal_of(request)->id, reply_on_read, request);
}

static void keep_word(struct json_reader *reader, const char *field, const char *const *words, json_t *kept)
{
	int chosen;

	if (!has_member(reader, field))
		return;
	chosen = json_choice(reader, field, words, -1);
	if (chosen >= 0)
		json_object_set_new(kept, field, json_string(words[chosen]));
}

static void keep_locale(struct json_reader *reader, json_t *kept)
{
	static const char *const locales[] = {"en", "es", NULL};

	if (!json_is_null(json_object_get(reader->object, "locale")))
		keep_word(reader, "locale", locales, kept);
}

static void keep_keymap(struct json_reader *reader, json_t *kept)
{
	json_t *keymap = json_object_get(reader->object, "keymap"), *keys;
	const char *command;

	if (!keymap)
		return;
	if (!json_is_object(keymap) || json_object_size(keymap) > KEYMAP_MAX) {
		json_fault(reader, "keymap", "must be an object of at most 64 commands");
		return;
	}
	json_object_foreach(keymap, command, keys)
	{
		bool is_text = json_is_string(keys) && json_string_length(keys) <= KEY_MAX;
		if (strlen(command) > KEY_MAX || (!is_text && !json_is_null(keys)))
			json_fault(reader, "keymap", "must hold keys as text of at most 64 characters, or null");
	}
	json_object_set(kept, "keymap", keymap);
}

const char *preferences_read(struct json_reader *reader)
{
	static const char *const members[] = {"locale", "theme",         "density",   "shortcuts",       "keymap",
	                                      "sound",  "notifications", "auto_away", "guide_dismissed", NULL};
	static const char *const themes[] = {"light", "dark", "auto", NULL};
	static const char *const densities[] = {"comfortable", "compact", NULL};
	static const char *const switches[] = {"shortcuts", "sound", "notifications", "auto_away", "guide_dismissed"};
	json_t *kept = json_object();
	const char *copy;
	char *json;

	json_only(reader, members);
	keep_locale(reader, kept);
	keep_word(reader, "theme", themes, kept);
	keep_word(reader, "density", densities, kept);
	keep_keymap(reader, kept);
	for (size_t i = 0; i < HILO_COUNT(switches); i++)
		if (has_member(reader, switches[i]))
			json_object_set_new(kept, switches[i],
			                    json_boolean(json_bool_optional(reader, switches[i], false)));
	json = json_dumps(kept, JSON_COMPACT | JSON_SORT_KEYS);
	copy = reader->field ? NULL : arena_strdup(reader->arena, json);
	free(json);
	json_decref(kept);
	return copy;
}

static void decide(struct write *write)
{
	struct store *store = &write->gateway->store;
	const struct uuid *own = &write->who->id;

	store_upsert_preferences(store, write->tx, own, write->arg);
	audit_announce(write, "preferences", bus_id(write->arena, own), own);
	store_read_configured(store, write->tx, "preferences", "", own, write_on_answer, write);
}

static void committed(struct write *write)
{
	reply_text(write->request, 200, write->answer);
}

void handle_preferences_put(struct http_request *request, void *arg)
{
	json_t *body = json_body(request);
	const char *json;
	struct write *write;
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = http_request_arena(request)};
	json = preferences_read(&reader);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad)
		return;
	write = write_new(arg, request, "preferences.set");
	write->arg = (void *)json;
	write->decide = decide;
	write->committed = committed;
	write_lock(write, "preferences", &write->who->id);
	write_run(write);
}
