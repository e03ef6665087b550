/* inboxes.c - channel accounts: made and changed by administrators. */
#include "base/seal.h"
#include "audit.h"
#include "chat_inboxes.h"
#include "handlers.h"
#include "skills.h"
#include "store_furniture.h"

enum { URL_MAX = 500 };

void handle_inboxes_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_list_inboxes(&gateway->store, &principal_of(request)->rights, reply_on_read, request);
}

void handle_inbox_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct uuid id;

	if (param_uuid(request, "id", &id))
		store_read_inbox(&gateway->store, &principal_of(request)->rights, &id, reply_on_versioned_read,
		                 request);
}

/* channels an inbox can be made for */
static const char *const channels[] = {"email", "chat", NULL};

static bool is_chat(const struct inbox_record *inbox)
{
	return !strcmp(inbox->channel, "chat");
}

static void inbox_event(struct write *write, const struct inbox_record *inbox)
{
	Hilo__V1__Envelope *envelope = write_event(write, &inbox->id);
	Hilo__V1__InboxUpdated body = HILO__V1__INBOX_UPDATED__INIT;

	body.inbox_id = envelope->subject;
	body.channel = is_chat(inbox) ? HILO__V1__CHANNEL__CHANNEL_CHAT : HILO__V1__CHANNEL__CHANNEL_EMAIL;
	body.name = (char *)inbox->name;
	body.address = (char *)inbox->address;
	body.active = inbox->active;
	body.skills = (char **)inbox->skills;
	while (inbox->skills && inbox->skills[body.n_skills])
		body.n_skills++;
	if (inbox->team_id)
		body.team_id = bus_id(write->arena, inbox->team_id);
	envelope->inbox_id = envelope->subject;
	envelope->version = (uint64_t)inbox->version;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_INBOX_UPDATED;
	envelope->inbox_updated = &body;
	write_add(write, envelope);
}

static enum error address_constraint(const char *name)
{
	return strcmp(name, "inbox_channel_address_key") ? ERROR_NONE : ERROR_address_taken;
}

/* null takes a connection string away, a missing member leaves it */
static struct sealed read_secret_url(struct json_reader *reader, const char *field, const char *const *schemes,
                                     const struct gateway *gateway)
{
	const char *url = json_text_optional(reader, field, URL_MAX);
	struct sealed sealed = {.is_given = has_member(reader, field)};

	if (!url)
		return sealed;
	if (valid_url(url, schemes))
		sealed.data = seal(reader->arena, gateway->seal_key, url, &sealed.size);
	else
		json_fault(reader, field,
		           arena_printf(reader->arena, "must be %s://[user:password@]host[:port] or the same with %s",
		                        schemes[0], schemes[1]));
	return sealed;
}

static void read_urls(struct json_reader *reader, const struct gateway *gateway, struct inbox_record *ret)
{
	static const char *const smtp[] = {"smtp", "smtps", NULL}, *const imap[] = {"imap", "imaps", NULL};

	ret->smtp_url = read_secret_url(reader, "smtp_url", smtp, gateway);
	ret->imap_url = read_secret_url(reader, "imap_url", imap, gateway);
}

static void on_unknown_teams(void *arg, const struct db_result *result)
{
	if (db_get_int(result, 0, 0))
		write_refuse(arg, ERROR_invalid_field, "team_id: must be an active team");
}

static void load_team(struct write *write, const struct uuid *team_id)
{
	if (team_id)
		store_count_unknown_teams(&write->gateway->store, write->tx, team_id, on_unknown_teams, write);
}

/* ---- making one ---- */

struct new_inbox {
	struct inbox_record inbox;
	struct chat_record chat;
};

static void inbox_load(struct write *write)
{
	const struct new_inbox *new = write->arg;

	load_team(write, new->inbox.team_id);
	chat_load(write, &new->chat);
}

static void inbox_decide(struct write *write)
{
	struct new_inbox *new = write->arg;
	struct store *store = &write->gateway->store;
	struct request_record record = write_record(write);

	store_insert_inbox(store, write->tx, &new->inbox);
	if (is_chat(&new->inbox)) {
		chat_complete(write, &new->chat);
		store_insert_chat(store, write->tx, &new->chat);
	}
	audit_add(write, "inbox.created", bus_id(write->arena, &new->inbox.id));
	store_remember(store, write->tx, &record, MADE_INBOX, &new->inbox.id, write_on_answer, write);
	inbox_event(write, &new->inbox);
}

