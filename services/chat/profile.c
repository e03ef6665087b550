/* profile.c - what a visitor says of itself. An address is a claim until the link mailed to it was used. */
#include "base/log.h"
#include "front_internal.h"
#include "front_texts.h"
#include "http/json.h"
#include "live.h"

struct profile {
	struct http_request *request;
	struct chat *chat;
	struct arena *arena;
	const struct visitor *visitor;
	struct uuid mail_inbox_id;
	const char *inbox_name;
	const char *name, *email, *locale; /* NULL: as it is */
	bool is_link_wanted;
	struct visitor *updated;
	struct bus_outbox *outbox;
};

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct profile *profile = arg;
	HILO_AUTO(buf) struct buf out = {0};

	bus_outbox_free(&profile->outbox);
	if (outcome->fault != DB_OK) {
		front_reply_outcome(profile->request, outcome);
		return;
	}
	if (profile->is_link_wanted)
		bus_ring(profile->chat->bus);
	live_visitor_changed(profile->chat->live, profile->updated);
	visitor_json(&out, profile->updated);
	front_reply_json(profile->request, 200, &out);
}

static void on_updated(void *arg, const struct db_result *result)
{
	struct profile *profile = arg;
	struct visitor visitor;

	if (!db_rows(result)) {
		profile->updated = visitor_copy(profile->arena, profile->visitor); /* swept this moment */
		return;
	}
	visitor = store_get_visitor(result);
	profile->updated = visitor_copy(profile->arena, &visitor);
}

/* nothing of the mail is the visitor's but the address it goes to */
static void add_link(struct profile *profile, struct db_tx *tx)
{
	bool is_spanish = visitor_is_spanish(profile->locale ? profile->locale : profile->visitor->locale);
	uint8_t hash[STORE_HASH];
	char token[TOKEN_TEXT];

	token_make(token, hash);
	const struct front_mail mail = text_confirmation_mail(
		profile->arena, is_spanish, profile->inbox_name,
		arena_printf(profile->arena, "%s/chat/v1/confirm/%s", profile->chat->settings.public_url, token));
	const struct front_notice notice = {&profile->mail_inbox_id, profile->email, "", mail.subject, mail.text};
	store_insert_confirmation(profile->chat, tx, hash, &profile->visitor->id, profile->email);
	if (front_add_notice(profile->outbox, profile->arena, &notice) < 0)
		log_error("profile.no_link", "visitor=%s", profile->visitor->address);
}

static void store(struct profile *profile)
{
	const struct front_point points[] = {{"chat", profile->visitor->address}};
	struct db_tx *tx = db_begin(profile->chat->db);

	profile->outbox = bus_outbox_new("chat");
	front_lock(tx, profile->arena, points, HILO_COUNT(points));
	store_update_visitor(profile->chat, tx, &profile->visitor->id, profile->name, profile->email, profile->locale, on_updated,
			     profile);
	if (profile->is_link_wanted)
		add_link(profile, tx);
	bus_outbox_append(profile->outbox, tx);
	db_tx_commit(tx, on_committed, profile);
}

/* over a limit the address is taken down all the same; only the mail is not sent */
static void on_may_mail(void *arg, bool may)
{
	struct profile *profile = arg;

	profile->is_link_wanted = may;
	store(profile);
}

static void on_may_ask(void *arg, bool may)
{
	struct profile *profile = arg;

	if (may)
		limits_take(profile->chat->limits, LIMIT_LINKS, profile->email, on_may_mail, profile);
	else
		on_may_mail(profile, false);
}

static void on_may_change(void *arg, bool may)
{
	struct profile *profile = arg;

	if (!may)
		front_reply_limited(profile->request);
	else if (profile->is_link_wanted)
		limits_take(profile->chat->limits, LIMIT_LINKS_ASKED, http_request_peer(profile->request), on_may_ask, profile);
	else
		store(profile);
}

/* Returns: false when the request has been answered. */
static bool read_profile(struct profile *profile, json_t *object)
{
	struct json_reader reader = {.object = object, .arena = profile->arena};
	const char *name = json_text_optional(&reader, "name", VISITOR_NAME_MAX);
	const char *email = json_text_optional(&reader, "email", VISITOR_EMAIL_MAX);
	const char *locale = json_text_optional(&reader, "locale", VISITOR_LOCALE_MAX);

	if (name)
		profile->name = *name ? visitor_name(profile->arena, name) : "";
	if (name && !profile->name)
		json_fault(&reader, "name", "must not have control characters");
	if (email)
		profile->email = *email ? visitor_email(profile->arena, email) : "";
	if (email && !profile->email)
		json_fault(&reader, "email", "must be an e-mail address");
	if (locale)
		profile->locale = visitor_locale(profile->arena, locale);
	return !json_reader_reply(&reader, profile->request);
}

static void put_profile(struct http_request *request, struct chat *chat, const struct visitor *visitor, const struct chat_inbox *inbox)
{
	struct arena *arena = http_request_arena(request);
	struct profile *profile = arena_new_object(arena, struct profile);
	json_t *object = front_json(request);
	char id[UUID_TEXT];
	bool is_good;

	if (!object)
		return;
	*profile = (struct profile){.request = request, .chat = chat, .arena = arena, .visitor = visitor};
	profile->mail_inbox_id = inbox->mail_inbox_id;
	profile->inbox_name = arena_strdup(arena, inbox->name);
	is_good = read_profile(profile, object);
	json_decref(object);
	if (!is_good)
		return;
	profile->is_link_wanted = profile->email && *profile->email && !uuid_is_nil(&inbox->mail_inbox_id) &&
				  (visitor->email_level != HILO__V1__LEVEL__LEVEL_CONFIRMED || strcmp(profile->email, visitor->email) != 0);
	limits_take(chat->limits, LIMIT_PROFILES, uuid_format(&visitor->id, id), on_may_change, profile);
}

void handle_profile_put(struct http_request *request, void *arg)
{
	front_with_visitor(request, arg, put_profile);
}
