/* views.c - saved views: lists to come back to, one's own and those that everybody has. */
#include "audit.h"
#include "filters.h"
#include "handlers.h"
#include "store_readers.h"
#include "validate.h"
#include "write.h"

enum { NAME_BYTES = 320 /* 80 characters */, OWN_MAX = 100, POSITION_MAX = 10000 };

void handle_views_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_list_views(&gateway->store, &principal_of(request)->id, reply_on_read, request);
}

/* ---- what is asked ---- */

struct view_change {
	struct view_record view;
	const char *key, *action;
	bool may;        /* the asker writes views of this kind */
	bool was_shared; /* before */
};

static int bool_or_absent(struct json_reader *reader, const char *field)
{
	return has_member(reader, field) ? json_bool_optional(reader, field, false) : -1;
}

static const char *read_filters(struct json_reader *reader)
{
	json_t *filters = json_object_get(reader->object, "filters");
	const char *fault = json_is_object(filters) ? filters_object_fault(reader->arena, filters) : "must be an object";
	char *text;
	const char *kept;

	if (fault) {
		json_fault(reader, "filters", fault);
		return NULL;
	}
	text = json_dumps(filters, JSON_COMPACT);
	kept = arena_strdup(reader->arena, text);
	free(text);
	return kept;
}

/* is_new: name and filters must be there. Returns: false after the request was answered. */
static bool read_view(struct http_request *request, struct view_record *ret, bool is_new)
{
	json_t *body = json_body(request);
	bool is_bad;

	if (!body)
		return false;
	struct json_reader reader = {.object = body, .arena = http_request_arena(request)};
	ret->name = is_new ? read_line(&reader, "name", NAME_BYTES) : read_line_optional(&reader, "name", NAME_BYTES);
	if (ret->name && !*ret->name)
		json_fault(&reader, "name", "must not be empty");
	if (is_new || has_member(&reader, "filters"))
		ret->filters = read_filters(&reader);
	ret->shared = bool_or_absent(&reader, "shared");
	ret->position = (int)json_int_optional(&reader, "position", 0, POSITION_MAX, -1);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	return !is_bad;
}

static enum error name_constraint(const char *name)
{
	return strcmp(name, "saved_view_name_check") ? ERROR_NONE : ERROR_invalid_field;
}

/* what is personal is nobody else's business */
static void note(struct write *write, const struct view_change *change)
{
	const bool is_everybodys = change->was_shared || change->view.shared > 0;

	if (is_everybodys)
		audit_add(write, change->action, change->key);
	audit_announce(write, "view", change->key, is_everybodys ? NULL : &write->who->id);
}

/* ---- POST /views ---- */

static void on_count(void *arg, const struct db_result *result)
{
	if (db_get_int(result, 0, 0) >= OWN_MAX)
		write_refuse(arg, ERROR_too_many, "100 views are enough for one agent");
}

static void new_load(struct write *write)
{
	store_count_views(&write->gateway->store, write->tx, &write->who->id, on_count, write);
}

static void new_decide(struct write *write)
{
	const struct view_change *change = write->arg;
	struct request_record record = write_record(write);

	store_insert_view(&write->gateway->store, write->tx, &write->who->id, &change->view);
	note(write, change);
	store_remember_view(&write->gateway->store, write->tx, &record, &change->view.id, write_on_answer, write);
}

void handle_views_post(struct http_request *request, void *arg)
{
	struct view_change *change = arena_new_object(http_request_arena(request), struct view_change);
	struct write *write;

	if (!read_view(request, &change->view, true))
		return;
	if (change->view.shared > 0 && principal_of(request)->role == ROLE_AGENT) {
		reply_error(request, ERROR_forbidden, NULL);
		return;
	}
	write = write_new(arg, request, "view");
	if (!write)
		return;
	change->view.id = uuid_new();
	change->key = bus_id(write->arena, &change->view.id);
	change->action = "view.created";
	write->arg = change;
	write->load = new_load;
	write->decide = new_decide;
	write->committed = write_reply_made;
	write->constraint = name_constraint;
	write_lock(write, "views", &write->who->id);
	write_lock(write, "view", &change->view.id);
	write_run(write);
}

/* ---- PATCH, DELETE /views/{id} ---- */

static void on_view(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct view_change *change = write->arg;
	struct uuid owner;

	if (!db_rows(result)) {
		write_refuse(write, ERROR_not_found, NULL);
		return;
	}
	owner = db_get_uuid(result, 0, 0);
	write->version = db_get_int(result, 0, 2);
	change->was_shared = db_get_bool(result, 0, 1);
	change->may = write->who->role != ROLE_AGENT ||
	              (uuid_equal(&owner, &write->who->id) && !change->was_shared && change->view.shared <= 0);
}

static void load(struct write *write)
{
	const struct view_change *change = write->arg;

	store_read_view_record(&write->gateway->store, write->tx, &write->who->id, &change->view.id, on_view, write);
	audit_before(write, "view", change->key);
}

static bool may_change(struct write *write)
{
	const struct view_change *change = write->arg;

	if (!change->may)
		write_refuse(write, ERROR_forbidden, NULL);
	return !write->refusal && write_next_version(write);
}

static void change_decide(struct write *write)
{
	const struct view_change *change = write->arg;

	if (!may_change(write))
		return;
	store_update_view(&write->gateway->store, write->tx, &change->view);
	note(write, change);
	store_read_changed_view(&write->gateway->store, write->tx, &change->view.id, write_on_answer, write);
}

static void delete_decide(struct write *write)
{
	const struct view_change *change = write->arg;

	if (!may_change(write))
		return;
	store_delete_view(&write->gateway->store, write->tx, &change->view.id);
	note(write, change);
}

static void run(struct http_request *request, struct gateway *gateway, struct view_change *change,
                void (*decide)(struct write *), void (*committed)(struct write *))
{
	struct write *write = write_new(gateway, request, "view");

	if (!write)
		return;
	change->key = bus_id(write->arena, &change->view.id);
	write->arg = change;
	write->load = load;
	write->decide = decide;
	write->committed = committed;
	write->constraint = name_constraint;
	write_lock(write, "view", &change->view.id);
	write_run(write);
}

void handle_view_patch(struct http_request *request, void *arg)
{
	struct view_change *change = arena_new_object(http_request_arena(request), struct view_change);

	change->action = "view.changed";
	if (param_uuid(request, "id", &change->view.id) && read_view(request, &change->view, false))
		run(request, arg, change, change_decide, write_reply_changed);
}

void handle_view_delete(struct http_request *request, void *arg)
{
	struct view_change *change = arena_new_object(http_request_arena(request), struct view_change);

	change->action = "view.deleted";
	if (param_uuid(request, "id", &change->view.id))
		run(request, arg, change, delete_decide, write_reply_nothing);
}
