/* Identifiers: unique, rising, and the same in text. */
#include "testing/testing.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"

static void fresh_ones_rise_and_have_their_version(void **state)
{
	enum { COUNT = 1000000 }; /* more than the counter's room in a millisecond, should the machine be that fast */
	struct uuid last = uuid_new();

	for (int i = 0; i < COUNT; i++) {
		const struct uuid id = uuid_new();
		if (uuid_compare(&last, &id) >= 0)
			fail_msg("not rising at %d", i);
		if (id.bytes[6] >> 4 != 7 || id.bytes[8] >> 6 != 2)
			fail_msg("not a version 7 at %d", i);
		last = id;
	}
}

static void the_head_is_the_time(void **state)
{
	const int64_t before_ms = clock_now_us() / 1000;
	const struct uuid id = uuid_new();
	int64_t stamp_ms = 0;

	for (int i = 0; i < 6; i++)
		stamp_ms = stamp_ms << 8 | id.bytes[i];
	/* it may run ahead a little after the flood above, never behind */
	assert_in_range(stamp_ms, before_ms, before_ms + 1000);
}

static void parent_and_child_differ(void **state)
{
	int pipe_ends[2];
	struct uuid mine, theirs;

	uuid_new(); /* the pool is filled before the fork */
	assert_int_equal(pipe(pipe_ends), 0);
	pid_t child = fork();
	if (child == 0) {
		const struct uuid id = uuid_random();
		_exit(write(pipe_ends[1], &id, sizeof(id)) == sizeof(id) ? 0 : 1);
	}
	mine = uuid_random();
	assert_int_equal(read(pipe_ends[0], &theirs, sizeof(theirs)), sizeof(theirs));
	waitpid(child, NULL, 0);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	assert_false(uuid_equal(&mine, &theirs));
	assert_int_equal(mine.bytes[6] >> 4, 4);
	assert_int_equal(mine.bytes[8] >> 6, 2);
}

static void text_is_read_and_written(void **state)
{
	static const char *const refused[] = {
	        "",
	        "01a2008685ab7274bd1b657b302f2eb3",
	        "01a20086-85ab-7274-bd1b-657b302f2eb",
	        "01a20086-85ab-7274-bd1b-657b302f2eb33",
	        "01a20086-85ab-7274-bd1b-657b302f2ebg",
	        "01a20086-85ab-7274-bd1b+657b302f2eb3",
	        "01a2008-685ab-7274-bd1b-657b302f2eb3",
	        "{1a20086-85ab-7274-bd1b-657b302f2eb}",
	};
	struct uuid id = {{1}}, same;
	char text[UUID_TEXT];

	for (size_t i = 0; i < HILO_COUNT(refused); i++)
		assert_int_equal(uuid_parse(refused[i], &id), -EINVAL);
	assert_int_equal(uuid_parse(NULL, &id), -EINVAL);
	assert_int_equal(id.bytes[0], 1);
	assert_int_equal(uuid_parse("01A20086-85ab-7274-BD1B-657b302f2eb3", &id), 0);
	assert_string_equal(uuid_format(&id, text), "01a20086-85ab-7274-bd1b-657b302f2eb3");
	assert_int_equal(uuid_parse(text, &same), 0);
	assert_true(uuid_equal(&id, &same));
	assert_false(uuid_is_nil(&id));
	assert_int_equal(uuid_parse("00000000-0000-0000-0000-000000000000", &id), 0);
	assert_true(uuid_is_nil(&id));
	assert_true(uuid_compare(&id, &same) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(fresh_ones_rise_and_have_their_version),
	        testing_case(the_head_is_the_time),
	        testing_case(parent_and_child_differ),
	        testing_case(text_is_read_and_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
