/* Log lines: one JSON object each, whatever the arguments hold. */
#include "testing/testing.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

static struct buf lines;
static enum log_level last_level;
static const char *volatile nothing; /* a NULL the compiler cannot see coming */

static void on_line(void *arg, enum log_level level, const char *line)
{
	assert_ptr_equal(arg, &lines);
	buf_clear(&lines);
	buf_puts(&lines, line);
	last_level = level;
}

static int begin(void **state)
{
	log_open("unit", LOG_DEBUG_LEVEL);
	log_capture(on_line, &lines);
	return 0;
}

static int end(void **state)
{
	log_capture(NULL, NULL);
	buf_free(&lines);
	return 0;
}

/* the line behind its time, which differs */
static void expect(const char *want)
{
	static const char head[] = "{\"time\":\"2026-08-01T10:00:00.123456Z\",";

	assert_true(text_starts(lines.data, "{\"time\":\"20"));
	assert_string_equal(lines.data + sizeof(head) - 1, want);
}

#define HEAD "\"level\":\"info\",\"service\":\"unit\",\"event\":\"e\""

static void every_conversion_becomes_its_json(void **state)
{
	log_info("e", "");
	expect(HEAD "}\n");
	log_info("e", "a=%d b=%i c=%u d=%ld e=%lu f=%lld g=%llu", -1, 2, 3U, -4L, 5UL, INT64_MIN + 0LL,
	         UINT64_MAX + 0ULL);
	expect(HEAD
	       ",\"a\":-1,\"b\":2,\"c\":3,\"d\":-4,\"e\":5,\"f\":-9223372036854775808,\"g\":18446744073709551615}\n");
	log_info("e", "a=%zu b=%zd c=%" PRIu64 " d=%" PRId64 " e=%hhd f=%hu g=%td h=%jd", (size_t)1, (ssize_t)-2,
	         UINT64_C(3), INT64_C(-4), (signed char)-5, (unsigned short)6, (ptrdiff_t)-7, (intmax_t)-8);
	expect(HEAD ",\"a\":1,\"b\":-2,\"c\":3,\"d\":-4,\"e\":-5,\"f\":6,\"g\":-7,\"h\":-8}\n");
	log_info("e", "a=%x b=%#lX c=%08x d=%c e=%p", 255U, 255UL, 1U, 'q', (void *)16);
	expect(HEAD ",\"a\":\"ff\",\"b\":\"ff\",\"c\":\"1\",\"d\":\"q\",\"e\":\"0x10\"}\n");
	log_info("e", "a=%f b=%.2f c=%g d=%.*f e=%e f=%f g=%g", 1.5, 2.0 / 3, 1e100, 1, 0.25, 1.0, (double)NAN,
	         (double)INFINITY);
	expect(HEAD ",\"a\":1.500000,\"b\":0.67,\"c\":1e+100,\"d\":0.2,\"e\":1,\"f\":\"nan\",\"g\":\"inf\"}\n");
	log_info("e", "a=%5d b=%-5d c=%05d d=%+d e=%*d", 1, 2, 3, 4, 9, 5); /* widths are for people */
	expect(HEAD ",\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5}\n");
}

static void strings_are_escaped_and_mended(void **state)
{
	log_info("e", "a=%s b=%s c=%.*s d=%.2s e=%s", "x y", nothing, 3, "abcdef", "abcdef", "");
	expect(HEAD ",\"a\":\"x y\",\"b\":null,\"c\":\"abc\",\"d\":\"ab\",\"e\":\"\"}\n");
	log_info("e", "a=%s b=%s", "\"\\\n\x01", "\xff ñ");
	expect(HEAD ",\"a\":\"\\\"\\\\\\n\\u0001\",\"b\":\"\xEF\xBF\xBD ñ\"}\n");
	log_info("e", "a=literal b=tcp://%s:%d c=%d%% d=%s/%s e=", "host", 80, 50, "x", nothing);
	expect(HEAD ",\"a\":\"literal\",\"b\":\"tcp://host:80\",\"c\":\"50%\",\"d\":\"x/null\",\"e\":\"\"}\n");
}

