/* test_sender.c - replies on their way: claimed in order, tried once at a time, their outcome written under the lease.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/metric.h"
#include "fixture.h"

enum { SENT_MAX = 100 };

/* what the driver has been asked to send, and what it answers at once; HOLD: later, by the test */
static struct {
	int count, held_count;
	struct uuid conversations[SENT_MAX];
	int sequences[SENT_MAX], attempts[SENT_MAX];
	struct channel_outbound *held[SENT_MAX];
	char last_address[100], last_text[100];
	int64_t submitted_us;
} driver;
enum { HOLD = 100 };
static int answer;
static const char *words;

static void on_send(void *arg, struct channel_outbound *out)
{
	driver.conversations[driver.count] = out->conversation_id;
	driver.sequences[driver.count] = (int)out->message->sequence;
	driver.attempts[driver.count++] = out->attempt;
	driver.submitted_us = out->submitted_us;
	snprintf(driver.last_address, sizeof(driver.last_address), "%s", out->inbox_address);
	snprintf(driver.last_text, sizeof(driver.last_text), "%s", out->message->text);
	if (answer == HOLD)
		driver.held[driver.held_count++] = out;
	else
		channel_outbound_done(out, (enum channel_delivery)answer, words);
}

static struct uuid number(int kind, int n)
{
	return (struct uuid){
	        {0x01, 0x90, 0, (uint8_t)kind, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n}};
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	assert_int_equal(outcome->fault, DB_OK);
	++*(int *)arg;
}

static void append(Hilo__V1__Envelope *envelope, const char *source)
{
	struct bus_outbox *outbox = bus_outbox_new(source);
	assert_int_equal(bus_outbox_add(outbox, envelope), 0);
	struct db_tx *tx = db_begin(db);
	int committed = 0;
	bus_outbox_append(outbox, tx);
	db_tx_commit(tx, on_committed, &committed);
	fixture_until(&committed, 1);
	bus_outbox_free(&outbox);
}

/* submit_from - message.submitted as routing appends it: number `sequence` of conversation `c` of the inbox `home`, to
 * leave by `from` (NULL: the conversation's own). */
static void submit_from(int c, int sequence, const struct uuid *home, const struct uuid *from)
{
	char message[UUID_TEXT], conversation[UUID_TEXT], by[UUID_TEXT], leaving[UUID_TEXT], assignee[UUID_TEXT];
	char empty[] = "", text[] = "Dear Ann,";
	char address[] = "ann@example.org";
	struct uuid message_id = number(1, 100 * c + sequence), conversation_id = number(2, c),
	            assignee_id = number(3, 1);
	Hilo__V1__MessageSubmitted body = HILO__V1__MESSAGE_SUBMITTED__INIT;
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	body.message_id = uuid_format(&message_id, message);
	body.conversation_id = envelope.key = envelope.correlation_id = uuid_format(&conversation_id, conversation);
	body.interaction_id = body.to_name = body.author_name = body.subject = body.html = empty;
	body.channel = HILO__V1__CHANNEL__CHANNEL_EMAIL;
	body.sequence = (uint64_t)sequence;
	body.to_address = address;
	body.text = text;
	body.from_inbox_id = from ? uuid_format(from, leaving) : empty;
	envelope.inbox_id = uuid_format(home, by);
	envelope.assignee_id = uuid_format(&assignee_id, assignee);
	envelope.time_us = clock_now_us();
	envelope.body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_SUBMITTED;
	envelope.message_submitted = &body;
	append(&envelope, "routing");
}

static void submit(int c, int sequence)
{
	submit_from(c, sequence, &inbox, NULL);
}

/* submit_notice - notice.submitted as the chat daemon appends it. */
static void submit_notice(int n)
{
	struct uuid notice_id = number(4, n);
	char notice[UUID_TEXT], from[UUID_TEXT], key[] = "email:ann@example.org", text[] = "Is this you?", empty[] = "";
	Hilo__V1__NoticeSubmitted body = HILO__V1__NOTICE_SUBMITTED__INIT;
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	body.notice_id = uuid_format(&notice_id, notice);
	body.from_inbox_id = uuid_format(&inbox, from);
	body.to_address = key + strlen("email:");
	body.to_name = body.subject = empty;
	body.text = text;
	envelope.key = key;
	envelope.time_us = clock_now_us();
	envelope.body_case = HILO__V1__ENVELOPE__BODY_NOTICE_SUBMITTED;
	envelope.notice_submitted = &body;
	append(&envelope, "chat");
}

