/* test_accept.c - messages handed over: stored once, in order, with one event each, or not acknowledged. */
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "fixture.h"

struct seen {
	int answered;
	int results[3];
	enum channel_result last;
	struct uuid id;
};

static void on_done(void *arg, enum channel_result result, const struct uuid *id)
{
	struct seen *seen = arg;
	seen->answered++;
	seen->results[result]++;
	seen->last = result;
	if (id)
		seen->id = *id;
	else
		assert_int_equal(result, CHANNEL_RETRY);
}

static struct channel_inbound mail(const char *key)
{
	return (struct channel_inbound){
	        .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL,
	        .inbox_id = inbox,
	        .dedupe_key = key,
	        .contact_address = "ann@example.org",
	        .contact_name = "Ann",
	        .level = HILO__V1__LEVEL__LEVEL_CLAIMED,
	        .subject = "Where is it?",
	        .text = "My parcel\nis late",
	        .raw = "raw",
	        .raw_size = 3,
	};
}

static void accept_one(const struct channel_inbound *in, struct seen *seen)
{
	int before = seen->answered;
	channel_accept(channel, in, on_done, seen);
	fixture_until(&seen->answered, before + 1);
}

static void test_everything_of_a_message_is_stored(void **state)
{
	static const char *const threads[] = {"a@x", "b@x"};
	static const struct channel_file files[] = {
	        {"a.pdf", "application/pdf", NULL, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	         3, false},
	        {"logo.png", "image/png", "logo@x", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	         3, true},
	};
	struct seen seen = {0};
	struct channel_inbound in = mail("key");
	in.html = "<p>My parcel</p>";
	in.rfc_message_id = "1@example.org";
	in.thread_ids = threads;
	in.thread_ids_count = 2;
	in.recipient_tag = "c-1";
	in.to_json = "[{\"name\":null,\"address\":\"support@suite.example\"}]";
	in.automatic = true;
	in.sent_us = INT64_C(1785571200000000);
	in.files = files;
	in.files_count = 2;
	fixture_open(NULL);
	accept_one(&in, &seen);
	assert_int_equal(seen.last, CHANNEL_STORED);
	assert_int_equal(
	        fixture_number(
	                "SELECT count(*) FROM channel.message WHERE channel = 'email' AND dedupe_key = 'key' AND "
	                "contact_address = 'ann@example.org'"
	                " AND contact_name = 'Ann' AND level = 1 AND subject = 'Where is it?' AND text = E'My "
	                "parcel\\nis late'"
	                " AND html = '<p>My parcel</p>' AND rfc_message_id = '1@example.org' AND thread_ids = "
	                "'{a@x,b@x}'"
	                " AND recipient_tag = 'c-1' AND recipients->0->>'address' = 'support@suite.example' AND copies "
	                "= '[]'"
	                " AND automatic AND sent_at = '2026-08-01T08:00:00Z' AND raw = 'raw' AND raw_file IS NULL"),
	        1);
	assert_int_equal(
	        fixture_number(
	                "SELECT count(*) FROM channel.attachment AS a JOIN channel.message AS m ON m.id = a.message_id"
	                " WHERE (a.position, a.name, a.content_type, a.inline, a.size_bytes) IN"
	                " ((0, 'a.pdf', 'application/pdf', false, 3), (1, 'logo.png', 'image/png', true, 3))"),
	        2);
	char sql[300], key[] = "email:ann@example.org";
	snprintf(sql, sizeof(sql),
	         "SELECT count(*) FROM bus.event WHERE type = 'message.received' AND key = '%s' AND key_hash = %d"
	         " AND inbox_id IS NOT NULL AND conversation_id IS NULL",
	         key, (int)hash_key32(key));
	assert_int_equal(fixture_number(sql), 1);
}

static void test_a_duplicate_is_acknowledged_with_the_first_ones_id(void **state)
{
	struct seen seen = {0};
	struct channel_inbound in = mail("twice");
	fixture_open(NULL);
	accept_one(&in, &seen);
	struct uuid first = seen.id;
	accept_one(&in, &seen);
	assert_int_equal(seen.last, CHANNEL_DUPLICATE);
	assert_true(uuid_equal(&first, &seen.id));
	assert_int_equal(fixture_number("SELECT count(*) FROM bus.event"), 1);
}

static void test_twins_in_one_transaction_are_stored_once(void **state)
{
	struct seen seen = {0};
	struct channel_inbound in = mail("warm up"), twin = mail("twin");
	fixture_open(NULL);
	channel_accept(channel, &in, on_done, &seen); /* in flight: the next ones share a transaction */
	for (int i = 0; i < 3; i++)
		channel_accept(channel, &twin, on_done, &seen);
	fixture_until(&seen.answered, 4);
	assert_int_equal(seen.results[CHANNEL_STORED], 2);
	assert_int_equal(seen.results[CHANNEL_DUPLICATE], 2);
	assert_int_equal(fixture_number("SELECT count(*) FROM channel.message"), 2);
	assert_int_equal(fixture_number("SELECT count(*) FROM bus.event"), 2);
}

