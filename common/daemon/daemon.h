/* daemon/daemon.h - the skeleton every daemon stands in: arguments, settings, log, loop, health, metrics, drain.
 *
 *   hilo-<name> [--option=value …] [--help | --version | --check-config | --probe | --print-config-markdown]
 * --check-config: prints the effective settings, exit 0 or 78 (EX_CONFIG). --probe: asks the running daemon's /readyz,
 * exit 0/1. Serves on HILO_HEALTH_ADDRESS: /healthz (the loop turns), /readyz (can do its job, JSON with reasons),
 * /metrics. SIGTERM or SIGINT: unready, drain(), exit 0; a second one exits at once with 1, as does a drain longer than
 * HILO_DRAIN_LIMIT (20 s). Settings that are wrong: exit 78. */
#pragma once

#include "base/log.h"
#include "base/metric.h"
#include "bus/bus.h"
#include "conf/conf.h"
#include "db/db.h"
#include "http/http.h"
#include "kv/kv.h"
#include "loop/loop.h"

struct daemon;

struct daemon_spec {
	const char *name;                      /* "email": binary hilo-email, role hilo_email, application_name */
	const char *summary;                   /* one line for --help */
	const struct conf_table *tables;       /* the daemon's own, ended by {0}; those of daemon, db, bus are added */
	const struct db_catalogue *catalogues; /* ended by {0}; bus_catalogue is added */
	int db_connections;                    /* of the shared pool; 0: no database */
	bool uses_kv;
	bool uses_bus;
	/* start - once, when settings are loaded and db, kv, bus are opened (not necessarily connected).
	 * Returns: 0, or negative errno after a log line: the daemon exits 1. */
	int (*start)(struct daemon *daemon);
	/* drain - stop taking work, finish what is under way, then daemon_drained(). NULL: nothing to do. */
	void (*drain)(struct daemon *daemon);
	/* stop - free everything. After it nobody is called back: db, kv and bus end with the process. May be NULL. */
	void (*stop)(struct daemon *daemon);
	/* check_ready - besides draining and the database: adds reasons why not, buf_puts(why, "no relay\n"). May be
	 * NULL. */
	bool (*check_ready)(struct daemon *daemon, struct buf *why);
	void *state; /* the daemon's own, daemon_state() */
};

/* daemon_main - the whole of main(). Returns: exit status. */
int daemon_main(const struct daemon_spec *spec, int argc, char **argv);
void *daemon_state(struct daemon *daemon);
struct loop *daemon_loop(struct daemon *daemon);
struct db *daemon_db(struct daemon *daemon); /* NULL without database */
struct kv *daemon_kv(struct daemon *daemon);
struct bus *daemon_bus(struct daemon *daemon);
const char *daemon_dsn(struct daemon *daemon); /* for a pool of the daemon's own, e.g. a consumer's */
bool daemon_is_draining(const struct daemon *daemon);
void daemon_drained(struct daemon *daemon);
/* daemon_quit - ends the daemon with this status, as after a drain. */
void daemon_quit(struct daemon *daemon, int status);
