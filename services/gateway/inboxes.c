/* inboxes.c - channel accounts: made and changed by administrators. */
#include "handlers.h"
#include "seal.h"
#include "validate.h"
#include "write.h"

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
		store_read_inbox(&gateway->store, &principal_of(request)->rights, &id, reply_on_versioned_read, request);
}

static void inbox_event(struct write *write, const struct inbox_record *inbox)
{
	Hilo__V1__Envelope *envelope = write_event(write, &inbox->id);
	Hilo__V1__InboxUpdated body = HILO__V1__INBOX_UPDATED__INIT;

	body.inbox_id = envelope->subject;
	body.channel = HILO__V1__CHANNEL__CHANNEL_EMAIL;
	body.name = (char *)inbox->name;
	body.address = (char *)inbox->address;
	body.active = inbox->active;
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
		json_fault(reader, field, arena_printf(reader->arena, "must be %s://[user:password@]host[:port] or the same with %s",
						       schemes[0], schemes[1]));
	return sealed;
}

static void read_urls(struct json_reader *reader, const struct gateway *gateway, struct inbox_record *ret)
{
	static const char *const smtp[] = {"smtp", "smtps", NULL}, *const imap[] = {"imap", "imaps", NULL};

	ret->smtp_url = read_secret_url(reader, "smtp_url", smtp, gateway);
	ret->imap_url = read_secret_url(reader, "imap_url", imap, gateway);
}

/* ---- making one ---- */

static void inbox_decide(struct write *write)
{
	struct inbox_record *inbox = write->arg;
	struct store *store = &write->gateway->store;
	struct request_record record = write_record(write);

	store_insert_inbox(store, write->tx, inbox);
	store_remember(store, write->tx, &record, MADE_INBOX, &inbox->id, write_on_answer, write);
	inbox_event(write, inbox);
}

void handle_inboxes_post(struct http_request *request, void *arg)
{
	static const char *const channels[] = {"email", NULL};
	struct arena *arena = http_request_arena(request);
	struct inbox_record *inbox = arena_new_object(arena, struct inbox_record);
	json_t *body = json_body(request);
	struct write *write;
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	inbox->id = uuid_new();
	json_choice(&reader, "channel", channels, -1);
	inbox->channel = channels[0];
	inbox->name = read_line(&reader, "name", 200);
	inbox->address = read_email(&reader, "address");
	read_urls(&reader, arg, inbox);
	inbox->team_id = read_uuid_optional(&reader, "team_id");
	inbox->active = true;
	inbox->version = 1;
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "inbox.create")))
		return;
	write->arg = inbox;
	write->decide = inbox_decide;
	write->committed = write_reply_made;
	write->constraint = address_constraint;
	write_lock(write, "inbox", &inbox->id);
	write_run(write);
}

/* ---- changing one ---- */

struct inbox_change {
	struct inbox_record inbox;
	const char *name;
	int active; /* -1: as it is */
	int64_t expected;
	bool exists;
};

static void on_inbox_record(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct inbox_change *change = write->arg;

	change->exists = db_rows(result) > 0;
	if (!change->exists)
		return;
	change->inbox.name = change->name ? change->name : arena_strdup(write->arena, db_get_text(result, 0, 1));
	change->inbox.address = arena_strdup(write->arena, db_get_text(result, 0, 2));
	change->inbox.active = change->active >= 0 ? change->active > 0 : db_get_bool(result, 0, 3);
	change->inbox.version = db_get_int(result, 0, 4);
}

static void change_load(struct write *write)
{
	struct inbox_change *change = write->arg;

	store_read_inbox_record(&write->gateway->store, write->tx, &change->inbox.id, on_inbox_record, write);
}

static void change_decide(struct write *write)
{
	struct inbox_change *change = write->arg;
	struct store *store = &write->gateway->store;

	if (!change->exists) {
		write_refuse(write, ERROR_not_found, NULL);
		return;
	}
	if (change->expected && change->expected != change->inbox.version) {
		write_refuse(write, ERROR_stale_version, NULL);
		return;
	}
	change->inbox.version++;
	store_update_inbox(store, write->tx, &change->inbox);
	store_read_changed_inbox(store, write->tx, &change->inbox.id, write_on_answer, write);
	inbox_event(write, &change->inbox);
}

static void change_committed(struct write *write)
{
	const struct inbox_change *change = write->arg;

	reply_etag(write->request, change->inbox.version);
	reply_text(write->request, 200, write->answer);
}

void handle_inbox_patch(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct inbox_change *change = arena_new_object(arena, struct inbox_change);
	struct write *write;
	json_t *body;
	bool is_bad;

	if (!param_uuid(request, "id", &change->inbox.id) || !param_if_match(request, &change->expected) ||
	    !(body = json_body(request)))
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	change->name = read_line_optional(&reader, "name", 200);
	change->active = has_member(&reader, "active") ? json_bool_optional(&reader, "active", true) : -1;
	read_urls(&reader, arg, &change->inbox);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad)
		return;
	write = write_new(arg, request, "inbox.change");
	write->arg = change;
	write->load = change_load;
	write->decide = change_decide;
	write->committed = change_committed;
	write_lock(write, "inbox", &change->inbox.id);
	write_run(write);
}
