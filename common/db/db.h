/* db/db.h - PostgreSQL on the event loop: a small pool of pipelined connections, named statements, transactions.
 *
 * Statements come from store.sql catalogues (hilo_catalogue in CMake) and are prepared on connect and again on every
 * reconnect; a stale plan (prepared while a table was small) is thrown away every few seconds (DISCARD PLANS).
 * One Sync is one transaction is one failure domain. Parameters and results are binary.
 * Nothing else in Hilo sees libpq. */
#pragma once

#include "base/base.h"
#include "base/uuid.h"
#include "loop/loop.h"

struct db;
struct db_tx;
struct db_result; /* rows of one statement, valid during the callback only */

struct db_statement {
	const char *name; /* "email_store.insert_message", unique in the process */
	const char *sql;
	int parameters;
};

/* a catalogue as sql_catalogue.py writes it */
struct db_catalogue {
	const struct db_statement *const *statements;
	size_t count;
};

struct db_options {
	const char *dsn;                         /* libpq connection string, may name several hosts */
	const struct db_catalogue *catalogues;   /* ended by {0} */
	int connections;                         /* pool size, opened at once; 0: 1 */
	int64_t statement_timeout_us;            /* 0: 10 s; of a wait for one lock: 4/5 of it */
	int64_t idle_in_transaction_timeout_us;  /* 0: 5 s */
	int64_t replan_every_us;                 /* how often stale plans are thrown away; 0: 5 s */
	const char *application_name;            /* "hilo-email" */
	void (*on_ready)(void *arg, bool ready); /* first connection usable, or all lost; may be NULL */
	void *arg;
};

/* what a failed round trip means to the caller */
enum db_fault {
	DB_OK,
	DB_RETRY,  /* serialisation, deadlock, lock timeout, shutdown, connection, out of resources (40001 40P01
	              55P03 57P0x 08 53): nothing was done */
	DB_FAILED, /* the statement is wrong or the data is: retrying alone will not help; nothing was done */
	DB_UNKNOWN, /* the connection broke while COMMIT was under way: done or not; unique keys must tell */
};

struct db_outcome {
	enum db_fault fault;
	char sqlstate[6];    /* "" when the connection broke */
	char message[256];   /* primary message, for logs */
	char constraint[64]; /* violated constraint, or "" */
};

/* db_open - starts connecting; reconnects for ever with jittered back-off (50 ms … 2 s).
 * Returns: owned by the caller; db_close() fails what is under way with DB_RETRY or DB_UNKNOWN, before it returns;
 * transactions with nothing under way end silently. It may be called from any callback. */
struct db *db_open(struct loop *loop, const struct db_options *options);
void db_close(struct db **db);
/* db_dsn_is_valid - can libpq read it as a connection string? (Why not is not told: its words may quote the password.)
 */
bool db_dsn_is_valid(const char *dsn);
bool db_is_ready(const struct db *db);
struct loop *db_loop(struct db *db);

/* ---- parameters: bound in order $1, $2 …; the builder copies, and may be reused after db_query/db_tx_exec returned
 * ---- */

struct db_params;
struct db_params *db_params_new(void);
void db_params_free(struct db_params **params);
/* db_params_reset - ready for the next statement. Returns: params. */
struct db_params *db_params_reset(struct db_params *params);
void db_bind_null(struct db_params *params);
void db_bind_bool(struct db_params *params, bool value);
void db_bind_i16(struct db_params *params, int16_t value);
void db_bind_i32(struct db_params *params, int32_t value);
void db_bind_i64(struct db_params *params, int64_t value);
void db_bind_xid(struct db_params *params, uint64_t value);   /* xid8 */
void db_bind_time(struct db_params *params, int64_t time_us); /* timestamptz from Unix microseconds */
void db_bind_text(struct db_params *params,
                  const char *text); /* NULL: SQL NULL; also for jsonb and citext by cast $n::text::jsonb */
void db_bind_textn(struct db_params *params, const char *text, size_t size);
void db_bind_bytes(struct db_params *params, const void *data, size_t size); /* data NULL: SQL NULL */
void db_bind_uuid(struct db_params *params, const struct uuid *id);          /* NULL: SQL NULL */

