/* loop/zsocket.c - ZeroMQ sockets drained to the last message. */
#include "loop/zsocket.h"

#include <poll.h>
#include <sys/uio.h>

#include "base/log.h"
#include "base/metric.h"

enum {
	SLICE_MESSAGES = 256, /* then other sockets get their turn */
	DEFAULT_HIGH_WATER_MARK = 1000,
	ENDPOINT_BYTES = 256,
	SAFETY_TICK_US = 100 * 1000,
};

struct zsocket {
	void *handle;
	struct zsocket_options options;
	struct event *wake_up; /* ZMQ_FD became readable: "look at ZMQ_EVENTS", nothing more */
	struct timer *again;   /* more to drain in the next turn */
	struct timer *safety;
	bool has_curve, is_paused, is_draining, is_freed;
	bool was_awake; /* a wake-up came since the last safety tick */
};

void *zsocket_context(void)
{
	static void *context;

	if (!context) {
		context = zmq_ctx_new();
		if (!context) {
			log_error("zmq.failed", "error=%s", zmq_strerror(errno));
			abort();
		}
		zmq_ctx_set(context, ZMQ_BLOCKY, 0); /* linger 0 unless asked: the process can always end */
	}
	return context;
}

static struct metric *missed_wakeups(void)
{
	return metric_counter("hilo_zmq_missed_wakeups_total", "Messages found by the safety tick; expected 0.", NULL);
}

static struct metric *oversized_messages(void)
{
	return metric_counter("hilo_zmq_oversized_messages_total", "Messages dropped for having too many parts.", NULL);
}