/* ask_again - delivery.retry_requested as the gateway appends it. */
static void ask_again(int c, int sequence, int64_t deadline_us)
{
	char message[UUID_TEXT], conversation[UUID_TEXT], by[UUID_TEXT], agent[UUID_TEXT], asked[UUID_TEXT];
	struct uuid message_id = number(1, 100 * c + sequence), conversation_id = number(2, c), agent_id = number(3, 1),
	            request_id = uuid_new();
	Hilo__V1__DeliveryRetryRequested body = HILO__V1__DELIVERY_RETRY_REQUESTED__INIT;
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	body.request_id = uuid_format(&request_id, asked);
	body.message_id = uuid_format(&message_id, message);
	body.conversation_id = envelope.key = envelope.correlation_id = uuid_format(&conversation_id, conversation);
	body.agent_id = uuid_format(&agent_id, agent);
	body.channel = HILO__V1__CHANNEL__CHANNEL_EMAIL;
	body.deadline_us = deadline_us;
	envelope.inbox_id = uuid_format(&inbox, by);
	envelope.time_us = clock_now_us();
	envelope.body_case = HILO__V1__ENVELOPE__BODY_DELIVERY_RETRY_REQUESTED;
	envelope.delivery_retry_requested = &body;
	append(&envelope, "gateway");
}

static int begin(void **state)
{
	memset(&driver, 0, sizeof(driver));
	answer = CHANNEL_SENT;
	words = "250 ok";
	return fixture_begin(state);
}

static int up(void **state)
{
	fixture_up(state);
	testing_postgres_sql(
	        postgres,
	        "INSERT INTO bus.epoch (epoch, system_identifier, timeline, start_xid, start_id, safe_xid, safe_id)"
	        " VALUES (7, 1, 1, '0', 0, '0', 0)");
	return 0;
}

static int64_t count_events(const char *type)
{
	char sql[100];
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM bus.event WHERE type = '%s'", type);
	return fixture_number(sql);
}

/* until - turns the loop until a query answers this number. */
static void until(const char *sql, int64_t wanted)
{
	int64_t end_us = clock_monotonic_us() + PATIENCE_US, got;
	while ((got = fixture_number(sql)) != wanted && clock_monotonic_us() < end_us)
		fixture_run_for(20000);
	assert_int_equal(got, wanted);
}

static void test_a_reply_is_sent_and_said_to_be(void **state)
{
	fixture_open(on_send);
	submit(1, 1);
	fixture_until(&driver.count, 1);
	assert_string_equal(driver.last_address, "support@suite.example");
	assert_string_equal(driver.last_text, "Dear Ann,");
	until("SELECT count(*) FROM bus.event WHERE type = 'message.sent'", 1);
	assert_int_equal(fixture_number("SELECT count(*) FROM channel.outbound WHERE state = 'sent' AND answer = '250 "
	                                "ok' AND attempts = 1"
	                                " AND finished_at IS NOT NULL AND owner IS NULL"),
	                 1);
	assert_int_equal(
	        fixture_number("SELECT count(*) FROM channel.attempt WHERE result = 'sent' AND ended_at >= started_at"),
	        1);
	assert_int_equal(
	        fixture_number(
	                "SELECT count(*) FROM bus.event WHERE type = 'message.sent' AND conversation_id = key::uuid"
	                " AND inbox_id = '01900000-0000-7000-8000-000000000001'"
	                " AND position('01900003-0000-7000-8000-000000000001' IN encode(payload, 'escape')) > 0"),
	        1);
}

static void test_replies_of_a_conversation_leave_one_after_the_other(void **state)
{
	answer = HOLD;
	fixture_open(on_send);
	for (int sequence = 1; sequence <= 3; sequence++)
		submit(1, sequence);
	submit(2, 1);
	fixture_until(&driver.count, 2);
	fixture_run_for(1500000);
	assert_int_equal(driver.count, 2); /* one of each conversation */
	for (int i = 0; i < 4; i++) {
		channel_outbound_done(driver.held[i], CHANNEL_SENT, "250 ok");
		fixture_run_for(300000);
	}
	assert_int_equal(driver.count, 4);
	int last = 0;
	for (int i = 0; i < driver.count; i++) {
		struct uuid first = number(2, 1);
		if (uuid_equal(&driver.conversations[i], &first)) {
			assert_int_equal(driver.sequences[i], last + 1);
			last++;
		}
	}
	assert_int_equal(last, 3);
	until("SELECT count(*) FROM bus.event WHERE type = 'message.sent'", 4);
}

