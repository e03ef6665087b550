/* test_daemon.c - the skeleton seen from outside: small daemons started, asked, signalled. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "testing/postgres.h"
#include "testing/testing.h"

#define PATIENCE_US INT64_C(10000000)

/* ---- a daemon under test: its arguments and environment, what it wrote, how it ended ---- */

struct run {
	pid_t pid;
	int output; /* a file that was deleted; standard output and error */
	char text[65536];
};

static int port; /* of the health server, in HILO_HEALTH_ADDRESS */

static int listen_somewhere(int *ret_port)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(where);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&where, size) == 0 && listen(fd, 1) == 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &size), 0);
	*ret_port = ntohs(where.sin_port);
	return fd;
}

static int begin(void **state)
{
	char address[64];

	close(listen_somewhere(&port));
	snprintf(address, sizeof(address), "127.0.0.1:%d", port);
	clearenv();
	setenv("HILO_HEALTH_ADDRESS", address, 1);
	setenv("HILO_LOG_LEVEL", "info", 1);
	return testing_begin(state);
}

static void start(struct run *run, const char *binary, const char *argument)
{
	char name[] = "/tmp/hilo-daemon-XXXXXX";

	run->output = mkostemp(name, O_CLOEXEC);
	assert_true(run->output >= 0);
	unlink(name);
	run->pid = fork();
	if (run->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(run->output, STDOUT_FILENO);
	dup2(run->output, STDERR_FILENO);
	execl(binary, binary, argument, NULL);
	_exit(127);
}

/* Returns: the exit status, or -signal; fails the test when it does not end. */
static int finish(struct run *run)
{
	int64_t end_us = clock_monotonic_us() + PATIENCE_US;
	int status;
	ssize_t length;

	while (waitpid(run->pid, &status, WNOHANG) == 0) {
		if (clock_monotonic_us() > end_us) {
			kill(run->pid, SIGKILL);
			fail_msg("the daemon does not end");
		}
		usleep(2000);
	}
	length = pread(run->output, run->text, sizeof(run->text) - 1, 0);
	assert_true(length >= 0);
	run->text[length] = '\0';
	close(run->output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int run_once(struct run *run, const char *binary, const char *argument)
{
	start(run, binary, argument);
	return finish(run);
}

static void assert_says(const struct run *run, const char *text)
{
	if (!strstr(run->text, text))
		fail_msg("\"%s\" is missing in:\n%s", text, run->text);
}

/* get - one request to the health server. Returns: the status, 0 when nobody answers; ret: the whole answer. */
static int get(const char *path, char *ret, size_t size)
{
	struct sockaddr_in where = {
	        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), status = 0;
	size_t length = 0;
	ssize_t got;

	if (connect(fd, (struct sockaddr *)&where, sizeof(where)) == 0) {
		dprintf(fd, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
		while (length < size - 1 && (got = read(fd, ret + length, size - 1 - length)) > 0)
			length += (size_t)got;
	}
	close(fd);
	ret[length] = '\0';
	sscanf(ret, "HTTP/1.1 %d", &status);
	return status;
}

static void wait_for_status(const char *path, int status)
{
	int64_t end_us = clock_monotonic_us() + PATIENCE_US;
	char answer[65536];

	while (get(path, answer, sizeof(answer)) != status) {
		if (clock_monotonic_us() > end_us)
			fail_msg("%s does not become %d: %s", path, status, answer);
		usleep(5000);
	}
}

static struct run run; /* of the test */

/* ---- arguments ---- */

static void help_names_every_option(void **state)
{
	(void)state;
	assert_int_equal(run_once(&run, TINY, "--help"), 0);
	assert_says(&run, "hilo-tiny - does nothing");
	assert_says(&run, "HILO_HEALTH_ADDRESS");
	assert_says(&run, "HILO_DRAIN_LIMIT");
	assert_says(&run, "HILO_TINY_DRAIN");
	assert_null(strstr(run.text, "HILO_DATABASE_URL")); /* it has none */
	assert_int_equal(run_once(&run, TINY_DATABASE, "--help"), 0);
	assert_says(&run, "HILO_DATABASE_URL");
	assert_int_equal(run_once(&run, TINY, "--version"), 0);
	assert_says(&run, "hilo-tiny 0.");
	assert_int_equal(run_once(&run, TINY, "--print-config-markdown"), 0);
	assert_says(&run, "HILO_TINY_SECRET");
}

static void effective_settings_hide_secrets(void **state)
{
	(void)state;
	setenv("HILO_TINY_SECRET", "swordfish", 1);
	setenv("HILO_DATABASE_URL", "host=/tmp user=x password=swordfish", 1);
	assert_int_equal(run_once(&run, TINY_DATABASE, "--check-config"), 0);
	assert_says(&run, "HILO_TINY_DRAIN=");
	assert_says(&run, "HILO_DATABASE_URL=");
	assert_null(strstr(run.text, "swordfish"));
}

static void every_wrong_setting_is_told(void **state)
{
	(void)state;
	setenv("HILO_TINY_DRAIN", "soon", 1);
	setenv("HILO_DRAIN_LIMIT", "-1s", 1);
	assert_int_equal(run_once(&run, TINY_DATABASE, "--check-config"), 78);
	assert_says(&run, "HILO_TINY_DRAIN");
	assert_says(&run, "HILO_DRAIN_LIMIT");
	assert_says(&run, "HILO_DATABASE_URL");
	assert_int_equal(run_once(&run, TINY, "--nonsense=1"), 78);
	assert_says(&run, "\"event\":\"daemon.bad_setting\"");
	assert_says(&run, "nonsense");
}

static void settings_no_table_can_check_are_checked(void **state)
{
	(void)state;
	setenv("HILO_LOG_LEVEL", "loud", 1);
	setenv("HILO_DATABASE_URL", "swordfish", 1);
	assert_int_equal(run_once(&run, TINY_DATABASE, "--check-config"), 78);
	assert_says(&run, "HILO_LOG_LEVEL: must be");
	assert_says(&run, "HILO_DATABASE_URL: is not");
	assert_null(strstr(run.text, "swordfish"));
}

/* ---- health ---- */

static void it_says_that_it_lives_and_how_it_does(void **state)
{
	char answer[65536];

	(void)state;
	start(&run, TINY, NULL);
	wait_for_status("/readyz", 200);
	get("/readyz", answer, sizeof(answer));
	assert_non_null(strstr(answer, "{\"ready\":true,\"reasons\":[]}"));
	assert_int_equal(get("/healthz", answer, sizeof(answer)), 200);
	assert_int_equal(get("/nothing", answer, sizeof(answer)), 404);
	usleep(250000); /* two measurements of the loop */
	assert_int_equal(get("/metrics", answer, sizeof(answer)), 200);
	assert_non_null(strstr(answer, "text/plain; version=0.0.4"));
	assert_non_null(strstr(answer, "\nprocess_resident_memory_bytes "));
	assert_non_null(strstr(answer, "\nprocess_open_fds "));
	assert_non_null(strstr(answer, "\nhilo_loop_lag_seconds_count "));
	assert_null(strstr(answer, "\nhilo_loop_lag_seconds_count 0\n"));
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 0);
}

static void it_tells_why_it_is_not_ready(void **state)
{
	char answer[4096];

	(void)state;
	setenv("HILO_TINY_WANTED", "/nonexistent", 1);
	start(&run, TINY, NULL);
	wait_for_status("/healthz", 200);
	assert_int_equal(get("/readyz", answer, sizeof(answer)), 503);
	assert_non_null(strstr(answer, "{\"ready\":false,\"reasons\":[\"no \\\"file\\\"\",\"nor hope\"]}"));
	kill(run.pid, SIGINT);
	assert_int_equal(finish(&run), 0);
}

static void it_is_ready_when_its_database_is(void **state)
{
	struct testing_postgres *postgres;
	char answer[4096];

	(void)state;
	postgres = testing_postgres_start(TESTING_POSTGRES_UNSAFE);
	setenv("HILO_DATABASE_URL", testing_postgres_dsn(postgres, "postgres"), 1);
	start(&run, TINY_DATABASE, NULL);
	wait_for_status("/readyz", 200);
	testing_postgres_kill(postgres);
	wait_for_status("/readyz", 503);
	get("/readyz", answer, sizeof(answer));
	assert_non_null(strstr(answer, "[\"no database\"]"));
	testing_postgres_restart(postgres);
	wait_for_status("/readyz", 200);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 0);
	testing_postgres_free(&postgres);
}

static void the_probe_asks_it(void **state)
{
	struct run probe;

	(void)state;
	assert_int_equal(run_once(&probe, TINY, "--probe"), 1); /* nobody there */
	start(&run, TINY, NULL);
	wait_for_status("/readyz", 200);
	assert_int_equal(run_once(&probe, TINY, "--probe"), 0);
	assert_says(&probe, "\"ready\":true");
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 0);
}

static void the_probe_does_not_wait_for_ever(void **state)
{
	int64_t start_us = clock_monotonic_us();
	char address[64];
	int silent, silent_port;

	(void)state;
	silent = listen_somewhere(&silent_port);
	snprintf(address, sizeof(address), "127.0.0.1:%d", silent_port);
	setenv("HILO_HEALTH_ADDRESS", address, 1);
	assert_int_equal(run_once(&run, TINY, "--probe"), 1);
	assert_in_range(clock_monotonic_us() - start_us, 1500000, 4000000);
	close(silent);
}

/* ---- ending ---- */

static void it_drains_before_it_ends(void **state)
{
	char answer[4096];

	(void)state;
	setenv("HILO_TINY_DRAIN", "500ms", 1);
	start(&run, TINY, NULL);
	wait_for_status("/readyz", 200);
	kill(run.pid, SIGTERM);
	wait_for_status("/readyz", 503);
	get("/readyz", answer, sizeof(answer));
	assert_non_null(strstr(answer, "draining"));
	assert_int_equal(finish(&run), 0);
	assert_says(&run, "daemon.started");
	assert_says(&run, "daemon.drains");
	assert_says(&run, "tiny.stopped");
	assert_says(&run, "daemon.ended");
}

static void a_second_signal_ends_it_at_once(void **state)
{
	(void)state;
	setenv("HILO_TINY_DRAIN", "1h", 1);
	start(&run, TINY, NULL);
	wait_for_status("/readyz", 200);
	kill(run.pid, SIGTERM);
	wait_for_status("/readyz", 503);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 1);
	assert_says(&run, "daemon.drain_aborted");
}

