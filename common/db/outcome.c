/* db/outcome.c - what an error means to the caller: try again, give up, or ask the data. Pure.
 * Source: PostgreSQL manual, appendix A (error codes). */
#include <stdio.h>

#include "db/internal.h"

/* Codes after which nothing was done and the same again may well succeed. */
static bool is_transient(const char *sqlstate)
{
	static const char *const prefixes[] = {
	        "40001", "40P01", /* serialisation, deadlock */
	        "55P03",          /* a lock was not to be had in time: somebody else is slow */
	        "57P0",           /* shutdown, crash, cannot connect now */
	        "25P03", "25P04", /* the session was idle in the transaction, or in it, for too long: we were frozen */
	        "53",             /* out of disk, memory, connections */
	        "08",             /* connection */
	};

	if (strcmp(sqlstate, "08P01") == 0) /* wrong number or shape of parameters: ours */
		return false;
	for (size_t i = 0; i < HILO_COUNT(prefixes); i++) {
		if (strncmp(sqlstate, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

static void copy_field(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

void outcome_set(struct db_outcome *outcome, enum db_fault fault, const char *sqlstate, const char *message)
{
	outcome->fault = fault;
	copy_field(outcome->sqlstate, sizeof(outcome->sqlstate), sqlstate);
	copy_field(outcome->message, sizeof(outcome->message), message);
	outcome->message[strcspn(outcome->message, "\n")] = '\0';
}

/* is_stale - the session's prepared statement is gone, a migration changed what it returns, or the server has become a
 * standby (25006). */
static bool is_stale(const char *sqlstate, const char *function)
{
	return strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "25006") == 0 ||
	       (strcmp(sqlstate, "0A000") == 0 && function && strcmp(function, "RevalidateCachedQuery") == 0);
}

bool outcome_of(struct db_outcome *outcome, const PGresult *result, bool is_commit)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	bool is_end = severity && strcmp(severity, "ERROR") != 0; /* FATAL or PANIC: the session ends */
	bool stale;
	enum db_fault fault;

	stale = is_stale(sqlstate, PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION));
	/* a session that dies while it commits may have committed (it does when it was waiting for a standby) */
	if (is_commit && is_end)
		fault = DB_UNKNOWN;
	else
		fault = stale || is_transient(sqlstate) ? DB_RETRY : DB_FAILED;
	outcome_set(outcome, fault, sqlstate, message);
	copy_field(outcome->constraint, sizeof(outcome->constraint),
	           PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME));
	return stale;
}
