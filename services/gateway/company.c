/* company.c - whose installation it is, and what it still lacks before customers can be served. */
#include "audit.h"
#include "handlers.h"
#include "store_furniture.h"
#include "validate.h"

void handle_company_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_read_company(&gateway->store, reply_on_versioned_read, request);
}

void handle_setup_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_read_setup(&gateway->store, reply_on_read, request);
}

static void on_record(void *arg, const struct db_result *result)
{
	struct write *write = arg;

	write->version = db_get_int(result, 0, 0);
	if (!db_get_bool(result, 0, 1))
		write_refuse(write, ERROR_invalid_field, "time_zone: must be a time zone like Europe/Madrid");
}

static void load(struct write *write)
{
	const struct company_change *change = write->arg;

	store_read_company_record(&write->gateway->store, write->tx, change->time_zone, on_record, write);
	audit_before(write, "company", "");
}

static void decide(struct write *write)
{
	struct store *store = &write->gateway->store;

	if (!write_next_version(write))
		return;
	store_update_company(store, write->tx, write->arg);
	audit_add(write, "company.changed", "");
	audit_announce(write, "company", "", NULL);
	store_read_configured(store, write->tx, "company", "", &write->who->id, write_on_answer, write);
}

void handle_company_patch(struct http_request *request, void *arg)
{
	static const char *const locales[] = {"en", "es", NULL};
	struct arena *arena = http_request_arena(request);
	struct company_change *change = arena_new_object(arena, struct company_change);
	struct write *write;
	json_t *body = json_body(request);
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	change->name = read_line_optional(&reader, "name", 200);
	if (has_member(&reader, "locale"))
		change->locale = locales[json_choice(&reader, "locale", locales, -1) > 0];
	change->time_zone = read_line_optional(&reader, "time_zone", 64);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "company.change")))
		return;
	write->arg = change;
	write->load = load;
	write->decide = decide;
	write->committed = write_reply_changed;
	write_lock_name(write, "company", "");
	write_run(write);
}
