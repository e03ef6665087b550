/* db/db.c - the pool: who waits, which connection takes it, whether the database is there. */
#include <assert.h>
#include <stdio.h>

#include "db/internal.h"
#include "db_sql.h"

#define WAIT_LIMIT_US INT64_C(5000000)
#define TICK_US INT64_C(100000)
#define PIPELINE_DEPTH 64 /* trips under way on one connection; the rest waits where any connection can take it */

static const int64_t default_statement_timeout_us = INT64_C(10000000);
static const int64_t default_idle_timeout_us = INT64_C(5000000);
static const int64_t default_replan_us = INT64_C(5000000);

/* ---- the waiting ---- */

static struct connection *free_connection(struct db *db)
{
	struct connection *best = NULL;

	for (size_t i = 0; i < db->connection_count; i++) {
		struct connection *connection = &db->connections[i];

		if (connection->state != LINK_READY || connection->tx || connection->is_broken ||
		    connection->is_stale || connection->trips.count >= PIPELINE_DEPTH)
			continue;
		if (!best || connection->trips.count < best->trips.count)
			best = connection;
	}
	return best;
}

void db_dispatch(struct db *db)
{
	struct connection *connection;
	struct trip *trip;

	while (db->waiting.head && !db->is_closed && (connection = free_connection(db))) {
		trip = trips_pop(&db->waiting);
		metric_observe(db->metrics.wait, (double)(clock_monotonic_us() - trip->asked_us) / 1e6);
		if (trip->tx) {
			trip->tx->connection = connection;
			connection->tx = trip->tx;
		}
		connection_send(connection, trip);
	}
}

void db_submit(struct db *db, struct trip *trip)
{
	trips_push(&db->waiting, trip);
	db_dispatch(db);
}

void db_fail_soon(struct db *db, struct trip *trip)
{
	trips_push(&db->failing, trip);
	db_kick(db);
}

/* fail_asked_before - those that asked earlier than this; callbacks may ask again meanwhile. */
static void fail_asked_before(struct trips *trips, int64_t time_us, const char *message)
{
	while (trips->head && trips->head->asked_us < time_us) {
		struct trip *trip = trips_pop(trips);

		outcome_set(&trip->outcome, DB_RETRY, "", message);
		trip_finish(trip);
	}
}

/* ---- handlers ---- */

/* count_ready - the gauge is of all pools in the process. */
static void count_ready(struct db *db, size_t ready)
{
	struct metric *gauge = db->metrics.connections;

	metric_set(gauge, metric_value(gauge) - (double)db->ready + (double)ready);
	db->ready = ready;
}

static void forget(struct trips *trips)
{
	struct trip *trip;

	while ((trip = trips_pop(trips)))
		trip_free(trip);
}

static void destroy(struct db *db)
{
	count_ready(db, 0);
	forget(&db->failing);
	forget(&db->waiting);
	for (size_t i = 0; i < db->connection_count; i++)
		connection_close(&db->connections[i]);
	while (db->transactions)
		tx_free(db->transactions);
	timer_free(&db->tick);
	timer_free(&db->kick);
	free(db->connections);
	free(db->catalogues);
	free(db->dsn);
	free(db->application_name);
	free(db->session_options);
	free(db->host_names);
	free(db->host_ports);
	free(db);
}

void db_enter(struct db *db)
{
	db->depth++;
}

void db_leave(struct db *db)
{
	if (--db->depth == 0 && db->is_closed)
		destroy(db);
}

void db_kick(struct db *db)
{
	timer_in(db->kick, 0);
}

static void on_tick(void *arg)
{
	struct db *db = arg;
	int64_t now_us = clock_monotonic_us();

	db_enter(db);
	fail_asked_before(&db->failing, now_us, "the connection was lost");
	for (size_t i = 0; i < db->connection_count && !db->is_closed; i++)
		connection_check(&db->connections[i], now_us);
	fail_asked_before(&db->waiting, now_us - WAIT_LIMIT_US, "no connection within 5 s");
	db_dispatch(db);
	db_leave(db);
}

void db_links_changed(struct db *db)
{
	size_t ready = 0;
	bool was_ready = db->ready > 0;

	for (size_t i = 0; i < db->connection_count; i++)
		ready += db->connections[i].state == LINK_READY;
	count_ready(db, ready);
	if (was_ready == (ready > 0))
		return;
	log_info(ready ? "db.ready" : "db.lost", "");
	if (db->options.on_ready)
		db->options.on_ready(db->options.arg, ready > 0);
}

/* ---- opening ---- */

bool db_dsn_is_valid(const char *dsn)
{
	PQconninfoOption *all = PQconninfoParse(dsn, NULL);

	PQconninfoFree(all);
	return all != NULL;
}

static char *copy_if(const char *text)
{
	return text ? hilo_strdup(text) : NULL;
}

/* read_dsn - the parts of the caller's connection string that matter here: options, which go after ours, and hosts to
 * look up. */
