/* loop/zap.c - which clients may connect: ZeroMQ asks a socket in this process, once a handshake (RFC 27, ZAP). */
#include "loop/zsocket.h"

#include <sys/uio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

enum { KEY_BYTES = 32, REFUSAL_LOG_US = 1000 * 1000 };

/* the parts of a question */
enum { ZAP_VERSION, ZAP_REQUEST, ZAP_DOMAIN, ZAP_ADDRESS, ZAP_IDENTITY, ZAP_MECHANISM, ZAP_KEY, ZAP_PARTS };

static struct {
	struct zsocket *socket;
	uint8_t (*keys)[KEY_BYTES];
	size_t count;
	int64_t logged_us;
} zap;

static struct metric *refused_clients(void)
{
	return metric_counter("hilo_zmq_refused_clients_total", "Handshakes of clients with an unknown key.", NULL);
}

static bool is_client_known(const zmq_msg_t *key)
{
	if (zmq_msg_size(key) != KEY_BYTES)
		return false;
	for (size_t i = 0; i < zap.count; i++) {
		if (memcmp(zap.keys[i], zmq_msg_data((zmq_msg_t *)key), KEY_BYTES) == 0)
			return true;
	}
	return false;
}

/* A refused client tries again for ever: every refusal is counted, one a second is logged. */
static void note_refusal(zmq_msg_t *address, zmq_msg_t *key)
{
	char text[ZSOCKET_KEY_TEXT + 1] = "";
	const int64_t now_us = clock_monotonic_us();

	metric_add(refused_clients(), 1);
	if (zap.logged_us && now_us - zap.logged_us < REFUSAL_LOG_US)
		return;
	zap.logged_us = now_us;
	if (zmq_msg_size(key) == KEY_BYTES)
		zmq_z85_encode(text, zmq_msg_data(key), KEY_BYTES);
	log_warn("zmq.client_refused", "address=%.*s key=%s", (int)zmq_msg_size(address),
	         (const char *)zmq_msg_data(address), text);
}

static bool has_text(zmq_msg_t *part, const char *text)
{
	return zmq_msg_size(part) == strlen(text) && memcmp(zmq_msg_data(part), text, strlen(text)) == 0;
}

static void on_zap_request(void *arg HILO_UNUSED, zmq_msg_t *parts, size_t count)
{
	if (count < ZAP_MECHANISM + 1)
		return; /* not from ZeroMQ: nothing else can reach this socket */
	const bool is_curve = count == ZAP_PARTS && has_text(&parts[ZAP_MECHANISM], "CURVE");
	const bool is_known = is_curve && is_client_known(&parts[ZAP_KEY]);
	const char *code = is_known ? "200" : "400", *reason = is_known ? "" : "unknown key";
	const struct iovec reply[] = {
	        {zmq_msg_data(&parts[ZAP_VERSION]), zmq_msg_size(&parts[ZAP_VERSION])},
	        {zmq_msg_data(&parts[ZAP_REQUEST]), zmq_msg_size(&parts[ZAP_REQUEST])},
	        {(char *)code, strlen(code)},
	        {(char *)reason, strlen(reason)},
	        {NULL, 0}, /* user */
	        {NULL, 0}, /* metadata */
	};

	if (!is_known)
		note_refusal(&parts[ZAP_ADDRESS], &parts[count - 1]);
	zsocket_send(zap.socket, reply, HILO_COUNT(reply));
}

int zsocket_allow_only(struct loop *loop, const char *const *client_keys, size_t count)
{
	const struct zsocket_options options = {.type = ZMQ_REP, .on_message = on_zap_request};
	HILO_AUTO_FREE uint8_t(*keys)[KEY_BYTES] = hilo_alloc_array(HILO_MAX(count, 1), KEY_BYTES);
	int rc;

	for (size_t i = 0; i < count; i++) {
		if (strlen(client_keys[i]) != ZSOCKET_KEY_TEXT || !zmq_z85_decode(keys[i], client_keys[i]))
			return -EINVAL;
	}
	if (!zap.socket) {
		rc = zsocket_new(loop, &options, &zap.socket);
		rc = rc ? rc : zsocket_bind(zap.socket, "inproc://zeromq.zap.01", NULL);
		if (rc < 0) {
			zsocket_free(&zap.socket);
			return rc;
		}
	}
	free(zap.keys);
	zap.keys = HILO_STEAL(keys);
	zap.count = count;
	return 0;
}

void zsocket_allow_end(void)
{
	zsocket_free(&zap.socket);
	free(zap.keys);
	zap.keys = NULL;
	zap.count = 0;
}
