/* test_db_faults.c - the server dies, comes back, was never there: reconnecting, and what callers are told. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>

#include "base/buf.h"

static void after_a_crash_it_connects_and_prepares_again(void **state)
{
	struct db *db = fixture_open(2);
	struct answer waiting = unanswered;

	(void)state;
	testing_expect_log("db.connection_lost");
	ask(db, &dbtest_sql_insert_item, item_params(1, "one"));
	testing_postgres_kill(postgres);
	fixture_wait_ready(db, false);
	db_query(db, &dbtest_sql_count_items, NULL, on_number, &waiting); /* waits for it */
	testing_postgres_restart(postgres);
	wait_for_answer(&waiting);
	assert_int_equal(waiting.outcome.fault, DB_OK);
	assert_int_equal(waiting.number, 1);
	db_close(&db);
}

static void what_was_under_way_fails_by_what_is_known(void **state)
{
	struct db *db = fixture_open(4);
	struct db_tx *working = db_begin(db), *committing = db_begin(db), *idle = db_begin(db);
	struct answer read = unanswered, in_work = unanswered, in_commit = unanswered, write = unanswered;

	(void)state;
	testing_expect_log("db.connection_lost");
	assert_int_equal(sync_tx(idle).outcome.fault, DB_OK);
	db_tx_exec(working, &dbtest_sql_sleep_ms, INTS(8000), NULL, NULL);
	db_tx_sync(working, on_sync, &in_work);
	db_tx_exec(committing, &dbtest_sql_sleep_ms, INTS(8000), NULL, NULL);
	db_tx_commit(committing, on_sync, &in_commit);
	db_query(db, &dbtest_sql_insert_item_slowly, INTS(7), on_query, &write);
	db_query(db, &dbtest_sql_count_items, NULL, on_query, &read); /* behind the write, on the last connection */
	run_loop_for(200000);
	testing_postgres_kill(postgres);
	wait_for_answer(&in_work);
	wait_for_answer(&in_commit);
	wait_for_answer(&write);
	wait_for_answer(&read);
	assert_int_equal(in_work.outcome.fault, DB_RETRY);
	/* the statement before COMMIT was told to end (57P02): nothing was done; without that word nobody knows */
	assert_true(in_commit.outcome.fault == (*in_commit.outcome.sqlstate ? DB_RETRY : DB_UNKNOWN));
	assert_true(write.outcome.fault == (*write.outcome.sqlstate ? DB_RETRY : DB_UNKNOWN));
	assert_int_equal(read.outcome.fault, DB_RETRY);
	assert_int_equal(sync_tx(idle).outcome.fault, DB_RETRY);
	testing_postgres_restart(postgres);
	fixture_wait_ready(db, true);
	assert_int_equal(ask_number(db, &dbtest_sql_count_items, NULL), 0);
	db_close(&db);
}

/* Commits as fast as it can while the server is killed: what was answered OK is there, RETRY is not, UNKNOWN may be. */
struct writer {
	struct db *db;
	int next;
	uint8_t said[100000]; /* fault + 1, by item */
	bool is_done;
};

static void write_next(struct writer *writer);

static void on_written(void *arg, const struct db_outcome *outcome)
{
	struct writer *writer = arg;

	writer->said[writer->next++] = (uint8_t)(outcome->fault + 1);
	writer->is_done = outcome->fault != DB_OK;
	if (!writer->is_done)
		write_next(writer);
}

static void write_next(struct writer *writer)
{
	struct db_tx *tx = db_begin(writer->db);

	assert_true(writer->next < (int)HILO_COUNT(writer->said));
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(writer->next, "x"), NULL, NULL);
	db_tx_commit(tx, on_written, writer);
}

static void no_answer_lies_when_the_server_is_killed_while_it_commits(void **state)
{
	struct writer *writer = hilo_new(struct writer);
	int unknown = 0;

	(void)state;
	testing_expect_log("db.connection_lost");
	writer->db = fixture_open(1);
	for (int round = 0; round < 5; round++) {
		writer->is_done = false;
		write_next(writer);
		run_loop_for(100000 + round * 7000);
		testing_postgres_kill(postgres);
		testing_run_until(loop, &writer->is_done, PATIENCE_US);
		testing_postgres_restart(postgres);
		fixture_wait_ready(writer->db, true);
	}
	for (int i = 0; i < writer->next; i++) {
		size_t rows = ask(writer->db, &dbtest_sql_read_item, INTS(i)).rows;

		if (writer->said[i] == DB_OK + 1)
			assert_int_equal(rows, 1);
		else if (writer->said[i] == DB_RETRY + 1)
			assert_int_equal(rows, 0);
		else
			unknown++;
	}
	print_message("%d commits, %d unknown\n", writer->next, unknown);
	assert_true(writer->next > 10);
	db_close(&writer->db);
	free(writer);
}

static void on_backend(void *arg, const struct db_result *result)
{
	((struct answer *)arg)->number = db_get_int(result, 0, 0);
}

static void a_commit_whose_session_is_terminated_is_retried_or_unknown(void **state)
{
	struct db *db = fixture_open(2);
	struct db_tx *tx = db_begin(db);
	struct answer backend = unanswered, commit = unanswered;

	(void)state;
	testing_expect_log("db.connection_lost");
	db_tx_exec(tx, &dbtest_sql_read_backend, NULL, on_backend, &backend);
	assert_int_equal(sync_tx(tx).outcome.fault, DB_OK);
	db_tx_exec(tx, &dbtest_sql_sleep_ms, INTS(5000), NULL, NULL);
	db_tx_commit(tx, on_sync, &commit);
	run_loop_for(50000);
	assert_int_equal(ask(db, &dbtest_sql_terminate_backend, INTS((int)backend.number)).outcome.fault, DB_OK);
	wait_for_answer(&commit);
	assert_int_equal(commit.outcome.fault, DB_RETRY); /* said before COMMIT was reached */
	assert_string_equal(commit.outcome.sqlstate, "57P01");
	assert_int_equal(commit_tx(db_begin(db)).outcome.fault, DB_OK);
	db_close(&db);
}

