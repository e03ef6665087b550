/* customers.c - what agents note about customers. */
#include "handlers.h"
#include "store_readers.h"
#include "validate.h"
#include "write.h"

enum { NOTE_BYTES = 4000, NOTES_MAX = 1000 };

void handle_customer_notes_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct uuid id;

	if (param_uuid(request, "id", &id))
		store_list_customer_notes(&gateway->store, &principal_of(request)->rights, &id, reply_on_read, request);
}

/* ---- POST /customers/{id}/notes ---- */

struct note {
	struct uuid id, customer_id;
	const char *text;
};

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
}

static void note_decide(struct write *write)
{
	const struct note *note = write->arg;
	struct request_record record = write_record(write);

	store_insert_customer_note(&write->gateway->store, write->tx, &note->id, &note->customer_id, &write->who->id,
	                           note->text);
	store_remember_customer_note(&write->gateway->store, write->tx, &record, &note->id, write_on_answer, write);
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
	write_lock(write, "customer_notes", &note->customer_id);
	write_run(write);
}

/* ---- DELETE /customers/{id}/notes/{note_id} ---- */

static void on_deleted(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct http_request *request = arg;

	if (outcome->fault != DB_OK)
		reply_fault(request, outcome);
	else if (!db_rows(result))
		reply_error(request, ERROR_not_found, NULL);
	else if (!db_get_bool(result, 0, 0))
		reply_error(request, ERROR_forbidden, NULL);
	else
		http_reply_empty(request, 204);
}

void handle_customer_note_delete(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct uuid customer_id, id;

	if (param_uuid(request, "id", &customer_id) && param_uuid(request, "note_id", &id))
		store_delete_customer_note(&gateway->store, principal_of(request), &customer_id, &id, on_deleted, request);
}
