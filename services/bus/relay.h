/* relay.h - one relay from inside: what it reads from PostgreSQL it publishes, in order; it keeps nothing.
 *
 *   position.c   which epoch, and where in the log to begin
 *   reading.c    when to read
 *   publish.c    pages into frames, heartbeats, live signals
 *   announce.c   where readers and writers find it
 *   keeper.c     partitions ahead and old ones
 *   watch.c      the mark of what is settled, old writers, lagging consumers */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "bus/log.h"
#include "daemon/daemon.h"
#include "loop/zsocket.h"

struct relay_settings {
	char *server_secret;     /* HILO_BUS_SERVER_SECRET */
	char *client_key;        /* HILO_BUS_CLIENT_KEY */
	char *frames, *doorbell; /* HILO_BUS_FRAMES, HILO_BUS_DOORBELL: where to bind */
	char *advertise;         /* HILO_BUS_ADVERTISE */
	int64_t retention_us;    /* HILO_EVENT_RETENTION */
	int64_t size_limit;      /* HILO_EVENT_SIZE_LIMIT, bytes; 0: none */
};
extern const struct conf_option relay_conf_options[];

enum relay_state {
	RELAY_DOWN,    /* no database */
	RELAY_FINDING, /* epoch and end of the log */
	RELAY_REFUSED, /* the cluster counts transactions from below the log's newest */
	RELAY_READING,
};

struct relay {
	struct relay_settings settings;
	struct daemon *daemon;
	struct db *read_db; /* one connection, for reading only: nothing may stand before a read */
	struct db_params *params;
	enum relay_state state;
	struct uuid id;

	struct bus_log *log;
	struct bus_position position; /* published up to here */
	struct bus_position marked;   /* what bus.epoch knows of it */
	int64_t watermark_us;
	struct timer *next_read, *retry;
	int64_t asked_us; /* monotonic: when the last read began */
	int64_t read_us;  /* monotonic: when the last good answer came */
	bool is_rung;     /* a doorbell since the last read began */

	struct zsocket *frames, *doorbell;
	char frames_address[256], doorbell_address[256]; /* as readers and writers shall connect */
	struct buf frame;
	struct arena *arena; /* of one signal */
	struct timer *heartbeat;

	struct timer *announce, *keep, *watch, *weigh;
	struct buf lagging; /* label text of one service */
	struct {
		struct metric *lag, *position, *frames, *events, *oldest_writer, *reads;
	} metrics;
};

/* ---- position.c ---- */

/* position_find - asks where the log stands; ends in reading_start(), or tries again. */
void position_find(struct relay *relay);
/* position_mark - tells bus.epoch how far everything is settled, for the epoch after this one. */
void position_mark(struct relay *relay);

/* ---- reading.c ---- */

void reading_start(struct relay *relay, struct bus_position end);
/* reading_ring - someone has committed. */
void reading_ring(struct relay *relay);
void reading_on_page(void *arg, const struct bus_log_page *page);
void reading_on_due(void *arg);
/* reading_is_fresh - an answer came within the last second: what is said of the log is true. */
bool reading_is_fresh(const struct relay *relay);

/* ---- publish.c ---- */

/* publish_open - Returns: 0 or negative errno after a log line. */
int publish_open(struct relay *relay);
void publish_close(struct relay *relay);
void publish_page(struct relay *relay, const struct bus_log_page *page);

/* ---- announce.c ---- */

/* announce_address - the endpoint as others shall connect to it: the host replaced where one is advertised or it is a
 * wildcard. Returns: 0 or -EINVAL when it does not fit. */
int announce_address(const char *bound, const char *advertise, const char *host_name, char *ret, size_t size);
void announce_now(struct relay *relay);
/* announce_withdraw - takes the address back, then drained. */
void announce_withdraw(struct relay *relay);

/* ---- keeper.c, watch.c ---- */

void keeper_run(void *arg);
void watch_writers(void *arg);
void watch_consumers(void *arg);

/* ---- relay.c: the daemon ---- */

/* relay_main - the whole of the daemon. Returns: exit status. */
int relay_main(int argc, char **argv);
/* relay_make_keys - prints a CURVE pair as {"public","secret"}. Returns: exit status. */
int relay_make_keys(void);
