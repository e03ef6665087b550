/* transcript.c - the visitor's conversation by mail, to an address that is proven to be theirs. */
#include "base/log.h"
#include "front_internal.h"
#include "front_texts.h"

#define TEXT_MAX ((size_t)256 * 1024) /* of the mail: the newest lines that fit */

struct transcript {
	struct http_request *request;
	struct chat *chat;
	struct arena *arena;
	const struct visitor *visitor;
	struct uuid mail_inbox_id;
	const char *inbox_name;
	struct bus_outbox *outbox;
};

static void reply_nothing_said(struct http_request *request)
{
	http_reply_problem(request, 409, "no_conversation", "There is no conversation yet.");
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct transcript *transcript = arg;

	bus_outbox_free(&transcript->outbox);
	if (outcome->fault != DB_OK) {
		front_reply_outcome(transcript->request, outcome);
		return;
	}
	bus_ring(transcript->chat->bus);
	http_reply_empty(transcript->request, 202);
}

static void submit(struct transcript *transcript, const char *ref, const char *lines)
{
	const struct visitor *visitor = transcript->visitor;
	const struct front_mail mail =
		text_transcript_mail(transcript->arena, visitor_is_spanish(visitor->locale), transcript->inbox_name, ref, lines);
	const struct front_notice notice = {&transcript->mail_inbox_id, visitor->email, visitor->name, mail.subject, mail.text};
	struct db_tx *tx;

	transcript->outbox = bus_outbox_new("chat");
	if (front_add_notice(transcript->outbox, transcript->arena, &notice) < 0) {
		bus_outbox_free(&transcript->outbox);
		front_reply_fault(transcript->request, DB_FAILED);
		return;
	}
	tx = db_begin(transcript->chat->db);
	bus_outbox_append(transcript->outbox, tx);
	db_tx_commit(tx, on_committed, transcript);
}

static size_t text_size(const struct db_result *result, size_t row, int column)
{
	const char *text = db_get_text(result, row, column);

	return text ? strlen(text) : 0;
}

/* the first row from which the rest fits */
static size_t first_line(const struct db_result *result)
{
	size_t row = db_rows(result), size = 0;

	while (row > 0) {
		size += text_size(result, row - 1, 2) + text_size(result, row - 1, 3) + text_size(result, row - 1, 4) + 64;
		if (size > TEXT_MAX)
			break;
		row--;
	}
	return row;
}

static void on_lines(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct transcript *transcript = arg;
	HILO_AUTO(buf) struct buf lines = {0};

	if (outcome->fault != DB_OK) {
		front_reply_outcome(transcript->request, outcome);
		return;
	}
	for (size_t row = first_line(result); row < db_rows(result); row++)
		text_transcript_line(&lines, visitor_is_spanish(transcript->visitor->locale), db_get_time(result, row, 5),
				     db_get_text(result, row, 2), db_get_text(result, row, 3), db_get_text(result, row, 4));
	if (lines.len)
		submit(transcript, db_get_text(result, 0, 0), lines.data);
	else
		reply_nothing_said(transcript->request);
}

/* it is the conversation that the widget shows */
static void on_state(void *arg, const char *members_json, enum db_fault fault)
{
	struct transcript *transcript = arg;
	json_t *state;
	struct uuid id;
	int rc;

	if (fault != DB_OK) {
		front_reply_fault(transcript->request, fault);
		return;
	}
	state = json_loads(arena_printf(transcript->arena, "{%s}", members_json), 0, NULL);
	rc = uuid_parse(json_string_value(json_object_get(json_object_get(state, "conversation"), "id")), &id);
	json_decref(state);
	if (rc < 0)
		reply_nothing_said(transcript->request);
	else
		store_list_transcript(transcript->chat, &id, &transcript->visitor->id, on_lines, transcript);
}

static void on_may(void *arg, bool may)
{
	struct transcript *transcript = arg;

	if (may)
		live_state(transcript->chat->live, transcript->visitor, on_state, transcript);
	else
		front_reply_limited(transcript->request);
}

static void post_transcript(struct http_request *request, struct chat *chat, const struct visitor *visitor, const struct chat_inbox *inbox)
{
	struct arena *arena = http_request_arena(request);
	struct transcript *transcript = arena_new_object(arena, struct transcript);
	char id[UUID_TEXT];

	*transcript = (struct transcript){.request = request, .chat = chat, .arena = arena, .visitor = visitor};
	transcript->mail_inbox_id = inbox->mail_inbox_id;
	transcript->inbox_name = arena_strdup(arena, inbox->name);
	if (visitor->email_level != HILO__V1__LEVEL__LEVEL_CONFIRMED || !*visitor->email)
		http_reply_problem(request, 403, "not_confirmed", "It is sent to a confirmed address only.");
	else if (uuid_is_nil(&inbox->mail_inbox_id))
		http_reply_problem(request, 409, "no_mail", "This inbox sends no mail.");
	else
		limits_take(chat->limits, LIMIT_TRANSCRIPTS, uuid_format(&visitor->id, id), on_may, transcript);
}

void handle_transcript_post(struct http_request *request, void *arg)
{
	front_with_visitor(request, arg, post_transcript);
}