static void draining_has_a_limit(void **state)
{
	(void)state;
	setenv("HILO_TINY_DRAIN", "1h", 1);
	setenv("HILO_DRAIN_LIMIT", "200ms", 1);
	start(&run, TINY, NULL);
	wait_for_status("/readyz", 200);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 1);
	assert_says(&run, "HILO_DRAIN_LIMIT");
}

static void what_cannot_start_says_why(void **state)
{
	char address[64];
	int taken, taken_port;

	(void)state;
	setenv("HILO_TINY_WANTED", "fail", 1);
	assert_int_equal(run_once(&run, TINY, NULL), 1);
	taken = listen_somewhere(&taken_port);
	snprintf(address, sizeof(address), "127.0.0.1:%d", taken_port);
	setenv("HILO_HEALTH_ADDRESS", address, 1);
	assert_int_equal(run_once(&run, TINY, NULL), 1);
	assert_says(&run, "daemon.cannot_listen");
	assert_says(&run, "in use");
	close(taken);
	setenv("HILO_HEALTH_ADDRESS", "localhost", 1);
	assert_int_equal(run_once(&run, TINY, NULL), 1);
	assert_says(&run, "daemon.cannot_listen");
}

static void it_warns_root(void **state)
{
	(void)state;
	start(&run, TINY, NULL);
	wait_for_status("/readyz", 200);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 0);
	assert_true((strstr(run.text, "daemon.runs_as_root") != NULL) == (geteuid() == 0));
}

#define daemon_case(function) cmocka_unit_test_setup_teardown(function, begin, testing_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        daemon_case(help_names_every_option),
	        daemon_case(effective_settings_hide_secrets),
	        daemon_case(every_wrong_setting_is_told),
	        daemon_case(settings_no_table_can_check_are_checked),
	        daemon_case(it_says_that_it_lives_and_how_it_does),
	        daemon_case(it_tells_why_it_is_not_ready),
	        daemon_case(it_is_ready_when_its_database_is),
	        daemon_case(the_probe_asks_it),
	        daemon_case(the_probe_does_not_wait_for_ever),
	        daemon_case(it_drains_before_it_ends),
	        daemon_case(a_second_signal_ends_it_at_once),
	        daemon_case(draining_has_a_limit),
	        daemon_case(what_cannot_start_says_why),
	        daemon_case(it_warns_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
