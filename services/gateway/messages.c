/* messages.c - what agents ask of a conversation - answer, assign, another status or channel -, handed to routing as
 * events. */
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "conversations.h"
#include "handlers.h"
#include "requests.h"
#include "validate.h"
#include "write.h"

#define DEADLINE_US 10000000
enum { TEXT_MAX = 256 * 1024, ATTACHMENTS_MAX = 20 };

/* what is asked, and what was found about it */
struct ask {
	struct write *write;
	struct http_request *request;
	struct conversation_key key;
	struct uuid conversation_id;
	struct uuid inbox_id, assignee_id; /* as it is */
	bool exists;
	int64_t expected, version;
	int64_t deadline_us;
	void (*fill)(struct ask *ask, Hilo__V1__Envelope *envelope); /* the body; frees nothing */
	void (*load)(struct ask *ask);                               /* more reads; NULL: none */
	union {
		Hilo__V1__ReplyRequested reply;
		Hilo__V1__AssignmentRequested assignment;
		Hilo__V1__StatusRequested status;
		Hilo__V1__MoveRequested move;
	};
	struct uuid *uploads;
	size_t uploads_count, uploads_found;
	Hilo__V1__Attachment *files;      /* one for each upload, in its order */
	const struct uuid *new_assignee;  /* NULL: nobody */
	const struct uuid *contact_point; /* NULL: the best one */
	const char *channel;
};

static void on_conversation(void *arg, const struct db_result *result)
{
	struct ask *ask = arg;

	ask->exists = db_rows(result) > 0;
	if (!ask->exists)
		return;
	ask->inbox_id = db_get_uuid(result, 0, 0);
	ask->assignee_id = db_get_uuid(result, 0, 1);
	ask->version = db_get_int(result, 0, 2);
}

static void ask_load(struct write *write)
{
	struct ask *ask = write->arg;

	store_read_conversation_record(&write->gateway->store, write->tx, &write->who->rights, &ask->conversation_id,
	                               on_conversation, ask);
	if (ask->load)
		ask->load(ask);
}

static void ask_decide(struct write *write)
{
	struct ask *ask = write->arg;
	struct request_record record = write_record(write);
	Hilo__V1__Envelope *envelope;

	if (!ask->exists)
		write_refuse(write, ERROR_not_found, NULL);
	else if (ask->expected && ask->expected != ask->version)
		write_refuse(write, ERROR_stale_version, NULL);
	if (write->refusal)
		return;
	ask->deadline_us = clock_now_us() + DEADLINE_US;
	record.conversation_id = ask->conversation_id;
	record.deadline_us = ask->deadline_us;
	store_insert_request(&write->gateway->store, write->tx, &record);
	envelope = write_event(write, &write->once.id);
	envelope->key = envelope->correlation_id = bus_id(write->arena, &ask->conversation_id);
	envelope->inbox_id = bus_id(write->arena, &ask->inbox_id);
	envelope->assignee_id = bus_id(write->arena, &ask->assignee_id);
	ask->fill(ask, envelope);
	if (write->refusal)
		return;
	write_add(write, envelope);
	requests_expect(write->gateway->requests, &write->once.id);
}

static void ask_committed(struct write *write)
{
	requests_wait(write->gateway->requests, &write->once.id, write->request);
}

/* the same request again: its answer, also when that is still to come */
static void ask_repeated(struct write *write)
{
	if (write->found.is_pending)
		requests_wait(write->gateway->requests, &write->found.id, write->request);
	else
		reply_answer(write->request, write->found.status, write->found.outcome);
}

static void ask_run(struct ask *ask)
{
	struct write *write = ask->write;

	write->arg = ask;
	write->load = ask_load;
	write->decide = ask_decide;
	write->committed = ask_committed;
	write->repeated = ask_repeated;
	write_lock(write, "conversation", &ask->conversation_id);
	write_run(write);
}

static void on_conversation_id(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct ask *ask = arg;

	if (outcome->fault != DB_OK) {
		reply_fault(ask->request, outcome);
	} else if (!db_rows(result)) {
		reply_error(ask->request, ERROR_not_found, NULL);
	} else {
		ask->conversation_id = db_get_uuid(result, 0, 0);
		ask_run(ask);
	}
}

/* the lock is taken on the id, so a reference is looked up first */
static void ask_start(struct ask *ask, struct gateway *gateway, const char *kind)
{
	struct write *write = write_new(gateway, ask->request, kind);

	if (!write)
		return; /* answered, and ask is gone with the request */
	ask->write = write;
	ask->conversation_id = ask->key.id;
	if (ask->key.ref)
		store_read_conversation_id(&gateway->store, &principal_of(ask->request)->rights, ask->key.ref,
		                           on_conversation_id, ask);
	else
		ask_run(ask);
}

/* Returns: the body, or NULL after the request was answered. */
static json_t *ask_open(struct http_request *request, struct ask **ret)
{
	struct ask *ask = arena_new_object(http_request_arena(request), struct ask);

	ask->request = request;
	*ret = ask;
	if (!param_conversation(request, &ask->key) || !param_if_match(request, &ask->expected))
		return NULL;
	return json_body(request);
}

