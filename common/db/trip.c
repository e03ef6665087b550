/* db/trip.c - what lies before one Sync: commands out, results in, one outcome. */
#include <stdio.h>

#include "db/internal.h"

void trips_push(struct trips *trips, struct trip *trip)
{
	trip->next = NULL;
	if (trips->head)
		trips->last->next = trip;
	else
		trips->head = trip;
	trips->last = trip;
	trips->count++;
}

struct trip *trips_pop(struct trips *trips)
{
	struct trip *trip = trips->head;

	if (trip) {
		trips->head = trip->next;
		trips->count--;
	}
	return trip;
}

struct trip *trip_new(struct db *db, enum trip_kind kind, struct command *commands, size_t count)
{
	struct trip *trip = hilo_new(struct trip);

	trip->db = db;
	trip->kind = kind;
	trip->commands = commands;
	trip->count = count;
	trip->asked_us = clock_monotonic_us();
	return trip;
}

struct trip *trip_own(struct db *db, const struct db_statement *statement)
{
	struct command *command = hilo_new(struct command);

	command->statement = statement;
	return trip_new(db, TRIP_OWN, command, 1);
}

void trip_free(struct trip *trip)
{
	commands_free(trip->commands, trip->count);
	PQclear(trip->rows);
	free(trip);
}

/* A query without a transaction commits at its Sync. Reading again harms nobody. */
static bool is_read(const struct trip *trip)
{
	return strncasecmp(trip->commands[0].statement->sql, "SELECT", 6) == 0;
}

/* is_at_commit - what comes next from the server is the word on a COMMIT. */
static bool is_at_commit(const struct trip *trip)
{
	if (trip->kind == TRIP_QUERY)
		return trip->at == 1 && !is_read(trip);
	return trip->ends_in_commit && trip->at + 1 == trip->count;
}

static void take_rows(struct trip *trip, PGresult *result)
{
	const struct command *command = &trip->commands[trip->at];

	if (trip->ends_in_commit && trip->at + 1 == trip->count && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
		outcome_set(&trip->outcome, DB_FAILED, "25P02", "COMMIT rolled back");
	} else if (trip->kind == TRIP_QUERY) {
		trip->rows = result;
		return;
	} else if (command->on_rows) {
		command->on_rows(command->arg, &(struct db_result){result, command->statement});
	}
	PQclear(result);
}

void trip_take(struct trip *trip, PGresult *result)
{
	trip->has_result = true;
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		if (trip->at < trip->count) {
			take_rows(trip, result);
			return;
		}
		break;
	case PGRES_PIPELINE_ABORTED:
		break; /* an earlier command of the trip failed */
	default:
		if (trip->ends_in_commit && trip->at == trip->count)
			break; /* the session ends, but COMMIT was answered */
		if (trip->outcome.fault == DB_OK) {
			trip->failed_at = trip->at;
			trip->is_stale = outcome_of(&trip->outcome, result, is_at_commit(trip));
		}
	}
	PQclear(result);
}

void trip_break(struct trip *trip, const char *message)
{
	bool is_unknown;

	if (trip->outcome.fault != DB_OK)
		return;
	if (trip->ends_in_commit && trip->at == trip->count)
		return; /* COMMIT was answered, only its Sync was not */
	is_unknown = trip->ends_in_commit || (trip->kind == TRIP_QUERY && !is_read(trip));
	outcome_set(&trip->outcome, is_unknown ? DB_UNKNOWN : DB_RETRY, "", message);
}

static void count_fault(const struct db_outcome *outcome)
{
	char label[32] = "class=\"connection\"";

	if (*outcome->sqlstate)
		snprintf(label, sizeof(label), "class=\"%.2s\"", outcome->sqlstate);
	metric_add(metric_counter("hilo_db_errors_total",
	                          "Statements and transactions that failed, by class of SQLSTATE", label),
	           1);
}

static void finish_query(struct trip *trip)
{
	struct db_result rows = {trip->rows, trip->commands[0].statement};

	trip->on_query(trip->arg, &trip->outcome, trip->outcome.fault == DB_OK ? &rows : NULL);
}

/* The connection is given back before the caller hears of it, so that what waits goes first. */
static void finish_transaction(struct trip *trip)
{
	struct db_tx *tx = trip->tx;
	bool is_over = trip->ends_in_commit || trip->outcome.fault != DB_OK;

	tx->is_busy = false;
	if (is_over && tx->connection)
		connection_release(tx->connection, trip->outcome.fault == DB_OK);
	if (trip->on_sync)
		trip->on_sync(trip->arg, &trip->outcome);
	if (is_over)
		tx_free(tx);
}

void trip_finish(struct trip *trip)
{
	if (trip->outcome.fault != DB_OK)
		count_fault(&trip->outcome);
	if (trip->kind == TRIP_QUERY)
		finish_query(trip);
	else if (trip->kind == TRIP_TRANSACTION)
		finish_transaction(trip);
	trip_free(trip);
}
