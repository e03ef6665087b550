/* canned_replies.c - texts that are used again and again: everybody's own, and those leaders share with inboxes. */
#include "audit.h"
#include "base/text.h"
#include "chat_settings.h"
#include "handlers.h"
#include "store_furniture.h"
#include "validate.h"

enum { SHORTCUT_MAX = 40, TITLE_MAX = 100, TEXT_MAX = 20000, INBOXES_MAX = 1000, WORDS_MAX = 400 };

void handle_canned_replies_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	const char *words = http_request_query(request, "q"), *inbox = http_request_query(request, "inbox");
	struct uuid inbox_id;

	if (inbox && uuid_parse(inbox, &inbox_id) < 0)
		reply_error(request, ERROR_invalid_parameter, "inbox must be a UUID");
	else if (words && (strlen(words) > WORDS_MAX || !text_is_utf8(words, strlen(words))))
		reply_error(request, ERROR_invalid_parameter, "q must be text of at most 400 bytes");
	else
		store_list_canned_replies(&gateway->store, principal_of(request), words && *words ? words : NULL,
		                          inbox ? &inbox_id : NULL, reply_on_read, request);
}

void handle_canned_reply_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct uuid id;

	if (param_uuid(request, "id", &id))
		store_read_canned_reply(&gateway->store, principal_of(request), &id, reply_on_versioned_read, request);
}

struct canned_change {
	struct canned_record reply;
	const char *key; /* its id as text */
	const char *action;
	void (*store)(struct store *store, struct db_tx *tx, const struct canned_record *reply);

	/* as it is */
	bool is_shared;
	struct rights inboxes;
};

/* Shared ones are written by those who lead all the inboxes they are for. */
static bool may_share(const struct principal *who, const struct rights *inboxes)
{
	if (who->role == ROLE_AGENT)
		return false;
	if (!inboxes->count)
		return who->role == ROLE_ADMINISTRATOR || who->rights.all;
	return rights_cover(&who->rights, inboxes);
}

static enum error shortcut_constraint(const char *name)
{
	return text_starts(name, "canned_reply_") && strstr(name, "_key") ? ERROR_shortcut_taken : ERROR_NONE;
}

static const char *read_shortcut(struct json_reader *reader, bool is_new)
{
	const char *text = is_new ? json_text(reader, "shortcut", 1, SHORTCUT_MAX)
	                          : json_text_optional(reader, "shortcut", SHORTCUT_MAX);
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	if (text && (!*text || *text == '-' || text[strspn(text, allowed)]))
		json_fault(reader, "shortcut", "must be lower-case letters, digits and hyphens");
	return arena_strdup(reader->arena, text);
}

static const char *read_text(struct json_reader *reader, const char *field, bool is_new)
{
	const char *text = is_new ? json_text(reader, field, 1, TEXT_MAX) : json_text_optional(reader, field, TEXT_MAX);

	if (text && !*text)
		json_fault(reader, field, "must not be empty");
	return arena_strdup(reader->arena, text);
}

/* Returns: compact JSON of the channels that have a text of their own; NULL: not given. */
static const char *read_variants(struct json_reader *reader)
{
	static const char *const channels[] = {"email", "chat", NULL};
	struct json_reader variants;
	json_t *kept;
	char *json;
	const char *copy;

	if (!json_enter(reader, "variants", &variants))
		return NULL;
	json_only(&variants, channels);
	kept = json_object();
	for (size_t i = 0; channels[i]; i++) {
		const char *text = read_text(&variants, channels[i], false);
		if (text && !variants.fault)
			json_object_set_new(kept, channels[i], json_string(text));
	}
	json_leave(reader, "variants", &variants);
	json = json_dumps(kept, JSON_COMPACT);
	copy = arena_strdup(reader->arena, json);
	free(json);
	json_decref(kept);
	return copy;
}

static void read_reply(struct json_reader *reader, bool is_new, struct canned_record *ret)
{
	json_t *array = json_array_optional(reader, "inbox_ids", INBOXES_MAX);
	struct uuid *inboxes;
	size_t count;

	ret->shortcut = read_shortcut(reader, is_new);
	ret->title = is_new ? read_line(reader, "title", TITLE_MAX) : read_line_optional(reader, "title", TITLE_MAX);
	ret->text = read_text(reader, "text", is_new);
	ret->variants = read_variants(reader);
	if (!array)
		return;
	count = read_uuids(reader, "inbox_ids", array, &inboxes);
	ret->inboxes_count = rights_sort(inboxes, count);
	ret->inboxes = inboxes;
}

static void on_unknown_inboxes(void *arg, const struct db_result *result)
{
	if (db_get_int(result, 0, 0))
		write_refuse(arg, ERROR_invalid_field, "inbox_ids: must hold inboxes you have");
}

/* foreign ones and unknown ones are answered alike */
static void load_inboxes(struct write *write, const struct canned_record *reply)
{
	const struct rights wanted = {.count = reply->inboxes_count, .inboxes = reply->inboxes};

	if (!rights_cover(&write->who->rights, &wanted))
		write_refuse(write, ERROR_invalid_field, "inbox_ids: must hold inboxes you have");
	else if (wanted.count)
		store_count_unknown_inboxes(&write->gateway->store, write->tx, wanted.inboxes, wanted.count,
		                            on_unknown_inboxes, write);
}

