/* The tests' own tools: an undeclared error line really fails a test, a missed deadline too. */
#include "testing/testing.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_due(void *arg)
{
	*(bool *)arg = true;
}

static void logs_nothing(void **state)
{
}

static void logs_a_declared_error(void **state)
{
	testing_expect_log("declared");
	log_error("declared", "a=%d", 1);
	log_error("declared", "");
}

static void logs_an_undeclared_error(void **state)
{
	testing_expect_log("declared");
	log_error("declared", "");
	log_error("undeclared", "");
}

static void logs_another_whose_name_begins_the_same(void **state)
{
	testing_expect_log("declared");
	log_error("declared", "");
	log_error("declared.not", "");
}

static void logs_an_undeclared_warning(void **state)
{
	log_warn("undeclared", "");
}

static void logs_less_than_declared(void **state)
{
	testing_expect_log("declared");
}

static void ends_before_the_deadline(void **state)
{
	struct loop *loop = loop_new();
	bool is_done = false;

	loop_defer(loop, on_due, &is_done);
	testing_run_until(loop, &is_done, 1000000);
	testing_run_until(loop, &is_done, 0); /* done already */
	loop_free(&loop);
}

static void misses_the_deadline(void **state)
{
	struct loop *loop = loop_new();
	bool is_done = false;

	testing_run_until(loop, &is_done, 20000);
}

static void reads_data(void **state)
{
	size_t size = 0;
	HILO_AUTO_FREE char *data = testing_data("text/ascii", &size), *same = testing_data("text/ascii", NULL);

	assert_int_equal(size, strlen("plain text"));
	assert_string_equal(data, "plain text");
	assert_string_equal(same, data);
}

static void reads_absent_data(void **state)
{
	free(testing_data("text/not-there", NULL));
}

static const struct {
	const char *name;
	CMUnitTestFunction run;
	int failures;
} rows[] = {
        {"logs_nothing", logs_nothing, 0},
        {"logs_a_declared_error", logs_a_declared_error, 0},
        {"logs_an_undeclared_error", logs_an_undeclared_error, 1},
        {"logs_another_whose_name_begins_the_same", logs_another_whose_name_begins_the_same, 1},
        {"logs_an_undeclared_warning", logs_an_undeclared_warning, 0},
        {"logs_less_than_declared", logs_less_than_declared, 1},
        {"ends_before_the_deadline", ends_before_the_deadline, 0},
        {"misses_the_deadline", misses_the_deadline, 1},
        {"reads_data", reads_data, 0},
        {"reads_absent_data", reads_absent_data, 1},
};

/* Each row is a test program of its own, in a child: what would it tell ctest? */
static int run_alone(const char *name, CMUnitTestFunction run)
{
	const struct CMUnitTest tests[] = {{name, run, testing_begin, testing_end, NULL}};
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		/* its reports would read like our own */
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(99);
		_exit(cmocka_run_group_tests(tests, NULL, NULL));
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* no cmocka around this one: its state does not nest */
int main(void)
{
	int faults = 0;

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		const int failures = run_alone(rows[i].name, rows[i].run);
		printf("%s %s: %d of its tests fail\n", failures == rows[i].failures ? "ok  " : "FAIL", rows[i].name,
		       failures);
		faults += failures != rows[i].failures;
	}
	return faults != 0;
}
