/* Settings: where values come from, what each type takes, what mistakes say, what is printed. */
#include "testing/testing.h"

#include <stdio.h>
#include <unistd.h>

#include "conf/conf.h"

struct settings {
	char *name, *secret, *url;
	int64_t number, any, wait_us, size;
	bool is_on;
};

#define HAS_OPTION(member) offsetof(struct settings, member)

static const struct conf_option first_options[] = {
        {"HILO_T_NAME", CONF_TEXT, HAS_OPTION(name), "nobody", "A name; a | within.", 0, 0, 0},
        {"HILO_T_SECRET", CONF_SECRET, HAS_OPTION(secret), NULL, "A secret.", 0, 0, 0},
        {"HILO_T_URL", CONF_URL, HAS_OPTION(url), NULL, "Where to.", 0, 0, 0},
        {0},
};
static const struct conf_option second_options[] = {
        {"HILO_T_NUMBER", CONF_INTEGER, HAS_OPTION(number), "8080", "A port.", 1, 65535, 0},
        {"HILO_T_ANY", CONF_INTEGER, HAS_OPTION(any), NULL, "Any number.", 0, 0, 0},
        {"HILO_T_WAIT", CONF_DURATION, HAS_OPTION(wait_us), "5s", "How long.", 1000, 3600000000, 0},
        {"HILO_T_SIZE", CONF_SIZE, HAS_OPTION(size), "25M", "How much.", 0, 0, 0},
        {"HILO_T_ON", CONF_BOOL, HAS_OPTION(is_on), NULL, "Whether.", 0, 0, 0},
        {0},
};
static const struct conf_option required_options[] = {
        {"HILO_T_NAME", CONF_TEXT, HAS_OPTION(name), NULL, "A name.", 0, 0, CONF_REQUIRED},
        {"HILO_T_NUMBER", CONF_INTEGER, HAS_OPTION(number), NULL, "A number.", 0, 0, CONF_REQUIRED},
        {0},
};

static struct settings settings;
static const struct conf_table tables[] = {
        {"First", first_options, &settings}, {"Second", second_options, &settings}, {0}};
static const struct conf_table required_tables[] = {{"Required", required_options, &settings}, {0}};

static int begin(void **state)
{
	static const char *const names[] = {"NAME", "SECRET", "URL", "NUMBER", "ANY", "WAIT", "SIZE", "ON"};
	char name[64];

	for (size_t i = 0; i < HILO_COUNT(names); i++) {
		snprintf(name, sizeof(name), "HILO_T_%s", names[i]);
		unsetenv(name);
		snprintf(name, sizeof(name), "HILO_T_%s_FILE", names[i]);
		unsetenv(name);
	}
	memset(&settings, 0, sizeof(settings));
	return testing_begin(state);
}

static int end(void **state)
{
	conf_free(tables);
	return testing_end(state);
}

#define MAX_ARGUMENTS 8
static int load(const struct conf_table *which, const char *const *arguments, struct buf *errors)
{
	char *argv[MAX_ARGUMENTS + 2] = {(char *)"hilo-test"};
	int argc = 1;

	for (; arguments && *arguments; arguments++)
		argv[argc++] = (char *)*arguments;
	return conf_load(which, argc, argv, errors);
}

static void write_file(char *ret_path, const char *content, size_t size)
{
	memcpy(ret_path, "/tmp/hilo-test-conf-XXXXXX", sizeof("/tmp/hilo-test-conf-XXXXXX"));
	int fd = mkstemp(ret_path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, size), size);
	close(fd);
}

static void defaults_apply(void **state)
{
	HILO_AUTO(buf) struct buf errors = {0};

	assert_int_equal(load(tables, NULL, &errors), 0);
	assert_int_equal(errors.len, 0);
	assert_string_equal(settings.name, "nobody");
	assert_null(settings.secret);
	assert_null(settings.url);
	assert_int_equal(settings.number, 8080);
	assert_int_equal(settings.any, 0);
	assert_int_equal(settings.wait_us, 5000000);
	assert_int_equal(settings.size, 25 * 1024 * 1024);
	assert_false(settings.is_on);
}

