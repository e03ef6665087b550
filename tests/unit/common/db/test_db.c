/* test_db.c - queries, transactions, parameters and results against a real PostgreSQL. */
#include "fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/metric.h"

/* ---- values ---- */

static const struct uuid some_id = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
static const int64_t some_time_us = INT64_C(1785571200123456); /* 2026-08-01T08:00:00.123456Z */
static bool is_checked;

static void check_scalars(void *arg, const struct db_outcome *outcome, const struct db_result *r)
{
	struct uuid id;
	size_t size;

	(void)arg;
	assert_int_equal(outcome->fault, DB_OK);
	assert_int_equal(db_rows(r), 1);
	assert_true(db_get_bool(r, 0, 0));
	assert_int_equal(db_get_int(r, 0, 1), -32768);
	assert_int_equal(db_get_int(r, 0, 2), -2147483647 - 1);
	assert_true(db_get_int(r, 0, 3) == INT64_MIN);
	assert_true(db_get_xid(r, 0, 4) == UINT64_MAX);
	assert_true(db_get_time(r, 0, 5) == some_time_us);
	assert_string_equal(db_get_text(r, 0, 6), "ñandú \xf0\x9f\x90\xa6");
	assert_memory_equal(db_get_bytes(r, 0, 7, &size), "a\0b", 3);
	assert_int_equal(size, 3);
	id = db_get_uuid(r, 0, 8);
	assert_true(uuid_equal(&id, &some_id));
	assert_string_equal(db_get_text(r, 0, 9), "{\"a\": [1, 2]}");
	is_checked = true;
}

static void every_type_comes_back_as_it_was_sent(void **state)
{
	struct db *db = fixture_open(1);
	struct db_params *p = fresh_params();

	(void)state;
	db_bind_bool(p, true);
	db_bind_i16(p, INT16_MIN);
	db_bind_i32(p, INT32_MIN);
	db_bind_i64(p, INT64_MIN);
	db_bind_xid(p, UINT64_MAX);
	db_bind_time(p, some_time_us);
	db_bind_text(p, "ñandú \xf0\x9f\x90\xa6");
	db_bind_bytes(p, "a\0b", 3);
	db_bind_uuid(p, &some_id);
	db_bind_textn(p, "{\"a\":[1,2]}and more", 11);
	is_checked = false;
	db_query(db, &dbtest_sql_echo_scalars, p, check_scalars, NULL);
	testing_run_until(loop, &is_checked, PATIENCE_US);
	db_close(&db);
}

static void check_nulls(void *arg, const struct db_outcome *outcome, const struct db_result *r)
{
	struct uuid id = db_get_uuid(r, 0, 8);
	size_t size = 1;

	(void)arg;
	assert_int_equal(outcome->fault, DB_OK);
	for (int column = 0; column < 10; column++)
		assert_true(db_is_null(r, 0, column));
	assert_false(db_get_bool(r, 0, 0));
	assert_int_equal(db_get_int(r, 0, 3), 0);
	assert_int_equal(db_get_xid(r, 0, 4), 0);
	assert_int_equal(db_get_time(r, 0, 5), 0);
	assert_null(db_get_text(r, 0, 6));
	assert_null(db_get_bytes(r, 0, 7, &size));
	assert_int_equal(size, 0);
	assert_true(uuid_is_nil(&id));
	assert_null(db_get_text(r, 0, 9));
	is_checked = true;
}

static void nulls_come_back_as_nulls(void **state)
{
	struct db *db = fixture_open(1);
	struct db_params *p = fresh_params();

	(void)state;
	for (int i = 0; i < 6; i++)
		db_bind_null(p);
	db_bind_text(p, NULL);
	db_bind_bytes(p, NULL, 0);
	db_bind_uuid(p, NULL);
	db_bind_textn(p, NULL, 0);
	is_checked = false;
	db_query(db, &dbtest_sql_echo_scalars, p, check_nulls, NULL);
	testing_run_until(loop, &is_checked, PATIENCE_US);
	db_close(&db);
}

#define ARRAY(type, ...)                                                                                               \
	do {                                                                                                           \
		db_array_begin(p, type);                                                                               \
		__VA_ARGS__;                                                                                           \
		db_array_null(p);                                                                                      \
		db_array_end(p);                                                                                       \
	} while (0)

