/* bus/bus.h - a daemon's end of the event log: appending in its transactions, ringing the relays, reading in order. */
#pragma once

#include "bus/event.h"
#include "conf/conf.h"
#include "db/db.h"
#include "loop/zsocket.h"

struct bus;
struct bus_outbox;
struct bus_reader;

/* settings shared by every daemon that uses the bus; bus_conf_options fills this struct */
struct bus_settings {
	char *server_key;    /* HILO_BUS_SERVER_KEY: the relays' public CURVE key, Z85 */
	char *client_key;    /* HILO_BUS_CLIENT_KEY: this installation's client public key, Z85 */
	char *client_secret; /* HILO_BUS_CLIENT_SECRET */
};
extern const struct conf_option bus_conf_options[];

struct bus_options {
	struct loop *loop;
	struct db *db;                       /* statements of bus_catalogue must be among its catalogues; borrowed */
	const char *service;                 /* "identity": role, consumer group and event source */
	const struct bus_settings *settings; /* borrowed */
	int receive_high_water_mark;         /* tests: 5; 0: 1000 frames */
};

/* bus_open - learns the relays from bus.relay (again every 2 s, at once when one falls silent) and connects to all.
 * Returns: owned, bus_close(). */
struct bus *bus_open(const struct bus_options *options);
void bus_close(struct bus **bus);
struct db *bus_db(struct bus *bus);
const char *bus_service(const struct bus *bus);
/* bus_ring - the doorbell: call after each COMMIT that appended. May be lost; relays also poll. */
void bus_ring(struct bus *bus);
/* bus_signal - the unlogged topic: told at once to whoever listens, never stored, may be lost, or come twice (by two
 * relays). */
void bus_signal(struct bus *bus, const Hilo__V1__LiveSignal *signal);

/* ---- appending ---- */

/* bus_outbox_new - events collected for one transaction. Returns: owned, bus_outbox_free(). */
struct bus_outbox *bus_outbox_new(const char *source);
void bus_outbox_free(struct bus_outbox **outbox);
void bus_outbox_clear(struct bus_outbox *outbox);
size_t bus_outbox_count(const struct bus_outbox *outbox);
/* bus_outbox_add - takes an envelope whose body is set; fills id, source, type and time_us where empty; packs it at
 * once, so that nothing of it needs to live on. envelope->key, ->inbox_id and ->correlation_id become the row's
 * columns. Returns: 0; -EMSGSIZE over 1 MiB; -EINVAL for a body without declared type, an empty key or a bad UUID. */
int bus_outbox_add(struct bus_outbox *outbox, Hilo__V1__Envelope *envelope);
/* bus_outbox_append - queues one INSERT of all collected events on tx, nothing when there are none; they stay
 * collected. Requires: every lock of tx was taken before. */
void bus_outbox_append(struct bus_outbox *outbox, struct db_tx *tx);

/* ---- reading ---- */

struct bus_reader_options {
	bool from_now;             /* start at the log's present end instead of `start` */
	struct bus_position start; /* the last position already known; epoch 0: from the beginning of what is kept */
	/* on_events - in log order, each event once, no gaps; events borrowed until it returns; envelope not yet
	 * opened. count 0: nothing happened up to `last` (heartbeat or filtered stretch). watermark_us: every event
	 * committed before it has been delivered; 0 while not known. */
	void (*on_events)(void *arg, struct bus_event *events, size_t count, struct bus_position last,
	                  int64_t watermark_us);
	/* on_resync - the start lies before what is kept, or beyond the end of an older epoch: state must be fetched
	 * anew; reading goes on from `now`. */
	void (*on_resync)(void *arg, struct bus_position now);
	void (*on_signal)(void *arg, const Hilo__V1__LiveSignal *signal); /* NULL: not subscribed */
	void *arg;
};

/* bus_reader_new - connects first, replays from PostgreSQL until empty, then goes live; frames that overlap are cut,
 * gaps are read from PostgreSQL; 1 s without a heartbeat: a new socket, and PostgreSQL meanwhile (every 50 ms).
 * Returns: owned, bus_reader_free(). */
struct bus_reader *bus_reader_new(struct bus *bus, const struct bus_reader_options *options);
void bus_reader_free(struct bus_reader **reader);
/* bus_reader_seek - go on after this position, earlier or later. */
void bus_reader_seek(struct bus_reader *reader, struct bus_position position);
/* bus_reader_pause, _resume - stop and restart on_events; what is missed meanwhile is replayed. */
void bus_reader_pause(struct bus_reader *reader);
void bus_reader_resume(struct bus_reader *reader);
struct bus_position bus_reader_position(const struct bus_reader *reader);
bool bus_reader_is_live(const struct bus_reader *reader);
