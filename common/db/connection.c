/* db/connection.c - one pipelined session: connects, prepares every statement, sends trips, reads their results,
 * reconnects. */
#include <stdio.h>

#include "db/internal.h"

#define BACKOFF_FIRST_US INT64_C(50000)
#define BACKOFF_LAST_US INT64_C(2000000)
#define CONNECT_LIMIT_US INT64_C(15000000) /* all hosts of the DSN and preparing; each host has tcp_user_timeout */
#define SILENCE_MARGIN_US INT64_C(5000000) /* beyond statement_timeout: the server is frozen or the path is dead */

static const struct db_statement rollback = {.name = "db.rollback", .sql = "ROLLBACK"};
static const struct db_statement discard_plans = {.name = "db.discard_plans", .sql = "DISCARD PLANS"};
static const struct db_statement *const own_statements[] = {&db_sql_begin, &db_sql_commit, &rollback, &discard_plans};

static void drop_events(struct connection *connection)
{
	if (connection->on_read)
		event_free(connection->on_read);
	if (connection->on_write)
		event_free(connection->on_write);
	connection->on_read = connection->on_write = NULL;
}

/* session_end - closes it; the trips stay for the caller to settle. Events go before the descriptor does. */
static void session_end(struct connection *connection)
{
	drop_events(connection);
	timer_stop(connection->timer);
	resolve_cancel(&connection->resolve);
	PQfinish(connection->pg);
	connection->pg = NULL;
	connection->state = LINK_DOWN;
	connection->is_broken = connection->is_stale = connection->is_used = false;
}

static void fail_trips(struct connection *connection, const char *message)
{
	struct trip *trip;

	if (connection->tx)
		connection->tx->connection = NULL;
	connection->tx = NULL;
	while ((trip = trips_pop(&connection->trips))) {
		trip_break(trip, message);
		trip_finish(trip);
	}
}

static int64_t jittered(int64_t delay_us)
{
	uint32_t random;

	evutil_secure_rng_get_bytes(&random, sizeof(random));
	return delay_us / 2 + (int64_t)(random % (uint32_t)(delay_us / 2));
}

/* lost - the session cannot go on: everything under way fails, and a new one is tried in a while. */
static void lost(struct connection *connection, const char *message)
{
	struct db *db = connection->db;
	bool was_ready = connection->state == LINK_READY;
	char reason[256];

	snprintf(reason, sizeof(reason), "%s", message);
	reason[strcspn(reason, "\n")] = '\0';
	if (was_ready)
		log_warn("db.connection_lost", "error=%s", reason);
	else if (!db->has_complained)
		log_warn("db.connect_failed", "error=%s", reason);
	db->has_complained |= !was_ready;
	session_end(connection);
	fail_trips(connection, reason);
	if (db->is_closed)
		return;
	if (was_ready)
		connection->backoff_us = BACKOFF_FIRST_US;
	timer_in(connection->timer, jittered(connection->backoff_us));
	connection->backoff_us = HILO_MIN(connection->backoff_us * 2, BACKOFF_LAST_US);
	db_links_changed(db);
}

/* ---- sending ---- */

static bool send_command(struct connection *connection, const struct command *command)
{
	const struct bound *bound = command->bound;
	size_t count = bound ? bound->count : 0;
	HILO_AUTO_FREE const char **values = hilo_alloc_array(count + 1, sizeof(*values));
	HILO_AUTO_FREE int *lengths = hilo_alloc_array(count + 1, sizeof(*lengths));
	HILO_AUTO_FREE int *formats = hilo_alloc_array(count + 1, sizeof(*formats));

	for (size_t i = 0; i < count; i++) {
		values[i] = bound_value(bound, i);
		lengths[i] = bound->items[i].length;
		formats[i] = 1;
	}
	return PQsendQueryPrepared(connection->pg, command->statement->name, (int)count, values, lengths, formats, 1);
}

static void flush(struct connection *connection)
{
	int left = PQflush(connection->pg);

	if (left > 0)
		event_add(connection->on_write, NULL);
	else if (left < 0)
		connection->is_broken = true;
}

void connection_send(struct connection *connection, struct trip *trip)
{
	bool sent = !connection->is_broken;

	for (size_t i = 0; sent && i < trip->count; i++) {
		const struct db_statement *statement = trip->commands[i].statement;

		sent = trip->kind == TRIP_SETUP
		               ? PQsendPrepare(connection->pg, statement->name, statement->sql, 0, NULL)
		               : send_command(connection, &trip->commands[i]);
		free(trip->commands[i].bound);
		trip->commands[i].bound = NULL;
	}
	if (!connection->trips.head)
		connection->moved_us = clock_monotonic_us();
	trips_push(&connection->trips, trip);
	if (trip->kind == TRIP_QUERY || trip->kind == TRIP_TRANSACTION) {
		connection->is_used = true;
		metric_add(connection->db->metrics.queries, (double)trip->count);
	}
	if (!sent || !PQpipelineSync(connection->pg))
		connection->is_broken = true;
	else
		flush(connection);
	if (connection->is_broken)
		db_kick(connection->db); /* the caller must not be called back from here */
}