static void check_arrays(void *arg, const struct db_outcome *outcome, const struct db_result *r)
{
	struct uuid id;
	size_t size;

	(void)arg;
	assert_int_equal(outcome->fault, DB_OK);
	assert_int_equal(db_rows(r), 2);
	assert_true(db_get_bool(r, 0, 0));
	assert_int_equal(db_get_int(r, 0, 1), -7);
	assert_int_equal(db_get_int(r, 0, 2), -70000);
	assert_true(db_get_int(r, 0, 3) == INT64_C(-7000000000));
	assert_true(db_get_xid(r, 0, 4) == UINT64_C(1) << 40);
	assert_true(db_get_time(r, 0, 5) == some_time_us);
	assert_string_equal(db_get_text(r, 0, 6), "{\"quoted\",NULL}");
	assert_memory_equal(db_get_bytes(r, 0, 7, &size), "\0\xff", 2);
	assert_int_equal(size, 2);
	id = db_get_uuid(r, 0, 8);
	assert_true(uuid_equal(&id, &some_id));
	for (int column = 0; column < 9; column++)
		assert_true(db_is_null(r, 1, column));
	is_checked = true;
}

static void arrays_of_every_type_come_back_with_their_nulls(void **state)
{
	struct db *db = fixture_open(1);
	struct db_params *p = fresh_params();

	(void)state;
	ARRAY(DB_BOOL, db_array_bool(p, true));
	ARRAY(DB_I16, db_array_i16(p, -7));
	ARRAY(DB_I32, db_array_i32(p, -70000));
	ARRAY(DB_I64, db_array_i64(p, INT64_C(-7000000000)));
	ARRAY(DB_XID, db_array_xid(p, UINT64_C(1) << 40));
	ARRAY(DB_TIME, db_array_i64(p, some_time_us));
	ARRAY(DB_TEXT, db_array_text(p, "{\"quoted\",NULL}"));
	ARRAY(DB_BYTES, db_array_bytes(p, "\0\xff", 2));
	ARRAY(DB_UUID, db_array_uuid(p, &some_id));
	is_checked = false;
	db_query(db, &dbtest_sql_echo_arrays, p, check_arrays, NULL);
	testing_run_until(loop, &is_checked, PATIENCE_US);
	db_close(&db);
}

static void bind_numbers(struct db_params *p, int64_t count)
{
	db_array_begin(p, DB_I64);
	for (int64_t i = 1; i <= count; i++)
		db_array_i64(p, i);
	db_array_end(p);
}

static void arrays_may_be_empty_or_long(void **state)
{
	struct db *db = fixture_open(1);
	struct db_params *p = fresh_params();

	(void)state;
	bind_numbers(p, 0);
	assert_int_equal(ask_number(db, &dbtest_sql_measure_array, p), 0);
	bind_numbers(fresh_params(), 1000);
	assert_int_equal(ask_number(db, &dbtest_sql_measure_array, p), 1000);
	db_close(&db);
}

static void check_megabyte(void *arg, const struct db_outcome *outcome, const struct db_result *r)
{
	size_t size;

	assert_int_equal(outcome->fault, DB_OK);
	assert_memory_equal(db_get_bytes(r, 0, 7, &size), arg, 1 << 20);
	assert_int_equal(size, 1 << 20);
	is_checked = true;
}

static void a_megabyte_goes_there_and_back(void **state)
{
	struct db *db = fixture_open(1);
	struct db_params *p = fresh_params();
	HILO_AUTO_FREE uint8_t *data = hilo_alloc(1 << 20);

	(void)state;
	for (size_t i = 0; i < 1 << 20; i++)
		data[i] = (uint8_t)(i * 7 + (i >> 8));
	for (int i = 0; i < 7; i++)
		db_bind_null(p);
	db_bind_bytes(p, data, 1 << 20);
	db_bind_null(p);
	db_bind_null(p);
	is_checked = false;
	db_query(db, &dbtest_sql_echo_scalars, p, check_megabyte, data);
	testing_run_until(loop, &is_checked, PATIENCE_US);
	db_close(&db);
}

