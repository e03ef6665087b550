/* Timers, signals, deferred calls: when they come and in which order. */
#include "testing/testing.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/loop.h"

#define SECOND_US 1000000

struct scene {
	struct loop *loop;
	struct timer *timer;
	char order[64];
	int count, want;
	int64_t fired_us;
	bool is_done;
};

static void note(struct scene *scene, char c)
{
	size_t len = strlen(scene->order);

	if (len + 1 < sizeof(scene->order))
		scene->order[len] = c;
	scene->fired_us = clock_monotonic_us();
	scene->is_done = ++scene->count >= scene->want;
}

static void on_a(void *arg)
{
	note(arg, 'a');
}

static void on_b(void *arg)
{
	note(arg, 'b');
}

static void on_stop(void *arg)
{
	loop_stop(((struct scene *)arg)->loop);
}

static void timers_fire_once_and_never_early(void **state)
{
	static const int64_t delays_us[] = {0, 1, 999, 1000, 5000, 30000, -7};
	struct scene scene = {.loop = loop_new()};

	for (size_t i = 0; i < HILO_COUNT(delays_us); i++) {
		struct timer *timer = timer_new(scene.loop, on_a, &scene);
		scene.count = 0;
		scene.want = 1;
		scene.is_done = false;
		assert_false(timer_is_running(timer));
		const int64_t begin_us = clock_monotonic_us();
		timer_in(timer, delays_us[i]);
		assert_true(timer_is_running(timer));
		testing_run_until(scene.loop, &scene.is_done, SECOND_US);
		assert_false(timer_is_running(timer));
		assert_true(scene.fired_us - begin_us >= delays_us[i]);
		timer_free(&timer);
		assert_null(timer);
		timer_free(&timer);
	}
	loop_free(&scene.loop);
}

/* the trap of libevent's cached clock: the handler's own time must not count towards the timer it sets */
static void on_busy(void *arg)
{
	struct scene *scene = arg;
	const int64_t until_us = clock_monotonic_us() + 30000;

	while (clock_monotonic_us() < until_us)
		;
	scene->fired_us = clock_monotonic_us();
	timer_in(scene->timer, 20000);
}

static void a_timer_set_in_a_long_handler_counts_from_then(void **state)
{
	struct scene scene = {.loop = loop_new(), .want = 1};
	struct timer *busy = timer_new(scene.loop, on_busy, &scene);

	scene.timer = timer_new(scene.loop, on_a, &scene);
	timer_in(busy, 0);
	while (timer_is_running(busy))
		event_base_loop(loop_base(scene.loop), EVLOOP_ONCE);
	const int64_t set_us = scene.fired_us;
	testing_run_until(scene.loop, &scene.is_done, SECOND_US);
	assert_true(scene.fired_us - set_us >= 20000);
	timer_free(&busy);
	timer_free(&scene.timer);
	loop_free(&scene.loop);
}

static void a_millisecond_is_a_millisecond(void **state)
{
	struct scene scene = {.loop = loop_new(), .want = 200};

	scene.timer = timer_new(scene.loop, on_a, &scene);
	const int64_t begin_us = clock_monotonic_us();
	timer_every(scene.timer, 1000);
	testing_run_until(scene.loop, &scene.is_done, 5 * SECOND_US);
	/* 4 ms each, 800 in all, without precise timers; room for a busy machine */
	assert_in_range(clock_monotonic_us() - begin_us, 199000, 600000);
	timer_free(&scene.timer);
	loop_free(&scene.loop);
}

static void on_free_timer(void *arg)
{
	struct scene *scene = arg;

	note(scene, 'f');
	timer_free(&scene->timer);
}

static void on_stop_timer(void *arg)
{
	struct scene *scene = arg;

	note(scene, 's');
	timer_stop(scene->timer);
}

static void a_repeating_timer_may_be_stopped_changed_or_freed(void **state)
{
	struct scene scene = {.loop = loop_new(), .want = 1};
	struct timer *timer;

	scene.timer = timer_new(scene.loop, on_stop_timer, &scene);
	timer_every(scene.timer, 1000);
	testing_run_until(scene.loop, &scene.is_done, SECOND_US);
	assert_false(timer_is_running(scene.timer));
	timer_free(&scene.timer);
	scene.timer = timer_new(scene.loop, on_free_timer, &scene);
	timer_every(scene.timer, 1000);
	scene.is_done = false;
	testing_run_until(scene.loop, &scene.is_done, SECOND_US);
	assert_null(scene.timer);

	timer = timer_new(scene.loop, on_a, &scene);
	timer_every(timer, 1000);
	timer_in(timer, 2000); /* replaces the period: fires once */
	scene.is_done = false;
	testing_run_until(scene.loop, &scene.is_done, SECOND_US);
	assert_false(timer_is_running(timer));
	timer_stop(timer);
	assert_string_equal(scene.order, "sfa");
	timer_free(&timer);
	loop_free(&scene.loop);
}

