/* inbox_tests.c - POST /inboxes/{id}/test: the channel's daemon tries the inbox, and its findings are the answer. */
#include "base/clock.h"
#include "handlers.h"
#include "requests.h"
#include "write.h"

#define DEADLINE_US 30000000

struct inbox_test {
	struct uuid id;
	bool exists, is_chat;
};

static void on_inbox(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct inbox_test *test = write->arg;

	test->exists = db_rows(result) > 0;
	test->is_chat = test->exists && !strcmp(db_get_text(result, 0, 0), "chat");
}

static void test_load(struct write *write)
{
	const struct inbox_test *test = write->arg;

	store_read_inbox_record(&write->gateway->store, write->tx, &test->id, on_inbox, write);
}

static void test_decide(struct write *write)
{
	const struct inbox_test *test = write->arg;
	struct request_record record = write_record(write);
	Hilo__V1__InboxTestRequested body = HILO__V1__INBOX_TEST_REQUESTED__INIT;
	Hilo__V1__Envelope *envelope;

	if (!test->exists) {
		write_refuse(write, ERROR_not_found, NULL);
		return;
	}
	record.deadline_us = clock_now_us() + DEADLINE_US;
	store_insert_request(&write->gateway->store, write->tx, &record);
	envelope = write_event(write, &test->id);
	body.request_id = bus_id(write->arena, &write->once.id);
	body.inbox_id = envelope->inbox_id = envelope->subject;
	body.channel = test->is_chat ? HILO__V1__CHANNEL__CHANNEL_CHAT : HILO__V1__CHANNEL__CHANNEL_EMAIL;
	body.deadline_us = record.deadline_us;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_INBOX_TEST_REQUESTED;
	envelope->inbox_test_requested = &body;
	write_add(write, envelope);
	requests_expect(write->gateway->requests, &write->once.id);
}

static void test_committed(struct write *write)
{
	requests_wait(write->gateway->requests, &write->once.id, write->request);
}

static void test_repeated(struct write *write)
{
	if (write->found.is_pending)
		requests_wait(write->gateway->requests, &write->found.id, write->request);
	else
		reply_answer(write->request, write->found.status, write->found.outcome);
}

void handle_inbox_test_post(struct http_request *request, void *arg)
{
	struct inbox_test *test = arena_new_object(http_request_arena(request), struct inbox_test);
	struct write *write;

	if (!param_uuid(request, "id", &test->id) || !(write = write_new(arg, request, "inbox.test")))
		return;
	write->arg = test;
	write->load = test_load;
	write->decide = test_decide;
	write->committed = test_committed;
	write->repeated = test_repeated;
	write_lock(write, "inbox", &test->id);
	write_run(write);
}
