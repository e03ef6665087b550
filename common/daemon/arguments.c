/* daemon/arguments.c - what the command line asks for, and the settings every daemon shares. */
#include <stdio.h>

#include "daemon/internal.h"

static const struct conf_option common_options[] = {
        {.name = "HILO_HEALTH_ADDRESS",
         .type = CONF_TEXT,
         .offset = offsetof(struct daemon_settings, health_address),
         .fallback = "127.0.0.1:9100",
         .help = "Address and port that serve /healthz, /readyz and /metrics.",
         .flags = CONF_REQUIRED},
        {.name = "HILO_LOG_LEVEL",
         .type = CONF_TEXT,
         .offset = offsetof(struct daemon_settings, log_level),
         .fallback = "info",
         .help = "Lowest level written to the log: debug, info, warn or error."},
        {.name = "HILO_DRAIN_LIMIT",
         .type = CONF_DURATION,
         .offset = offsetof(struct daemon_settings, drain_limit_us),
         .fallback = "20s",
         .help = "How long work under way may take to end after SIGTERM.",
         .low = 100000,
         .high = INT64_C(3600000000)},
        {0},
};

static const struct conf_option database_options[] = {
        {.name = "HILO_DATABASE_URL",
         .type = CONF_SECRET, /* may hold a password anywhere, also as password=… */
         .offset = offsetof(struct daemon_settings, database_url),
         .help = "PostgreSQL connection string of the daemon's role: postgresql://… or host=… user=…; may name several "
                 "hosts.",
         .flags = CONF_REQUIRED},
        {0},
};

static const struct conf_option redis_options[] = {
        {.name = "HILO_REDIS_URL",
         .type = CONF_URL,
         .offset = offsetof(struct daemon_settings, redis_url),
         .help = "Redis: redis://[:password@]host:port[/db] or unix:///path.",
         .flags = CONF_REQUIRED},
        {0},
};

void arguments_collect(struct daemon *daemon)
{
	const struct daemon_spec *spec = daemon->spec;
	struct conf_table *next;
	size_t own = 0;

	while (spec->tables && spec->tables[own].options)
		own++;
	next = daemon->tables = hilo_alloc_array(own + 5, sizeof(*next));
	*next++ = (struct conf_table){"Every daemon", common_options, &daemon->settings};
	if (spec->db_connections)
		*next++ = (struct conf_table){"Database", database_options, &daemon->settings};
	if (spec->uses_kv)
		*next++ = (struct conf_table){"Redis", redis_options, &daemon->settings};
	if (spec->uses_bus)
		*next++ = (struct conf_table){"Event bus", bus_conf_options, &daemon->settings.bus};
	if (own)
		memcpy(next, spec->tables, own * sizeof(*next));
}

bool arguments_have(int argc, char **argv, const char *flag)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], flag) == 0)
			return true;
	}
	return false;
}

static void print_help(const struct daemon_spec *spec, const struct conf_table *tables, struct buf *out)
{
	buf_printf(out,
	           "hilo-%s - %s\n\n"
	           "usage: hilo-%s [--option=value …]\n"
	           "  --check-config  print the effective settings; exit 78 if they are wrong\n"
	           "  --probe         ask the running daemon whether it is ready; exit 0 or 1\n"
	           "  --print-config-markdown, --version, --help\n\n"
	           "Every option may also stand in the environment (HILO_…) or in a file named by HILO_…_FILE.\n",
	           spec->name, spec->summary, spec->name);
	conf_print_help(tables, out);
}

bool arguments_only_print(const struct daemon *daemon, int argc, char **argv)
{
	HILO_AUTO(buf) struct buf out = {0};

	if (arguments_have(argc, argv, "--help"))
		print_help(daemon->spec, daemon->tables, &out);
	else if (arguments_have(argc, argv, "--version"))
		buf_printf(&out, "hilo-%s %s\n", daemon->spec->name, HILO_VERSION);
	else if (arguments_have(argc, argv, "--print-config-markdown"))
		conf_print_markdown(daemon->tables, &out);
	else
		return false;
	fputs(out.data, stdout);
	return true;
}

int arguments_load(struct daemon *daemon, int argc, char **argv, struct buf *errors)
{
	const struct daemon_settings *settings = &daemon->settings;
	enum log_level level;

	if (conf_load(daemon->tables, argc, argv, errors) < 0)
		return -EINVAL;
	if (log_level_parse(settings->log_level, &level) < 0)
		buf_printf(errors, "HILO_LOG_LEVEL: must be debug, info, warn or error\n");
	if (settings->database_url && !db_dsn_is_valid(settings->database_url))
		buf_printf(errors, "HILO_DATABASE_URL: is not a PostgreSQL connection string\n");
	return errors->len ? -EINVAL : 0;
}