/* what is personal is nobody else's business */
static void note(struct write *write, const struct canned_change *change)
{
	if (change->is_shared)
		audit_add(write, change->action, change->key);
	audit_announce(write, "canned_reply", change->key, change->is_shared ? NULL : &write->who->id);
}

/* ---- making one ---- */

static void new_load(struct write *write)
{
	const struct canned_change *change = write->arg;

	load_inboxes(write, &change->reply);
}

static void new_decide(struct write *write)
{
	const struct canned_change *change = write->arg;
	struct store *store = &write->gateway->store;
	struct request_record record = write_record(write);

	store_insert_canned_reply(store, write->tx, &change->reply);
	note(write, change);
	store_remember_configured(store, write->tx, &record, "canned_reply", change->key, write_on_answer, write);
}

static void run(struct write *write, struct canned_change *change)
{
	write->arg = change;
	write->constraint = shortcut_constraint;
	write_lock(write, "canned_reply", &change->reply.id);
	write_run(write);
}

void handle_canned_replies_post(struct http_request *request, void *arg)
{
	static const char *const scopes[] = {"personal", "shared", NULL};
	struct arena *arena = http_request_arena(request);
	struct canned_change *change = arena_new_object(arena, struct canned_change);
	json_t *body = json_body(request);
	struct write *write;
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	change->reply.id = uuid_new();
	change->key = bus_id(arena, &change->reply.id);
	change->action = "canned_reply.created";
	change->is_shared = json_choice(&reader, "scope", scopes, 0) == 1;
	change->reply.owner_id = change->is_shared ? NULL : &principal_of(request)->id;
	read_reply(&reader, true, &change->reply);
	if (!change->is_shared && change->reply.inboxes_count)
		json_fault(&reader, "inbox_ids", "goes with shared ones only");
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad)
		return;
	if (change->is_shared && principal_of(request)->role == ROLE_AGENT) {
		reply_error(request, ERROR_forbidden, NULL);
		return;
	}
	if (change->is_shared && !change->reply.inboxes_count &&
	    !may_share(principal_of(request), &(struct rights){0})) {
		reply_error(request, ERROR_forbidden, "Name the inboxes it is for: you do not have all of them.");
		return;
	}
	write = write_new(arg, request, "canned_reply.create");
	if (!write)
		return;
	write->load = new_load;
	write->decide = new_decide;
	write->committed = write_reply_made;
	run(write, change);
}

/* ---- changing and deleting one ---- */

static void on_record(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct canned_change *change = write->arg;

	if (!db_rows(result))
		return;
	change->is_shared = db_is_null(result, 0, 0);
	change->inboxes = store_get_inboxes(result, 0, 1, write->arena);
	write->version = db_get_int(result, 0, 2);
}

static void change_load(struct write *write)
{
	const struct canned_change *change = write->arg;

	store_read_canned_record(&write->gateway->store, write->tx, write->who, &change->reply.id, on_record, write);
	audit_before(write, "canned_reply", change->key);
	if (change->reply.inboxes)
		load_inboxes(write, &change->reply);
}

/* Returns: whether the change may be made. */
static bool change_fits(struct write *write, const struct canned_change *change)
{
	const struct rights wanted = {.count = change->reply.inboxes_count, .inboxes = change->reply.inboxes};

	if (!write_next_version(write))
		return false;
	if (!change->is_shared && change->reply.inboxes_count)
		write_refuse(write, ERROR_invalid_field, "inbox_ids: goes with shared ones only");
	else if (change->is_shared && (!may_share(write->who, &change->inboxes) ||
	                               (change->reply.inboxes && !may_share(write->who, &wanted))))
		write_refuse(write, ERROR_forbidden, NULL);
	return !write->refusal;
}

static void change_decide(struct write *write)
{
	struct canned_change *change = write->arg;
	struct store *store = &write->gateway->store;

	if (!change_fits(write, change))
		return;
	change->store(store, write->tx, &change->reply);
	note(write, change);
	store_read_configured(store, write->tx, "canned_reply", change->key, &write->who->id, write_on_answer, write);
}

static void store_deletion(struct store *store, struct db_tx *tx, const struct canned_record *reply)
{
	store_delete_canned_reply(store, tx, &reply->id);
}

void handle_canned_reply_patch(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct canned_change *change = arena_new_object(arena, struct canned_change);
	struct write *write;
	json_t *body;
	bool is_bad;

	if (!param_uuid(request, "id", &change->reply.id) || !(body = json_body(request)))
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	read_reply(&reader, false, &change->reply);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "canned_reply.change")))
		return;
	change->key = bus_id(arena, &change->reply.id);
	change->action = "canned_reply.changed";
	change->store = store_update_canned_reply;
	write->load = change_load;
	write->decide = change_decide;
	write->committed = write_reply_changed;
	run(write, change);
}

void handle_canned_reply_delete(struct http_request *request, void *arg)
{
	struct canned_change *change = arena_new_object(http_request_arena(request), struct canned_change);
	struct write *write;

	if (!param_uuid(request, "id", &change->reply.id))
		return;
	change->key = bus_id(http_request_arena(request), &change->reply.id);
	change->action = "canned_reply.deleted";
	change->store = store_deletion;
	write = write_new(arg, request, "canned_reply.delete");
	write->load = change_load;
	write->decide = change_decide;
	write->committed = write_reply_nothing;
	run(write, change);
}
