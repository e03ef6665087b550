/* publish.c - pages of the log as frames, heartbeats between them, and signals handed on. */
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "relay.h"

#define TOPIC_LOG "log"
#define TOPIC_LIVE "live"
#define HEARTBEAT_US (200 * 1000)

/* what a frame is packed from; points into the page */
struct parts {
	Hilo__V1__LogEvent rows[BUS_FRAME_EVENTS], *pointers[BUS_FRAME_EVENTS];
};

static Hilo__V1__Position wire_position(const struct bus_position *position)
{
	Hilo__V1__Position wire = HILO__V1__POSITION__INIT;

	wire.epoch = position->epoch;
	wire.xid = position->xid;
	wire.id = (uint64_t)position->id;
	return wire;
}

static ProtobufCBinaryData wire_id(const struct uuid *id)
{
	return uuid_is_nil(id) ? (ProtobufCBinaryData){0}
	                       : (ProtobufCBinaryData){sizeof(id->bytes), (uint8_t *)id->bytes};
}

static void wire_event(Hilo__V1__LogEvent *row, const struct bus_event *event)
{
	hilo__v1__log_event__init(row);
	row->xid = event->position.xid;
	row->id = (uint64_t)event->position.id;
	row->key_hash = event->key_hash;
	row->type = (char *)event->type;
	row->inbox_id = wire_id(&event->inbox_id);
	row->conversation_id = wire_id(&event->conversation_id);
	row->key = (char *)event->key;
	row->occurred_at_us = event->occurred_us;
	row->payload = (ProtobufCBinaryData){event->payload_size, (uint8_t *)event->payload};
}

static void send_frame(struct relay *relay, const struct bus_event *events, size_t count, struct bus_position last)
{
	static struct parts parts; /* large, and one frame at a time */
	Hilo__V1__LogFrame frame = HILO__V1__LOG_FRAME__INIT;
	Hilo__V1__Position previous = wire_position(&relay->position), end = wire_position(&last);
	struct iovec message[] = {{(char *)TOPIC_LOG, strlen(TOPIC_LOG)}, {0}};

	for (size_t i = 0; i < count; i++) {
		wire_event(&parts.rows[i], &events[i]);
		parts.pointers[i] = &parts.rows[i];
	}
	frame.previous = &previous;
	frame.n_events = count;
	frame.events = parts.pointers;
	frame.last = &end;
	frame.watermark_us = relay->watermark_us;
	message[1].iov_len = hilo__v1__log_frame__get_packed_size(&frame);
	buf_clear(&relay->frame);
	message[1].iov_base = buf_reserve(&relay->frame, message[1].iov_len);
	hilo__v1__log_frame__pack(&frame, message[1].iov_base);
	zsocket_send(relay->frames, message, HILO_COUNT(message)); /* who could not take it reads PostgreSQL */
	relay->position = last;
	metric_add(relay->metrics.frames, 1);
	metric_add(relay->metrics.events, (double)count);
}

/* as many of the events as one frame may hold: at least one, whatever its size */
static size_t frame_length(const struct bus_event *events, size_t count)
{
	size_t bytes = events[0].payload_size, n = 1;

	while (n < count && bytes + events[n].payload_size <= BUS_FRAME_BYTES)
		bytes += events[n++].payload_size;
	return n;
}

void publish_page(struct relay *relay, const struct bus_log_page *page)
{
	for (size_t sent = 0, length; sent < page->count; sent += length) {
		length = frame_length(page->events + sent, page->count - sent);
		if (sent + length == page->count && page->watermark_us)
			relay->watermark_us = page->watermark_us;
		send_frame(relay, page->events + sent, length, page->events[sent + length - 1].position);
	}
	if (page->watermark_us)
		relay->watermark_us = page->watermark_us; /* told by the next frame or heartbeat */
}

static void on_heartbeat(void *arg)
{
	struct relay *relay = arg;

	if (reading_is_fresh(relay)) /* otherwise readers do better to ask PostgreSQL themselves */
		send_frame(relay, NULL, 0, relay->position);
}

/* one empty part: a doorbell; topic and signal: handed on as it is, if it is one */
static void on_doorbell(void *arg, zmq_msg_t *parts, size_t count)
{
	struct relay *relay = arg;
	const Hilo__V1__LiveSignal *signal;
	struct iovec message[] = {{(char *)TOPIC_LIVE, strlen(TOPIC_LIVE)}, {0}};

	if (count == 1 && zmq_msg_size(&parts[0]) == 0) {
		reading_ring(relay);
		return;
	}
	arena_reset(relay->arena);
	if (count != 2 || zmq_msg_size(&parts[0]) != strlen(TOPIC_LIVE) ||
	    memcmp(zmq_msg_data(&parts[0]), TOPIC_LIVE, strlen(TOPIC_LIVE)) != 0 ||
	    bus_signal_decode(relay->arena, zmq_msg_data(&parts[1]), zmq_msg_size(&parts[1]), &signal) < 0)
		return;
	message[1].iov_base = zmq_msg_data(&parts[1]);
	message[1].iov_len = zmq_msg_size(&parts[1]);
	zsocket_send(relay->frames, message, HILO_COUNT(message));
}

/* ---- the sockets ---- */

static bool is_set(const char *text)
{
	return text && *text;
}

static int bind_socket(struct relay *relay, const char *endpoint, const struct zsocket_options *options,
                       struct zsocket **socket, char *ret_address, size_t size)
{
	char bound[256], host[256] = "localhost";
	int rc = zsocket_new(daemon_loop(relay->daemon), options, socket);

	rc = rc ? rc : zsocket_bind(*socket, endpoint, bound);
	if (rc == 0) {
		gethostname(host, sizeof(host) - 1);
		rc = announce_address(bound, relay->settings.advertise, host, ret_address, size);
	}
	if (rc < 0)
		log_error("bus.bind_failed", "endpoint=%s error=%s", endpoint, strerror(-rc));
	return rc;
}

int publish_open(struct relay *relay)
{
	struct zsocket_options frames = {.type = ZMQ_PUB},
	                       doorbell = {.type = ZMQ_SUB, .on_message = on_doorbell, .arg = relay};
	const char *clients[] = {relay->settings.client_key};
	int rc = 0;

	if (is_set(relay->settings.server_secret)) {
		frames.curve = (struct zsocket_curve){.secret_key = relay->settings.server_secret, .is_server = true};
		doorbell.curve = frames.curve;
		rc = is_set(clients[0]) ? zsocket_allow_only(daemon_loop(relay->daemon), clients, 1) : -EINVAL;
		if (rc < 0) {
			log_error("bus.client_key_refused", "error=%s", strerror(-rc));
			return rc;
		}
	}
	rc = bind_socket(relay, relay->settings.frames, &frames, &relay->frames, relay->frames_address,
	                 sizeof(relay->frames_address));
	rc = rc ? rc
	        : bind_socket(relay, relay->settings.doorbell, &doorbell, &relay->doorbell, relay->doorbell_address,
	                      sizeof(relay->doorbell_address));
	if (rc < 0)
		return rc;
	relay->heartbeat = timer_new(daemon_loop(relay->daemon), on_heartbeat, relay);
	timer_every(relay->heartbeat, HEARTBEAT_US);
	return zsocket_subscribe(relay->doorbell, "", 0);
}

void publish_close(struct relay *relay)
{
	timer_free(&relay->heartbeat);
	zsocket_free(&relay->frames);
	zsocket_free(&relay->doorbell);
	buf_free(&relay->frame);
}
