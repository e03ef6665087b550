/* testing/postgres.h - a private PostgreSQL for one test program: own folder in /tmp, own socket, ended with the
 * program. */
#pragma once

#include "base/base.h"

struct testing_postgres;

enum testing_postgres_flags {
	TESTING_POSTGRES_MIGRATED = 1, /* deploy/migrate has run on it */
	TESTING_POSTGRES_UNSAFE = 2,   /* fsync off: faster, for tests that never kill it */
};

/* testing_postgres_start - makes a cluster (as user postgres when root) and waits until it answers; fails the test
 * program when it cannot. Returns: owned, testing_postgres_free(). */
struct testing_postgres *testing_postgres_start(unsigned flags);
/* testing_postgres_free - stops the server and removes its folder. */
void testing_postgres_free(struct testing_postgres **postgres);
/* testing_postgres_dsn - a libpq connection string for that role ("postgres" is the superuser; nobody needs a
 * password). Returns: borrowed until the next call. */
const char *testing_postgres_dsn(struct testing_postgres *postgres, const char *role);
/* testing_postgres_port - where it also listens on 127.0.0.1. */
int testing_postgres_port(const struct testing_postgres *postgres);
/* testing_postgres_kill - stops it as a crash does (pg_ctl stop -m immediate). testing_postgres_restart - starts it
 * again. */
void testing_postgres_kill(struct testing_postgres *postgres);
void testing_postgres_restart(struct testing_postgres *postgres);
/* testing_postgres_sql - runs statements with psql as the superuser; fails the test when one fails. */
void testing_postgres_sql(struct testing_postgres *postgres, const char *statements);
