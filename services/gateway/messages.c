/* messages.c - what agents do with a conversation: answer, assign, give it another status or channel. */
#include "ask.h"
#include "handlers.h"
#include "store_triage.h"
#include "validate.h"

enum { TEXT_MAX = 256 * 1024, ATTACHMENTS_MAX = 20, MENTIONS_MAX = 20 };

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

static void on_mentionable(void *arg, const struct db_result *result)
{
	struct ask *ask = arg;

	if (ask->exists && db_rows(result) != ask->mentions_count)
		write_refuse(ask->write, ERROR_invalid_field,
		             "mentions: must be active agents who have the conversation's inbox");
}

static void reply_load(struct ask *ask)
{
	struct write *write = ask->write;

	if (ask->mentions_count)
		store_read_assignable(&write->gateway->store, write->tx, ask->mentions, ask->mentions_count,
		                      &ask->conversation_id, on_mentionable, ask);
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
	body->n_mentions = ask->mentions_count;
	body->mentions = arena_new_array(write->arena, char *, ask->mentions_count + 1);
	for (size_t i = 0; i < ask->mentions_count; i++)
		body->mentions[i] = bus_id(write->arena, &ask->mentions[i]);
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

static void read_mentions(struct ask *ask, struct json_reader *reader, bool is_note)
{
	json_t *array = json_array_optional(reader, "mentions", MENTIONS_MAX);
	size_t count = read_uuids(reader, "mentions", array, &ask->mentions);

	if (count && !is_note)
		json_fault(reader, "mentions", "goes with notes only");
	ask->mentions_count = rights_sort(ask->mentions, count);
}

/* send and resolve */
static void read_then(struct ask *ask, struct json_reader *reader)
{
	static const char *const words[] = {"resolve", "pending", "snooze", NULL};
	static const Hilo__V1__ConversationStatus values[] = {
	        HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_RESOLVED,
	        HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_PENDING,
	        HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_SNOOZED,
	        HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_UNSPECIFIED, /* without a word */
	};

	ask->reply.then = values[json_choice(reader, "then", words, 3)];
	ask->reply.until_us = ask_until(reader, ask->reply.then == values[2]);
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
	read_mentions(ask, &reader, is_note);
	read_then(ask, &reader);
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
	if (ask->new_team)
		body->team_id = bus_id(write->arena, ask->new_team);
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

static void on_team(void *arg, const struct db_result *result)
{
	struct ask *ask = arg;

	if (ask->exists && !db_rows(result))
		write_refuse(ask->write, ERROR_invalid_field, "team_id: must be an active team");
}

static void assignment_load(struct ask *ask)
{
	struct write *write = ask->write;

	if (ask->new_assignee)
		store_read_assignable(&write->gateway->store, write->tx, ask->new_assignee, 1, &ask->conversation_id,
		                      on_assignable, ask);
	if (ask->new_team)
		store_read_active_team(&write->gateway->store, write->tx, ask->new_team, on_team, ask);
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
	ask->assignment.sets_team = has_member(&reader, "team_id");
	ask->new_team = read_uuid_optional(&reader, "team_id");
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
	ask->status.until_us = ask_until(&reader, ask->status.status == values[2]);
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