static void test_the_same_mail_to_two_inboxes_is_two_messages(void **state)
{
	struct seen seen = {0};
	struct channel_inbound in = mail("shared");
	fixture_open(NULL);
	accept_one(&in, &seen);
	in.inbox_id.bytes[15] = 2;
	accept_one(&in, &seen);
	assert_int_equal(seen.results[CHANNEL_STORED], 2);
}

static void test_a_thousand_come_in_few_transactions_and_in_order(void **state)
{
	struct seen seen = {0};
	fixture_open(NULL);
	for (int i = 0; i < 1000; i++) {
		char key[20], subject[20];
		snprintf(key, sizeof(key), "many-%d", i);
		snprintf(subject, sizeof(subject), "%04d", i);
		struct channel_inbound in = mail(key);
		in.subject = subject;
		channel_accept(channel, &in, on_done, &seen);
	}
	fixture_until(&seen.answered, 1000);
	assert_int_equal(seen.results[CHANNEL_STORED], 1000);
	int64_t transactions = fixture_number("SELECT count(DISTINCT xid::text) FROM bus.event");
	assert_true(transactions >= 4 && transactions <= 6);
	/* log order is hand-over order: the subject stands in the payload */
	assert_int_equal(fixture_number("SELECT count(*) FROM (SELECT substring(encode(payload, 'escape') from "
	                                "'B.(\\d{4})J') AS subject,"
	                                " lag(substring(encode(payload, 'escape') from 'B.(\\d{4})J')) OVER (ORDER BY "
	                                "xid, id) AS before FROM bus.event) AS o"
	                                " WHERE before >= subject"),
	                 0);
}

static void test_what_cannot_be_parsed_is_kept_raw_without_an_event(void **state)
{
	struct seen seen = {0};
	struct channel_inbound in = mail("odd"), good = mail("good");
	in.contact_address = NULL;
	in.parse_error = "not a mail";
	fixture_open(NULL);
	channel_accept(channel, &good, on_done, &seen);
	channel_accept(channel, &in, on_done, &seen);
	channel_accept(channel, &in, on_done, &seen);
	fixture_until(&seen.answered, 3);
	assert_int_equal(seen.results[CHANNEL_RETRY], 0);
	assert_int_equal(
	        fixture_number("SELECT count(*) FROM channel.unparsed WHERE error = 'not a mail' AND raw = 'raw'"), 1);
	assert_int_equal(fixture_number("SELECT count(*) FROM bus.event"), 1);
	accept_one(&in, &seen); /* comes again later */
	assert_int_equal(fixture_number("SELECT count(*) FROM channel.unparsed"), 1);
}

static void test_a_bad_message_never_takes_its_neighbours_with_it(void **state)
{
	struct seen seen = {0}, bad = {0};
	fixture_open(NULL);
	for (int i = 0; i < 20; i++) {
		char key[20];
		snprintf(key, sizeof(key), "neighbour-%d", i);
		struct channel_inbound in = mail(key);
		if (i == 11)
			in.to_json = "[{\"name\":"; /* what PostgreSQL will not take */
		channel_accept(channel, &in, on_done, i == 11 ? &bad : &seen);
	}
	testing_expect_log("channel.accept_failed");
	fixture_until(&seen.answered, 19);
	fixture_until(&bad.answered, 1);
	assert_int_equal(seen.results[CHANNEL_STORED], 19);
	assert_int_equal(bad.last, CHANNEL_STORED);
	assert_int_equal(fixture_number("SELECT count(*) FROM channel.message"), 19);
	assert_int_equal(
	        fixture_number("SELECT count(*) FROM channel.unparsed WHERE error LIKE '%json%' AND raw = 'raw'"), 1);
	assert_int_equal(fixture_number("SELECT count(*) FROM bus.event"), 19);
}

static void test_a_fault_of_ours_is_never_acknowledged(void **state)
{
	struct seen seen = {0};
	struct channel_inbound in = mail("no right");
	testing_postgres_sql(postgres, "REVOKE INSERT ON channel.message FROM hilo_email");
	testing_expect_log("channel.accept_failed");
	fixture_open(NULL);
	accept_one(&in, &seen);
	assert_int_equal(seen.last, CHANNEL_RETRY);
	testing_postgres_sql(postgres, "GRANT INSERT ON channel.message TO hilo_email");
	assert_int_equal(fixture_number("SELECT count(*) FROM channel.unparsed"), 0);
	accept_one(&in, &seen);
	assert_int_equal(seen.last, CHANNEL_STORED);
}

