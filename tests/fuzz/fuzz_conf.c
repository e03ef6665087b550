/* fuzz_conf.c - whatever stands in arguments and the environment: every setting is within its range, or all mistakes
 * are told and nothing is kept. Lines that begin with "--" are arguments; the first other one is the environment's. */
#include <stdlib.h>

#include "conf/conf.h"

enum { ARGUMENTS_MAX = 16 };

struct settings {
	char *name, *secret, *url;
	int64_t number, wait_us, size;
	bool is_on;
};

static const struct conf_option options[] = {
        {"HILO_T_NAME", CONF_TEXT, offsetof(struct settings, name), "nobody", "A name.", 0, 0, 0},
        {"HILO_T_SECRET", CONF_SECRET, offsetof(struct settings, secret), NULL, "A secret.", 0, 0, 0},
        {"HILO_T_URL", CONF_URL, offsetof(struct settings, url), NULL, "Where to.", 0, 0, 0},
        {"HILO_T_NUMBER", CONF_INTEGER, offsetof(struct settings, number), "8080", "A port.", 1, 65535, 0},
        {"HILO_T_WAIT", CONF_DURATION, offsetof(struct settings, wait_us), "5s", "How long.", 1000, 3600000000, 0},
        {"HILO_T_SIZE", CONF_SIZE, offsetof(struct settings, size), "25M", "How much.", 0, 0, 0},
        {"HILO_T_ON", CONF_BOOL, offsetof(struct settings, is_on), NULL, "Whether.", 0, 0, 0},
        {0},
};
static struct settings settings;
static const struct conf_table tables[] = {{"Test", options, &settings}, {0}};

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_settings(void)
{
	HILO_AUTO(buf) struct buf shown = {0};

	must(settings.name && settings.number >= 1 && settings.number <= 65535);
	must(settings.wait_us >= 1000 && settings.wait_us <= 3600000000 && settings.size >= 0);
	must(!settings.url || strstr(settings.url, "://"));
	conf_print_effective(tables, &shown);
	if (settings.secret && strlen(settings.secret) > 8)
		must(!strstr(shown.data, settings.secret) || strstr(settings.name, settings.secret) ||
		     (settings.url && strstr(settings.url, settings.secret)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HILO_AUTO(buf) struct buf errors = {0};
	HILO_AUTO_FREE char *text = hilo_strndup((const char *)data, size);
	char *argv[ARGUMENTS_MAX + 1] = {(char *)"program"}, *rest = text, *line;
	const char *from_environment = NULL;
	int argc = 1;

	while ((line = strsep(&rest, "\n")))
		if (strncmp(line, "--", 2) != 0)
			from_environment = from_environment ? from_environment : line;
		else if (argc < ARGUMENTS_MAX)
			argv[argc++] = line;
	setenv("HILO_T_URL", from_environment ? from_environment : "", 1);
	settings = (struct settings){0};
	if (conf_load(tables, argc, argv, &errors) == 0)
		check_settings();
	else
		must(errors.len && !settings.name && !settings.secret && !settings.url);
	conf_free(tables);
	return 0;
}
