/* bus/reader.c - one place in the log that moves on: live by frames, through gaps by reading PostgreSQL. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "bus/internal.h"

enum {
	POLL_US = 50 * 1000,    /* between reads of the log while no relay is heard, or after a fault */
	LISTEN_US = 250 * 1000, /* how often the silence is measured */
	SILENCE_US = 1000 * 1000,
};

/* FAR reads page after page and lets frames go by. NEAR reads what should be the last page, with the socket paused, so
 * that the frames published meanwhile wait in ZeroMQ and fit seamlessly. LIVE takes frames. */
enum state { FAR, NEAR, LIVE };

struct bus_reader {
	struct bus *bus;
	struct bus_reader_options options;
	struct bus_log *log;
	struct zsocket *socket;
	struct arena *arena;
	struct timer *poll, *listen;
	struct bus_position position;
	enum state state;
	bool knows_position; /* otherwise the log's end is to be found first */
	bool is_lost;        /* as above, and whoever reads must be told to start anew */
	bool is_paused;
	bool is_moved;    /* the page under way was asked for another place */
	bool is_silent;   /* no relay heard of late */
	int64_t heard_us; /* monotonic */
	int depth;        /* handlers on the stack */
	bool is_freed;
	struct {
		struct metric *gaps, *bad_frames, *events;
	} metrics;
};

static void read_on(struct bus_reader *reader);

/* ---- the socket ---- */

static void settle_socket(struct bus_reader *reader)
{
	if (reader->is_paused || reader->state == NEAR)
		zsocket_pause(reader->socket);
	else
		zsocket_resume(reader->socket);
}

static void enter(struct bus_reader *reader, enum state state)
{
	reader->state = state;
	settle_socket(reader);
}

void bus_reader_connect(struct bus_reader *reader, const char *frames)
{
	int rc = zsocket_connect(reader->socket, frames);

	if (rc < 0)
		log_warn("bus.relay_refused", "frames=%s error=%s", frames, strerror(-rc));
}

void bus_reader_disconnect(struct bus_reader *reader, const char *frames)
{
	zsocket_disconnect(reader->socket, frames);
}

static void on_message(void *arg, zmq_msg_t *parts, size_t count);

static void open_socket(struct bus_reader *reader)
{
	const char *const *frames;
	const size_t count = bus_relays(reader->bus, &frames);
	int rc;

	zsocket_free(&reader->socket);
	rc = bus_client_socket(reader->bus, ZMQ_SUB, on_message, reader, &reader->socket);
	if (rc < 0) {
		log_error("bus.socket_failed", "error=%s", strerror(-rc)); /* out of descriptors */
		abort();
	}
	zsocket_subscribe(reader->socket, TOPIC_LOG, strlen(TOPIC_LOG));
	if (reader->options.on_signal)
		zsocket_subscribe(reader->socket, TOPIC_LIVE, strlen(TOPIC_LIVE));
	for (size_t i = 0; i < count; i++)
		bus_reader_connect(reader, frames[i]);
	reader->heard_us = clock_monotonic_us();
	settle_socket(reader);
}

/* ---- handing on ---- */

static void reader_destroy(struct bus_reader *reader)
{
	bus_log_free(&reader->log);
	timer_free(&reader->poll);
	timer_free(&reader->listen);
	zsocket_free(&reader->socket);
	arena_free(&reader->arena);
	free(reader);
}

static void leave(struct bus_reader *reader)
{
	if (--reader->depth == 0 && reader->is_freed)
		reader_destroy(reader);
}

/* Only what is newer than what is known: frames of two relays, frames and pages overlap. */
static void deliver(struct bus_reader *reader, struct bus_event *events, size_t count, struct bus_position last,
                    int64_t watermark_us)
{
	size_t first = 0;

	while (first < count && bus_position_compare(&events[first].position, &reader->position) <= 0)
		first++;
	if (bus_position_compare(&last, &reader->position) > 0)
		reader->position = last;
	metric_add(reader->metrics.events, (double)(count - first));
	reader->options.on_events(reader->options.arg, count ? events + first : NULL, count - first, reader->position,
	                          watermark_us);
}

/* ---- pages from PostgreSQL ---- */

