/* triage.c - what agents do about a conversation's place: priority, tags and subject, another inbox; and a message that
 * failed is tried again. */
#include "ask.h"
#include "handlers.h"
#include "store_triage.h"
#include "tag_name.h"
#include "validate.h"

enum { TAGS_MAX = 20, SUBJECT_MAX = 500 };

/* ---- POST /conversations/{id}/triage ---- */

static void triage_fill(struct ask *ask, Hilo__V1__Envelope *envelope)
{
	struct write *write = ask->write;
	Hilo__V1__TriageRequested *body = &ask->triage;

	body->request_id = bus_id(write->arena, &write->once.id);
	body->conversation_id = envelope->correlation_id;
	body->agent_id = bus_id(write->arena, &write->who->id);
	body->expected_version = (uint64_t)ask->expected;
	body->deadline_us = ask->deadline_us;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_TRIAGE_REQUESTED;
	envelope->triage_requested = body;
}

static void on_unknown_tags(void *arg, const struct db_result *result)
{
	struct ask *ask = arg;

	if (ask->exists && db_rows(result))
		write_refuse(
		        ask->write, ERROR_invalid_field,
		        arena_printf(ask->write->arena, "tags.add: there is no tag \"%s\"", db_get_text(result, 0, 0)));
}

static void triage_load(struct ask *ask)
{
	struct write *write = ask->write;

	if (ask->triage.n_add_tags)
		store_find_unknown_tags(&write->gateway->store, write->tx, ask->triage.add_tags, ask->triage.n_add_tags,
		                        on_unknown_tags, ask);
}

static char **read_tags(struct json_reader *tags, const char *field, size_t *ret_count)
{
	json_t *array = json_array_optional(tags, field, TAGS_MAX);
	char **names = arena_new_array(tags->arena, char *, json_array_size(array) + 1);

	*ret_count = 0;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = json_string_value(json_array_get(array, i));
		const char *name = text ? tag_name(tags->arena, text) : NULL;
		if (name)
			names[(*ret_count)++] = (char *)name;
		else
			json_fault(tags, field, "must hold names of tags");
	}
	return names;
}

static const char *read_subject(struct json_reader *reader)
{
	const char *text = json_text(reader, "subject", 0, SUBJECT_MAX);

	if (text && !valid_line(text))
		json_fault(reader, "subject", "must not hold control characters");
	return arena_strdup(reader->arena, text ? text : "");
}

static void read_triage(struct ask *ask, struct json_reader *reader)
{
	static const char *const priorities[] = {"low", "normal", "high", "urgent", NULL}; /* from PRIORITY_LOW */
	Hilo__V1__TriageRequested *body = &ask->triage;
	json_t *tags = json_object_get(reader->object, "tags");
	struct json_reader inner = {.object = tags, .arena = reader->arena};

	hilo__v1__triage_requested__init(body);
	body->priority = has_member(reader, "priority")
	                         ? (Hilo__V1__Priority)(json_choice(reader, "priority", priorities, -1) + 1)
	                         : HILO__V1__PRIORITY__PRIORITY_UNSPECIFIED;
	body->sets_subject = has_member(reader, "subject");
	if (body->sets_subject)
		body->subject = (char *)read_subject(reader);
	if (tags && !json_is_object(tags)) {
		json_fault(reader, "tags", "must be an object");
	} else if (tags) {
		body->add_tags = read_tags(&inner, "add", &body->n_add_tags);
		body->remove_tags = read_tags(&inner, "remove", &body->n_remove_tags);
		if (inner.fault)
			json_fault(reader, arena_printf(reader->arena, "tags.%s", inner.field), inner.fault);
	}
	if (!has_member(reader, "priority") && !body->sets_subject && !tags)
		json_fault(reader, "priority", "or tags or subject must be there");
}

