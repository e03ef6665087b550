/* tiny.c - the smallest daemon: does nothing, drains as it is told, is ready when a file exists. */
#include <unistd.h>

#include "daemon/daemon.h"

#ifndef TINY_CONNECTIONS
#define TINY_CONNECTIONS 0
#endif

static struct tiny {
	int64_t drain_us;
	char *wanted, *secret;
	struct timer *timer;
} tiny;

static const struct conf_option options[] = {
        {.name = "HILO_TINY_DRAIN",
         .type = CONF_DURATION,
         .offset = offsetof(struct tiny, drain_us),
         .fallback = "0",
         .help = "How long draining takes."},
        {.name = "HILO_TINY_WANTED",
         .type = CONF_TEXT,
         .offset = offsetof(struct tiny, wanted),
         .help = "A file without which it is not ready; \"fail\": starting fails."},
        {.name = "HILO_TINY_SECRET",
         .type = CONF_SECRET,
         .offset = offsetof(struct tiny, secret),
         .help = "Told to nobody."},
        {0},
};

static void on_drained(void *arg)
{
	daemon_drained(arg);
}

static int tiny_start(struct daemon *daemon)
{
	if (tiny.wanted && strcmp(tiny.wanted, "fail") == 0)
		return -EIO;
	tiny.timer = timer_new(daemon_loop(daemon), on_drained, daemon);
	return 0;
}

static void tiny_drain(struct daemon *daemon)
{
	(void)daemon;
	timer_in(tiny.timer, tiny.drain_us);
}

static void tiny_stop(struct daemon *daemon)
{
	(void)daemon;
	timer_free(&tiny.timer);
	log_info("tiny.stopped", "");
}

static bool tiny_check_ready(struct daemon *daemon, struct buf *why)
{
	(void)daemon;
	if (!tiny.wanted || access(tiny.wanted, F_OK) == 0)
		return true;
	buf_puts(why, "no \"file\"\nnor hope\n");
	return false;
}

int main(int argc, char **argv)
{
	const struct conf_table tables[] = {{"Tiny", options, &tiny}, {0}};
	const struct daemon_spec spec = {
	        .name = "tiny",
	        .summary = "does nothing",
	        .tables = tables,
	        .db_connections = TINY_CONNECTIONS,
	        .start = tiny_start,
	        .drain = tiny_drain,
	        .stop = tiny_stop,
	        .check_ready = tiny_check_ready,
	};

	return daemon_main(&spec, argc, argv);
}