static bool ask_close(struct ask *ask, struct json_reader *reader)
{
	bool is_bad = json_reader_reply(reader, ask->request);

	json_decref(reader->object);
	return !is_bad;
}

/* ---- POST /conversations/{id}/messages ---- */

static void on_uploads(void *arg, const struct db_result *result)
{
	struct ask *ask = arg;
	struct arena *arena = ask->write->arena;

	ask->uploads_found = db_rows(result);
	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0);
		for (size_t i = 0; i < ask->uploads_count; i++) {
			Hilo__V1__Attachment *file = &ask->files[i];
			if (!uuid_equal(&ask->uploads[i], &id))
				continue;
			file->id = bus_id(arena, &id);
			file->name = arena_strdup(arena, db_get_text(result, row, 1));
			file->content_type = arena_strdup(arena, db_get_text(result, row, 2));
			file->size_bytes = (uint64_t)db_get_int(result, row, 3);
			file->sha256 = arena_strdup(arena, db_get_text(result, row, 4));
		}
	}
}

static void reply_load(struct ask *ask)
{
	struct write *write = ask->write;

	if (ask->uploads_count)
		store_read_uploads(&write->gateway->store, write->tx, &write->who->id, ask->uploads, ask->uploads_count,
		                   on_uploads, ask);
}

static void reply_fill(struct ask *ask, Hilo__V1__Envelope *envelope)
{
	struct write *write = ask->write;
	Hilo__V1__ReplyRequested *body = &ask->reply;
	struct uuid message_id = uuid_new();

	if (ask->uploads_found != ask->uploads_count) {
		write_refuse(write, ERROR_invalid_field, "attachments: must hold uploads of yours");
		return;
	}
	body->request_id = bus_id(write->arena, &write->once.id);
	body->conversation_id = envelope->correlation_id;
	body->message_id = bus_id(write->arena, &message_id);
	body->agent_id = bus_id(write->arena, &write->who->id);
	body->agent_name = (char *)write->who->name;
	body->n_attachments = ask->uploads_count;
	body->attachments = arena_new_array(write->arena, Hilo__V1__Attachment *, ask->uploads_count + 1);
	for (size_t i = 0; i < ask->uploads_count; i++)
		body->attachments[i] = &ask->files[i];
	body->deadline_us = ask->deadline_us;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_REPLY_REQUESTED;
	envelope->reply_requested = body;
}

static void read_attachments(struct ask *ask, struct json_reader *reader)
{
	size_t count = read_uuids(reader, "attachments", json_array_optional(reader, "attachments", ATTACHMENTS_MAX),
	                          &ask->uploads);

	ask->uploads_count = rights_sort(ask->uploads, count); /* sorts and drops doubles, whatever the ids are of */
	ask->files = arena_new_array(reader->arena, Hilo__V1__Attachment, ask->uploads_count + 1);
	for (size_t i = 0; i < ask->uploads_count; i++)
		hilo__v1__attachment__init(&ask->files[i]);
}

void handle_message_post(struct http_request *request, void *arg)
{
	static const char *const kinds[] = {"reply", "note", NULL};
	struct ask *ask;
	json_t *object = ask_open(request, &ask);
	const struct uuid *interaction;
	bool is_note;

	if (!object)
		return;
	struct json_reader reader = {.object = object, .arena = http_request_arena(request)};
	hilo__v1__reply_requested__init(&ask->reply);
	is_note = json_choice(&reader, "kind", kinds, -1) == 1;
	ask->reply.kind =
	        is_note ? HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE : HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE;
	ask->reply.text = arena_strdup(reader.arena, json_text(&reader, "text", 1, TEXT_MAX));
	if (json_text_optional(&reader, "html", TEXT_MAX))
		ask->reply.html = arena_strdup(reader.arena, json_text_optional(&reader, "html", TEXT_MAX));
	read_attachments(ask, &reader);
	interaction = read_uuid_optional(&reader, "interaction_id");
	if (interaction)
		ask->reply.interaction_id = bus_id(reader.arena, interaction);
	if (!ask_close(ask, &reader))
		return;
	ask->load = reply_load;
	ask->fill = reply_fill;
	ask_start(ask, arg, "message");
}

/* ---- POST /conversations/{id}/assign ---- */

static void assignment_fill(struct ask *ask, Hilo__V1__Envelope *envelope)
{
	struct write *write = ask->write;
	Hilo__V1__AssignmentRequested *body = &ask->assignment;

	body->request_id = bus_id(write->arena, &write->once.id);
	body->conversation_id = envelope->correlation_id;
	body->agent_id = bus_id(write->arena, &write->who->id);
	if (ask->new_assignee)
		body->assignee_id = bus_id(write->arena, ask->new_assignee);
	body->expected_version = (uint64_t)ask->expected;
	body->deadline_us = ask->deadline_us;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_ASSIGNMENT_REQUESTED;
	envelope->assignment_requested = body;
}

static void on_assignable(void *arg, const struct db_result *result)
{
	struct ask *ask = arg;

	if (ask->exists && !db_rows(result))
		write_refuse(ask->write, ERROR_invalid_field,
		             "agent_id: must be an active agent who has the conversation's inbox");
}

