/* bus/bus.c - which relays there are, the doorbell to all of them, and the readers that listen to them. */
#include <sys/uio.h>

#include "base/log.h"
#include "bus/internal.h"
#include "bus_sql.h"

enum {
	MAX_RELAYS = 16,
	REFRESH_US = 2 * 1000 * 1000,
};

struct relay {
	struct uuid id;
	char *frames, *doorbell;
};

struct bus {
	struct bus_options options;
	struct relay relays[MAX_RELAYS];
	const char *frames[MAX_RELAYS]; /* of relays */
	size_t relay_count;
	struct bus_reader **readers;
	size_t reader_count;
	struct zsocket *doorbell;
	struct timer *refresh;
	bool is_asking, is_closed;
};

const struct bus_options *bus_options_of(const struct bus *bus)
{
	return &bus->options;
}

struct db *bus_db(struct bus *bus)
{
	return bus->options.db;
}

const char *bus_service(const struct bus *bus)
{
	return bus->options.service;
}

size_t bus_relays(const struct bus *bus, const char *const **ret_frames)
{
	*ret_frames = bus->frames;
	return bus->relay_count;
}

static bool is_set(const char *text)
{
	return text && *text;
}

int bus_client_socket(struct bus *bus, int type, void (*on_message)(void *arg, zmq_msg_t *parts, size_t count),
                      void *arg, struct zsocket **ret)
{
	const struct bus_settings *keys = bus->options.settings;
	struct zsocket_options options = {
	        .type = type,
	        .high_water_mark = bus->options.receive_high_water_mark,
	        .on_message = on_message,
	        .arg = arg,
	};

	if (is_set(keys->server_key))
		options.curve = (struct zsocket_curve){
		        .server_key = keys->server_key,
		        .public_key = keys->client_key,
		        .secret_key = keys->client_secret,
		};
	return zsocket_new(bus->options.loop, &options, ret);
}

/* ---- relays come and go ---- */

static void relay_lost(struct bus *bus, struct relay *relay)
{
	log_info("bus.relay_lost", "frames=%s", relay->frames);
	zsocket_disconnect(bus->doorbell, relay->doorbell);
	for (size_t i = 0; i < bus->reader_count; i++)
		bus_reader_disconnect(bus->readers[i], relay->frames);
	free(relay->frames);
	free(relay->doorbell);
	*relay = bus->relays[--bus->relay_count];
}

static void relay_found(struct bus *bus, const struct uuid *id, const char *frames, const char *doorbell)
{
	struct relay *relay = &bus->relays[bus->relay_count];
	int rc = zsocket_connect(bus->doorbell, doorbell);

	if (rc < 0) {
		log_warn("bus.relay_refused", "doorbell=%s error=%s", doorbell, strerror(-rc));
		return;
	}
	bus->relay_count++;
	*relay = (struct relay){*id, hilo_strdup(frames), hilo_strdup(doorbell)};
	log_info("bus.relay_found", "frames=%s", frames);
	for (size_t i = 0; i < bus->reader_count; i++)
		bus_reader_connect(bus->readers[i], relay->frames);
}

static bool is_listed(const struct db_result *result, const struct uuid *id)
{
	for (size_t row = 0; row < db_rows(result); row++) {
		const struct uuid listed = db_get_uuid(result, row, 0);
		if (uuid_equal(&listed, id))
			return true;
	}
	return false;
}

static bool is_known(const struct bus *bus, const struct uuid *id)
{
	for (size_t i = 0; i < bus->relay_count; i++) {
		if (uuid_equal(&bus->relays[i].id, id))
			return true;
	}
	return false;
}

static void follow(struct bus *bus, const struct db_result *result)
{
	for (size_t i = bus->relay_count; i-- > 0;) {
		if (!is_listed(result, &bus->relays[i].id))
			relay_lost(bus, &bus->relays[i]);
	}
	for (size_t row = 0; row < db_rows(result) && bus->relay_count < MAX_RELAYS; row++) {
		const struct uuid id = db_get_uuid(result, row, 0);
		if (!is_known(bus, &id))
			relay_found(bus, &id, db_get_text(result, row, 1), db_get_text(result, row, 2));
	}
	for (size_t i = 0; i < bus->relay_count; i++)
		bus->frames[i] = bus->relays[i].frames;
}

static void bus_destroy(struct bus *bus)
{
	for (size_t i = 0; i < bus->relay_count; i++) {
		free(bus->relays[i].frames);
		free(bus->relays[i].doorbell);
	}
	free(bus->readers);
	free(bus);
}

static void on_relays(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct bus *bus = arg;

	bus->is_asking = false;
	if (bus->is_closed)
		bus_destroy(bus);
	else if (outcome->fault == DB_OK)
		follow(bus, result);
}

void bus_ask_relays(struct bus *bus)
{
	if (bus->is_asking || bus->is_closed)
		return;
	bus->is_asking = true;
	db_query(bus->options.db, &bus_sql_live_relays, NULL, on_relays, bus);
}

static void on_refresh(void *arg)
{
	bus_ask_relays(arg);
}

/* ---- opening, closing ---- */

struct bus *bus_open(const struct bus_options *options)
{
	struct bus *bus = hilo_new(struct bus);
	int rc;

	bus->options = *options;
	rc = bus_client_socket(bus, ZMQ_PUB, NULL, NULL, &bus->doorbell);
	if (rc < 0) {
		log_error("bus.keys_refused", "error=%s",
		          strerror(-rc)); /* CURVE keys of the wrong form: nothing can work */
		abort();
	}
	bus->refresh = timer_new(options->loop, on_refresh, bus);
	timer_every(bus->refresh, REFRESH_US);
	bus_ask_relays(bus);
	return bus;
}

void bus_close(struct bus **bus)
{
	struct bus *old = bus ? HILO_STEAL(*bus) : NULL;

	if (!old)
		return;
	timer_free(&old->refresh);
	zsocket_free(&old->doorbell);
	old->is_closed = true;
	if (!old->is_asking)
		bus_destroy(old); /* otherwise the answer does it */
}

void bus_listen(struct bus *bus, struct bus_reader *reader)
{
	bus->readers = hilo_realloc(bus->readers, (bus->reader_count + 1) * sizeof(struct bus_reader *));
	bus->readers[bus->reader_count++] = reader;
}

void bus_unlisten(struct bus *bus, struct bus_reader *reader)
{
	for (size_t i = 0; i < bus->reader_count; i++) {
		if (bus->readers[i] == reader) {
			bus->readers[i] = bus->readers[--bus->reader_count];
			return;
		}
	}
}

/* ---- telling ---- */

void bus_ring(struct bus *bus)
{
	const struct iovec bell = {NULL, 0};

	zsocket_send(bus->doorbell, &bell, 1); /* lost: the relays look by themselves within 50 ms */
}

void bus_signal(struct bus *bus, const Hilo__V1__LiveSignal *signal)
{
	const size_t size = hilo__v1__live_signal__get_packed_size(signal);
	HILO_AUTO_FREE uint8_t *bytes = hilo_alloc(size + 1);
	const struct iovec parts[] = {{(char *)TOPIC_LIVE, strlen(TOPIC_LIVE)}, {bytes, size}};

	hilo__v1__live_signal__pack(signal, bytes);
	zsocket_send(bus->doorbell, parts, HILO_COUNT(parts));
}