static void read_new(struct json_reader *reader, const struct gateway *gateway, struct new_inbox *ret)
{
	struct inbox_record *inbox = &ret->inbox;
	int channel = json_choice(reader, "channel", channels, -1);
	bool has_chat = chat_read(reader, &ret->chat);

	inbox->id = ret->chat.inbox_id = uuid_new();
	inbox->channel = channels[channel > 0];
	inbox->name = read_line(reader, "name", 200);
	inbox->address = is_chat(inbox) ? read_handle(reader, "address") : read_email(reader, "address");
	read_urls(reader, gateway, inbox);
	inbox->team_id = read_uuid_optional(reader, "team_id");
	inbox->skills = read_skills(reader);
	inbox->active = true;
	inbox->version = 1;
	if (is_chat(inbox) && inbox->smtp_url.data)
		json_fault(reader, "smtp_url", "goes with mail inboxes only");
	if (is_chat(inbox) && inbox->imap_url.data)
		json_fault(reader, "imap_url", "goes with mail inboxes only");
	if (!is_chat(inbox) && has_chat)
		json_fault(reader, "chat", "goes with chat inboxes only");
}

void handle_inboxes_post(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct new_inbox *new = arena_new_object(arena, struct new_inbox);
	json_t *body = json_body(request);
	struct write *write;
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	read_new(&reader, arg, new);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "inbox.create")))
		return;
	write->arg = new;
	write->load = inbox_load;
	write->decide = inbox_decide;
	write->committed = write_reply_made;
	write->constraint = address_constraint;
	write_lock(write, "inbox", &new->inbox.id);
	write_run(write);
}

/* ---- changing one ---- */

struct inbox_change {
	struct inbox_record inbox;
	struct chat_record chat;
	bool has_chat, has_team;
	const char *action; /* for the audit log */
	const char *name;
	int active; /* -1: as it is */
};

static void on_inbox_record(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct inbox_change *change = write->arg;

	if (!db_rows(result))
		return;
	write->version = db_get_int(result, 0, 4);
	change->inbox.channel = arena_strdup(write->arena, db_get_text(result, 0, 0));
	change->inbox.name = change->name ? change->name : arena_strdup(write->arena, db_get_text(result, 0, 1));
	change->inbox.address = arena_strdup(write->arena, db_get_text(result, 0, 2));
	change->inbox.active = change->active >= 0 ? change->active > 0 : db_get_bool(result, 0, 3);
	if (!change->has_team && !db_is_null(result, 0, 5)) {
		struct uuid team = db_get_uuid(result, 0, 5);
		change->inbox.team_id = arena_memdup(write->arena, &team, sizeof(team));
	}
	if (!change->inbox.skills)
		change->inbox.skills = store_get_words(result, 0, 6, write->arena);
}

static void change_load(struct write *write)
{
	struct inbox_change *change = write->arg;

	if (change->has_team)
		load_team(write, change->inbox.team_id);
	store_read_inbox_record(&write->gateway->store, write->tx, &change->inbox.id, on_inbox_record, write);
	chat_load(write, &change->chat);
	audit_before(write, "inbox", bus_id(write->arena, &change->inbox.id));
}

/* Returns: whether it is an inbox the change can be made to. */
static bool change_fits(struct write *write, const struct inbox_change *change)
{
	if (!write_next_version(write))
		return false;
	if (change->has_chat && !is_chat(&change->inbox))
		write_refuse(write, ERROR_invalid_field, "chat: goes with chat inboxes only");
	else if (is_chat(&change->inbox) && (change->inbox.smtp_url.data || change->inbox.imap_url.data))
		write_refuse(write, ERROR_invalid_field, "smtp_url: goes with mail inboxes only, as imap_url does");
	return !write->refusal;
}

static void change_decide(struct write *write)
{
	struct inbox_change *change = write->arg;
	struct store *store = &write->gateway->store;

	if (!change_fits(write, change))
		return;
	change->inbox.version = write->version;
	store_update_inbox(store, write->tx, &change->inbox);
	if (change->has_chat)
		store_update_chat(store, write->tx, &change->chat);
	audit_add(write, change->action, bus_id(write->arena, &change->inbox.id));
	store_read_changed_inbox(store, write->tx, &change->inbox.id, write_on_answer, write);
	inbox_event(write, &change->inbox);
}