void handle_triage_post(struct http_request *request, void *arg)
{
	struct ask *ask;
	json_t *object = ask_open(request, &ask);

	if (!object)
		return;
	struct json_reader reader = {.object = object, .arena = http_request_arena(request)};
	read_triage(ask, &reader);
	if (!ask_close(ask, &reader))
		return;
	ask->load = triage_load;
	ask->fill = triage_fill;
	ask_start(ask, arg, "triage");
}

/* ---- POST /conversations/{id}/inbox ---- */

static void inbox_change_fill(struct ask *ask, Hilo__V1__Envelope *envelope)
{
	struct write *write = ask->write;
	Hilo__V1__InboxChangeRequested *body = &ask->inbox_change;

	body->request_id = bus_id(write->arena, &write->once.id);
	body->conversation_id = envelope->correlation_id;
	body->agent_id = bus_id(write->arena, &write->who->id);
	body->inbox_id = bus_id(write->arena, &ask->object_id);
	body->expected_version = (uint64_t)ask->expected;
	body->deadline_us = ask->deadline_us;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_INBOX_CHANGE_REQUESTED;
	envelope->inbox_change_requested = body;
}

static void on_other_inbox(void *arg, const struct db_result *result)
{
	struct ask *ask = arg;

	if (ask->exists && !db_rows(result))
		write_refuse(ask->write, ERROR_invalid_field,
		             "inbox_id: must be an active inbox of yours, of the same channel");
}

static void inbox_change_load(struct ask *ask)
{
	struct write *write = ask->write;

	store_read_other_inbox(&write->gateway->store, write->tx, &write->who->rights, &ask->object_id,
	                       &ask->conversation_id, on_other_inbox, ask);
}

void handle_conversation_inbox_post(struct http_request *request, void *arg)
{
	struct ask *ask;
	json_t *object = ask_open(request, &ask);
	const struct uuid *inbox_id;

	if (!object)
		return;
	struct json_reader reader = {.object = object, .arena = http_request_arena(request)};
	hilo__v1__inbox_change_requested__init(&ask->inbox_change);
	inbox_id = read_uuid_optional(&reader, "inbox_id");
	if (!inbox_id)
		json_fault(&reader, "inbox_id", "must be the id of an inbox");
	if (!ask_close(ask, &reader))
		return;
	ask->object_id = *inbox_id;
	ask->load = inbox_change_load;
	ask->fill = inbox_change_fill;
	ask_start(ask, arg, "inbox");
}

/* ---- POST /conversations/{id}/messages/{message_id}/retry ---- */

static void retry_fill(struct ask *ask, Hilo__V1__Envelope *envelope)
{
	struct write *write = ask->write;
	Hilo__V1__DeliveryRetryRequested *body = &ask->retry;

	body->request_id = bus_id(write->arena, &write->once.id);
	body->conversation_id = envelope->correlation_id;
	body->agent_id = bus_id(write->arena, &write->who->id);
	body->message_id = bus_id(write->arena, &ask->object_id);
	body->deadline_us = ask->deadline_us;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_DELIVERY_RETRY_REQUESTED;
	envelope->delivery_retry_requested = body;
}

static void on_delivery(void *arg, const struct db_result *result)
{
	struct ask *ask = arg;

	if (!ask->exists || !db_rows(result))
		write_refuse(ask->write, ERROR_not_found, NULL);
	else if (!db_get_bool(result, 0, 1))
		write_refuse(ask->write, ERROR_not_failed, NULL);
	else
		ask->retry.channel = (Hilo__V1__Channel)db_get_int(result, 0, 0);
}

static void retry_load(struct ask *ask)
{
	struct write *write = ask->write;

	store_read_delivery(&write->gateway->store, write->tx, &ask->object_id, &ask->conversation_id, on_delivery,
	                    ask);
}

void handle_retry_post(struct http_request *request, void *arg)
{
	struct ask *ask;

	if (!ask_open_empty(request, &ask) || !param_uuid(request, "message_id", &ask->object_id))
		return;
	hilo__v1__delivery_retry_requested__init(&ask->retry);
	ask->load = retry_load;
	ask->fill = retry_fill;
	ask_start(ask, arg, "retry");
}