static void a_slip_in_the_format_costs_no_arguments(void **state)
{
	log_info("e", "  a=%d   (%s) b=%d ", 1, "two", 3);
	expect(HEAD ",\"a\":1,\"text\":\"(two)\",\"b\":3}\n");
}

static void long_lines_are_cut_and_say_so(void **state)
{
	static const char tail[] = "\",\"truncated\":true}\n";
	char text[20000];
	const char *const characters[] = {"x", "\"", "\x01", "ñ", "😀", "\xff"};

	for (size_t i = 0; i < HILO_COUNT(characters); i++) {
		const size_t size = strlen(characters[i]);
		for (size_t at = 0; at + size < sizeof(text); at += size) {
			memcpy(text + at, characters[i], size);
			text[at + size] = '\0';
		}
		log_info("e", "a=%s b=%d", text, 7);
		assert_in_range(lines.len, 8100, 8192);
		assert_true(text_is_utf8(lines.data, lines.len));
		assert_string_equal(lines.data + lines.len - strlen(tail), tail);
	}
}

static void context_stands_in_every_line_until_cleared(void **state)
{
	char key[] = "key0";

	log_context("request", "r\"1");
	log_context("inbox", "sales");
	log_info("e", "a=%d", 1);
	expect(HEAD ",\"request\":\"r\\\"1\",\"inbox\":\"sales\",\"a\":1}\n");
	log_context("request", "r2");
	log_context("inbox", NULL);
	log_info("e", "");
	expect(HEAD ",\"request\":\"r2\"}\n");
	log_context("request", NULL);
	log_context("never set", NULL);
	for (int i = 0; i < 9; i++, key[3]++)
		log_context(key, "v");
	log_info("e", "");
	assert_non_null(strstr(lines.data, "\"key7\":\"v\"}"));
	for (key[3] = '0'; key[3] < '9'; key[3]++)
		log_context(key, NULL);
	log_info("e", "");
	expect(HEAD "}\n");
}

static void levels_are_filtered_and_parsed(void **state)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	enum log_level level = LOG_WARN_LEVEL;

	log_debug("e", "");
	assert_int_equal(last_level, LOG_DEBUG_LEVEL);
	log_open("unit", LOG_WARN_LEVEL);
	buf_clear(&lines);
	log_info("e", "");
	assert_int_equal(lines.len, 0);
	log_error("e", "");
	assert_int_equal(last_level, LOG_ERROR_LEVEL);
	assert_non_null(strstr(lines.data, "\"level\":\"error\""));
	for (int i = 0; i < 4; i++) {
		assert_int_equal(log_level_parse(names[i], &level), 0);
		assert_int_equal(level, i);
	}
	assert_int_equal(log_level_parse("loud", &level), -EINVAL);
	assert_int_equal(log_level_parse(NULL, &level), -EINVAL);
	assert_int_equal(level, LOG_ERROR_LEVEL);
}

static void a_line_is_one_write_and_spares_errno(void **state)
{
	int pipe_ends[2], saved = dup(STDERR_FILENO);
	char text[8193];

	/* a pipe in packet mode gives back one write a read */
	assert_int_equal(pipe2(pipe_ends, O_DIRECT), 0);
	log_capture(NULL, NULL);
	dup2(pipe_ends[1], STDERR_FILENO);
	errno = ENOENT;
	log_info("one", "a=%d", 1);
	log_info("two", "a=%d", 2);
	const int kept = errno;
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(pipe_ends[1]);
	assert_int_equal(kept, ENOENT);
	for (int i = 0; i < 2; i++) {
		ssize_t got = read(pipe_ends[0], text, sizeof(text) - 1);
		assert_true(got > 0);
		text[got] = '\0';
		assert_non_null(strstr(text, i ? "\"event\":\"two\"" : "\"event\":\"one\""));
		assert_ptr_equal(strchr(text, '\n'), text + got - 1);
	}
	close(pipe_ends[0]);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        CASE(every_conversion_becomes_its_json),          CASE(strings_are_escaped_and_mended),
	        CASE(a_slip_in_the_format_costs_no_arguments),    CASE(long_lines_are_cut_and_say_so),
	        CASE(context_stands_in_every_line_until_cleared), CASE(levels_are_filtered_and_parsed),
	        CASE(a_line_is_one_write_and_spares_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
