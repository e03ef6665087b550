/* daemon/daemon.c - the life of a daemon: start, run, drain, end. */
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "bus_sql.h"
#include "daemon/internal.h"

static struct daemon the_daemon; /* one a process */

void *daemon_state(struct daemon *daemon)
{
	return daemon->spec->state;
}

struct loop *daemon_loop(struct daemon *daemon)
{
	return daemon->loop;
}

struct db *daemon_db(struct daemon *daemon)
{
	return daemon->db;
}

struct kv *daemon_kv(struct daemon *daemon)
{
	return daemon->kv;
}

struct bus *daemon_bus(struct daemon *daemon)
{
	return daemon->bus;
}

const char *daemon_dsn(struct daemon *daemon)
{
	return daemon->settings.database_url;
}

bool daemon_is_draining(const struct daemon *daemon)
{
	return daemon->is_draining;
}

void daemon_quit(struct daemon *daemon, int status)
{
	daemon->status = status;
	loop_stop(daemon->loop);
}

void daemon_drained(struct daemon *daemon)
{
	daemon_quit(daemon, 0);
}

static void give_up(const char *why)
{
	log_warn("daemon.drain_aborted", "why=%s", why);
	_exit(1);
}

static void on_drain_limit(void *arg)
{
	(void)arg;
	give_up("HILO_DRAIN_LIMIT has passed");
}

static void on_terminate(void *arg, int signal_number)
{
	struct daemon *daemon = arg;

	if (daemon->is_draining)
		give_up("a second signal");
	log_info("daemon.drains", "signal=%s", strsignal(signal_number));
	daemon->is_draining = true;
	timer_in(daemon->drain_limit, daemon->settings.drain_limit_us);
	if (daemon->spec->drain)
		daemon->spec->drain(daemon);
	else
		daemon_drained(daemon);
}

static void open_database(struct daemon *daemon)
{
	const struct daemon_spec *spec = daemon->spec;
	size_t own = 0;

	while (spec->catalogues && spec->catalogues[own].statements)
		own++;
	HILO_AUTO_FREE struct db_catalogue *catalogues = hilo_alloc_array(own + 2, sizeof(*catalogues));
	HILO_AUTO(buf) struct buf application_name = {0};

	if (own)
		memcpy(catalogues, spec->catalogues, own * sizeof(*catalogues));
	if (spec->uses_bus)
		catalogues[own] = (struct db_catalogue){bus_catalogue, bus_catalogue_count};
	buf_printf(&application_name, "hilo-%s", spec->name);
	daemon->db = db_open(daemon->loop, &(struct db_options){.dsn = daemon->settings.database_url,
	                                                        .catalogues = catalogues,
	                                                        .connections = spec->db_connections,
	                                                        .application_name = application_name.data});
}

static int open_layers(struct daemon *daemon)
{
	const struct daemon_spec *spec = daemon->spec;

	if (spec->db_connections)
		open_database(daemon);
	if (spec->uses_kv && !(daemon->kv = kv_open(daemon->loop, daemon->settings.redis_url, NULL, NULL))) {
		log_error("daemon.bad_setting", "error=%s", "HILO_REDIS_URL is malformed");
		return -EINVAL;
	}
	if (spec->uses_bus)
		daemon->bus = bus_open(&(struct bus_options){.loop = daemon->loop,
		                                             .db = daemon->db,
		                                             .service = spec->name,
		                                             .settings = &daemon->settings.bus});
	return 0;
}

static int start(struct daemon *daemon)
{
	int rc;

	daemon->loop = loop_new();
	loop_on_signal(daemon->loop, SIGTERM, on_terminate, daemon);
	loop_on_signal(daemon->loop, SIGINT, on_terminate, daemon);
	daemon->drain_limit = timer_new(daemon->loop, on_drain_limit, NULL);
	process_watch(daemon->loop);
	rc = health_open(daemon);
	if (rc < 0) {
		log_error("daemon.cannot_listen", "address=%s error=%s", daemon->settings.health_address,
		          strerror(-rc));
		return rc;
	}
	rc = open_layers(daemon);
	return rc < 0 ? rc : daemon->spec->start(daemon);
}

/* Database, Redis and bus end with the process: closing them would call back those who were freed by stop(). */
static int run(struct daemon *daemon)
{
	enum log_level level = LOG_INFO_LEVEL;

	log_level_parse(daemon->settings.log_level, &level);
	log_open(daemon->spec->name, level);
	if (geteuid() == 0)
		log_warn("daemon.runs_as_root", "advice=%s", "give it a user of its own");
	if (start(daemon) < 0)
		return 1;
	log_info("daemon.started", "version=%s pid=%d health=%s health_port=%d", HILO_VERSION, (int)getpid(),
	         daemon->settings.health_address, http_server_port(daemon->health));
	loop_run(daemon->loop);
	if (daemon->spec->stop)
		daemon->spec->stop(daemon);
	log_info("daemon.ended", "status=%d", daemon->status);
	return daemon->status;
}

/* refuse - one line per mistake: for people on a terminal, as log lines when started for work. */
static int refuse(const struct daemon *daemon, struct buf *errors, bool for_people)
{
	char *rest = errors->data;

	if (for_people) {
		fputs(errors->data, stderr);
		return EX_CONFIG;
	}
	log_open(daemon->spec->name, LOG_INFO_LEVEL);
	for (char *line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n"))
		log_error("daemon.bad_setting", "error=%s", line);
	return EX_CONFIG;
}

int daemon_main(const struct daemon_spec *spec, int argc, char **argv)
{
	HILO_AUTO(buf) struct buf text = {0};
	struct daemon *daemon = &the_daemon;
	bool checks, probes;

	daemon->spec = spec;
	arguments_collect(daemon);
	checks = arguments_have(argc, argv, "--check-config");
	probes = arguments_have(argc, argv, "--probe");
	if (arguments_only_print(daemon, argc, argv))
		return 0;
	if (arguments_load(daemon, argc, argv, &text) < 0) {
		int status = refuse(daemon, &text, checks || probes);

		return probes ? 1 : status;
	}
	if (checks) {
		conf_print_effective(daemon->tables, &text);
		fputs(text.data, stdout);
		return 0;
	}
	return probes ? probe(daemon->settings.health_address) : run(daemon);
}
