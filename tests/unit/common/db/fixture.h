/* fixture.h - a database for the tests of common/db, and calls that wait for their answer. */
#pragma once

#include "base/clock.h"
#include "db/db.h"
#include "dbtest_sql.h"
#include "testing/postgres.h"
#include "testing/testing.h"

#define PATIENCE_US INT64_C(20000000)

extern struct testing_postgres *postgres; /* one a program, fixture_up() */
extern struct loop *loop;                 /* of the test */

int fixture_up(void **state);
int fixture_down(void **state);
int fixture_begin(void **state); /* each test has a fresh loop: an assertion that fails inside a handler spoils it */
int fixture_end(void **state);
#define fixture_case(function) cmocka_unit_test_setup_teardown(function, fixture_begin, fixture_end)

/* fixture_open - a pool of that many connections; waits until it is ready. */
struct db *fixture_open(int connections);
struct db *fixture_open_with(struct db_options options);
void fixture_wait_ready(struct db *db, bool ready);

void run_loop_for(int64_t time_us);

/* one answer; on_query and on_sync fill it */
struct answer {
	bool is_done;
	struct db_outcome outcome;
	size_t rows, affected;
	int64_t number; /* on_number: first column of the first row */
	char text[256]; /* on_text: the same */
	int order;      /* how many answers came before it */
};
extern const struct answer unanswered;
void on_query(void *arg, const struct db_outcome *outcome, const struct db_result *result);
void on_number(void *arg, const struct db_outcome *outcome, const struct db_result *result);
void on_text(void *arg, const struct db_outcome *outcome, const struct db_result *result);
void on_sync(void *arg, const struct db_outcome *outcome);
void on_rows(void *arg, const struct db_result *result);

void wait_for_answer(struct answer *answer);
struct answer ask(struct db *db, const struct db_statement *statement, struct db_params *params);
int64_t ask_number(struct db *db, const struct db_statement *statement,
                   struct db_params *params); /* of exactly one row */
struct answer ask_text(struct db *db, const struct db_statement *statement, struct db_params *params);
struct answer sync_tx(struct db_tx *tx);
struct answer commit_tx(struct db_tx *tx);

/* params shared by the tests, reset at each call */
struct db_params *fresh_params(void);
struct db_params *int_params(size_t count, const int *values);
#define INTS(...) int_params(sizeof((int[]){__VA_ARGS__}) / sizeof(int), (int[]){__VA_ARGS__})
struct db_params *item_params(int id, const char *value);
