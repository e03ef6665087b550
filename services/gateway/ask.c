/* ask.c - see ask.h. */
#include "ask.h"

#include "base/clock.h"
#include "requests.h"

#define DEADLINE_US 10000000

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
void ask_start(struct ask *ask, struct gateway *gateway, const char *kind)
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

bool ask_open_empty(struct http_request *request, struct ask **ret)
{
	struct ask *ask = arena_new_object(http_request_arena(request), struct ask);

	ask->request = request;
	*ret = ask;
	return param_conversation(request, &ask->key) && param_if_match(request, &ask->expected);
}

json_t *ask_open(struct http_request *request, struct ask **ret)
{
	return ask_open_empty(request, ret) ? json_body(request) : NULL;
}

bool ask_close(struct ask *ask, struct json_reader *reader)
{
	bool is_bad = json_reader_reply(reader, ask->request);

	json_decref(reader->object);
	return !is_bad;
}

int64_t ask_until(struct json_reader *reader, bool is_snoozed)
{
	const char *text = json_text_optional(reader, "until", 40);
	int64_t until_us = 0;

	if (!text)
		return 0;
	if (!is_snoozed)
		json_fault(reader, "until", "goes with a snooze only");
	else if (clock_parse(text, &until_us) < 0 || until_us <= clock_now_us())
		json_fault(reader, "until", "must be a time to come, as RFC 3339 writes it");
	return until_us;
}
