/* fixture.c - the tests' database and loop. */
#include "fixture.h"

#include <stdio.h>

struct testing_postgres *postgres;
struct loop *loop;
const struct answer unanswered;
static struct db_params *params;
static int answers;

int fixture_up(void **state)
{
	(void)state;
	params = db_params_new();
	postgres = testing_postgres_start(0);
	testing_postgres_sql(
	        postgres, "CREATE SCHEMA dbtest;"
	                  "CREATE TABLE dbtest.item (id integer CONSTRAINT item_once PRIMARY KEY, value text);"
	                  "CREATE TABLE dbtest.deferred (id integer PRIMARY KEY, parent integer CONSTRAINT has_parent"
	                  "  REFERENCES dbtest.deferred DEFERRABLE INITIALLY DEFERRED);"
	                  "CREATE TABLE dbtest.wide (a integer);"
	                  "CREATE TABLE dbtest.growing (key integer, value text) WITH (autovacuum_enabled = off);"
	                  "CREATE INDEX ON dbtest.growing (key);");
	return 0;
}

int fixture_down(void **state)
{
	(void)state;
	testing_postgres_free(&postgres);
	db_params_free(&params);
	return 0;
}

int fixture_begin(void **state)
{
	loop = loop_new();
	return testing_begin(state);
}

int fixture_end(void **state)
{
	loop_free(&loop);
	return testing_end(state);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void set_true(void *arg)
{
	*(bool *)arg = true;
}

void run_loop_for(int64_t time_us)
{
	bool is_over = false;
	struct timer *timer = timer_new(loop, set_true, &is_over);

	timer_in(timer, time_us);
	testing_run_until(loop, &is_over, time_us * 2);
	timer_free(&timer);
}

void fixture_wait_ready(struct db *db, bool ready)
{
	int64_t end_us = clock_monotonic_us() + PATIENCE_US;
	struct timer *timer = timer_new(loop, nothing, NULL);

	timer_every(timer, 20000);
	while (db_is_ready(db) != ready && clock_monotonic_us() < end_us)
		assert_int_equal(event_base_loop(loop_base(loop), EVLOOP_ONCE), 0);
	timer_free(&timer);
	assert_int_equal(db_is_ready(db), ready);
}

struct db *fixture_open_with(struct db_options options)
{
	const struct db_catalogue catalogues[] = {{dbtest_catalogue, dbtest_catalogue_count}, {0}};

	if (!options.dsn)
		options.dsn = testing_postgres_dsn(postgres, "postgres");
	if (!options.catalogues)
		options.catalogues = catalogues;
	return db_open(loop, &options);
}

struct db *fixture_open(int connections)
{
	struct db *db = fixture_open_with((struct db_options){.connections = connections});

	fixture_wait_ready(db, true);
	ask(db, &dbtest_sql_count_items, NULL);
	testing_postgres_sql(postgres, "TRUNCATE dbtest.item, dbtest.deferred, dbtest.growing");
	return db;
}

void on_rows(void *arg, const struct db_result *result)
{
	struct answer *answer = arg;

	answer->rows = db_rows(result);
	answer->affected = db_affected(result);
}

void on_query(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct answer *answer = arg;

	assert_false(answer->is_done);
	assert_true((result != NULL) == (outcome->fault == DB_OK));
	answer->order = answers++;
	answer->outcome = *outcome;
	answer->is_done = true;
	if (result)
		on_rows(answer, result);
}

void on_sync(void *arg, const struct db_outcome *outcome)
{
	struct answer *answer = arg;

	assert_false(answer->is_done);
	answer->order = answers++;
	answer->outcome = *outcome;
	answer->is_done = true;
}

/* first_number, first_text - on_query that also keep the first value */
void on_number(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct answer *answer = arg;

	on_query(arg, outcome, result);
	if (result && db_rows(result))
		answer->number = db_get_int(result, 0, 0);
}

void on_text(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct answer *answer = arg;

	on_query(arg, outcome, result);
	if (result && db_rows(result))
		snprintf(answer->text, sizeof(answer->text), "%s", db_get_text(result, 0, 0));
}

void wait_for_answer(struct answer *answer)
{
	testing_run_until(loop, &answer->is_done, PATIENCE_US);
}

static struct answer ask_with(struct db *db, const struct db_statement *statement, struct db_params *bound,
                              void (*on_done)(void *, const struct db_outcome *, const struct db_result *))
{
	struct answer answer = unanswered;

	db_query(db, statement, bound, on_done, &answer);
	wait_for_answer(&answer);
	return answer;
}

struct answer ask(struct db *db, const struct db_statement *statement, struct db_params *bound)
{
	return ask_with(db, statement, bound, on_query);
}

int64_t ask_number(struct db *db, const struct db_statement *statement, struct db_params *bound)
{
	struct answer answer = ask_with(db, statement, bound, on_number);

	assert_int_equal(answer.outcome.fault, DB_OK);
	assert_int_equal(answer.rows, 1);
	return answer.number;
}

struct answer ask_text(struct db *db, const struct db_statement *statement, struct db_params *bound)
{
	return ask_with(db, statement, bound, on_text);
}

struct answer sync_tx(struct db_tx *tx)
{
	struct answer answer = unanswered;

	db_tx_sync(tx, on_sync, &answer);
	wait_for_answer(&answer);
	return answer;
}

struct answer commit_tx(struct db_tx *tx)
{
	struct answer answer = unanswered;

	db_tx_commit(tx, on_sync, &answer);
	wait_for_answer(&answer);
	return answer;
}

struct db_params *int_params(size_t count, const int *values)
{
	db_params_reset(params);
	for (size_t i = 0; i < count; i++)
		db_bind_i32(params, values[i]);
	return params;
}

struct db_params *item_params(int id, const char *value)
{
	db_params_reset(params);
	db_bind_i32(params, id);
	db_bind_text(params, value);
	return params;
}

struct db_params *fresh_params(void)
{
	return db_params_reset(params);
}