static void count_echo(void *arg, const struct db_outcome *outcome, const struct db_result *r)
{
	int *left = arg;
	size_t size;

	assert_int_equal(outcome->fault, DB_OK);
	db_get_bytes(r, 0, 7, &size);
	assert_int_equal(size, 1 << 20);
	is_checked = --*left == 0;
}

/* Both ends have more to say than the socket holds: whoever only writes waits for ever. */
static void many_megabytes_go_both_ways_at_once(void **state)
{
	struct db *db = fixture_open(1);
	struct db_params *p = fresh_params();
	HILO_AUTO_FREE uint8_t *data = hilo_alloc(1 << 20);
	int left = 48;

	(void)state;
	for (int i = 0; i < 7; i++)
		db_bind_null(p);
	db_bind_bytes(p, data, 1 << 20);
	db_bind_null(p);
	db_bind_null(p);
	is_checked = false;
	for (int i = 0; i < 48; i++)
		db_query(db, &dbtest_sql_echo_scalars, p, count_echo, &left);
	testing_run_until(loop, &is_checked, PATIENCE_US);
	db_close(&db);
}

static void check_other_types(void *arg, const struct db_outcome *outcome, const struct db_result *r)
{
	(void)arg;
	assert_int_equal(outcome->fault, DB_OK);
	assert_string_equal(db_get_text(r, 0, 1), "x");
	assert_string_equal(db_get_text(r, 0, 2), "x");
	assert_string_equal(db_get_text(r, 0, 3), "{\"a\": 1}");
	assert_true(db_get_time(r, 0, 4) == INT64_MAX);
	assert_true(db_get_time(r, 0, 5) == INT64_MIN);
	is_checked = true;
}

static void texts_of_other_types_and_endless_times_are_read(void **state)
{
	struct db *db = fixture_open(1);

	(void)state;
	is_checked = false;
	db_query(db, &dbtest_sql_read_types, NULL, check_other_types, NULL);
	testing_run_until(loop, &is_checked, PATIENCE_US);
	db_close(&db);
}

static void read_wrongly(void *arg, const struct db_outcome *outcome, const struct db_result *r)
{
	bool *is_null = arg;

	(void)outcome;
	*is_null =
	        db_get_text(r, 0, 0) == NULL && db_get_int(r, 0, 1) == 0 && db_is_null(r, 1, 0) && db_is_null(r, 0, 99);
	is_checked = true;
}

static void read_wrongly_in_a_strict_process(void)
{
	bool is_null;
	struct db *db;

	setenv("HILO_STRICT", "1", 1);
	signal(SIGABRT, SIG_DFL); /* cmocka has its own */
	close(STDERR_FILENO);
	alarm(20);
	loop = loop_new();
	db = fixture_open_with((struct db_options){0});
	db_query(db, &dbtest_sql_read_types, NULL, read_wrongly, &is_null);
	loop_run(loop);
}

static void a_wrong_column_type_ends_a_strict_process(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0)
		read_wrongly_in_a_strict_process();
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#ifndef HILO_SANITIZED /* such builds are always strict */
static void a_wrong_column_type_reads_as_null_in_production(void **state)
{
	struct db *db = fixture_open(1);
	bool is_null = false;

	(void)state;
	testing_expect_log("db.column_type");
	is_checked = false;
	db_query(db, &dbtest_sql_read_types, NULL, read_wrongly, &is_null);
	testing_run_until(loop, &is_checked, PATIENCE_US);
	assert_true(is_null);
	db_close(&db);
}
#endif

/* ---- queries ---- */

static void one_of_many_pipelined_queries_fails_alone(void **state)
{
	enum { COUNT = 2000, BAD = 1234 };
	struct db *db = fixture_open(2);
	struct answer *answers = hilo_alloc_array(COUNT, sizeof(*answers));

	(void)state;
	for (int i = 0; i < COUNT; i++)
		db_query(db, &dbtest_sql_divide, INTS(i * 2, i == BAD ? 0 : 2), on_number, &answers[i]);
	for (int i = 0; i < COUNT; i++) {
		wait_for_answer(&answers[i]);
		assert_int_equal(answers[i].outcome.fault, i == BAD ? DB_FAILED : DB_OK);
		if (i != BAD)
			assert_int_equal(answers[i].number, i);
	}
	assert_string_equal(answers[BAD].outcome.sqlstate, "22012");
	assert_string_equal(answers[BAD].outcome.message, "division by zero");
	free(answers);
	db_close(&db);
}

