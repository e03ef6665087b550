/* conf/conf.c - finding each option's value: argument, environment, file, default. */
#include "conf/conf.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "conf/argument.h"
#include "conf/value.h"

enum { FILE_BYTES = 64 * 1024 };

/* The text found for an option, and from where. */
struct finding {
	const char *text;
	const char *source;
	char *owned; /* the content of a file */
};

static void finding_free(struct finding *finding)
{
	if (finding->owned)
		explicit_bzero(finding->owned, strlen(finding->owned));
	free(finding->owned);
}
HILO_AUTO_DEFINE(finding, struct finding, finding_free)

void argument_name(const char *option_name, char ret[ARGUMENT_BYTES])
{
	size_t i = 0;

	if (strncmp(option_name, "HILO_", 5) == 0)
		option_name += 5;
	for (; option_name[i] && i + 1 < ARGUMENT_BYTES; i++) {
		const char c = option_name[i];
		ret[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	ret[i] = '\0';
}

/* --name=value or --name value. Returns: the value; NULL if the argument is another or its value is missing. */
static const char *argument_value(const char *name, const char *argument, const char *next)
{
	const size_t length = strlen(name);

	if (strncmp(argument, "--", 2) != 0 || strncmp(argument + 2, name, length) != 0)
		return NULL;
	argument += 2 + length;
	return *argument == '=' ? argument + 1 : *argument ? NULL : next;
}

/* the last one given counts, so that a wrapper's arguments can be overridden */
static const char *find_argument(const char *name, int argc, char *const *argv)
{
	const char *found = NULL;

	for (int i = 1; i < argc; i++) {
		const char *value = argument_value(name, argv[i], argv[i + 1]);
		found = value ? value : found;
	}
	return found;
}

static bool is_daemon_flag(const char *argument)
{
	static const char *const flags[] = {"--help", "--check-config", "--probe", "--version"};

	for (size_t i = 0; i < HILO_COUNT(flags); i++) {
		if (strcmp(argument, flags[i]) == 0)
			return true;
	}
	return false;
}

static const struct conf_option *find_option(const struct conf_table *tables, const char *argument)
{
	char name[ARGUMENT_BYTES];

	for (; tables->options; tables++) {
		for (const struct conf_option *option = tables->options; option->name; option++) {
			argument_name(option->name, name);
			if (argument_value(name, argument, argument))
				return option;
		}
	}
	return NULL;
}

/* every argument must mean something; whose value is missing is told here too */
static void check_arguments(const struct conf_table *tables, int argc, char *const *argv, struct buf *errors)
{
	for (int i = 1; i < argc; i++) {
		if (is_daemon_flag(argv[i]))
			continue;
		if (!find_option(tables, argv[i]))
			buf_printf(errors, "%.*s: unknown argument\n", (int)strcspn(argv[i], "="), argv[i]);
		else if (!strchr(argv[i], '=') && ++i == argc)
			buf_printf(errors, "%s: needs a value\n", argv[i - 1]);
	}
}

/* Returns: 0 and the content without its last newline, owned; or a negative errno. */
static int read_file(const char *path, char **ret)
{
	char *content;
	size_t len = 0;
	ssize_t got;
	int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	content = hilo_alloc(FILE_BYTES + 2);
	while (len <= FILE_BYTES && (got = read(fd, content + len, FILE_BYTES + 1 - len)) != 0) {
		if (got < 0 && errno != EINTR) {
			rc = -errno;
			break;
		}
		len += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	if (rc == 0 && (len > FILE_BYTES || memchr(content, '\0', len)))
		rc = len > FILE_BYTES ? -EFBIG : -EINVAL;
	if (len && content[len - 1] == '\n')
		content[--len] = '\0';
	if (rc == 0)
		*ret = content;
	else
		free(content);
	return rc;
}

static bool find_file(const struct conf_option *option, struct finding *ret, struct buf *errors)
{
	char variable[ARGUMENT_BYTES + 8];

	snprintf(variable, sizeof(variable), "%s_FILE", option->name);
	const char *path = getenv(variable);
	if (!path || !*path)
		return false;
	ret->source = "file";
	int rc = read_file(path, &ret->owned);
	if (rc < 0)
		buf_printf(errors, "%s: cannot use \"%s\": %s\n", variable, path,
		           rc == -EFBIG    ? "more than 64 KiB"
		           : rc == -EINVAL ? "it holds a NUL byte"
		                           : strerror(-rc));
	ret->text = ret->owned;
	return true;
}

/* an empty variable counts as unset: that is how Compose passes on what the operator left out */
static void find(const struct conf_option *option, int argc, char *const *argv, struct finding *ret, struct buf *errors)
{
	char name[ARGUMENT_BYTES];
	const char *text;

	argument_name(option->name, name);
	if ((text = find_argument(name, argc, argv))) {
		*ret = (struct finding){.text = text, .source = "argument"};
	} else if ((text = getenv(option->name)) && *text) {
		*ret = (struct finding){.text = text, .source = "environment"};
	} else if (!find_file(option, ret, errors)) {
		*ret = (struct finding){.text = option->fallback, .source = "default"};
	}
}

static void load_option(const struct conf_option *option, void *settings, int argc, char *const *argv,
                        struct buf *errors)
{
	HILO_AUTO(finding) struct finding finding = {0};
	const size_t mistakes = errors->len;
	char name[ARGUMENT_BYTES];

	find(option, argc, argv, &finding, errors);
	if (finding.text && value_parse(option, settings, finding.text) < 0) {
		buf_printf(errors, "%s: \"", option->name);
		value_write_text(option, finding.text, errors);
		buf_printf(errors, "\" (%s) is not ", finding.source);
		value_write_allowed(option, errors);
		buf_putc(errors, '\n');
	}
	if (errors->len > mistakes || !(option->flags & CONF_REQUIRED))
		return;
	if (finding.text && !value_is_empty(option, settings))
		return;
	argument_name(option->name, name);
	buf_printf(errors, "%s: required: set %s, %s_FILE or --%s\n", option->name, option->name, option->name, name);
}

int conf_load(const struct conf_table *tables, int argc, char *const *argv, struct buf *errors)
{
	const size_t mistakes = errors->len;

	check_arguments(tables, argc, argv, errors);
	for (const struct conf_table *table = tables; table->options; table++) {
		for (const struct conf_option *option = table->options; option->name; option++)
			load_option(option, table->settings, argc, argv, errors);
	}
	if (errors->len == mistakes)
		return 0;
	conf_free(tables);
	return -EINVAL;
}

void conf_free(const struct conf_table *tables)
{
	for (; tables->options; tables++) {
		for (const struct conf_option *option = tables->options; option->name; option++)
			value_free(option, tables->settings);
	}
}