static bool has_input(struct zsocket *socket)
{
	int events = 0;
	size_t size = sizeof(events);

	return zmq_getsockopt(socket->handle, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

static int receive_part(struct zsocket *socket, zmq_msg_t *part)
{
	int rc;

	zmq_msg_init(part);
	do
		rc = zmq_msg_recv(part, socket->handle, ZMQ_DONTWAIT);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : 0;
}

/* One whole message to the owner: ZeroMQ delivers all its parts or none. Returns: 0, or -EAGAIN when there is none. */
static int receive_message(struct zsocket *socket)
{
	zmq_msg_t parts[ZSOCKET_MAX_PARTS], surplus;
	size_t count = 0, dropped = 0;
	bool has_more = true;
	int rc = 0;

	while (has_more) {
		zmq_msg_t *part = count < ZSOCKET_MAX_PARTS ? &parts[count] : &surplus;
		rc = receive_part(socket, part);
		if (rc < 0)
			break;
		has_more = zmq_msg_more(part);
		if (part == &surplus) {
			zmq_msg_close(&surplus);
			dropped++;
		} else {
			count++;
		}
	}
	if (dropped)
		metric_add(oversized_messages(), 1);
	else if (rc == 0)
		socket->options.on_message(socket->options.arg, parts, count);
	for (size_t i = 0; i < count; i++)
		zmq_msg_close(&parts[i]);
	return rc;
}

static void zsocket_destroy(struct zsocket *socket)
{
	timer_free(&socket->again);
	timer_free(&socket->safety);
	if (socket->wake_up)
		event_free(socket->wake_up); /* before the descriptor goes */
	if (socket->handle)
		zmq_close(socket->handle);
	free(socket);
}

/* Until ZMQ_EVENTS, asked after the last receive, says that nothing is left; or a slice. */
static void drain(struct zsocket *socket)
{
	if (socket->is_draining || !socket->options.on_message)
		return;
	socket->is_draining = true;
	for (int i = 0; i < SLICE_MESSAGES && !socket->is_paused && !socket->is_freed; i++) {
		if (receive_message(socket) < 0 && (socket->is_freed || !has_input(socket)))
			break;
	}
	socket->is_draining = false;
	if (socket->is_freed)
		zsocket_destroy(socket);
	else if (!socket->is_paused && has_input(socket))
		timer_in(socket->again, 0);
}

static void on_wake_up(evutil_socket_t fd HILO_UNUSED, short what HILO_UNUSED, void *arg)
{
	struct zsocket *socket = arg;

	socket->was_awake = true;
	has_input(socket); /* takes in what ZeroMQ's threads say (subscriptions too), so that the descriptor falls
	                      silent */
	drain(socket);
}

static void on_again(void *arg)
{
	drain(arg);
}

/* Looks only at a socket that nothing woke for a whole tick, and whose descriptor is silent: what lies there then has
 * been forgotten. */
static void on_safety_tick(void *arg)
{
	struct zsocket *socket = arg;
	struct pollfd fd = {.fd = event_get_fd(socket->wake_up), .events = POLLIN};
	const bool was_awake = socket->was_awake;

	socket->was_awake = false;
	if (was_awake || socket->is_paused || timer_is_running(socket->again) || poll(&fd, 1, 0) != 0)
		return;
	if (!has_input(socket))
		return;
	metric_add(missed_wakeups(), 1);
	drain(socket);
}

static int set_number(void *handle, int option, int value)
{
	return zmq_setsockopt(handle, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_key(void *handle, int option, const char *key)
{
	if (!key || strlen(key) != ZSOCKET_KEY_TEXT)
		return -EINVAL;
	return zmq_setsockopt(handle, option, key, ZSOCKET_KEY_TEXT) < 0 ? -errno : 0;
}

static int set_curve(void *handle, const struct zsocket_curve *curve)
{
	int rc;

	if (curve->is_server) {
		rc = set_number(handle, ZMQ_CURVE_SERVER, 1);
		return rc ? rc : set_key(handle, ZMQ_CURVE_SECRETKEY, curve->secret_key);
	}
	rc = set_key(handle, ZMQ_CURVE_SERVERKEY, curve->server_key);
	rc = rc ? rc : set_key(handle, ZMQ_CURVE_PUBLICKEY, curve->public_key);
	return rc ? rc : set_key(handle, ZMQ_CURVE_SECRETKEY, curve->secret_key);
}

static bool is_curve_wanted(const struct zsocket_curve *curve)
{
	return curve->is_server || curve->server_key || curve->public_key || curve->secret_key;
}

static int set_options(void *handle, const struct zsocket_options *options)
{
	const int mark = options->high_water_mark ? options->high_water_mark : DEFAULT_HIGH_WATER_MARK;
	const int64_t max_bytes = ZSOCKET_MAX_BYTES;
	const struct {
		int option, value;
	} numbers[] = {
	        {ZMQ_LINGER, 0},
	        {ZMQ_SNDHWM, mark},
	        {ZMQ_RCVHWM, mark},
	        {ZMQ_TCP_KEEPALIVE, 1}, /* a peer that vanished is noticed within 25 s */
	        {ZMQ_TCP_KEEPALIVE_IDLE, 10},
	        {ZMQ_TCP_KEEPALIVE_INTVL, 5},
	        {ZMQ_TCP_KEEPALIVE_CNT, 3},
	};

	for (size_t i = 0; i < HILO_COUNT(numbers); i++) {
		int rc = set_number(handle, numbers[i].option, numbers[i].value);
		if (rc < 0)
			return rc;
	}
	if (zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &max_bytes, sizeof(max_bytes)) < 0)
		return -errno;
	return is_curve_wanted(&options->curve) ? set_curve(handle, &options->curve) : 0;
}

int zsocket_new(struct loop *loop, const struct zsocket_options *options, struct zsocket **ret)
{
	struct zsocket *socket = hilo_new(struct zsocket);
	int fd, rc;
	size_t size = sizeof(fd);

	socket->options = *options;
	socket->has_curve = is_curve_wanted(&options->curve);
	socket->options.curve = (struct zsocket_curve){0}; /* borrowed until here only */
	socket->handle = zmq_socket(zsocket_context(), options->type);
	rc = socket->handle ? set_options(socket->handle, options) : -errno;
	if (rc == 0 && zmq_getsockopt(socket->handle, ZMQ_FD, &fd, &size) < 0)
		rc = -errno;
	if (rc < 0) {
		zsocket_destroy(socket);
		return rc;
	}
	socket->wake_up = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST, on_wake_up, socket);
	socket->again = timer_new(loop, on_again, socket);
	socket->safety = timer_new(loop, on_safety_tick, socket);
	missed_wakeups(); /* shown from the start, as 0 */
	zsocket_resume(socket);
	*ret = socket;
	return 0;
}

void zsocket_free(struct zsocket **socket)
{
	struct zsocket *old = socket ? HILO_STEAL(*socket) : NULL;

	if (!old)
		return;
	if (old->is_draining)
		old->is_freed = true; /* by its own handler: drain() is still standing on it */
	else
		zsocket_destroy(old);
}

/* what leaves the machine is encrypted, always */
static bool is_endpoint_allowed(const struct zsocket *socket, const char *endpoint)
{
	return socket->has_curve || strncmp(endpoint, "ipc://", 6) == 0 || strncmp(endpoint, "inproc://", 9) == 0;
}

/* ZeroMQ may have taken a wake-up while it did something else for us: look, or it is lost */
static void look_again(struct zsocket *socket)
{
	if (socket->options.on_message && !socket->is_draining && !socket->is_paused && has_input(socket))
		timer_in(socket->again, 0);
}

int zsocket_bind(struct zsocket *socket, const char *endpoint, char *ret_endpoint)
{
	size_t size = ENDPOINT_BYTES;

	if (!is_endpoint_allowed(socket, endpoint))
		return -EPERM;
	if (zmq_bind(socket->handle, endpoint) < 0)
		return -errno;
	if (ret_endpoint && zmq_getsockopt(socket->handle, ZMQ_LAST_ENDPOINT, ret_endpoint, &size) < 0)
		return -errno;
	look_again(socket);
	return 0;
}

int zsocket_connect(struct zsocket *socket, const char *endpoint)
{
	if (!is_endpoint_allowed(socket, endpoint))
		return -EPERM;
	if (zmq_connect(socket->handle, endpoint) < 0)
		return -errno;
	look_again(socket);
	return 0;
}

int zsocket_disconnect(struct zsocket *socket, const char *endpoint)
{
	if (zmq_disconnect(socket->handle, endpoint) < 0)
		return -errno;
	look_again(socket);
	return 0;
}

int zsocket_subscribe(struct zsocket *socket, const void *prefix, size_t size)
{
	if (zmq_setsockopt(socket->handle, ZMQ_SUBSCRIBE, prefix, size) < 0)
		return -errno;
	look_again(socket);
	return 0;
}

static int send_part(struct zsocket *socket, const struct iovec *part, bool has_more)
{
	int rc;

	do
		rc = zmq_send(socket->handle, part->iov_base, part->iov_len,
		              ZMQ_DONTWAIT | (has_more ? ZMQ_SNDMORE : 0));
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : 0;
}

int zsocket_send(struct zsocket *socket, const struct iovec *parts, size_t count)
{
	int rc = count ? 0 : -EINVAL;

	/* only the first part can find the queue full: the mark counts whole messages */
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = send_part(socket, &parts[i], i + 1 < count);
	look_again(socket);
	return rc;
}

void zsocket_pause(struct zsocket *socket)
{
	socket->is_paused = true;
	event_del(socket->wake_up); /* it would stay readable and turn the loop in circles */
	timer_stop(socket->again);
	timer_stop(socket->safety);
}

void zsocket_resume(struct zsocket *socket)
{
	socket->is_paused = false;
	event_add(socket->wake_up, NULL);
	timer_in(socket->again, 0);
	if (socket->options.on_message)
		timer_every(socket->safety, SAFETY_TICK_US);
}