static void on_defer_more(void *arg)
{
	struct scene *scene = arg;

	loop_defer(scene->loop, on_b, scene);
	note(scene, 'd');
}

static void deferred_calls_come_in_order_after_the_handler(void **state)
{
	struct scene scene = {.loop = loop_new(), .want = 5};

	loop_defer(scene.loop, on_a, &scene);
	loop_defer(scene.loop, on_defer_more, &scene);
	loop_defer(scene.loop, on_a, &scene);
	loop_defer(scene.loop, on_b, &scene);
	assert_string_equal(scene.order, "");
	testing_run_until(scene.loop, &scene.is_done, SECOND_US);
	assert_string_equal(scene.order, "adabb"); /* what was deferred meanwhile comes last */
	loop_free(&scene.loop);
}

static void on_forever(void *arg)
{
	struct scene *scene = arg;

	loop_defer(scene->loop, on_forever, scene);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	char byte;

	assert_int_equal(read(fd, &byte, 1), 1);
	note(arg, 'r');
}

static void endless_deferring_lets_sockets_through(void **state)
{
	struct scene scene = {.loop = loop_new(), .want = 1};
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	struct event *event = event_new(loop_base(scene.loop), pair[0], EV_READ, on_readable, &scene);
	event_add(event, NULL);
	loop_defer(scene.loop, on_forever, &scene);
	assert_int_equal(write(pair[1], "x", 1), 1);
	testing_run_until(scene.loop, &scene.is_done, SECOND_US);
	event_free(event);
	close(pair[0]);
	close(pair[1]);
	loop_free(&scene.loop); /* with a call still deferred */
}

static void on_signal(void *arg, int number)
{
	note(arg, number == SIGUSR1 ? '1' : number == SIGUSR2 ? '2' : '?');
}

static void signals_arrive_in_the_loop(void **state)
{
	struct scene scene = {.loop = loop_new(), .want = 2};

	loop_on_signal(scene.loop, SIGUSR1, on_signal, &scene);
	loop_on_signal(scene.loop, SIGUSR2, on_signal, &scene);
	raise(SIGUSR1);
	assert_string_equal(scene.order, ""); /* not in signal context */
	raise(SIGUSR2);
	testing_run_until(scene.loop, &scene.is_done, SECOND_US);
	assert_true(strchr(scene.order, '1') && strchr(scene.order, '2'));
	scene.is_done = false;
	scene.want = 3;
	raise(SIGUSR1); /* and again */
	testing_run_until(scene.loop, &scene.is_done, SECOND_US);
	loop_free(&scene.loop);
}

static void a_broken_pipe_is_an_error_not_an_end(void **state)
{
	struct loop *loop = loop_new();
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	close(ends[1]);
	loop_free(&loop);
}

static void the_loop_runs_until_stopped_and_again(void **state)
{
	struct scene scene = {.loop = loop_new(), .want = 1};
	struct timer *stop = timer_new(scene.loop, on_stop, &scene);

	loop_stop(scene.loop);
	loop_run(scene.loop); /* stopped before it began: returns at once */
	timer_in(stop, 3000);
	const int64_t begin_us = clock_monotonic_us();
	loop_run(scene.loop);
	assert_true(clock_monotonic_us() - begin_us >= 3000);
	loop_defer(scene.loop, on_stop, &scene);
	loop_run(scene.loop);
	timer_free(&stop);
	loop_free(&scene.loop);
	assert_null(scene.loop);
	loop_free(&scene.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(timers_fire_once_and_never_early),
	        testing_case(a_timer_set_in_a_long_handler_counts_from_then),
	        testing_case(a_millisecond_is_a_millisecond),
	        testing_case(a_repeating_timer_may_be_stopped_changed_or_freed),
	        testing_case(deferred_calls_come_in_order_after_the_handler),
	        testing_case(endless_deferring_lets_sockets_through),
	        testing_case(signals_arrive_in_the_loop),
	        testing_case(a_broken_pipe_is_an_error_not_an_end),
	        testing_case(the_loop_runs_until_stopped_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