static void poll_soon(struct bus_reader *reader)
{
	timer_in(reader->poll, POLL_US);
}

static void read_on(struct bus_reader *reader)
{
	if (reader->is_paused || bus_log_is_busy(reader->log))
		return;
	timer_stop(reader->poll);
	reader->is_moved = false;
	if (reader->knows_position)
		bus_log_read(reader->log, &reader->position);
	else
		bus_log_read_end(reader->log);
}

static void on_poll(void *arg)
{
	read_on(arg);
}

static void take_end(struct bus_reader *reader, const struct bus_log_page *page)
{
	reader->position = page->last;
	reader->knows_position = true;
	if (reader->is_lost) {
		reader->is_lost = false;
		reader->options.on_resync(reader->options.arg, reader->position);
	}
	read_on(reader);
}

/* Everything up to the horizon of a moment ago is known now. */
static void caught_up(struct bus_reader *reader)
{
	if (reader->state == FAR) {
		enter(reader, NEAR);
		read_on(reader);
		return;
	}
	if (reader->state == NEAR) {
		enter(reader, LIVE);
		reader->heard_us = clock_monotonic_us();
	}
	if (reader->is_silent)
		poll_soon(reader);
}

static void take_page(struct bus_reader *reader, const struct bus_log_page *page)
{
	reader->position.epoch = page->epoch; /* still valid in it */
	deliver(reader, page->events, page->count, page->last, page->watermark_us);
	if (reader->is_freed || reader->is_paused || bus_log_is_busy(reader->log))
		return; /* on_events ended it, or sent it elsewhere */
	if (page->is_whole) {
		caught_up(reader);
	} else {
		if (reader->state == NEAR)
			enter(reader, FAR);
		read_on(reader);
	}
}

static void on_page(void *arg, const struct bus_log_page *page)
{
	struct bus_reader *reader = arg;

	if (reader->is_paused)
		return;
	reader->depth++;
	if (page->fault != DB_OK || page->epoch == 0) {
		if (reader->state == NEAR)
			enter(reader, FAR); /* it may take long: nothing shall pile up */
		poll_soon(reader);
	} else if (reader->is_moved) {
		read_on(reader);
	} else if (!reader->knows_position) {
		take_end(reader, page);
	} else if (!page->is_valid) {
		log_warn("bus.resync", "epoch=%llu xid=%llu", (unsigned long long)reader->position.epoch,
		         (unsigned long long)reader->position.xid);
		reader->knows_position = false;
		reader->is_lost = true;
		read_on(reader);
	} else {
		take_page(reader, page);
	}
	leave(reader);
}

/* ---- frames from the relays ---- */

static void gap(struct bus_reader *reader)
{
	metric_add(reader->metrics.gaps, 1);
	enter(reader, NEAR);
	read_on(reader);
}

static void take_frame(struct bus_reader *reader, const Hilo__V1__LogFrame *frame)
{
	const struct bus_position previous = bus_position_of(frame->previous), last = bus_position_of(frame->last);
	struct bus_event *events;

	if (last.epoch != reader->position.epoch || bus_position_compare(&previous, &reader->position) > 0) {
		gap(reader);
		return;
	}
	if (bus_position_compare(&last, &reader->position) <= 0) {
		deliver(reader, NULL, 0, last, frame->watermark_us);
		return;
	}
	events = arena_new_array(reader->arena, struct bus_event, frame->n_events);
	for (size_t i = 0; i < frame->n_events; i++)
		events[i] = bus_event_of(frame->events[i], last.epoch);
	deliver(reader, events, frame->n_events, last, frame->watermark_us);
}

static void on_frame(struct bus_reader *reader, zmq_msg_t *part)
{
	const Hilo__V1__LogFrame *frame;
	int rc;

	reader->heard_us = clock_monotonic_us();
	reader->is_silent = false;
	if (reader->state != LIVE)
		return;
	rc = bus_frame_decode(reader->arena, zmq_msg_data(part), zmq_msg_size(part), &frame);
	if (rc == 0) {
		take_frame(reader, frame);
		return;
	}
	metric_add(reader->metrics.bad_frames, 1);
	log_warn("bus.bad_frame", "bytes=%zu error=%s", zmq_msg_size(part), strerror(-rc));
	gap(reader);
}

