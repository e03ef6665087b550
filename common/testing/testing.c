/* testing/testing.c - the log under watch, files of tests/data, waiting on conditions. */
#include "testing/testing.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"

enum { MAX_EXPECTED = 16 };

static struct {
	const char *expected[MAX_EXPECTED];
	size_t seen[MAX_EXPECTED];
	size_t count;
	struct buf undeclared; /* error lines nobody declared */
} log_watch;

static void on_line(void *arg HILO_UNUSED, enum log_level level, const char *line)
{
	char name[160];

	for (size_t i = 0; i < log_watch.count; i++) {
		snprintf(name, sizeof(name), "\"event\":\"%s\"", log_watch.expected[i]);
		if (!strstr(line, name))
			continue;
		log_watch.seen[i]++;
		return;
	}
	if (level >= LOG_ERROR_LEVEL)
		buf_puts(&log_watch.undeclared, line);
}

void testing_expect_log(const char *event)
{
	assert_true(log_watch.count < MAX_EXPECTED);
	log_watch.seen[log_watch.count] = 0;
	log_watch.expected[log_watch.count++] = event;
}

int testing_begin(void **state HILO_UNUSED)
{
	log_watch.count = 0;
	buf_clear(&log_watch.undeclared);
	log_capture(on_line, NULL);
	return 0;
}

int testing_end(void **state HILO_UNUSED)
{
	int rc = 0;

	log_capture(NULL, NULL);
	if (log_watch.undeclared.len) {
		print_error("undeclared error lines:\n%s", log_watch.undeclared.data);
		rc = -1;
	}
	for (size_t i = 0; i < log_watch.count; i++) {
		if (log_watch.seen[i])
			continue;
		print_error("expected a log line %s, none came\n", log_watch.expected[i]);
		rc = -1;
	}
	buf_free(&log_watch.undeclared);
	return rc;
}

char *testing_data(const char *path, size_t *ret_size)
{
	HILO_AUTO(buf) struct buf name = {0};
	struct buf data = {0};
	size_t got;

	buf_printf(&name, "%s/tests/data/%s", HILO_SOURCE_DIR, path);
	FILE *file = fopen(name.data, "rb");
	if (!file)
		fail_msg("%s: %s", name.data, strerror(errno));
	do {
		got = fread(buf_reserve(&data, 65536), 1, 65536, file);
		data.len += got;
	} while (got);
	fclose(file);
	if (ret_size)
		*ret_size = data.len;
	return buf_steal(&data);
}

static void nothing(void *arg HILO_UNUSED)
{
}

void testing_run_until(struct loop *loop, const bool *done, int64_t deadline_us)
{
	const int64_t end_us = clock_monotonic_us() + deadline_us;
	struct timer *timer = timer_new(loop, nothing, NULL); /* only so that the loop wakes up at the deadline */

	timer_in(timer, deadline_us);
	while (!*done && clock_monotonic_us() < end_us) {
		if (event_base_loop(loop_base(loop), EVLOOP_ONCE) < 0)
			fail_msg("the loop does not turn"); /* an assertion failed inside one of its handlers */
	}
	timer_free(&timer);
	if (!*done)
		fail_msg("not done after %lld ms", (long long)(deadline_us / 1000));
}