static void a_server_that_falls_silent_is_given_up(void **state)
{
	struct db *db = fixture_open_with((struct db_options){.statement_timeout_us = 100000});
	struct db_tx *tx = db_begin(db);
	struct answer backend = unanswered, answer = unanswered;
	int64_t start_us;

	(void)state;
	testing_expect_log("db.connection_lost");
	db_tx_exec(tx, &dbtest_sql_read_backend, NULL, on_backend, &backend);
	assert_int_equal(commit_tx(tx).outcome.fault, DB_OK);
	kill((pid_t)backend.number, SIGSTOP);
	start_us = clock_monotonic_us();
	db_query(db, &dbtest_sql_insert_item, item_params(1, "one"), on_query, &answer);
	wait_for_answer(&answer);
	kill((pid_t)backend.number, SIGCONT);
	assert_int_equal(answer.outcome.fault, DB_UNKNOWN);
	assert_in_range(clock_monotonic_us() - start_us, 5000000, 12000000);
	assert_int_equal(ask(db, &dbtest_sql_read_item, INTS(1)).outcome.fault, DB_OK);
	db_close(&db);
}

static void assert_reachable(const char *dsn)
{
	struct db *db = fixture_open_with((struct db_options){.dsn = dsn});

	fixture_wait_ready(db, true);
	assert_int_equal(ask(db, &dbtest_sql_count_items, NULL).outcome.fault, DB_OK);
	db_close(&db);
}

static void a_dead_host_in_the_connection_string_is_passed_over(void **state)
{
	HILO_AUTO(buf) struct buf dsn = {0};
	const char *real = testing_postgres_dsn(postgres, "postgres"); /* host=<folder> port=… */

	(void)state;
	buf_printf(&dsn, "host=/nonexistent,%s", real + strlen("host="));
	assert_reachable(dsn.data);
}

static void names_of_hosts_are_looked_up(void **state)
{
	HILO_AUTO(buf) struct buf dsn = {0};
	int port = testing_postgres_port(postgres);

	(void)state;
	buf_printf(&dsn, "host=localhost port=%d user=postgres", port);
	assert_reachable(dsn.data);
	buf_clear(&dsn);
	buf_printf(&dsn, "postgresql://postgres@no-such-name.invalid:1,localhost:%d/postgres", port);
	assert_reachable(dsn.data);
	buf_clear(&dsn);
	buf_printf(&dsn, "host=/nonexistent,no-such-name.invalid,127.0.0.1,localhost port=1,1,1,%d user=postgres",
	           port);
	assert_reachable(dsn.data);
}

struct metronome {
	struct timer *timer;
	int64_t due_us, worst_us;
};

static void on_beat(void *arg)
{
	struct metronome *metronome = arg;
	int64_t now_us = clock_monotonic_us();

	metronome->worst_us = HILO_MAX(metronome->worst_us, now_us - metronome->due_us);
	metronome->due_us = now_us + 10000;
	timer_in(metronome->timer, 10000);
}

static void the_loop_turns_while_a_name_is_looked_up(void **state)
{
	struct metronome metronome = {.due_us = clock_monotonic_us()};
	struct db *db;

	(void)state;
	metronome.timer = timer_new(loop, on_beat, &metronome);
	on_beat(&metronome);
	db = fixture_open_with((struct db_options){.dsn = "host=no-such-name.invalid", .connections = 3});
	run_loop_for(1000000);
	assert_false(db_is_ready(db));
	assert_in_range(metronome.worst_us, 0, 500000);
	timer_free(&metronome.timer);
	db_close(&db);
}

static void a_connection_string_that_is_none_is_reported(void **state)
{
	struct db *db;

	(void)state;
	testing_expect_log("db.connect_failed");
	db = fixture_open_with((struct db_options){.dsn = "this is no connection string"});
	run_loop_for(300000);
	assert_false(db_is_ready(db));
	db_close(&db);
}

static void nothing_is_ready_without_a_server(void **state)
{
	struct db *db;
	struct answer answer;

	(void)state;
	testing_expect_log("db.connect_failed");
	db = fixture_open_with((struct db_options){.dsn = "host=/nonexistent"});
	answer = ask(db, &dbtest_sql_count_items, NULL);
	assert_int_equal(answer.outcome.fault, DB_RETRY);
	assert_false(db_is_ready(db));
	db_close(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        fixture_case(after_a_crash_it_connects_and_prepares_again),
	        fixture_case(what_was_under_way_fails_by_what_is_known),
	        fixture_case(no_answer_lies_when_the_server_is_killed_while_it_commits),
	        fixture_case(a_commit_whose_session_is_terminated_is_retried_or_unknown),
	        fixture_case(a_server_that_falls_silent_is_given_up),
	        fixture_case(a_dead_host_in_the_connection_string_is_passed_over),
	        fixture_case(names_of_hosts_are_looked_up),
	        fixture_case(the_loop_turns_while_a_name_is_looked_up),
	        fixture_case(a_connection_string_that_is_none_is_reported),
	        fixture_case(nothing_is_ready_without_a_server),
	};

	return cmocka_run_group_tests(tests, fixture_up, fixture_down);
}
