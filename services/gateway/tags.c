/* tags.c - words conversations are sorted by: kept by those who lead, known to everybody. */
#include "audit.h"
#include "handlers.h"
#include "http/json.h"
#include "store_furniture.h"
#include "tag_name.h"
#include "validate.h"

enum { DESCRIPTION_MAX = 1000 };

void handle_tags_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_list_tags(&gateway->store, reply_on_read, request);
}

struct tag_change {
	const char *name;
	const char *description; /* NULL: as it is */
	const char *action;
	void (*store)(struct store *store, struct db_tx *tx, const struct tag_change *change);
};

static enum error tag_constraint(const char *name)
{
	return strcmp(name, "tag_pkey") ? ERROR_NONE : ERROR_name_taken;
}

/* ---- making one ---- */

static void new_decide(struct write *write)
{
	const struct tag_change *change = write->arg;
	struct store *store = &write->gateway->store;
	struct request_record record = write_record(write);

	store_insert_tag(store, write->tx, change->name, change->description);
	audit_add(write, "tag.created", change->name);
	audit_announce(write, "tag", change->name, NULL);
	store_remember_configured(store, write->tx, &record, "tag", change->name, write_on_answer, write);
}

static const char *read_name(struct json_reader *reader)
{
	const char *text = json_text(reader, "name", 1, (size_t)TAG_NAME_MAX * 4);
	const char *name = text ? tag_name(reader->arena, text) : NULL;

	if (text && !name)
		json_fault(reader, "name",
		           "must be 1 to 40 letters and digits, with blanks, dots, underscores, colons and hyphens "
		           "between them");
	return name;
}

void handle_tags_post(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct tag_change *change = arena_new_object(arena, struct tag_change);
	json_t *body = json_body(request);
	struct write *write;
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	change->name = read_name(&reader);
	change->description = arena_strdup(arena, json_text_optional(&reader, "description", DESCRIPTION_MAX));
	change->description = change->description ? change->description : "";
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "tag.create")))
		return;
	write->arg = change;
	write->decide = new_decide;
	write->committed = write_reply_made;
	write->constraint = tag_constraint;
	write_lock_name(write, "tag", change->name);
	write_run(write);
}

/* ---- changing and deleting one ---- */

static void on_tag_record(void *arg, const struct db_result *result)
{
	struct write *write = arg;

	write->version = db_rows(result) ? db_get_int(result, 0, 0) : 0;
}

static void change_load(struct write *write)
{
	const struct tag_change *change = write->arg;

	store_read_tag_record(&write->gateway->store, write->tx, change->name, on_tag_record, write);
	audit_before(write, "tag", change->name);
}

static void change_decide(struct write *write)
{
	struct tag_change *change = write->arg;
	struct store *store = &write->gateway->store;

	if (!write_next_version(write))
		return;
	change->store(store, write->tx, change);
	audit_add(write, change->action, change->name);
	audit_announce(write, "tag", change->name, NULL);
	store_read_configured(store, write->tx, "tag", change->name, &write->who->id, write_on_answer, write);
}

static void store_change(struct store *store, struct db_tx *tx, const struct tag_change *change)
{
	store_update_tag(store, tx, change->name, change->description);
}

static void store_deletion(struct store *store, struct db_tx *tx, const struct tag_change *change)
{
	store_delete_tag(store, tx, change->name);
}

static void run(struct http_request *request, struct gateway *gateway, struct tag_change *change,
                void (*committed)(struct write *write))
{
	struct write *write;

	change->name = tag_name(http_request_arena(request), http_request_param(request, "name"));
	if (!change->name) {
		reply_error(request, ERROR_not_found, NULL);
		return;
	}
	write = write_new(gateway, request, change->action);
	if (!write)
		return;
	write->arg = change;
	write->load = change_load;
	write->decide = change_decide;
	write->committed = committed;
	write_lock_name(write, "tag", change->name);
	write_run(write);
}

void handle_tag_patch(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct tag_change *change = arena_new_object(arena, struct tag_change);
	json_t *body;
	bool is_bad;

	if (!(body = json_body(request)))
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	change->description = arena_strdup(arena, json_text_optional(&reader, "description", DESCRIPTION_MAX));
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad)
		return;
	change->action = "tag.changed";
	change->store = store_change;
	run(request, arg, change, write_reply_changed);
}

void handle_tag_delete(struct http_request *request, void *arg)
{
	struct tag_change *change = arena_new_object(http_request_arena(request), struct tag_change);

	change->action = "tag.deleted";
	change->store = store_deletion;
	run(request, arg, change, write_reply_nothing);
}