static void a_failed_write_names_its_constraint(void **state)
{
	struct db *db = fixture_open(1);
	struct answer answer;

	(void)state;
	assert_int_equal(ask(db, &dbtest_sql_insert_item, item_params(1, "first")).affected, 1);
	answer = ask(db, &dbtest_sql_insert_item, item_params(1, "second"));
	assert_int_equal(answer.outcome.fault, DB_FAILED);
	assert_string_equal(answer.outcome.sqlstate, "23505");
	assert_string_equal(answer.outcome.constraint, "item_once");
	assert_string_equal(ask_text(db, &dbtest_sql_read_item, INTS(1)).text, "first");
	db_close(&db);
}

static void a_query_that_fails_when_it_commits_has_failed(void **state)
{
	struct db *db = fixture_open(1);
	struct answer answer = ask(db, &dbtest_sql_insert_deferred, INTS(1));

	(void)state;
	assert_int_equal(answer.outcome.fault, DB_FAILED);
	assert_string_equal(answer.outcome.constraint, "has_parent");
	assert_int_equal(ask_number(db, &dbtest_sql_count_items, NULL), 0);
	db_close(&db);
}

static void wrong_parameters_are_the_statement_s_fault(void **state)
{
	static const char bad_text[] = "caf\xe9";
	struct db *db = fixture_open(1);
	struct answer answer;

	(void)state;
	answer = ask(db, &dbtest_sql_divide, INTS(1)); /* one too few */
	assert_int_equal(answer.outcome.fault, DB_FAILED);
	answer = ask(db, &dbtest_sql_insert_item, item_params(1, bad_text));
	assert_int_equal(answer.outcome.fault, DB_FAILED);
	assert_string_equal(answer.outcome.sqlstate, "22021");
	assert_int_equal(ask_number(db, &dbtest_sql_count_items, NULL), 0);
	db_close(&db);
}

static void a_statement_that_takes_too_long_fails(void **state)
{
	struct db *db = fixture_open_with((struct db_options){.statement_timeout_us = 200000});
	struct answer answer = ask(db, &dbtest_sql_sleep_ms, INTS(5000));

	(void)state;
	assert_int_equal(answer.outcome.fault, DB_FAILED);
	assert_string_equal(answer.outcome.sqlstate, "57014");
	db_close(&db);
}

static void queries_are_counted(void **state)
{
	struct db *db = fixture_open(1);
	double before = metric_value(metric_counter("hilo_db_queries_total", "Statements sent", NULL));

	(void)state;
	ask(db, &dbtest_sql_count_items, NULL);
	assert_true(metric_value(metric_counter("hilo_db_queries_total", "Statements sent", NULL)) == before + 1);
	assert_true(metric_value(metric_gauge("hilo_db_connections", "Database connections ready for work", NULL)) ==
	            1);
	db_close(&db);
}

/* ---- transactions ---- */

static void what_is_committed_stays(void **state)
{
	struct db *db = fixture_open(2);
	struct db_tx *tx = db_begin(db);
	struct answer rows = unanswered, answer;

	(void)state;
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(1, "one"), on_rows, &rows);
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(2, "two"), NULL, NULL);
	assert_int_equal(sync_tx(tx).outcome.fault, DB_OK);
	assert_int_equal(rows.affected, 1);
	assert_int_equal(ask_number(db, &dbtest_sql_count_items, NULL),
	                 0); /* not yet, seen from the other connection */
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(3, NULL), NULL, NULL);
	answer = commit_tx(tx);
	assert_int_equal(answer.outcome.fault, DB_OK);
	assert_int_equal(ask_number(db, &dbtest_sql_count_items, NULL), 3);
	db_close(&db);
}

static void what_is_rolled_back_never_was(void **state)
{
	struct db *db = fixture_open(1);
	struct db_tx *tx = db_begin(db);

	(void)state;
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(1, "one"), NULL, NULL);
	assert_int_equal(sync_tx(tx).outcome.fault, DB_OK);
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(2, "forgotten"), NULL, NULL);
	db_tx_rollback(tx);
	tx = db_begin(db);
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(3, "never sent"), NULL, NULL);
	db_tx_rollback(tx);
	assert_int_equal(ask_number(db, &dbtest_sql_count_items, NULL), 0);
	db_close(&db);
}