void handle_inbox_patch(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct inbox_change *change = arena_new_object(arena, struct inbox_change);
	struct write *write;
	json_t *body;
	bool is_bad;

	if (!param_uuid(request, "id", &change->inbox.id) || !(body = json_body(request)))
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	change->name = read_line_optional(&reader, "name", 200);
	change->active = has_member(&reader, "active") ? json_bool_optional(&reader, "active", true) : -1;
	read_urls(&reader, arg, &change->inbox);
	change->has_team = has_member(&reader, "team_id");
	change->inbox.team_id = read_uuid_optional(&reader, "team_id");
	change->inbox.skills = read_skills(&reader);
	change->action = "inbox.changed";
	change->has_chat = chat_read(&reader, &change->chat);
	change->chat.inbox_id = change->inbox.id;
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "inbox.change")))
		return;
	write->arg = change;
	write->load = change_load;
	write->decide = change_decide;
	write->committed = write_reply_changed;
	write_lock(write, "inbox", &change->inbox.id);
	write_run(write);
}

/* ---- the key a shop signs its customers' identities with ---- */

static void reply_secret(struct http_request *request, const char *secret)
{
	reply_text(request, 200, arena_printf(http_request_arena(request), "{\"secret\":\"%s\"}", secret));
}

struct secret_reading {
	const struct gateway *gateway;
	struct http_request *request;
};

static void on_chat_secret(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	const struct secret_reading *reading = arg;
	struct http_request *request = reading->request;
	const void *sealed = NULL;
	size_t size = 0;
	char *secret;

	if (outcome->fault == DB_OK && db_rows(result))
		sealed = db_get_bytes(result, 0, 0, &size);
	if (outcome->fault != DB_OK)
		reply_fault(request, outcome);
	else if (!sealed)
		reply_error(request, ERROR_not_found, NULL);
	else if (seal_open(http_request_arena(request), reading->gateway->seal_key, sealed, size, &secret) < 0)
		reply_error(request, ERROR_internal, "The secret was sealed with another HILO_SEAL_KEY: replace it.");
	else
		reply_secret(request, secret);
}

void handle_chat_secret_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct secret_reading *reading = arena_new_object(http_request_arena(request), struct secret_reading);
	struct uuid id;

	*reading = (struct secret_reading){.gateway = gateway, .request = request};
	if (param_uuid(request, "id", &id))
		store_read_chat_secret(&gateway->store, &id, on_chat_secret, reading);
}

static void secret_decide(struct write *write)
{
	struct inbox_change *change = write->arg;
	struct request_record record = write_record(write);

	if (!write->version || !is_chat(&change->inbox)) {
		write_refuse(write, ERROR_not_found, NULL);
		return;
	}
	change->chat.secret = chat_sealed_secret(write);
	change_decide(write);
	store_remember(&write->gateway->store, write->tx, &record, MADE_SECRET, &change->inbox.id, NULL, NULL);
}

static void secret_committed(struct write *write)
{
	char secret[CHAT_SECRET_TEXT];

	chat_secret(write->gateway, &write->once.id, secret);
	reply_secret(write->request, secret);
}

static void secret_repeated(struct write *write)
{
	char secret[CHAT_SECRET_TEXT];

	chat_secret(write->gateway, &write->found.id, secret);
	reply_secret(write->request, secret);
}

void handle_chat_secret_post(struct http_request *request, void *arg)
{
	struct inbox_change *change = arena_new_object(http_request_arena(request), struct inbox_change);
	struct write *write;

	if (!param_uuid(request, "id", &change->inbox.id) || !(write = write_new(arg, request, "inbox.secret")))
		return;
	change->active = -1;
	change->action = "inbox.secret_replaced";
	change->has_chat = true;
	change->chat.inbox_id = change->inbox.id;
	write->arg = change;
	write->load = change_load;
	write->decide = secret_decide;
	write->committed = secret_committed;
	write->repeated = secret_repeated;
	write_lock(write, "inbox", &change->inbox.id);
	write_run(write);
}
