/* inboxes.c - chat inboxes as configured: each reading replaces the one before as a whole. */
#include "inboxes.h"

#include "base/log.h"
#include "base/map.h"
#include "base/seal.h"
#include "store_front.h"

#define READ_US 5000000
#define REPLY_TIMES_US 60000000

struct inboxes {
	struct chat *chat;
	struct timer *timer, *reply_timer;
	struct arena *arena; /* of the last reading; NULL: there was none */
	struct map *by_public_id, *by_id;
	struct arena *reply_arena;
	struct map *reply_times; /* inbox -> int64_t */
	bool is_reading, is_again;
};

static const char *open_secret(struct arena *arena, const struct chat *chat, const void *sealed, size_t size,
			       const char *public_id)
{
	char *secret;

	if (seal_open(arena, chat->seal_key, sealed, size, &secret) < 0) {
		log_error("inbox.secret_unreadable", "inbox=%s", public_id);
		return "";
	}
	return secret;
}

static const char *const *split_lines(struct arena *arena, const char *text)
{
	size_t count = 0, length;
	const char **lines;

	for (const char *c = text; *c; c++)
		count += *c == '\n';
	lines = arena_new_array(arena, const char *, count + 2);
	for (count = 0; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		lines[count++] = arena_strndup(arena, text, length);
	}
	return lines;
}

static void add_inbox(struct inboxes *inboxes, struct arena *arena, const struct db_result *result, size_t row)
{
	struct chat_inbox *inbox = arena_new_object(arena, struct chat_inbox);
	const int64_t *reply_time;
	const void *sealed;
	size_t size;

	inbox->id = db_get_uuid(result, row, 0);
	inbox->public_id = arena_strdup(arena, db_get_text(result, row, 1));
	inbox->name = arena_strdup(arena, db_get_text(result, row, 2));
	inbox->origins = split_lines(arena, db_get_text(result, row, 3));
	sealed = db_get_bytes(result, row, 4, &size);
	inbox->secret = open_secret(arena, inboxes->chat, sealed, size, inbox->public_id);
	inbox->mail_inbox_id = db_get_uuid(result, row, 5);
	inbox->settings_json = arena_strdup(arena, db_get_text(result, row, 6));
	inbox->takes_files = db_get_bool(result, row, 7);
	inbox->active = db_get_bool(result, row, 8);
	inbox->open = db_get_bool(result, row, 9);
	inbox->opens_us = db_is_null(result, row, 10) ? 0 : db_get_time(result, row, 10);
	reply_time = inboxes->reply_times ? map_get(inboxes->reply_times, &inbox->id, sizeof(inbox->id)) : NULL;
	inbox->reply_time_s = reply_time ? *reply_time : -1;
	if (!inbox->active)
		return;
	map_put(inboxes->by_public_id, inbox->public_id, strlen(inbox->public_id), inbox);
	map_put(inboxes->by_id, &inbox->id, sizeof(inbox->id), inbox);
}

static void on_inboxes(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct inboxes *inboxes = arg;
	struct arena *arena;

	inboxes->is_reading = false;
	if (outcome->fault == DB_OK) {
		arena = arena_new(0);
		inboxes->by_public_id = map_new(arena, db_rows(result));
		inboxes->by_id = map_new(arena, db_rows(result));
		for (size_t row = 0; row < db_rows(result); row++)
			add_inbox(inboxes, arena, result, row);
		arena_free(&inboxes->arena);
		inboxes->arena = arena;
	} else {
		log_warn("inboxes.unread", "error=%s", outcome->message);
	}
	if (inboxes->is_again)
		inboxes_refresh(inboxes);
}

void inboxes_refresh(struct inboxes *inboxes)
{
	inboxes->is_again = inboxes->is_reading;
	if (inboxes->is_reading)
		return;
	inboxes->is_reading = true;
	store_list_inboxes(inboxes->chat, on_inboxes, inboxes);
}

static void on_due(void *arg)
{
	inboxes_refresh(arg);
}

static void on_reply_times(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct inboxes *inboxes = arg;
	struct arena *arena;

	if (outcome->fault != DB_OK) {
		log_warn("inboxes.reply_times_unread", "error=%s", outcome->message);
		return;
	}
	arena = arena_new(0);
	inboxes->reply_times = map_new(arena, db_rows(result));
	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid *id = arena_new_object(arena, struct uuid);
		int64_t *seconds = arena_new_object(arena, int64_t);
		*id = db_get_uuid(result, row, 0);
		*seconds = db_get_int(result, row, 1);
		map_put(inboxes->reply_times, id, sizeof(*id), seconds);
	}
	arena_free(&inboxes->reply_arena);
	inboxes->reply_arena = arena;
	inboxes_refresh(inboxes);
}

static void on_reply_times_due(void *arg)
{
	struct inboxes *inboxes = arg;

	store_list_reply_times(inboxes->chat, on_reply_times, inboxes);
}

struct inboxes *inboxes_new(struct chat *chat)
{
	struct inboxes *inboxes = hilo_new(struct inboxes);

	inboxes->chat = chat;
	inboxes->timer = timer_new(chat->loop, on_due, inboxes);
	inboxes->reply_timer = timer_new(chat->loop, on_reply_times_due, inboxes);
	timer_every(inboxes->timer, READ_US);
	timer_every(inboxes->reply_timer, REPLY_TIMES_US);
	inboxes_refresh(inboxes);
	on_reply_times_due(inboxes);
	return inboxes;
}

void inboxes_free(struct inboxes **inboxes)
{
	if (!*inboxes)
		return;
	timer_free(&(*inboxes)->timer);
	timer_free(&(*inboxes)->reply_timer);
	arena_free(&(*inboxes)->arena);
	arena_free(&(*inboxes)->reply_arena);
	free(HILO_STEAL(*inboxes));
}

bool inboxes_are_read(const struct inboxes *inboxes)
{
	return inboxes->arena;
}

const struct chat_inbox *inboxes_by_public_id(const struct inboxes *inboxes, const char *public_id)
{
	return inboxes->arena ? map_get(inboxes->by_public_id, public_id, strlen(public_id)) : NULL;
}

const struct chat_inbox *inboxes_by_id(const struct inboxes *inboxes, const struct uuid *id)
{
	return inboxes->arena ? map_get(inboxes->by_id, id, sizeof(*id)) : NULL;
}