static void an_error_rolls_the_whole_transaction_back(void **state)
{
	struct db *db = fixture_open(1);
	struct answer first = unanswered, last = unanswered, answer;
	struct db_tx *tx = db_begin(db);

	(void)state;
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(1, "one"), on_rows, &first);
	db_tx_exec(tx, &dbtest_sql_divide, INTS(1, 0), NULL, NULL);
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(2, "two"), on_rows, &last);
	answer = commit_tx(tx);
	assert_int_equal(answer.outcome.fault, DB_FAILED);
	assert_string_equal(answer.outcome.sqlstate, "22012");
	assert_int_equal(first.affected, 1);
	assert_int_equal(last.affected, 0);
	/* and the connection is fit for the next */
	tx = db_begin(db);
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(3, "three"), NULL, NULL);
	assert_int_equal(commit_tx(tx).outcome.fault, DB_OK);
	assert_int_equal(ask_number(db, &dbtest_sql_count_items, NULL), 1);
	db_close(&db);
}

static void an_error_after_a_sync_rolls_back_what_came_before(void **state)
{
	struct db *db = fixture_open(1);
	struct db_tx *tx = db_begin(db);

	(void)state;
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(1, "one"), NULL, NULL);
	assert_int_equal(sync_tx(tx).outcome.fault, DB_OK);
	db_tx_exec(tx, &dbtest_sql_divide, INTS(1, 0), NULL, NULL);
	assert_int_equal(sync_tx(tx).outcome.fault, DB_FAILED);
	assert_int_equal(ask_number(db, &dbtest_sql_count_items, NULL), 0);
	db_close(&db);
}

static void a_transaction_that_fails_when_it_commits_has_failed(void **state)
{
	struct db *db = fixture_open(1);
	struct db_tx *tx = db_begin(db);
	struct answer answer;

	(void)state;
	db_tx_exec(tx, &dbtest_sql_insert_deferred, INTS(1), NULL, NULL);
	answer = commit_tx(tx);
	assert_int_equal(answer.outcome.fault, DB_FAILED);
	assert_string_equal(answer.outcome.constraint, "has_parent");
	assert_int_equal(ask_number(db, &dbtest_sql_count_items, NULL), 0);
	db_close(&db);
}

static void an_empty_transaction_commits(void **state)
{
	struct db *db = fixture_open(1);

	(void)state;
	assert_int_equal(commit_tx(db_begin(db)).outcome.fault, DB_OK);
	db_close(&db);
}

static void the_loser_of_a_deadlock_may_retry(void **state)
{
	struct db *db = fixture_open(3);
	struct db_tx *a = db_begin(db), *b = db_begin(db);
	struct answer of_a = unanswered, of_b = unanswered;
	const struct db_outcome *lost;

	(void)state;
	ask(db, &dbtest_sql_insert_item, item_params(1, "one"));
	ask(db, &dbtest_sql_insert_item, item_params(2, "two"));
	db_tx_exec(a, &dbtest_sql_update_item, item_params(1, "a"), NULL, NULL);
	db_tx_exec(b, &dbtest_sql_update_item, item_params(2, "b"), NULL, NULL);
	assert_int_equal(sync_tx(a).outcome.fault, DB_OK);
	assert_int_equal(sync_tx(b).outcome.fault, DB_OK);
	db_tx_exec(a, &dbtest_sql_update_item, item_params(2, "a"), NULL, NULL);
	db_tx_exec(b, &dbtest_sql_update_item, item_params(1, "b"), NULL, NULL);
	db_tx_commit(a, on_sync, &of_a);
	db_tx_commit(b, on_sync, &of_b);
	wait_for_answer(&of_a);
	wait_for_answer(&of_b);
	assert_true((of_a.outcome.fault == DB_OK) != (of_b.outcome.fault == DB_OK));
	lost = of_a.outcome.fault ? &of_a.outcome : &of_b.outcome;
	assert_int_equal(lost->fault, DB_RETRY);
	assert_string_equal(lost->sqlstate, "40P01");
	db_close(&db);
}