static void test_what_failed_for_now_is_tried_again_and_holds_the_next_one(void **state)
{
	answer = CHANNEL_LATER;
	words = "451 later";
	fixture_open(on_send);
	submit(1, 1);
	submit(1, 2);
	fixture_until(&driver.count, 1);
	int64_t submitted_us = driver.submitted_us;
	answer = CHANNEL_SENT;
	fixture_until(&driver.count, 3); /* 1 to 3 s later */
	assert_int_equal(driver.sequences[1], 1);
	assert_int_equal(driver.attempts[1], 2);
	assert_int_equal(driver.sequences[2], 2);
	assert_true(submitted_us > 0 && driver.submitted_us >= submitted_us);
	until("SELECT count(*) FROM bus.event WHERE type = 'message.sent'", 2);
	assert_int_equal(
	        fixture_number(
	                "SELECT count(*) FROM channel.attempt WHERE (attempt, result) IN ((1, 'later'), (2, 'sent'))"),
	        2);
	assert_int_equal(count_events("message.failed"), 0);
}

static void test_a_refused_reply_fails_with_the_peers_words_and_lets_the_next_go(void **state)
{
	answer = CHANNEL_FAILED;
	words = "550 5.1.1 no such \xff user";
	fixture_open(on_send);
	submit(1, 1);
	submit(1, 2);
	fixture_until(&driver.count, 2);
	until("SELECT count(*) FROM bus.event WHERE type = 'message.failed'", 2);
	assert_int_equal(fixture_number("SELECT count(*) FROM channel.outbound WHERE state = 'failed' AND answer LIKE "
	                                "'550 5.1.1 no such _ user'"),
	                 2);
}

static void test_an_unknown_end_is_said_to_be_unknown(void **state)
{
	answer = CHANNEL_UNKNOWN;
	words = "the line broke";
	fixture_open(on_send);
	submit(1, 1);
	until("SELECT count(*) FROM channel.outbound WHERE state = 'unknown'", 1);
	until("SELECT count(*) FROM bus.event WHERE type = 'message.failed'", 1);
}

static void test_what_failed_goes_again_when_somebody_asks_for_it(void **state)
{
	answer = CHANNEL_FAILED;
	words = "550 mailbox full";
	fixture_open(on_send);
	submit(1, 1);
	until("SELECT count(*) FROM channel.outbound WHERE state = 'failed'", 1);
	/* older than all patience: it is counted from the asking */
	testing_postgres_sql(postgres,
	                     "UPDATE channel.outbound SET submitted_at = clock_timestamp() - interval '49 hours'");
	answer = CHANNEL_LATER;
	ask_again(1, 1, 0);
	until("SELECT count(*) FROM channel.attempt WHERE result = 'later' AND attempt = 2", 1);
	answer = CHANNEL_SENT;
	testing_postgres_sql(postgres, "UPDATE channel.outbound SET due_at = clock_timestamp()");
	until("SELECT count(*) FROM channel.outbound WHERE state = 'sent' AND attempts = 3", 1);
	assert_int_equal(count_events("message.failed"), 1);
	assert_int_equal(count_events("message.retried"), 1);
	assert_int_equal(count_events("request.done"), 1);
	until("SELECT count(*) FROM bus.event WHERE type = 'message.sent'", 1);
	assert_int_equal(fixture_number("SELECT count(*) FROM bus.event WHERE type = 'message.retried'"
	                                " AND inbox_id = '01900000-0000-7000-8000-000000000001' AND "
	                                "position('01900003-0000-7000-8000-000000000001' IN encode(payload, 'escape')) "
	                                "> 0"),
	                 1);
}