static void replan_if_due(struct connection *connection, int64_t now_us)
{
	int64_t every_us = connection->db->options.replan_every_us;

	if (!connection->is_used || connection->tx || now_us < connection->planned_us + every_us)
		return;
	connection_send(connection, trip_own(connection->db, &discard_plans));
	connection->is_used = false;
	connection->planned_us = now_us;
}

void connection_release(struct connection *connection, bool is_ended)
{
	connection->tx->connection = NULL;
	connection->tx = NULL;
	if (connection->db->is_closed)
		return;
	if (!is_ended)
		connection_send(connection, trip_own(connection->db, &rollback));
	replan_if_due(connection, clock_monotonic_us());
	db_dispatch(connection->db);
}

/* renew_if_stale - once nothing depends on it any more. */
static void renew_if_stale(struct connection *connection)
{
	if (connection->is_stale && !connection->trips.head && !connection->tx)
		lost(connection, "the session no longer fits the schema or the server's role");
}

void connection_check(struct connection *connection, int64_t now_us)
{
	if (connection->state != LINK_READY && connection->state != LINK_PREPARING)
		return;
	if (connection->is_broken) {
		lost(connection, PQerrorMessage(connection->pg));
	} else if (connection->trips.head &&
	           now_us > connection->moved_us + connection->db->options.statement_timeout_us + SILENCE_MARGIN_US) {
		lost(connection, "no answer");
	} else {
		replan_if_due(connection, now_us);
		renew_if_stale(connection);
	}
}

/* ---- receiving ---- */

static void setup_done(struct connection *connection, const struct trip *trip)
{
	struct db *db = connection->db;
	const struct db_outcome *outcome = &trip->outcome;

	if (outcome->fault != DB_OK) {
		if (!db->has_complained)
			log_error("db.prepare_failed", "statement=%s sqlstate=%s error=%s",
			          trip->commands[trip->failed_at].statement->name, outcome->sqlstate, outcome->message);
		db->has_complained = true;
		connection->is_broken = true;
		return;
	}
	timer_stop(connection->timer);
	connection->state = LINK_READY;
	connection->backoff_us = BACKOFF_FIRST_US;
	connection->planned_us = clock_monotonic_us();
	db->has_complained = false;
	log_debug("db.connected", "host=%s server=%d", PQhost(connection->pg), PQserverVersion(connection->pg));
	db_links_changed(db);
}

static void take_sync(struct connection *connection)
{
	struct trip *trip = trips_pop(&connection->trips);

	if (trip->kind == TRIP_SETUP)
		setup_done(connection, trip);
	else if (trip->kind == TRIP_OWN && trip->outcome.fault != DB_OK)
		connection->is_broken = true; /* not even ROLLBACK works */
	connection->is_stale |= trip->is_stale;
	trip_finish(trip);
}

/* take - one answer of PQgetResult. Returns: false when the conversation makes no sense any more. */
static bool take(struct connection *connection, PGresult *result)
{
	struct trip *trip = connection->trips.head;

	if (!result) { /* end of a command's results; without any, also where only the sync is missing, the server has gone */
		if (!trip->has_result)
			return false;
		trip->has_result = false;
		trip->at++;
		return true;
	}
	if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
		PQclear(result);
		take_sync(connection);
		return true;
	}
	if (PQresultStatus(result) == PGRES_FATAL_ERROR && !PQresultErrorField(result, PG_DIAG_SQLSTATE)) {
		PQclear(result); /* libpq's own words: the server said nothing about this command */
		return false;
	}
	trip_take(trip, result);
	return true;
}

/* read_results - all that has arrived; the last words of a dying server too. */
static void read_results(struct connection *connection)
{
	bool is_alive = PQconsumeInput(connection->pg);

	connection->moved_us = clock_monotonic_us();
	while (connection->trips.head && !connection->is_broken && !PQisBusy(connection->pg))
		connection->is_broken = !take(connection, PQgetResult(connection->pg)) || connection->is_broken;
	if (connection->db->is_closed)
		return;
	if (connection->is_broken || !is_alive)
		lost(connection, PQerrorMessage(connection->pg));
	else
		renew_if_stale(connection);
}