static void others_wait_in_order_for_the_only_connection(void **state)
{
	struct db *db = fixture_open(1);
	struct db_tx *tx = db_begin(db), *next = db_begin(db);
	struct answer first = unanswered, second = unanswered, third = unanswered;

	(void)state;
	db_tx_exec(tx, &dbtest_sql_insert_item, item_params(1, "one"), NULL, NULL);
	assert_int_equal(sync_tx(tx).outcome.fault, DB_OK);
	db_query(db, &dbtest_sql_count_items, NULL, on_number, &first);
	db_tx_exec(next, &dbtest_sql_insert_item, item_params(2, "two"), NULL, NULL);
	db_tx_commit(next, on_sync, &second);
	db_query(db, &dbtest_sql_count_items, NULL, on_number, &third);
	db_tx_exec(tx, &dbtest_sql_sleep_ms, INTS(50), NULL, NULL);
	assert_int_equal(sync_tx(tx).outcome.fault, DB_OK);
	assert_false(first.is_done || second.is_done || third.is_done);
	assert_int_equal(commit_tx(tx).outcome.fault, DB_OK);
	wait_for_answer(&third);
	assert_true(first.order < second.order && second.order < third.order);
	assert_int_equal(first.number, 1);
	assert_int_equal(third.number, 2);
	db_close(&db);
}

static void nobody_waits_longer_than_5_seconds(void **state)
{
	struct db *db = fixture_open_with((struct db_options){.idle_in_transaction_timeout_us = 20000000});
	struct db_tx *tx = db_begin(db), *late = db_begin(db);
	struct answer query = unanswered, transaction = unanswered;
	int64_t start_us;

	(void)state;
	assert_int_equal(sync_tx(tx).outcome.fault, DB_OK);
	start_us = clock_monotonic_us();
	db_query(db, &dbtest_sql_count_items, NULL, on_query, &query);
	db_tx_commit(late, on_sync, &transaction);
	wait_for_answer(&query);
	wait_for_answer(&transaction);
	assert_int_equal(query.outcome.fault, DB_RETRY);
	assert_int_equal(transaction.outcome.fault, DB_RETRY);
	assert_in_range(clock_monotonic_us() - start_us, 4900000, 12000000);
	assert_int_equal(commit_tx(tx).outcome.fault, DB_OK);
	db_close(&db);
}

static void a_transaction_left_idle_may_retry(void **state)
{
	struct db *db = fixture_open_with((struct db_options){.idle_in_transaction_timeout_us = 100000});
	struct db_tx *tx = db_begin(db);

	(void)state;
	assert_int_equal(sync_tx(tx).outcome.fault, DB_OK);
	usleep(300000); /* this process stands still, not only its loop */
	assert_int_equal(sync_tx(tx).outcome.fault, DB_RETRY);
	assert_int_equal(commit_tx(db_begin(db)).outcome.fault, DB_OK);
	db_close(&db);
}

static void on_first_number(void *arg, const struct db_result *result)
{
	((struct answer *)arg)->number = db_get_int(result, 0, 0);
}

static void on_second_is_null(void *arg, const struct db_result *result)
{
	((struct answer *)arg)->number = db_is_null(result, 0, 1);
}

static void locks_are_taken_once_each_and_no_transaction_id(void **state)
{
	int64_t objects[] = {5, -3, 5, INT64_MAX, -3, INT64_MIN};
	struct db *db = fixture_open(1);
	struct db_tx *tx = db_begin(db);
	struct answer locks = unanswered;

	(void)state;
	db_tx_lock(tx, objects, 0);
	db_tx_lock(tx, objects, HILO_COUNT(objects));
	db_tx_exec(tx, &dbtest_sql_read_locks, NULL, on_first_number, &locks);
	assert_int_equal(sync_tx(tx).outcome.fault, DB_OK);
	assert_int_equal(locks.number, 4);
	db_tx_exec(tx, &dbtest_sql_read_backend, NULL, on_second_is_null, &locks);
	assert_int_equal(commit_tx(tx).outcome.fault, DB_OK);
	assert_int_equal(locks.number, 1);
	db_close(&db);
}