static void test_nothing_goes_twice_however_often_it_is_asked_for(void **state)
{
	answer = CHANNEL_UNKNOWN;
	words = "the line broke";
	submit(1, 1);
	fixture_open(on_send);
	until("SELECT count(*) FROM channel.outbound WHERE state = 'unknown'", 1);
	channel_close(&channel); /* so that what follows comes in one batch */
	answer = HOLD;
	ask_again(1, 1, clock_now_us() - 1000000); /* too late */
	for (int i = 0; i < 3; i++)
		ask_again(1, 1, 0);
	ask_again(1, 2, 0); /* there is none */
	fixture_open(on_send);
	fixture_until(&driver.count, 2);
	ask_again(1, 1, 0); /* under way */
	until("SELECT count(*) FROM bus.event WHERE type = 'request.refused'", 5);
	channel_outbound_done(driver.held[0], CHANNEL_SENT, "250 ok");
	until("SELECT count(*) FROM channel.outbound WHERE state = 'sent'", 1);
	ask_again(1, 1, 0); /* done */
	until("SELECT count(*) FROM bus.event WHERE type = 'request.refused'", 6);
	fixture_run_for(300000);
	assert_int_equal(driver.count, 2);
	assert_int_equal(count_events("request.done"), 1);
	assert_int_equal(count_events("message.retried"), 1);
	assert_int_equal(fixture_number("SELECT count(*) FROM channel.attempt"), 2);
}

static void test_after_48_hours_later_is_never(void **state)
{
	answer = CHANNEL_LATER;
	words = "451 later";
	submit(1, 1);
	fixture_open(NULL); /* nothing sends yet */
	channel_close(&channel);
	fixture_open(on_send);
	fixture_until(&driver.count, 1);
	testing_postgres_sql(postgres,
	                     "UPDATE channel.outbound SET submitted_at = clock_timestamp() - interval '48 hours'");
	fixture_until(&driver.count, 2);
	until("SELECT count(*) FROM channel.outbound WHERE state = 'failed' AND attempts = 2", 1);
	until("SELECT count(*) FROM bus.event WHERE type = 'message.failed'", 1);
}

static void test_a_lease_that_ran_out_is_taken_over_and_the_late_outcome_refused(void **state)
{
	answer = HOLD;
	fixture_open(on_send);
	submit(1, 1);
	fixture_until(&driver.count, 1);
	testing_postgres_sql(postgres,
	                     "UPDATE channel.outbound SET due_at = clock_timestamp(), until = clock_timestamp()");
	fixture_until(&driver.count, 2); /* another replica would do the same */
	assert_int_equal(driver.attempts[1], 2);
	testing_expect_log("channel.lease_lost");
	channel_outbound_done(driver.held[0], CHANNEL_FAILED, "too late");
	fixture_run_for(500000);
	assert_int_equal(count_events("message.failed"), 0);
	channel_outbound_done(driver.held[1], CHANNEL_SENT, "250 ok");
	until("SELECT count(*) FROM bus.event WHERE type = 'message.sent'", 1);
	assert_int_equal(
	        fixture_number("SELECT count(*) FROM channel.outbound WHERE state = 'sent' AND answer = '250 ok'"), 1);
}

static void test_an_inbox_switched_off_holds_its_replies(void **state)
{
	struct uuid other = inbox;
	other.bytes[15] = 9;
	fixture_open(on_send);
	submit_from(1, 1, &other, NULL);
	until("SELECT count(*) FROM channel.attempt WHERE result = 'later' AND answer = 'the inbox is switched off'",
	      1);
	assert_int_equal(driver.count, 0);
}

static void test_a_reply_leaves_by_another_inbox_and_its_end_stays_with_the_conversation(void **state)
{
	struct uuid chat = inbox;
	chat.bytes[15] = 9; /* no mail can leave from there */
	fixture_open(on_send);
	submit_from(1, 1, &chat, &inbox);
	fixture_until(&driver.count, 1);
	assert_string_equal(driver.last_address, "support@suite.example");
	until("SELECT count(*) FROM bus.event WHERE type = 'message.sent' AND inbox_id = "
	      "'01900000-0000-7000-8000-000000000009'",
	      1);
}

static void test_a_notice_is_tried_until_it_is_sent_and_nobody_hears_of_it(void **state)
{
	answer = CHANNEL_LATER;
	words = "451 later";
	fixture_open(on_send);
	submit_notice(1);
	submit_notice(2); /* not held up by the first */
	fixture_until(&driver.count, 2);
	answer = CHANNEL_SENT;
	until("SELECT count(*) FROM channel.outbound WHERE state = 'sent' AND attempts = 2 AND conversation_id IS NULL",
	      2);
	assert_true(uuid_is_nil(&driver.conversations[0]));
	assert_string_equal(driver.last_text, "Is this you?");
	assert_int_equal(fixture_number("SELECT count(*) FROM channel.attempt WHERE result IN ('later', 'sent')"), 4);
	assert_int_equal(fixture_number("SELECT count(*) FROM bus.event WHERE type <> 'notice.submitted'"), 0);
	assert_int_equal(metric_value(metric_counter("hilo_channel_notices_total", NULL, "result=\"sent\"")), 2);
}