static void read_dsn(struct db *db)
{
	PQconninfoOption *all = PQconninfoParse(db->dsn, NULL);
	const char *host = NULL, *address = NULL, *port = NULL, *options = NULL;
	HILO_AUTO(buf) struct buf text = {0};

	for (PQconninfoOption *o = all; o && o->keyword; o++) {
		if (strcmp(o->keyword, "host") == 0)
			host = o->val;
		else if (strcmp(o->keyword, "hostaddr") == 0)
			address = o->val;
		else if (strcmp(o->keyword, "port") == 0)
			port = o->val;
		else if (strcmp(o->keyword, "options") == 0)
			options = o->val;
	}
	if (host && !address && resolve_is_needed(host)) {
		db->host_names = hilo_strdup(host);
		db->host_ports = copy_if(port);
	}
	/* a wait for a lock ends before its statement does: that one is not to blame */
	buf_printf(&text,
	           "-c statement_timeout=%lld -c lock_timeout=%lld -c idle_in_transaction_session_timeout=%lld %s",
	           (long long)db->options.statement_timeout_us / 1000,
	           (long long)db->options.statement_timeout_us * 4 / 5 / 1000,
	           (long long)db->options.idle_in_transaction_timeout_us / 1000, options ? options : "");
	db->session_options = buf_steal(&text);
	PQconninfoFree(all);
}

/* Later entries win: the connection string may change what stands before it, not what stands behind. */
PGconn *db_connect(const struct db *db, const struct hosts *hosts)
{
	const char *const pairs[][2] = {
	        {"gssencmode", "disable"}, /* a Kerberos lookup would block */
	        {"keepalives_idle", "5"},
	        {"keepalives_interval", "2"},
	        {"keepalives_count", "3"},
	        {"tcp_user_timeout", "4000"}, /* ms; also how long a dead host is tried before the next one */
	        {"dbname", db->dsn},
	        {"application_name", db->application_name},
	        {"client_encoding", "UTF8"},
	        {"options", db->session_options},
	        {hosts ? "host" : NULL, hosts ? hosts->names.data : NULL},
	        {"hostaddr", hosts ? hosts->addresses.data : NULL},
	        {"port", hosts ? hosts->ports.data : NULL},
	};
	const char *keywords[HILO_COUNT(pairs) + 1] = {0}, *values[HILO_COUNT(pairs) + 1] = {0};

	for (size_t i = 0; i < HILO_COUNT(pairs); i++) {
		keywords[i] = pairs[i][0];
		values[i] = pairs[i][1];
	}
	return PQconnectStartParams(keywords, values, 1);
}

/* Ours in front of the caller's, which may be none. */
static void copy_catalogues(struct db *db)
{
	const struct db_catalogue *given = db->options.catalogues;
	size_t count = 0;

	while (given && given[count].statements)
		count++;
	db->catalogues = hilo_alloc_array(count + 2, sizeof(*db->catalogues));
	db->catalogues[0] = (struct db_catalogue){db_catalogue, db_catalogue_count};
	if (count)
		memcpy(db->catalogues + 1, given, count * sizeof(*given));
	db->options.catalogues = db->catalogues;
}

static int64_t or_default(int64_t value, int64_t fallback)
{
	return value ? value : fallback;
}

struct db *db_open(struct loop *loop, const struct db_options *options)
{
	struct db *db = hilo_new(struct db);

	db->loop = loop;
	db->options = *options;
	db->options.statement_timeout_us = or_default(options->statement_timeout_us, default_statement_timeout_us);
	db->options.idle_in_transaction_timeout_us =
	        or_default(options->idle_in_transaction_timeout_us, default_idle_timeout_us);
	db->options.replan_every_us = or_default(options->replan_every_us, default_replan_us);
	db->dsn = hilo_strdup(options->dsn);
	db->application_name = hilo_strdup(options->application_name ? options->application_name : "hilo");
	read_dsn(db);
	copy_catalogues(db);
	db->metrics.queries = metric_counter("hilo_db_queries_total", "Statements sent", NULL);
	db->metrics.wait =
	        metric_histogram("hilo_db_wait_seconds", "Time a query or transaction waited for a connection", NULL);
	db->metrics.connections = metric_gauge("hilo_db_connections", "Database connections ready for work", NULL);
	db->tick = timer_new(loop, on_tick, db);
	db->kick = timer_new(loop, on_tick, db);
	timer_every(db->tick, TICK_US);
	db->connection_count = (size_t)HILO_MAX(options->connections, 1);
	db->connections = hilo_alloc_array(db->connection_count, sizeof(struct connection));
	for (size_t i = 0; i < db->connection_count; i++)
		connection_open(&db->connections[i], db);
	return db;
}

/* What callbacks ask for while the pool closes is forgotten. */
void db_close(struct db **at)
{
	struct db *db = HILO_STEAL(*at);
	int64_t now_us;

	if (!db || db->is_closed)
		return;
	now_us = clock_monotonic_us();
	db_enter(db);
	db->is_closed = true;
	fail_asked_before(&db->failing, now_us, "closed");
	fail_asked_before(&db->waiting, now_us, "closed");
	for (size_t i = 0; i < db->connection_count; i++)
		connection_fail(&db->connections[i]);
	db_leave(db);
}

bool db_is_ready(const struct db *db)
{
	return db->ready > 0;
}

struct loop *db_loop(struct db *db)
{
	return db->loop;
}

void db_query(struct db *db, const struct db_statement *statement, struct db_params *params,
              void (*on_done)(void *arg, const struct db_outcome *outcome, const struct db_result *result), void *arg)
{
	struct command *command = hilo_new(struct command);
	struct trip *trip;

	command->statement = statement;
	command->bound = params_copy(params);
	trip = trip_new(db, TRIP_QUERY, command, 1);
	trip->on_query = on_done;
	trip->arg = arg;
	db_submit(db, trip);
}
