/* loop/loop.c - libevent behind few words: timers, signals, deferred calls. */
#include "loop/loop.h"

#include <signal.h>

#include "base/log.h"

#define US_PER_S 1000000

struct call {
	void (*call)(void *arg);
	void *arg;
};

struct signal_handler {
	struct signal_handler *next;
	struct event *event;
	void (*on_signal)(void *arg, int signal_number);
	void *arg;
};

struct loop {
	struct event_base *base;
	struct event *deferred_due;
	struct call *deferred;
	size_t deferred_count, deferred_size;
	struct signal_handler *signals;
	bool is_stopped;
};

struct timer {
	struct event *event;
	void (*on_due)(void *arg);
	void *arg;
	int64_t period_us; /* 0: fires once */
};

/* libevent fails to make things only when memory or descriptors are out: then the daemon cannot live either */
static void *must(void *made)
{
	if (!made) {
		log_error("loop.failed", "error=%s", strerror(errno));
		abort();
	}
	return made;
}

static struct timeval timeval_of(int64_t us)
{
	us = HILO_MAX(us, 0);
	return (struct timeval){.tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S};
}

/* Only what was deferred before this turn: a call that defers itself again must not keep sockets waiting. */
static void on_deferred(evutil_socket_t fd HILO_UNUSED, short what HILO_UNUSED, void *arg)
{
	struct loop *loop = arg;
	HILO_AUTO_FREE struct call *due = HILO_STEAL(loop->deferred);
	const size_t count = loop->deferred_count;

	loop->deferred_count = loop->deferred_size = 0;
	for (size_t i = 0; i < count; i++)
		due[i].call(due[i].arg);
}

struct loop *loop_new(void)
{
	struct loop *loop = hilo_new(struct loop);
	struct event_config *config = must(event_config_new());

	/* without the last flag a timer set late in a long handler counts from the handler's start and fires early */
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST |
	                                      EVENT_BASE_FLAG_NO_CACHE_TIME);
	loop->base = must(event_base_new_with_config(config));
	event_config_free(config);
	loop->deferred_due = must(event_new(loop->base, -1, 0, on_deferred, loop));
	signal(SIGPIPE, SIG_IGN);
	return loop;
}

void loop_free(struct loop **loop)
{
	if (!loop || !*loop)
		return;
	for (struct signal_handler *h = (*loop)->signals, *next; h; h = next) {
		next = h->next;
		event_free(h->event);
		free(h);
	}
	event_free((*loop)->deferred_due);
	event_base_free((*loop)->base);
	free((*loop)->deferred);
	free(*loop);
	*loop = NULL;
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}

void loop_run(struct loop *loop)
{
	while (!loop->is_stopped)
		event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	loop->is_stopped = false;
}

void loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
	event_base_loopbreak(loop->base);
}

static void on_signal_event(evutil_socket_t signal_number, short what HILO_UNUSED, void *arg)
{
	struct signal_handler *handler = arg;

	handler->on_signal(handler->arg, (int)signal_number);
}

void loop_on_signal(struct loop *loop, int signal_number, void (*on_signal)(void *arg, int signal_number), void *arg)
{
	struct signal_handler *handler = hilo_new(struct signal_handler);

	*handler = (struct signal_handler){.next = loop->signals, .on_signal = on_signal, .arg = arg};
	handler->event = must(evsignal_new(loop->base, signal_number, on_signal_event, handler));
	event_add(handler->event, NULL);
	loop->signals = handler;
}

void loop_defer(struct loop *loop, void (*call)(void *arg), void *arg)
{
	const struct timeval now = {0};

	if (loop->deferred_count == loop->deferred_size) {
		loop->deferred_size = HILO_MAX(2 * loop->deferred_size, 8);
		loop->deferred = hilo_realloc(loop->deferred, loop->deferred_size * sizeof(*loop->deferred));
	}
	loop->deferred[loop->deferred_count++] = (struct call){.call = call, .arg = arg};
	/* a timer, not event_active(): the next turn looks at the sockets first */
	if (loop->deferred_count == 1)
		event_add(loop->deferred_due, &now);
}

static void on_timer(evutil_socket_t fd HILO_UNUSED, short what HILO_UNUSED, void *arg)
{
	struct timer *timer = arg;

	if (timer->period_us)
		timer_every(timer, timer->period_us); /* before the call, which may stop or free it */
	timer->on_due(timer->arg);
}

struct timer *timer_new(struct loop *loop, void (*on_due)(void *arg), void *arg)
{
	struct timer *timer = hilo_new(struct timer);

	*timer = (struct timer){.on_due = on_due, .arg = arg};
	timer->event = must(event_new(loop->base, -1, 0, on_timer, timer));
	return timer;
}

void timer_free(struct timer **timer)
{
	if (!timer || !*timer)
		return;
	event_free((*timer)->event);
	free(*timer);
	*timer = NULL;
}

static void timer_set(struct timer *timer, int64_t delay_us, int64_t period_us)
{
	const struct timeval delay = timeval_of(delay_us);

	timer->period_us = period_us;
	event_add(timer->event, &delay);
}

void timer_in(struct timer *timer, int64_t delay_us)
{
	timer_set(timer, delay_us, 0);
}

void timer_every(struct timer *timer, int64_t period_us)
{
	timer_set(timer, period_us, period_us);
}

void timer_stop(struct timer *timer)
{
	event_del(timer->event);
}

bool timer_is_running(const struct timer *timer)
{
	return event_pending(timer->event, EV_TIMEOUT, NULL);
}