/* One-dimensional arrays: begin, then one call per element, then end. An empty array is valid. */
enum db_type { DB_BOOL, DB_I16, DB_I32, DB_I64, DB_XID, DB_TIME, DB_TEXT, DB_BYTES, DB_UUID };
void db_array_begin(struct db_params *params, enum db_type type);
void db_array_null(struct db_params *params);
void db_array_bool(struct db_params *params, bool value);
void db_array_i16(struct db_params *params, int16_t value);
void db_array_i32(struct db_params *params, int32_t value);
void db_array_i64(struct db_params *params, int64_t value); /* DB_I64 and DB_TIME (Unix microseconds) */
void db_array_xid(struct db_params *params, uint64_t value);
void db_array_text(struct db_params *params, const char *text); /* NULL: null element */
void db_array_bytes(struct db_params *params, const void *data, size_t size);
void db_array_uuid(struct db_params *params, const struct uuid *id);
void db_array_end(struct db_params *params);

/* ---- results: columns must have the type asked for (checked: a wrong type ends the process in tests, logs and reads
 * as null else) ---- */

size_t db_rows(const struct db_result *result);
size_t db_affected(const struct db_result *result); /* rows of INSERT/UPDATE/DELETE */
bool db_is_null(const struct db_result *result, size_t row, int column);
bool db_get_bool(const struct db_result *result, size_t row, int column);
int64_t db_get_int(const struct db_result *result, size_t row, int column); /* int2, int4, int8 */
uint64_t db_get_xid(const struct db_result *result, size_t row, int column);
int64_t db_get_time(const struct db_result *result, size_t row, int column);     /* Unix microseconds */
struct uuid db_get_uuid(const struct db_result *result, size_t row, int column); /* nil for null */
/* db_get_text - text, varchar, json; jsonb without its version byte; borrowed, NUL-terminated; NULL for null. */
const char *db_get_text(const struct db_result *result, size_t row, int column);
const void *db_get_bytes(const struct db_result *result, size_t row, int column, size_t *ret_size);

/* ---- work ---- */

/* db_query - one statement in a transaction of its own, pipelined with others. With no connection ready it waits up to
 * 5 s, then fails with DB_RETRY. on_done is called exactly once, from the loop; result is NULL unless outcome->fault is
 * DB_OK. A connection that breaks meanwhile means DB_RETRY if the statement begins with SELECT (reading again harms
 * nobody), else DB_UNKNOWN: each such statement commits by itself. */
void db_query(struct db *db, const struct db_statement *statement, struct db_params *params,
              void (*on_done)(void *arg, const struct db_outcome *outcome, const struct db_result *result), void *arg);

/* db_begin - a transaction, READ COMMITTED. At its first db_tx_sync or db_tx_commit it takes a connection for itself as
 * soon as one is free (queued in order with queries, up to 5 s, then DB_RETRY); nothing is sent before; BEGIN travels
 * with it. Never NULL. */
struct db_tx *db_begin(struct db *db);
/* db_tx_exec - queues one statement. on_rows (may be NULL) is called when it succeeded, before the round trip's
 * on_done. */
void db_tx_exec(struct db_tx *tx, const struct db_statement *statement, struct db_params *params,
                void (*on_rows)(void *arg, const struct db_result *result), void *arg);
/* db_tx_is_empty - nothing was queued since the last round trip. */
bool db_tx_is_empty(const struct db_tx *tx);
/* db_tx_sync - one round trip with all that is queued. on_done is called once. After a fault the transaction is rolled
 * back and ended: the pointer is dead once on_done returned. */
void db_tx_sync(struct db_tx *tx, void (*on_done)(void *arg, const struct db_outcome *outcome), void *arg);
/* db_tx_commit - queued statements and COMMIT in one round trip; ends the transaction whatever comes. */
void db_tx_commit(struct db_tx *tx, void (*on_done)(void *arg, const struct db_outcome *outcome), void *arg);
/* db_tx_rollback - ends it; queued statements are forgotten. Not allowed while a sync or commit is under way. */
void db_tx_rollback(struct db_tx *tx);

/* db_tx_lock - queues transaction-level advisory locks on the given object numbers (hash_object64), sorted and without
 * doubles, as one statement. Takes no transaction id. Must come before the transaction's first write. */
void db_tx_lock(struct db_tx *tx, int64_t *objects, size_t count);
/* db_tx_try_lock - queues one that does not wait; on_rows: one row, one column, whether it was free. */
void db_tx_try_lock(struct db_tx *tx, int64_t object, void (*on_rows)(void *arg, const struct db_result *result),
                    void *arg);
