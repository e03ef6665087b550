/* db/internal.h - what the files of common/db share; nobody else includes it.
 *
 * A trip is what lies before one Sync: the commands of one transaction step, one query, or the connection's own work.
 * Trips wait in the pool (FIFO) until a connection takes them; a connection answers them in the order they were sent.
 */
#pragma once

#include <libpq-fe.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/db.h"

/* ---- params.c ---- */

struct bound { /* parameters of one command, in one block: the values follow the items */
	size_t count;
	struct bound_item {
		size_t offset;
		int length; /* bytes; -1: NULL */
	} items[];
};
/* params_copy - what was bound, owned by the caller (free()); params may be NULL. */
struct bound *params_copy(const struct db_params *params);
const char *bound_value(const struct bound *bound, size_t item); /* NULL for SQL NULL */

/* ---- result.c ---- */

struct db_result {
	const PGresult *pg;
	const struct db_statement *statement;
};

/* ---- outcome.c: pure ---- */

/* outcome_of - what an error result means. is_commit: it answers COMMIT, or the Sync that commits a single write.
 * Returns: whether the session no longer fits the schema or its task: the connection must be renewed. */
bool outcome_of(struct db_outcome *outcome, const PGresult *result, bool is_commit);
void outcome_set(struct db_outcome *outcome, enum db_fault fault, const char *sqlstate, const char *message);

/* ---- trip.c ---- */

struct command {
	const struct db_statement *statement;
	struct bound *bound;
	void (*on_rows)(void *arg, const struct db_result *result);
	void *arg;
};

enum trip_kind { TRIP_QUERY, TRIP_TRANSACTION, TRIP_SETUP, TRIP_OWN };

struct trip {
	struct trip *next;
	struct db *db;
	enum trip_kind kind;
	struct db_tx *tx; /* of TRIP_TRANSACTION */
	struct command *commands;
	size_t count;
	size_t at;       /* the command whose results come next; count: only the Sync is missing */
	bool has_result; /* of commands[at] */
	bool ends_in_commit;
	bool is_stale;    /* its connection must be renewed */
	int64_t asked_us; /* monotonic */
	struct db_outcome outcome;
	size_t failed_at; /* the command it failed at */
	PGresult *rows;   /* TRIP_QUERY: held back until its Sync has committed it */
	void (*on_query)(void *arg, const struct db_outcome *outcome, const struct db_result *result);
	void (*on_sync)(void *arg, const struct db_outcome *outcome);
	void *arg;
};

struct trips {
	struct trip *head, *last;
	size_t count;
};
void trips_push(struct trips *trips, struct trip *trip);
struct trip *trips_pop(struct trips *trips);

/* trip_new - takes the commands. trip_own - one statement of the connection's own, without parameters. */
struct trip *trip_new(struct db *db, enum trip_kind kind, struct command *commands, size_t count);
struct trip *trip_own(struct db *db, const struct db_statement *statement);
/* trip_take - one result (not NULL, not a Sync) of commands[at]. */
void trip_take(struct trip *trip, PGresult *result);
/* trip_break - the connection is gone: settles the outcome. */
void trip_break(struct trip *trip, const char *message);
/* trip_finish - tells whoever asked, and frees it. */
void trip_finish(struct trip *trip);
void trip_free(struct trip *trip);

struct db_tx {
	struct db_tx *next, *previous; /* of db->transactions */
	struct db *db;
	struct connection *connection; /* NULL: none yet, or lost */
	bool has_begun;                /* BEGIN is among the commands, or was sent */
	bool was_sent;                 /* a trip of it was handed over; without a connection since: lost */
	bool is_busy;                  /* a trip waits or is under way */
	struct command *commands;      /* for the next trip */
	size_t count, size;
};
void tx_free(struct db_tx *tx);
void commands_free(struct command *commands, size_t count);

/* ---- resolve.c ---- */

struct resolve;

/* host, hostaddr and port for libpq, each a comma-separated list of count */
struct hosts {
	struct buf names, addresses, ports;
	size_t count;
};

/* resolve_is_needed - is there a name in the list, not only addresses and sockets' folders? */
bool resolve_is_needed(const char *names);
/* resolve_start - looks up every name in the list; ports: as many, one, or NULL. on_done is called from the loop,
 * unless it is cancelled before; hosts: NULL when there is not one address. Returns: valid until on_done is called. */
struct resolve *resolve_start(struct loop *loop, const char *names, const char *ports,
                              void (*on_done)(void *arg, const struct hosts *hosts), void *arg);
void resolve_cancel(struct resolve **resolve);

/* ---- connections: connection.c ---- */

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_PREPARING, LINK_READY };

struct connection {
	struct db *db;
	enum link_state state;
	struct resolve *resolve; /* while names are looked up */
	PGconn *pg;
	struct event *on_read, *on_write; /* while connecting, on_read stands for whatever libpq waits for */
	struct timer *timer;              /* DOWN: next try; CONNECTING, PREPARING: deadline */
	int64_t backoff_us;
	struct trips trips; /* sent, not answered */
	struct db_tx *tx;   /* who has it for itself */
	bool is_broken;     /* sending failed: db_kick() ends it */
	bool is_stale;      /* takes no more work; renewed when what it has is done */
	bool is_used;       /* statements ran since the plans were last thrown away */
	int64_t planned_us;
	int64_t moved_us; /* when something last came from the server, or was first asked */
};

/* connection_open - starts connecting from the loop, again and again. connection_fail - settles what is under way, for
 * db_close(). connection_close - ends it; trips were settled before. */
void connection_open(struct connection *connection, struct db *db);
void connection_fail(struct connection *connection);
void connection_close(struct connection *connection);
/* connection_send - takes the trip. Failure shows later: calls back nobody. */
void connection_send(struct connection *connection, struct trip *trip);
/* connection_release - the transaction is over; rolls back first unless it is known to have ended. */
void connection_release(struct connection *connection, bool is_ended);
/* connection_check - broken, silent for too long, or due for DISCARD PLANS? */
void connection_check(struct connection *connection, int64_t now_us);

extern const struct db_statement db_sql_begin, db_sql_commit;

/* ---- the pool: db.c ---- */

struct db {
	struct loop *loop;
	struct db_options options;
	char *dsn, *application_name, *session_options;
	char *host_names, *host_ports; /* to look up; NULL: libpq needs no help */
	struct db_catalogue *catalogues;
	struct connection *connections;
	size_t connection_count;
	struct trips waiting; /* for a connection */
	struct trips failing; /* their connection was lost; the next tick tells */
	struct db_tx *transactions;
	struct timer *tick, *kick;
	size_t ready;        /* connections */
	bool has_complained; /* about being unable to connect, once per outage */
	bool is_closed;
	int depth; /* handlers on the stack: db_close() in a callback must not free what they stand on */
	struct {
		struct metric *queries, *wait, *connections;
	} metrics;
};

/* db_enter, db_leave - around every handler that may call back. */
void db_enter(struct db *db);
void db_leave(struct db *db);
void db_kick(struct db *db); /* look at the connections soon */
/* db_submit - the trip waits its turn; sends at once what can be sent. */
void db_submit(struct db *db, struct trip *trip);
/* db_fail_soon - the trip fails with DB_RETRY from the loop. */
void db_fail_soon(struct db *db, struct trip *trip);
void db_dispatch(struct db *db);
/* db_links_changed - a connection became ready or was lost. */
void db_links_changed(struct db *db);
/* db_connect - PQconnectStartParams with everything the pool knows; hosts may be NULL. */
PGconn *db_connect(const struct db *db, const struct hosts *hosts);