static void whoever_waits_for_a_lock_in_vain_is_not_to_blame(void **state)
{
	int64_t object = 7;
	struct db *db = fixture_open_with((struct db_options){.connections = 2, .statement_timeout_us = 500000});
	struct db_tx *holder = db_begin(db), *waiter;
	struct answer answer;

	(void)state;
	db_tx_lock(holder, &object, 1);
	assert_int_equal(sync_tx(holder).outcome.fault, DB_OK);
	waiter = db_begin(db);
	db_tx_lock(waiter, &object, 1);
	answer = sync_tx(waiter);
	assert_int_equal(answer.outcome.fault, DB_RETRY);
	assert_string_equal(answer.outcome.sqlstate, "55P03");
	assert_int_equal(commit_tx(holder).outcome.fault, DB_OK);
	db_close(&db);
}

/* ---- plans ---- */

static void explain_is(void *arg, const struct db_outcome *outcome, const struct db_result *r)
{
	bool *uses_index = arg;

	assert_int_equal(outcome->fault, DB_OK);
	*uses_index = false;
	for (size_t row = 0; row < db_rows(r); row++)
		*uses_index |= strstr(db_get_text(r, row, 0), "Index Scan") != NULL;
	is_checked = true;
}

static bool uses_index(struct db *db)
{
	bool uses;

	is_checked = false;
	db_query(db, &dbtest_sql_explain_lookup_lateral, NULL, explain_is, &uses);
	testing_run_until(loop, &is_checked, PATIENCE_US);
	return uses;
}

static int64_t time_lookups(struct db *db, int count)
{
	struct db_params *p = fresh_params();
	int64_t start_us = clock_monotonic_us();

	db_array_begin(p, DB_I32);
	for (int i = 0; i < 50; i++)
		db_array_i32(p, 19000 + i);
	db_array_end(p);
	for (int i = 0; i < count; i++)
		assert_int_equal(ask(db, &dbtest_sql_lookup_lateral, p).rows, 50);
	return (clock_monotonic_us() - start_us) / count;
}

static void a_plan_made_for_an_empty_table_does_not_live_on(void **state)
{
	struct db *stale, *fresh;
	int64_t stale_us, fresh_us;

	(void)state;
	stale = fixture_open(1);
	db_close(&stale);
	/* the planner takes any new table for ten pages and would use the index at once; this one it knows to be empty
	 */
	testing_postgres_sql(postgres, "VACUUM ANALYZE dbtest.growing");
	stale = fixture_open_with((struct db_options){.replan_every_us = INT64_C(3600000000)});
	fresh = fixture_open_with((struct db_options){.replan_every_us = 300000});
	time_lookups(stale, 20); /* now the generic plan is settled */
	time_lookups(fresh, 20);
	assert_false(uses_index(stale));
	ask(stale, &dbtest_sql_grow, INTS(20000));
	stale_us = time_lookups(stale, 5);
	usleep(300000);
	time_lookups(fresh, 1); /* the tick sees that it is due */
	run_loop_for(300000);
	fresh_us = time_lookups(fresh, 5);
	print_message("50 look-ups in 20,000 rows: %lld us by the stale plan, %lld us by the fresh one\n",
	              (long long)stale_us, (long long)fresh_us);
	assert_false(uses_index(stale));
	assert_true(uses_index(fresh));
	assert_true(fresh_us * 3 < stale_us);
	db_close(&stale);
	db_close(&fresh);
}

/* ---- the pool's life ---- */

static void close_db(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct db **db = arg;

	(void)outcome;
	(void)result;
	db_close(db);
	is_checked = true;
}

static void it_may_be_closed_from_a_callback(void **state)
{
	struct db *db = fixture_open(2);
	struct answer others[4] = {0}, transaction = unanswered;
	struct db_tx *tx = db_begin(db), *idle = db_begin(db);

	(void)state;
	assert_int_equal(sync_tx(idle).outcome.fault, DB_OK);
	is_checked = false;
	db_query(db, &dbtest_sql_count_items, NULL, close_db, &db);
	for (size_t i = 0; i < 4; i++)
		db_query(db, i % 2 ? &dbtest_sql_read_item : &dbtest_sql_insert_item,
		         i % 2 ? INTS(1) : item_params((int)i, "x"), on_query, &others[i]);
	db_tx_exec(tx, &dbtest_sql_sleep_ms, INTS(1000), NULL, NULL);
	db_tx_commit(tx, on_sync, &transaction);
	testing_run_until(loop, &is_checked, PATIENCE_US);
	assert_null(db);
	for (size_t i = 0; i < 4; i++) {
		assert_true(others[i].is_done);
		assert_int_equal(others[i].outcome.fault, i % 2 ? DB_RETRY : DB_UNKNOWN);
	}
	assert_true(transaction.is_done);
	assert_int_equal(transaction.outcome.fault, DB_UNKNOWN);
}