static void assignment_load(struct ask *ask)
{
	struct write *write = ask->write;

	if (ask->new_assignee)
		store_read_assignable(&write->gateway->store, write->tx, ask->new_assignee, &ask->conversation_id,
		                      on_assignable, ask);
}

void handle_assign_post(struct http_request *request, void *arg)
{
	struct ask *ask;
	json_t *object = ask_open(request, &ask);

	if (!object)
		return;
	struct json_reader reader = {.object = object, .arena = http_request_arena(request)};
	hilo__v1__assignment_requested__init(&ask->assignment);
	if (!has_member(&reader, "agent_id"))
		json_fault(&reader, "agent_id", "must be the id of an agent, or null");
	ask->new_assignee = read_uuid_optional(&reader, "agent_id");
	if (read_uuid_optional(&reader, "team_id"))
		json_fault(&reader, "team_id", "there is no such team");
	if (!ask_close(ask, &reader))
		return;
	ask->load = assignment_load;
	ask->fill = assignment_fill;
	ask_start(ask, arg, "assign");
}

/* ---- POST /conversations/{id}/status ---- */

static void status_fill(struct ask *ask, Hilo__V1__Envelope *envelope)
{
	struct write *write = ask->write;
	Hilo__V1__StatusRequested *body = &ask->status;

	body->request_id = bus_id(write->arena, &write->once.id);
	body->conversation_id = envelope->correlation_id;
	body->agent_id = bus_id(write->arena, &write->who->id);
	body->expected_version = (uint64_t)ask->expected;
	body->deadline_us = ask->deadline_us;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_STATUS_REQUESTED;
	envelope->status_requested = body;
}

static int64_t read_until(struct json_reader *reader, bool is_snoozed)
{
	const char *text = json_text_optional(reader, "until", 40);
	int64_t until_us = 0;

	if (!text)
		return 0;
	if (!is_snoozed)
		json_fault(reader, "until", "goes with the status snoozed only");
	else if (clock_parse(text, &until_us) < 0 || until_us <= clock_now_us())
		json_fault(reader, "until", "must be a time to come, as RFC 3339 writes it");
	return until_us;
}

void handle_status_post(struct http_request *request, void *arg)
{
	static const char *const words[] = {"open", "pending", "snoozed", "resolved", NULL};
	static const Hilo__V1__ConversationStatus values[] = {
	        HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_OPEN,
	        HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_PENDING,
	        HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_SNOOZED,
	        HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_RESOLVED,
	};
	struct ask *ask;
	json_t *object = ask_open(request, &ask);
	int word;

	if (!object)
		return;
	struct json_reader reader = {.object = object, .arena = http_request_arena(request)};
	hilo__v1__status_requested__init(&ask->status);
	word = json_choice(&reader, "status", words, -1);
	ask->status.status = word >= 0 ? values[word] : values[0];
	ask->status.until_us = read_until(&reader, ask->status.status == values[2]);
	if (!ask_close(ask, &reader))
		return;
	ask->fill = status_fill;
	ask_start(ask, arg, "status");
}

/* ---- POST /conversations/{id}/interactions ---- */

static void move_fill(struct ask *ask, Hilo__V1__Envelope *envelope)
{
	struct write *write = ask->write;
	Hilo__V1__MoveRequested *body = &ask->move;

	body->request_id = bus_id(write->arena, &write->once.id);
	body->conversation_id = envelope->correlation_id;
	body->agent_id = bus_id(write->arena, &write->who->id);
	if (ask->contact_point)
		body->contact_point_id = bus_id(write->arena, ask->contact_point);
	body->deadline_us = ask->deadline_us;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_MOVE_REQUESTED;
	envelope->move_requested = body;
}

static void on_customer_point(void *arg, const struct db_result *result)
{
	struct ask *ask = arg;

	if (ask->exists && !db_rows(result))
		write_refuse(ask->write, ERROR_invalid_field,
		             "contact_point_id: must be the customer's, on that channel");
}

static void move_load(struct ask *ask)
{
	struct write *write = ask->write;

	if (ask->contact_point)
		store_read_customer_point(&write->gateway->store, write->tx, ask->contact_point, &ask->conversation_id,
		                          ask->channel, on_customer_point, ask);
}

void handle_interaction_post(struct http_request *request, void *arg)
{
	/* by Hilo__V1__Channel, from 1 */
	static const char *const channels[] = {"email", "chat", "social", "sms", "voice", NULL};
	struct ask *ask;
	json_t *object = ask_open(request, &ask);
	int channel;

	if (!object)
		return;
	struct json_reader reader = {.object = object, .arena = http_request_arena(request)};
	hilo__v1__move_requested__init(&ask->move);
	channel = json_choice(&reader, "channel", channels, -1);
	ask->contact_point = read_uuid_optional(&reader, "contact_point_id");
	if (!ask_close(ask, &reader))
		return;
	ask->channel = channels[channel];
	ask->move.channel = (Hilo__V1__Channel)(channel + 1);
	ask->load = move_load;
	ask->fill = move_fill;
	ask_start(ask, arg, "move");
}
