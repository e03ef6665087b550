/* fixture.c - cluster, loop, pool, bus and channel of the channel's tests. */
#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "bus_sql.h"
#include "channel_sql.h"

struct testing_postgres *postgres;
struct loop *loop;
struct db *db;
struct bus *bus;
struct channel *channel;
const struct uuid inbox = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x01}};
static char folder[] = "/tmp/hilo-test-files-XXXXXX";
static struct channel_settings settings = {.store_path = folder, .slow_down_lag_us = 2000000};

int fixture_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	postgres = testing_postgres_start(TESTING_POSTGRES_MIGRATED);
	testing_postgres_sql(postgres,
	                     "INSERT INTO config.inbox (id, channel, name, address) VALUES"
	                     " ('01900000-0000-7000-8000-000000000001', 'email', 'Support', 'support@suite.example')");
	return 0;
}

static int remove_one(const char *path, const struct stat *found HILO_UNUSED, int type HILO_UNUSED,
                      struct FTW *at HILO_UNUSED)
{
	return remove(path);
}

int fixture_down(void **state)
{
	(void)state;
	testing_postgres_free(&postgres);
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void set_true(void *arg)
{
	*(bool *)arg = true;
}

void fixture_run_for(int64_t time_us)
{
	bool is_over = false;
	struct timer *timer = timer_new(loop, set_true, &is_over);
	timer_in(timer, time_us);
	testing_run_until(loop, &is_over, time_us + PATIENCE_US);
	timer_free(&timer);
}

void fixture_until(const int *count, int wanted)
{
	int64_t end_us = clock_monotonic_us() + PATIENCE_US;
	struct timer *tick = timer_new(loop, nothing, NULL);
	timer_every(tick, 10000);
	while (*count < wanted && clock_monotonic_us() < end_us)
		event_base_loop(loop_base(loop), EVLOOP_ONCE);
	timer_free(&tick);
	assert_true(*count >= wanted);
}

int fixture_begin(void **state)
{
	static const struct bus_settings keys;
	testing_begin(state);
	testing_postgres_sql(postgres,
	                     "TRUNCATE channel.message, channel.attachment, channel.unparsed, channel.outbound,"
	                     " channel.attempt, bus.event, bus.consumer, bus.parked");
	loop = loop_new();
	const struct db_catalogue catalogues[] = {
	        {channel_catalogue, channel_catalogue_count}, {bus_catalogue, bus_catalogue_count}, {0}};
	struct db_options options = {
	        .dsn = testing_postgres_dsn(postgres, "hilo_email"), .catalogues = catalogues, .connections = 4};
	db = db_open(loop, &options);
	struct bus_options bus_options = {.loop = loop, .db = db, .service = "email", .settings = &keys};
	bus = bus_open(&bus_options);
	return 0;
}

void fixture_open(void (*send)(void *arg, struct channel_outbound *out))
{
	struct channel_options options = {.loop = loop,
	                                  .db = db,
	                                  .bus = bus,
	                                  .settings = &settings,
	                                  .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL,
	                                  .send = send};
	channel = channel_open(&options);
	assert_non_null(channel);
}

void fixture_close(void)
{
	channel_close(&channel);
	bus_close(&bus);
	db_close(&db);
}

int fixture_end(void **state)
{
	fixture_close();
	loop_free(&loop);
	return testing_end(state);
}

static void on_number(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	assert_int_equal(outcome->fault, DB_OK);
	assert_int_equal(db_rows(rows), 1);
	*(int64_t *)arg = db_get_int(rows, 0, 0);
}

int64_t fixture_number(const char *sql)
{
	struct db_statement statement = {.name = "test.number", .sql = sql, .parameters = 0};
	const struct db_statement *list[] = {&statement};
	const struct db_catalogue catalogues[] = {{list, 1}, {0}};
	struct db_options options = {.dsn = testing_postgres_dsn(postgres, "postgres"), .catalogues = catalogues};
	struct db *super = db_open(loop, &options);
	struct db_params *params = db_params_new();
	int64_t number = INT64_MIN, end_us = clock_monotonic_us() + PATIENCE_US;
	db_query(super, &statement, params, on_number, &number);
	while (number == INT64_MIN && clock_monotonic_us() < end_us)
		event_base_loop(loop_base(loop), EVLOOP_ONCE);
	db_params_free(&params);
	db_close(&super);
	return number;
}