static void it_waits_for_the_schema(void **state)
{
	static const struct db_statement late = {.name = "late.read", .sql = "SELECT 1 FROM dbtest.late"};
	static const struct db_statement *const statements[] = {&late};
	const struct db_catalogue catalogues[] = {{statements, 1}, {0}};
	struct db *db = fixture_open_with((struct db_options){.connections = 2, .catalogues = catalogues});

	(void)state;
	testing_expect_log("db.prepare_failed");
	run_loop_for(400000);
	assert_false(db_is_ready(db));
	testing_postgres_sql(postgres, "CREATE TABLE dbtest.late ()");
	fixture_wait_ready(db, true);
	assert_int_equal(ask(db, &late, NULL).outcome.fault, DB_OK);
	db_close(&db);
}

static void a_migration_under_way_makes_its_statements_retry_and_no_others(void **state)
{
	struct db *db = fixture_open(1);
	struct answer read = unanswered, write = unanswered;

	(void)state;
	assert_int_equal(ask(db, &dbtest_sql_read_wide, NULL).outcome.fault, DB_OK);
	testing_postgres_sql(postgres, "ALTER TABLE dbtest.wide ADD COLUMN b text");
	db_query(db, &dbtest_sql_read_wide, NULL, on_query, &read);
	db_query(db, &dbtest_sql_insert_item, item_params(1, "one"), on_query, &write);
	wait_for_answer(&write);
	assert_int_equal(read.outcome.fault, DB_RETRY); /* cached plan must not change result type */
	assert_int_equal(write.outcome.fault, DB_OK);
	assert_int_equal(ask(db, &dbtest_sql_read_wide, NULL).outcome.fault, DB_OK);
	db_close(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        fixture_case(every_type_comes_back_as_it_was_sent),
	        fixture_case(nulls_come_back_as_nulls),
	        fixture_case(arrays_of_every_type_come_back_with_their_nulls),
	        fixture_case(arrays_may_be_empty_or_long),
	        fixture_case(a_megabyte_goes_there_and_back),
	        fixture_case(many_megabytes_go_both_ways_at_once),
	        fixture_case(texts_of_other_types_and_endless_times_are_read),
	        fixture_case(a_wrong_column_type_ends_a_strict_process),
#ifndef HILO_SANITIZED
	        fixture_case(a_wrong_column_type_reads_as_null_in_production),
#endif
	        fixture_case(one_of_many_pipelined_queries_fails_alone),
	        fixture_case(a_failed_write_names_its_constraint),
	        fixture_case(a_query_that_fails_when_it_commits_has_failed),
	        fixture_case(wrong_parameters_are_the_statement_s_fault),
	        fixture_case(a_statement_that_takes_too_long_fails),
	        fixture_case(whoever_waits_for_a_lock_in_vain_is_not_to_blame),
	        fixture_case(queries_are_counted),
	        fixture_case(what_is_committed_stays),
	        fixture_case(what_is_rolled_back_never_was),
	        fixture_case(an_error_rolls_the_whole_transaction_back),
	        fixture_case(an_error_after_a_sync_rolls_back_what_came_before),
	        fixture_case(a_transaction_that_fails_when_it_commits_has_failed),
	        fixture_case(an_empty_transaction_commits),
	        fixture_case(the_loser_of_a_deadlock_may_retry),
	        fixture_case(others_wait_in_order_for_the_only_connection),
	        fixture_case(nobody_waits_longer_than_5_seconds),
	        fixture_case(a_transaction_left_idle_may_retry),
	        fixture_case(locks_are_taken_once_each_and_no_transaction_id),
	        fixture_case(a_plan_made_for_an_empty_table_does_not_live_on),
	        fixture_case(it_may_be_closed_from_a_callback),
	        fixture_case(it_waits_for_the_schema),
	        fixture_case(a_migration_under_way_makes_its_statements_retry_and_no_others),
	};

	return cmocka_run_group_tests(tests, fixture_up, fixture_down);
}
