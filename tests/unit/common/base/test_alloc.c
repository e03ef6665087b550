/* Allocation succeeds or ends the process with a line that says so; scope cleanup and hand-over. */
#include "testing/testing.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void memory_is_zeroed_and_copies_are_whole(void **state)
{
	HILO_AUTO_FREE char *zeroed = hilo_alloc(1000), *nothing = hilo_alloc(0), *copy = hilo_strdup("text"),
	                    *head = hilo_strndup("text", 2), *all = hilo_strndup("text", 9);
	HILO_AUTO_FREE int *numbers = hilo_alloc_array(10, sizeof(int));

	for (int i = 0; i < 1000; i++)
		assert_int_equal(zeroed[i], 0);
	assert_non_null(nothing);
	assert_int_equal(numbers[9], 0);
	assert_string_equal(copy, "text");
	assert_string_equal(head, "te");
	assert_string_equal(all, "text");
	zeroed = hilo_realloc(zeroed, 2000);
	assert_int_equal(zeroed[999], 0);
	zeroed = hilo_realloc(zeroed, 0);
	assert_non_null(zeroed);
}

/* in a child: its end, and what it wrote on standard error */
static void ends_with_a_line(void (*overreach)(void))
{
	int pipe_ends[2], status;
	char line[512] = "";

	assert_int_equal(pipe(pipe_ends), 0);
	pid_t child = fork();
	if (child == 0) {
		const struct rlimit no_core = {0, 0};
		setrlimit(RLIMIT_CORE, &no_core);
		log_capture(NULL, NULL);
		signal(SIGABRT, SIG_DFL);
		dup2(pipe_ends[1], STDERR_FILENO);
		overreach();
		_exit(0);
	}
	close(pipe_ends[1]);
	assert_true(read(pipe_ends[0], line, sizeof(line) - 1) > 0);
	close(pipe_ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(line, "\"event\":\"memory.exhausted\""));
}

static void ask_for_too_much(void)
{
	volatile size_t size = SIZE_MAX / 4;

	free(hilo_alloc(size));
}

static void ask_for_an_overflowing_array(void)
{
	volatile size_t count = SIZE_MAX / 2;

	free(hilo_alloc_array(count, 16));
}

static void grow_too_far(void)
{
	volatile size_t size = SIZE_MAX / 4;

	free(hilo_realloc(NULL, size));
}

static void exhaustion_ends_the_process_and_says_so(void **state)
{
#ifdef HILO_SANITIZED
	skip(); /* the sanitizer's allocator ends the process itself */
#endif
	ends_with_a_line(ask_for_too_much);
	ends_with_a_line(ask_for_an_overflowing_array);
	ends_with_a_line(grow_too_far);
}

static void ownership_is_handed_over_visibly(void **state)
{
	HILO_AUTO_FREE char *kept = NULL;
	{
		HILO_AUTO_FREE char *text = hilo_strdup("handed over");
		kept = HILO_STEAL(text);
		assert_null(text);
	}
	assert_string_equal(kept, "handed over");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(memory_is_zeroed_and_copies_are_whole),
	        testing_case(exhaustion_ends_the_process_and_says_so),
	        testing_case(ownership_is_handed_over_visibly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