static void on_session(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = arg;
	struct db *db = connection->db;

	(void)fd;
	db_enter(db);
	if (what & EV_WRITE)
		flush(connection);
	read_results(connection); /* also after writing: libpq reads while it cannot write */
	db_dispatch(db);
	db_leave(db);
}

/* ---- connecting ---- */

static void on_notice(void *arg, const PGresult *result)
{
	(void)arg;
	log_debug("db.notice", "message=%s", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

static void prepare_all(struct connection *connection)
{
	const struct db_options *options = &connection->db->options;
	size_t count = HILO_COUNT(own_statements), at = 0;
	struct command *commands;

	for (const struct db_catalogue *catalogue = options->catalogues; catalogue->statements; catalogue++)
		count += catalogue->count;
	commands = hilo_alloc_array(count, sizeof(*commands));
	for (size_t i = 0; i < HILO_COUNT(own_statements); i++)
		commands[at++].statement = own_statements[i];
	for (const struct db_catalogue *catalogue = options->catalogues; catalogue->statements; catalogue++) {
		for (size_t i = 0; i < catalogue->count; i++)
			commands[at++].statement = catalogue->statements[i];
	}
	connection->state = LINK_PREPARING;
	connection_send(connection, trip_new(connection->db, TRIP_SETUP, commands, count));
}

static void session_begin(struct connection *connection)
{
	struct event_base *base = loop_base(connection->db->loop);
	int fd = PQsocket(connection->pg);

	PQsetNoticeReceiver(connection->pg, on_notice, NULL);
	drop_events(connection);
	connection->on_read = event_new(base, fd, EV_READ | EV_PERSIST, on_session, connection);
	connection->on_write = event_new(base, fd, EV_WRITE, on_session, connection);
	event_add(connection->on_read, NULL);
	if (PQsetnonblocking(connection->pg, 1) != 0 || !PQenterPipelineMode(connection->pg))
		lost(connection, PQerrorMessage(connection->pg));
	else
		prepare_all(connection);
}

static void connect_poll(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = arg;
	struct db *db = connection->db;
	PostgresPollingStatusType status;

	(void)fd;
	(void)what;
	db_enter(db);
	drop_events(connection); /* libpq may go on with another socket */
	status = PQconnectPoll(connection->pg);
	if (status == PGRES_POLLING_FAILED) {
		lost(connection, PQerrorMessage(connection->pg));
	} else if (status == PGRES_POLLING_OK) {
		session_begin(connection);
	} else {
		connection->on_read =
		        event_new(loop_base(db->loop), PQsocket(connection->pg),
		                  status == PGRES_POLLING_READING ? EV_READ : EV_WRITE, connect_poll, connection);
		event_add(connection->on_read, NULL);
	}
	db_leave(db);
}

/* Goes on as if PQconnectPoll had asked to write. */
static void connect_to(struct connection *connection, const struct hosts *hosts)
{
	struct db *db = connection->db;

	connection->pg = db_connect(db, hosts);
	if (PQstatus(connection->pg) == CONNECTION_BAD) {
		lost(connection, PQerrorMessage(connection->pg));
		return;
	}
	connection->on_read =
	        event_new(loop_base(db->loop), PQsocket(connection->pg), EV_WRITE, connect_poll, connection);
	event_add(connection->on_read, NULL);
}

static void on_resolved(void *arg, const struct hosts *hosts)
{
	struct connection *connection = arg;
	struct db *db = connection->db;

	db_enter(db);
	connection->resolve = NULL;
	if (hosts)
		connect_to(connection, hosts);
	else
		lost(connection, "none of the hosts has an address");
	db_leave(db);
}

static void on_timer(void *arg)
{
	struct connection *connection = arg;
	struct db *db = connection->db;

	db_enter(db);
	if (connection->state != LINK_DOWN) {
		lost(connection, "connecting took too long");
	} else {
		connection->state = LINK_CONNECTING;
		timer_in(connection->timer, CONNECT_LIMIT_US);
		if (db->host_names)
			connection->resolve =
			        resolve_start(db->loop, db->host_names, db->host_ports, on_resolved, connection);
		else
			connect_to(connection, NULL);
	}
	db_leave(db);
}

void connection_open(struct connection *connection, struct db *db)
{
	connection->db = db;
	connection->backoff_us = BACKOFF_FIRST_US;
	connection->timer = timer_new(db->loop, on_timer, connection);
	timer_in(connection->timer, 0);
}

void connection_fail(struct connection *connection)
{
	fail_trips(connection, "closed");
}

void connection_close(struct connection *connection)
{
	session_end(connection);
	timer_free(&connection->timer);
}