static void test_a_transaction_whose_end_is_unknown_is_settled_by_the_key(void **state)
{
	struct seen seen = {0};
	fixture_open(NULL);
	testing_expect_log("db.lost");
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 100; i++) {
			char key[30];
			snprintf(key, sizeof(key), "crash-%d-%d", round, i);
			struct channel_inbound in = mail(key);
			channel_accept(channel, &in, on_done, &seen);
		}
		fixture_run_for(1000 + 1500 * round);
		testing_postgres_kill(postgres);
		testing_postgres_restart(postgres);
		fixture_until(&seen.answered, 100 * (round + 1));
	}
	int64_t stored = fixture_number("SELECT count(*) FROM channel.message");
	assert_true(stored >= seen.results[CHANNEL_STORED] + seen.results[CHANNEL_DUPLICATE]);
	assert_int_equal(fixture_number("SELECT count(*) FROM bus.event"), stored);
}

static void on_locked(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	assert_int_equal(outcome->fault, DB_OK);
	++*(int *)arg;
}

static void test_messages_of_one_sender_wait_for_whoever_holds_its_lock(void **state)
{
	struct seen seen = {0};
	struct channel_inbound in = mail("locked");
	char sql[200], key[] = "email:ann@example.org";
	snprintf(sql, sizeof(sql), "SELECT pg_advisory_lock(%lld)",
	         (long long)hash_object64("contact_point", key, strlen(key)));
	struct db_statement lock = {.name = "test.lock", .sql = sql};
	const struct db_statement *list[] = {&lock};
	const struct db_catalogue catalogues[] = {{list, 1}, {0}};
	struct db_options options = {.dsn = testing_postgres_dsn(postgres, "postgres"), .catalogues = catalogues};
	struct db *other = db_open(loop, &options);
	struct db_params *params = db_params_new();
	int locked = 0;
	db_query(other, &lock, params, on_locked, &locked);
	fixture_until(&locked, 1);
	fixture_open(NULL);
	channel_accept(channel, &in, on_done, &seen);
	fixture_run_for(300000);
	assert_int_equal(seen.answered, 0);
	assert_int_equal(fixture_number("SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND "
	                                "usename = 'hilo_email'"),
	                 0);
	db_close(&other);
	fixture_until(&seen.answered, 1);
	assert_int_equal(seen.last, CHANNEL_STORED);
	db_params_free(&params);
}

static void test_closing_with_messages_under_way_is_clean(void **state)
{
	struct seen seen = {0};
	fixture_open(NULL);
	fixture_run_for(200000);
	for (int i = 0; i < 600; i++) {
		char key[20];
		snprintf(key, sizeof(key), "closing-%d", i);
		struct channel_inbound in = mail(key);
		channel_accept(channel, &in, on_done, &seen);
	}
	fixture_run_for(1000);
}

static void set_true(void *arg)
{
	*(bool *)arg = true;
}

static void test_draining_finishes_what_was_accepted(void **state)
{
	struct seen seen = {0};
	bool is_drained = false;
	fixture_open(NULL);
	for (int i = 0; i < 600; i++) {
		char key[20];
		snprintf(key, sizeof(key), "draining-%d", i);
		struct channel_inbound in = mail(key);
		channel_accept(channel, &in, on_done, &seen);
	}
	channel_drain(channel, set_true, &is_drained);
	testing_run_until(loop, &is_drained, PATIENCE_US);
	assert_int_equal(seen.results[CHANNEL_STORED], 600);
}

static void test_a_log_nobody_handles_slows_bulk_down(void **state)
{
	struct seen seen = {0};
	struct channel_inbound in = mail("waiting");
	fixture_open(NULL);
	accept_one(&in, &seen);
	fixture_run_for(3500000);
	assert_false(channel_should_slow(channel)); /* nobody has ever asked for it */
	testing_postgres_sql(
	        postgres,
	        "INSERT INTO bus.consumer (service, shard) SELECT 'identity', n FROM generate_series(0, 15) AS n");
	fixture_run_for(1500000);
	assert_true(channel_should_slow(channel));
	testing_postgres_sql(postgres, "UPDATE bus.consumer SET (xid, id) = (SELECT xid, id FROM bus.event)");
	fixture_run_for(1500000);
	assert_false(channel_should_slow(channel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        fixture_case(test_everything_of_a_message_is_stored),
	        fixture_case(test_a_duplicate_is_acknowledged_with_the_first_ones_id),
	        fixture_case(test_twins_in_one_transaction_are_stored_once),
	        fixture_case(test_the_same_mail_to_two_inboxes_is_two_messages),
	        fixture_case(test_a_thousand_come_in_few_transactions_and_in_order),
	        fixture_case(test_what_cannot_be_parsed_is_kept_raw_without_an_event),
	        fixture_case(test_a_bad_message_never_takes_its_neighbours_with_it),
	        fixture_case(test_a_fault_of_ours_is_never_acknowledged),
	        fixture_case(test_a_transaction_whose_end_is_unknown_is_settled_by_the_key),
	        fixture_case(test_messages_of_one_sender_wait_for_whoever_holds_its_lock),
	        fixture_case(test_closing_with_messages_under_way_is_clean),
	        fixture_case(test_draining_finishes_what_was_accepted),
	        fixture_case(test_a_log_nobody_handles_slows_bulk_down),
	};
	return cmocka_run_group_tests(tests, fixture_up, fixture_down);
}