static void the_first_source_wins(void **state)
{
	HILO_AUTO(buf) struct buf errors = {0};
	char path[64];
	const char *const arguments[] = {"--t-name=from argument", "--help", "--t-number", "5", "--t-number=6", NULL};

	write_file(path, "from file\n\n", 11);
	setenv("HILO_T_NAME_FILE", path, 1);
	assert_int_equal(load(tables, NULL, &errors), 0);
	assert_string_equal(settings.name, "from file\n"); /* one newline goes, no more */
	conf_free(tables);

	setenv("HILO_T_NAME", "", 1); /* as good as unset */
	assert_int_equal(load(tables, NULL, &errors), 0);
	assert_string_equal(settings.name, "from file\n");
	conf_free(tables);

	setenv("HILO_T_NAME", "from environment", 1);
	assert_int_equal(load(tables, NULL, &errors), 0);
	assert_string_equal(settings.name, "from environment");
	conf_free(tables);

	assert_int_equal(load(tables, arguments, &errors), 0);
	assert_string_equal(settings.name, "from argument");
	assert_int_equal(settings.number, 6);
	unlink(path);
}

static void every_type_takes_what_it_should(void **state)
{
	static const struct {
		const char *variable, *text;
		int64_t want; /* -1: refused */
		const int64_t *value;
	} rows[] = {
	        {"HILO_T_NUMBER", "1", 1, &settings.number},
	        {"HILO_T_NUMBER", "65535", 65535, &settings.number},
	        {"HILO_T_NUMBER", "0", -1, &settings.number},
	        {"HILO_T_NUMBER", "65536", -1, &settings.number},
	        {"HILO_T_NUMBER", "80 ", -1, &settings.number},
	        {"HILO_T_NUMBER", "0x50", -1, &settings.number},
	        {"HILO_T_NUMBER", "99999999999999999999", -1, &settings.number},
	        {"HILO_T_ANY", "-9223372036854775808", INT64_MIN, &settings.any},
	        {"HILO_T_WAIT", "200ms", 200000, &settings.wait_us},
	        {"HILO_T_WAIT", "1000us", 1000, &settings.wait_us},
	        {"HILO_T_WAIT", "5s", 5000000, &settings.wait_us},
	        {"HILO_T_WAIT", "10m", 600000000, &settings.wait_us},
	        {"HILO_T_WAIT", "1h", 3600000000, &settings.wait_us},
	        {"HILO_T_WAIT", "2h", -1, &settings.wait_us},
	        {"HILO_T_WAIT", "0", -1, &settings.wait_us}, /* below this one's range */
	        {"HILO_T_WAIT", "5", -1, &settings.wait_us}, /* five what? */
	        {"HILO_T_WAIT", "5 s", -1, &settings.wait_us},
	        {"HILO_T_WAIT", "s", -1, &settings.wait_us},
	        {"HILO_T_WAIT", "-5s", -1, &settings.wait_us},
	        {"HILO_T_WAIT", "9223372036854775807h", -1, &settings.wait_us},
	        {"HILO_T_SIZE", "0", 0, &settings.size},
	        {"HILO_T_SIZE", "1234", 1234, &settings.size},
	        {"HILO_T_SIZE", "64k", 65536, &settings.size},
	        {"HILO_T_SIZE", "64K", 65536, &settings.size},
	        {"HILO_T_SIZE", "3G", 3221225472, &settings.size},
	        {"HILO_T_SIZE", "3T", -1, &settings.size},
	        {"HILO_T_SIZE", "", 25 << 20, &settings.size},
	        {"HILO_T_SIZE", "111111111111111111111111111111", -1, &settings.size},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		HILO_AUTO(buf) struct buf errors = {0};
		begin(state);
		setenv(rows[i].variable, rows[i].text, 1);
		int rc = load(tables, NULL, &errors);
		if ((rc < 0) != (rows[i].want == -1) || (rc == 0 && *rows[i].value != rows[i].want))
			fail_msg("%s=%s: rc %d, %lld\n%s", rows[i].variable, rows[i].text, rc,
			         (long long)*rows[i].value, errors.data ? errors.data : "");
		conf_free(tables);
	}
}

