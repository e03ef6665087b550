/* customers.c - what agents change and note about customers. */
#include "audit.h"
#include "base/clock.h"
#include "handlers.h"
#include "requests.h"
#include "store_readers.h"
#include "validate.h"
#include "write.h"

#define DEADLINE_US 10000000
enum { NOTE_BYTES = 4000, NOTES_MAX = 1000 };
enum { NAME_BYTES = 200, ATTRIBUTES_MAX = 50, ATTRIBUTE_NAME_MAX = 160, ATTRIBUTE_MAX = 2000 }; /* bytes */

void handle_customer_notes_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct uuid id;

	if (param_uuid(request, "id", &id))
		store_list_customer_notes(&gateway->store, &principal_of(request)->rights, &id, reply_on_read, request);
}

struct note {
	struct uuid id, customer_id;
	const char *text;
	struct uuid *inboxes; /* where the customer has a conversation */
	size_t inboxes_count;
};

static void on_inboxes(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct note *note = write->arg;

	note->inboxes_count = db_rows(result);
	note->inboxes = arena_new_array(write->arena, struct uuid, note->inboxes_count);
	for (size_t row = 0; row < note->inboxes_count; row++)
		note->inboxes[row] = db_get_uuid(result, row, 0);
}

/* an event an inbox: who may see the customer is told where they may, and learns of no other */
static void note_tell(struct write *write, bool is_removed)
{
	const struct note *note = write->arg;

	for (size_t i = 0; i < note->inboxes_count; i++) {
		Hilo__V1__Envelope *envelope = write_event(write, &note->id);
		Hilo__V1__CustomerNoteChanged body = HILO__V1__CUSTOMER_NOTE_CHANGED__INIT;

		body.customer_id = envelope->key = bus_id(write->arena, &note->customer_id);
		body.note_id = envelope->subject;
		body.removed = is_removed;
		body.by_agent_id = bus_id(write->arena, &write->who->id);
		envelope->inbox_id = bus_id(write->arena, &note->inboxes[i]);
		envelope->body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_NOTE_CHANGED;
		envelope->customer_note_changed = &body;
		write_add(write, envelope);
	}
}

/* ---- POST /customers/{id}/notes ---- */

static void on_customer(void *arg, const struct db_result *result)
{
	struct write *write = arg;

	if (!db_rows(result))
		write_refuse(write, ERROR_not_found, NULL);
	else if (db_get_int(result, 0, 1) >= NOTES_MAX)
		write_refuse(write, ERROR_too_many, "1,000 notes are enough for one customer");
}

static void note_load(struct write *write)
{
	const struct note *note = write->arg;

	store_read_customer_record(&write->gateway->store, write->tx, &write->who->rights, &note->customer_id,
	                           on_customer, write);
	store_list_customer_inboxes(&write->gateway->store, write->tx, &note->customer_id, on_inboxes, write);
}

static void note_decide(struct write *write)
{
	const struct note *note = write->arg;
	struct request_record record = write_record(write);

	store_insert_customer_note(&write->gateway->store, write->tx, &note->id, &note->customer_id, &write->who->id,
	                           note->text);
	audit_add(write, "customer_note.created", bus_id(write->arena, &note->id));
	store_remember_customer_note(&write->gateway->store, write->tx, &record, &note->id, write_on_answer, write);
	note_tell(write, false);
}

void handle_customer_notes_post(struct http_request *request, void *arg)
{
	struct note *note = arena_new_object(http_request_arena(request), struct note);
	struct write *write;
	json_t *body;
	bool is_bad;

	if (!param_uuid(request, "id", &note->customer_id) || !(body = json_body(request)))
		return;
	struct json_reader reader = {.object = body, .arena = http_request_arena(request)};
	note->text = arena_strdup(reader.arena, json_text(&reader, "text", 1, NOTE_BYTES));
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "customer_note")))
		return;
	note->id = uuid_new();
	write->arg = note;
	write->load = note_load;
	write->decide = note_decide;
	write->committed = write_reply_made;
	write_lock(write, "customer", &note->customer_id);
	write_run(write);
}

/* ---- DELETE /customers/{id}/notes/{note_id} ---- */

static void on_author(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct uuid author;

	if (!db_rows(result)) {
		write_refuse(write, ERROR_not_found, NULL);
		return;
	}
	author = db_get_uuid(result, 0, 0);
	if (write->who->role == ROLE_AGENT && !uuid_equal(&author, &write->who->id))
		write_refuse(write, ERROR_forbidden, NULL);
}

static void note_delete_load(struct write *write)
{
	const struct note *note = write->arg;

	store_read_customer_note_author(&write->gateway->store, write->tx, &write->who->rights, &note->customer_id,
	                                &note->id, on_author, write);
	store_list_customer_inboxes(&write->gateway->store, write->tx, &note->customer_id, on_inboxes, write);
	audit_before(write, "customer_note", bus_id(write->arena, &note->id));
}

static void note_delete_decide(struct write *write)
{
	const struct note *note = write->arg;

	store_delete_customer_note(&write->gateway->store, write->tx, &note->id);
	audit_add(write, "customer_note.deleted", bus_id(write->arena, &note->id));
	note_tell(write, true);
}