static void test_a_refused_notice_ends_in_the_log(void **state)
{
	answer = CHANNEL_FAILED;
	words = "550 5.1.1 no such user";
	fixture_open(on_send);
	submit_notice(1);
	until("SELECT count(*) FROM channel.outbound WHERE state = 'failed' AND attempts = 1", 1);
	fixture_run_for(300000);
	assert_int_equal(count_events("message.failed"), 0);
	assert_int_equal(metric_value(metric_counter("hilo_channel_notices_total", NULL, "result=\"failed\"")), 1);
}

static void test_outcomes_wait_for_a_database_that_is_away(void **state)
{
	answer = HOLD;
	fixture_open(on_send);
	for (int c = 1; c <= 5; c++)
		submit(c, 1);
	fixture_until(&driver.count, 5);
	testing_expect_log("db.lost");
	testing_postgres_kill(postgres);
	for (int i = 0; i < 5; i++)
		channel_outbound_done(driver.held[i], CHANNEL_SENT, "250 ok");
	fixture_run_for(1000000);
	testing_postgres_restart(postgres);
	until("SELECT count(*) FROM bus.event WHERE type = 'message.sent'", 5);
	assert_int_equal(driver.count, 5);
}

static void test_no_more_at_once_than_allowed(void **state)
{
	answer = HOLD;
	fixture_open(on_send);
	for (int c = 1; c <= 20; c++)
		submit(c, 1);
	fixture_until(&driver.count, 16);
	fixture_run_for(1500000);
	assert_int_equal(driver.count, 16);
	for (int i = 0; i < 20; i++) {
		fixture_until(&driver.held_count, HILO_MAX(16, i + 1));
		channel_outbound_done(driver.held[i], CHANNEL_SENT, "250 ok");
	}
	until("SELECT count(*) FROM channel.outbound WHERE state = 'sent'", 20);
}

static void set_true(void *arg)
{
	*(bool *)arg = true;
}

static void test_draining_waits_for_transfers_and_leaves_no_lease(void **state)
{
	bool is_drained = false;
	answer = HOLD;
	fixture_open(on_send);
	submit(1, 1);
	submit(1, 2);
	fixture_until(&driver.count, 1);
	channel_drain(channel, set_true, &is_drained);
	fixture_run_for(500000);
	assert_false(is_drained);
	channel_outbound_done(driver.held[0], CHANNEL_SENT, "250 ok");
	testing_run_until(loop, &is_drained, PATIENCE_US);
	assert_int_equal(driver.count, 1);
	assert_int_equal(fixture_number("SELECT count(*) FROM channel.outbound WHERE state = 'leased'"), 0);
	assert_int_equal(fixture_number("SELECT count(*) FROM bus.consumer WHERE owner IS NOT NULL"), 0);
}

#define sender_case(function) cmocka_unit_test_setup_teardown(function, begin, fixture_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        sender_case(test_a_reply_is_sent_and_said_to_be),
	        sender_case(test_replies_of_a_conversation_leave_one_after_the_other),
	        sender_case(test_what_failed_for_now_is_tried_again_and_holds_the_next_one),
	        sender_case(test_a_refused_reply_fails_with_the_peers_words_and_lets_the_next_go),
	        sender_case(test_an_unknown_end_is_said_to_be_unknown),
	        sender_case(test_what_failed_goes_again_when_somebody_asks_for_it),
	        sender_case(test_nothing_goes_twice_however_often_it_is_asked_for),
	        sender_case(test_after_48_hours_later_is_never),
	        sender_case(test_a_lease_that_ran_out_is_taken_over_and_the_late_outcome_refused),
	        sender_case(test_an_inbox_switched_off_holds_its_replies),
	        sender_case(test_a_reply_leaves_by_another_inbox_and_its_end_stays_with_the_conversation),
	        sender_case(test_a_notice_is_tried_until_it_is_sent_and_nobody_hears_of_it),
	        sender_case(test_a_refused_notice_ends_in_the_log),
	        sender_case(test_outcomes_wait_for_a_database_that_is_away),
	        sender_case(test_no_more_at_once_than_allowed),
	        sender_case(test_draining_waits_for_transfers_and_leaves_no_lease),
	};
	return cmocka_run_group_tests(tests, up, fixture_down);
}
