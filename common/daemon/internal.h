/* daemon/internal.h - what the files of common/daemon share; nobody else includes it. */
#pragma once

#include "base/buf.h"
#include "daemon/daemon.h"

/* settings every daemon has; a daemon without database, Redis or bus has fewer of them */
struct daemon_settings {
	char *database_url, *redis_url, *health_address, *log_level;
	int64_t drain_limit_us;
	struct bus_settings bus;
};

struct daemon {
	const struct daemon_spec *spec;
	struct conf_table *tables; /* the skeleton's, then the daemon's own, ended by {0} */
	struct daemon_settings settings;
	struct loop *loop;
	struct db *db;
	struct kv *kv;
	struct bus *bus;
	struct http_server *health;
	struct timer *drain_limit;
	bool is_draining;
	int status;
};

/* ---- arguments.c ---- */

/* arguments_collect - makes daemon->tables. */
void arguments_collect(struct daemon *daemon);
/* arguments_only_print - --help, --version and --print-config-markdown, which need no settings.
 * Returns: was it one of them? */
bool arguments_only_print(const struct daemon *daemon, int argc, char **argv);
bool arguments_have(int argc, char **argv, const char *flag);
/* arguments_load - fills the settings and checks what a table cannot.
 * Returns: 0, or -EINVAL with a line per mistake in errors. */
int arguments_load(struct daemon *daemon, int argc, char **argv, struct buf *errors);

/* ---- health.c, process.c, probe.c ---- */

/* health_open - serves /healthz, /readyz, /metrics. Returns: 0 or negative errno. */
int health_open(struct daemon *daemon);
/* process_watch - metrics of this process: memory, descriptors, processor time, age, how late the loop turns. */
void process_watch(struct loop *loop);
/* probe - GET /readyz at the address, for at most 2 s; prints the answer. Returns: exit status, 0 when ready. */
int probe(const char *address);
