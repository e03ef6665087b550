/* fixture.h - a channel on a real database, for the tests of taking in and of sending. */
#pragma once

#include "channel/channel.h"
#include "testing/postgres.h"
#include "testing/testing.h"

#define PATIENCE_US INT64_C(20000000)

extern struct testing_postgres *postgres;
extern struct loop *loop;
extern struct db *db;
extern struct bus *bus;
extern struct channel *channel;
extern const struct uuid inbox; /* of support@suite.example, active */

/* group: one migrated cluster. test: an empty log, loop, pool, bus and, opened by the test, a channel. */
int fixture_up(void **state);
int fixture_down(void **state);
int fixture_begin(void **state);
int fixture_end(void **state);
/* fixture_open - send NULL: takes in only. */
void fixture_open(void (*send)(void *arg, struct channel_outbound *out));
/* fixture_close - ends the channel and the pool, as a daemon does. */
void fixture_close(void);
/* fixture_number - the one number a query answers. */
int64_t fixture_number(const char *sql);
/* fixture_until - turns the loop until *count is wanted or more. */
void fixture_until(const int *count, int wanted);
void fixture_run_for(int64_t time_us);
#define fixture_case(function) cmocka_unit_test_setup_teardown(function, fixture_begin, fixture_end)