void handle_customer_note_delete(struct http_request *request, void *arg)
{
	struct note *note = arena_new_object(http_request_arena(request), struct note);
	struct write *write;

	if (!param_uuid(request, "id", &note->customer_id) || !param_uuid(request, "note_id", &note->id) ||
	    !(write = write_new(arg, request, "customer_note")))
		return;
	write->arg = note;
	write->load = note_delete_load;
	write->decide = note_delete_decide;
	write->committed = write_reply_nothing;
	write_lock(write, "customer", &note->customer_id);
	write_run(write);
}

/* ---- PATCH /customers/{id}: identity does it ---- */

struct customer_change {
	struct uuid customer_id, inbox_id;
	int64_t expected;
	Hilo__V1__CustomerChangeRequested asked;
};

static void on_changing(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct customer_change *change = write->arg;

	if (!db_rows(result))
		write_refuse(write, ERROR_not_found, NULL);
	else if (change->expected && change->expected != db_get_int(result, 0, 0))
		write_refuse(write, ERROR_stale_version, NULL);
	else
		change->inbox_id = db_get_uuid(result, 0, 2);
}

static void change_load(struct write *write)
{
	const struct customer_change *change = write->arg;

	store_read_customer_record(&write->gateway->store, write->tx, &write->who->rights, &change->customer_id,
	                           on_changing, write);
}

static void change_decide(struct write *write)
{
	struct customer_change *change = write->arg;
	struct request_record record = write_record(write);
	Hilo__V1__Envelope *envelope = write_event(write, &write->once.id);

	record.conversation_id = change->customer_id;
	record.deadline_us = clock_now_us() + DEADLINE_US;
	store_insert_request(&write->gateway->store, write->tx, &record);
	change->asked.request_id = envelope->subject;
	change->asked.customer_id = bus_id(write->arena, &change->customer_id);
	change->asked.agent_id = bus_id(write->arena, &write->who->id);
	change->asked.expected_version = (uint64_t)change->expected;
	change->asked.deadline_us = record.deadline_us;
	envelope->key = change->asked.customer_id;
	envelope->inbox_id = bus_id(write->arena, &change->inbox_id);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGE_REQUESTED;
	envelope->customer_change_requested = &change->asked;
	write_add(write, envelope);
	requests_expect(write->gateway->requests, &write->once.id);
}

static void change_committed(struct write *write)
{
	requests_wait(write->gateway->requests, &write->once.id, write->request);
}

static void change_repeated(struct write *write)
{
	if (write->found.is_pending)
		requests_wait(write->gateway->requests, &write->found.id, write->request);
	else
		reply_answer(write->request, write->found.status, write->found.outcome);
}

static Hilo__V1__CustomerAttribute *read_attribute(struct json_reader *reader, const char *name, const json_t *value)
{
	Hilo__V1__CustomerAttribute *attribute = arena_new_object(reader->arena, Hilo__V1__CustomerAttribute);
	const char *text = json_is_null(value) ? "" : json_string_value(value);

	hilo__v1__customer_attribute__init(attribute);
	if (!*name || strlen(name) > ATTRIBUTE_NAME_MAX || !text || (!json_is_null(value) && !*text) ||
	    strlen(text) > ATTRIBUTE_MAX) {
		json_fault(reader, "attributes", "must hold names of 1 to 40 and texts of 1 to 500 characters, or null");
		text = "";
	}
	attribute->name = arena_strdup(reader->arena, name);
	attribute->value = arena_strdup(reader->arena, text);
	return attribute;
}

static void read_attributes(struct json_reader *reader, Hilo__V1__CustomerChangeRequested *asked)
{
	json_t *object = json_object_get(reader->object, "attributes"), *value;
	const char *name;

	if (!object)
		return;
	if (!json_is_object(object) || json_object_size(object) > ATTRIBUTES_MAX) {
		json_fault(reader, "attributes", "must be an object of at most 50 members");
		return;
	}
	asked->attributes = arena_new_array(reader->arena, Hilo__V1__CustomerAttribute *, ATTRIBUTES_MAX);
	json_object_foreach(object, name, value)
		asked->attributes[asked->n_attributes++] = read_attribute(reader, name, value);
}

static bool read_change(struct http_request *request, struct customer_change *change)
{
	json_t *body = json_body(request);
	bool is_bad;

	if (!body)
		return false;
	struct json_reader reader = {.object = body, .arena = http_request_arena(request)};
	hilo__v1__customer_change_requested__init(&change->asked);
	if (has_member(&reader, "name"))
		change->asked.name = (char *)read_line(&reader, "name", NAME_BYTES);
	read_attributes(&reader, &change->asked);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	return !is_bad;
}

/* a request like any other that another service decides, so it is done once for its key, though it is no POST */
void handle_customer_patch(struct http_request *request, void *arg)
{
	struct customer_change *change = arena_new_object(http_request_arena(request), struct customer_change);
	const char *path = http_request_path(request);
	struct idempotency_part parts[3] = {{.data = "PATCH", .size = 5}, {.data = path, .size = strlen(path)}};
	struct write *write;

	if (!param_uuid(request, "id", &change->customer_id) || !param_if_match(request, &change->expected) ||
	    !read_change(request, change))
		return;
	parts[2].data = http_request_body(request, &parts[2].size);
	write = write_new_with(arg, request, "customer", parts, HILO_COUNT(parts));
	if (!write)
		return;
	write->arg = change;
	write->load = change_load;
	write->decide = change_decide;
	write->committed = change_committed;
	write->repeated = change_repeated;
	write_lock(write, "customer", &change->customer_id);
	write_run(write);
}
