/* loop/loop.h - the one event loop of a daemon: libevent with precise timers, signals, deferred calls. */
#pragma once

#include <event2/event.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/base.h"

struct loop;
struct timer;

/* loop_new - EVENT_BASE_FLAG_PRECISE_TIMER and EPOLL_USE_CHANGELIST (a 1 ms timer takes 4 ms without the former).
 * Never NULL. SIGPIPE is ignored from here on. */
struct loop *loop_new(void);
void loop_free(struct loop **loop);
struct event_base *loop_base(struct loop *loop);
/* loop_run - until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* loop_on_signal - calls back from the loop, never from signal context. The handler stays until the loop is freed. */
void loop_on_signal(struct loop *loop, int signal_number, void (*on_signal)(void *arg, int signal_number), void *arg);
/* loop_defer - calls back once, from the loop, after the current handlers returned. Cannot be taken back. */
void loop_defer(struct loop *loop, void (*call)(void *arg), void *arg);

/* timer_new - a timer that is not running. Returns: owned by the caller, timer_free(). */
struct timer *timer_new(struct loop *loop, void (*on_due)(void *arg), void *arg);
void timer_free(struct timer **timer);
/* timer_in - fires once in delay_us microseconds (monotonic), replacing an earlier setting. timer_every repeats. */
void timer_in(struct timer *timer, int64_t delay_us);
void timer_every(struct timer *timer, int64_t period_us);
void timer_stop(struct timer *timer);
bool timer_is_running(const struct timer *timer);