static void booleans_and_urls_are_checked(void **state)
{
	static const struct {
		const char *text;
		int want;
	} bools[] = {{"true", 1}, {"Yes", 1}, {"ON", 1},       {"1", 1},  {"false", 0}, {"no", 0},
	             {"off", 0},  {"0", 0},   {"enabled", -1}, {"2", -1}, {"tru", -1}};
	static const struct {
		const char *text;
		int rc;
	} urls[] = {
	        {"smtp://mail.example.org:587", 0},
	        {"unix:///run/redis.sock?db=1", 0},
	        {"postgresql://u:p@a:5432,b:5432/hilo", 0},
	        {"mail.example.org", -EINVAL},
	        {"://x", -EINVAL},
	        {"smtp://", -EINVAL},
	        {"1smtp://x", -EINVAL},
	        {"smtp://a b", -EINVAL},
	        {"sm tp://a", -EINVAL},
	        {"smtp://a\nb", -EINVAL},
	};
	HILO_AUTO(buf) struct buf errors = {0};

	for (size_t i = 0; i < HILO_COUNT(bools); i++) {
		setenv("HILO_T_ON", bools[i].text, 1);
		assert_int_equal(load(tables, NULL, &errors), bools[i].want < 0 ? -EINVAL : 0);
		if (bools[i].want >= 0)
			assert_int_equal(settings.is_on, bools[i].want);
		conf_free(tables);
	}
	unsetenv("HILO_T_ON");
	for (size_t i = 0; i < HILO_COUNT(urls); i++) {
		setenv("HILO_T_URL", urls[i].text, 1);
		assert_int_equal(load(tables, NULL, &errors), urls[i].rc);
		conf_free(tables);
	}
}

static void every_mistake_is_reported_at_once(void **state)
{
	HILO_AUTO(buf) struct buf errors = {0};
	const char *const arguments[] = {"--t-on=perhaps", "--t-nmae=x", "stray", "--probe", "--t-any", NULL};

	setenv("HILO_T_NUMBER", "70000", 1);
	setenv("HILO_T_WAIT", "5", 1);
	setenv("HILO_T_URL", "user:hunter2@host", 1);
	setenv("HILO_T_SECRET_FILE", "/nowhere/secret", 1);
	assert_int_equal(load(tables, arguments, &errors), -EINVAL);
	assert_string_equal(errors.data,
	                    "--t-nmae: unknown argument\n"
	                    "stray: unknown argument\n"
	                    "--t-any: needs a value\n"
	                    "HILO_T_SECRET_FILE: cannot use \"/nowhere/secret\": No such file or directory\n"
	                    "HILO_T_URL: \"***\" (environment) is not a URL (scheme://…)\n"
	                    "HILO_T_NUMBER: \"70000\" (environment) is not a whole number from 1 to 65535\n"
	                    "HILO_T_WAIT: \"5\" (environment) is not a time (200ms, 5s, 10m, 1h) from 1ms to 1h\n"
	                    "HILO_T_ON: \"perhaps\" (argument) is not true or false\n");
	assert_null(settings.name); /* nothing is left behind */
}

static void required_means_present_and_not_empty(void **state)
{
	HILO_AUTO(buf) struct buf errors = {0};
	const char *const empty[] = {"--t-name=", "--t-number=1", NULL};
	const char *const full[] = {"--t-name=x", "--t-number=0", NULL};

	assert_int_equal(load(required_tables, NULL, &errors), -EINVAL);
	assert_string_equal(errors.data,
	                    "HILO_T_NAME: required: set HILO_T_NAME, HILO_T_NAME_FILE or --t-name\n"
	                    "HILO_T_NUMBER: required: set HILO_T_NUMBER, HILO_T_NUMBER_FILE or --t-number\n");
	buf_clear(&errors);
	assert_int_equal(load(required_tables, empty, &errors), -EINVAL);
	assert_string_equal(errors.data, "HILO_T_NAME: required: set HILO_T_NAME, HILO_T_NAME_FILE or --t-name\n");
	buf_clear(&errors);
	assert_int_equal(load(required_tables, full, &errors), 0);
	assert_string_equal(settings.name, "x");
}