static void on_live(struct bus_reader *reader, zmq_msg_t *part)
{
	const Hilo__V1__LiveSignal *signal;

	if (bus_signal_decode(reader->arena, zmq_msg_data(part), zmq_msg_size(part), &signal) < 0)
		metric_add(reader->metrics.bad_frames, 1);
	else
		reader->options.on_signal(reader->options.arg, signal);
}

static bool is_topic(zmq_msg_t *part, const char *topic)
{
	return zmq_msg_size(part) == strlen(topic) && memcmp(zmq_msg_data(part), topic, strlen(topic)) == 0;
}

static void on_message(void *arg, zmq_msg_t *parts, size_t count)
{
	struct bus_reader *reader = arg;

	if (count != 2)
		return;
	reader->depth++;
	arena_reset(reader->arena);
	if (is_topic(&parts[0], TOPIC_LOG))
		on_frame(reader, &parts[1]);
	else if (is_topic(&parts[0], TOPIC_LIVE) && reader->options.on_signal)
		on_live(reader, &parts[1]);
	leave(reader);
}

/* A reader can be deaf without knowing (a frame too large, a half-open connection): a new socket, and PostgreSQL
 * meanwhile. */
static void on_listen(void *arg)
{
	struct bus_reader *reader = arg;

	if (reader->state != LIVE || reader->is_paused || clock_monotonic_us() - reader->heard_us < SILENCE_US)
		return;
	if (!reader->is_silent)
		log_warn("bus.relays_silent", "");
	reader->is_silent = true;
	bus_ask_relays(reader->bus);
	open_socket(reader);
	read_on(reader);
}

/* ---- for its owner ---- */

struct bus_reader *bus_reader_new(struct bus *bus, const struct bus_reader_options *options)
{
	struct bus_reader *reader = hilo_new(struct bus_reader);
	struct loop *loop = bus_options_of(bus)->loop;

	reader->bus = bus;
	reader->options = *options;
	reader->position = options->start;
	reader->knows_position = !options->from_now;
	reader->log = bus_log_new(bus_db(bus), on_page, reader);
	reader->arena = arena_new(256 * 1024);
	reader->poll = timer_new(loop, on_poll, reader);
	reader->listen = timer_new(loop, on_listen, reader);
	reader->metrics.gaps =
	        metric_counter("hilo_bus_gaps_total", "Gaps in the relays' frames, read from PostgreSQL.", NULL);
	reader->metrics.bad_frames = metric_counter("hilo_bus_bad_frames_total", "Frames and signals refused.", NULL);
	reader->metrics.events =
	        metric_counter("hilo_bus_events_total", "Events read from the log, of any type.", NULL);
	reader->state = NEAR;
	open_socket(reader);
	bus_listen(bus, reader);
	timer_every(reader->listen, LISTEN_US);
	read_on(reader);
	return reader;
}

void bus_reader_free(struct bus_reader **reader)
{
	struct bus_reader *old = reader ? HILO_STEAL(*reader) : NULL;

	if (!old)
		return;
	bus_unlisten(old->bus, old);
	old->is_freed = true;
	old->is_paused = true; /* nothing more reaches its owner */
	if (old->depth == 0)
		reader_destroy(old);
	else
		settle_socket(old);
}

void bus_reader_seek(struct bus_reader *reader, struct bus_position position)
{
	reader->position = position;
	reader->knows_position = true;
	reader->is_lost = false;
	reader->is_moved = true;
	enter(reader, NEAR);
	read_on(reader);
}

void bus_reader_pause(struct bus_reader *reader)
{
	reader->is_paused = true;
	timer_stop(reader->poll);
	settle_socket(reader);
}

void bus_reader_resume(struct bus_reader *reader)
{
	if (!reader->is_paused)
		return;
	reader->is_paused = false;
	reader->is_moved = true; /* whatever is under way was asked for before */
	enter(reader, NEAR);
	read_on(reader);
}

struct bus_position bus_reader_position(const struct bus_reader *reader)
{
	return reader->position;
}

bool bus_reader_is_live(const struct bus_reader *reader)
{
	return reader->state == LIVE && !reader->is_silent;
}