static void secret_files_are_bounded(void **state)
{
	static char big[65 * 1024];
	HILO_AUTO(buf) struct buf errors = {0};
	char path[64];

	memset(big, 'x', sizeof(big));
	write_file(path, big, 64 * 1024);
	setenv("HILO_T_SECRET_FILE", path, 1);
	assert_int_equal(load(tables, NULL, &errors), 0);
	assert_int_equal(strlen(settings.secret), 64 * 1024);
	conf_free(tables);
	unlink(path);

	write_file(path, big, 64 * 1024 + 1);
	setenv("HILO_T_SECRET_FILE", path, 1);
	assert_int_equal(load(tables, NULL, &errors), -EINVAL);
	assert_non_null(strstr(errors.data, "more than 64 KiB"));
	unlink(path);

	buf_clear(&errors);
	write_file(path, "a\0b", 3);
	setenv("HILO_T_SECRET_FILE", path, 1);
	assert_int_equal(load(tables, NULL, &errors), -EINVAL);
	assert_non_null(strstr(errors.data, "NUL"));
	unlink(path);
}

static void what_is_printed_hides_secrets(void **state)
{
	static const struct {
		const char *url, *shown;
	} rows[] = {
	        {"smtp://user:hunter2@mail:25", "smtp://user:***@mail:25"},
	        {"smtp://user:p@ss@mail:25/x@y", "smtp://user:***@mail:25/x@y"},
	        {"redis://:hunter2@localhost/0", "redis://:***@localhost/0"},
	        {"smtp://user@mail:25", "smtp://user@mail:25"},
	        {"postgresql:///hilo?host=/tmp&password=hunter2&user=x",
	         "postgresql:///hilo?host=/tmp&password=***&user=x"},
	        {"smtp://mail:25", "smtp://mail:25"},
	};
	HILO_AUTO(buf) struct buf out = {0}, errors = {0};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		char line[256];
		setenv("HILO_T_URL", rows[i].url, 1);
		setenv("HILO_T_SECRET", "hunter2", 1);
		assert_int_equal(load(tables, NULL, &errors), 0);
		assert_string_equal(settings.url, rows[i].url);
		buf_clear(&out);
		conf_print_effective(tables, &out);
		snprintf(line, sizeof(line),
		         "HILO_T_NAME=nobody\nHILO_T_SECRET=***\nHILO_T_URL=%s\nHILO_T_NUMBER=8080\nHILO_T_ANY=0\n"
		         "HILO_T_WAIT=5s\nHILO_T_SIZE=25M\nHILO_T_ON=false\n",
		         rows[i].shown);
		assert_string_equal(out.data, line);
		conf_free(tables);
	}
}

static void help_and_markdown_come_from_the_table(void **state)
{
	HILO_AUTO(buf) struct buf help = {0}, markdown = {0};

	conf_print_help(required_tables, &help);
	assert_string_equal(help.data,
	                    "\nRequired\n"
	                    "  --t-name, HILO_T_NAME\n      A name.\n      text; required\n"
	                    "  --t-number, HILO_T_NUMBER\n      A number.\n      a whole number; required\n");
	conf_print_markdown(tables, &markdown);
	assert_string_equal(markdown.data,
	                    "## First\n\n| option | takes | default | meaning |\n|---|---|---|---|\n"
	                    "| `HILO_T_NAME` | text | `nobody` | A name; a \\| within. |\n"
	                    "| `HILO_T_SECRET` | text, never shown | unset | A secret. |\n"
	                    "| `HILO_T_URL` | a URL (scheme://…) | unset | Where to. |\n"
	                    "\n## Second\n\n| option | takes | default | meaning |\n|---|---|---|---|\n"
	                    "| `HILO_T_NUMBER` | a whole number from 1 to 65535 | `8080` | A port. |\n"
	                    "| `HILO_T_ANY` | a whole number | unset | Any number. |\n"
	                    "| `HILO_T_WAIT` | a time (200ms, 5s, 10m, 1h) from 1ms to 1h | `5s` | How long. |\n"
	                    "| `HILO_T_SIZE` | a size in bytes (65536, 64k, 25M) | `25M` | How much. |\n"
	                    "| `HILO_T_ON` | true or false | unset | Whether. |\n\n");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        CASE(defaults_apply),
	        CASE(the_first_source_wins),
	        CASE(every_type_takes_what_it_should),
	        CASE(booleans_and_urls_are_checked),
	        CASE(every_mistake_is_reported_at_once),
	        CASE(required_means_present_and_not_empty),
	        CASE(secret_files_are_bounded),
	        CASE(what_is_printed_hides_secrets),
	        CASE(help_and_markdown_come_from_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
