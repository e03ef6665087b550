/* The ZeroMQ drain: everything ZeroMQ delivers arrives, whatever the wake-ups do. */
#include "testing/testing.h"

#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"
#include "loop/zsocket.h"

#define SECOND_US 1000000

struct counter {
	struct loop *loop;
	struct zsocket *socket; /* the receiving one, for handlers that pause or free it */
	size_t messages, parts, bytes, want;
	int pause_at;
	bool is_done, is_free_wanted, is_stalled;
	char last[64];
};

static double missed(void)
{
	return metric_value(metric_counter("hilo_zmq_missed_wakeups_total", "", NULL));
}

static void on_message(void *arg, zmq_msg_t *parts, size_t count)
{
	struct counter *c = arg;

	c->messages++;
	c->parts += count;
	for (size_t i = 0; i < count; i++)
		c->bytes += zmq_msg_size(&parts[i]);
	snprintf(c->last, sizeof(c->last), "%.*s", (int)zmq_msg_size(parts), (const char *)zmq_msg_data(parts));
	if (c->pause_at && c->messages == (size_t)c->pause_at)
		zsocket_pause(c->socket);
	if (c->is_free_wanted)
		zsocket_free(&c->socket);
	c->is_done = c->messages >= c->want;
}

static struct zsocket *make(struct loop *loop, int type, int mark, struct counter *c, const struct zsocket_curve *curve)
{
	struct zsocket *socket = NULL;
	struct zsocket_options options = {.type = type, .high_water_mark = mark};

	if (c) {
		options.on_message = on_message;
		options.arg = c;
	}
	if (curve)
		options.curve = *curve;
	assert_int_equal(zsocket_new(loop, &options, &socket), 0);
	if (c)
		c->socket = socket;
	return socket;
}

static void send_text(struct zsocket *socket, const char *text)
{
	const struct iovec part = {(char *)text, strlen(text)};

	assert_int_equal(zsocket_send(socket, &part, 1), 0);
}

static void endpoint_of(char *ret, size_t size, const char *name)
{
	snprintf(ret, size, "ipc://@hilo-test-%d-%s", (int)getpid(), name);
}

static void wait_for(struct counter *c, size_t messages)
{
	c->want = messages;
	c->is_done = c->messages >= messages;
	testing_run_until(c->loop, &c->is_done, 10 * SECOND_US);
}

static void on_never(void *arg)
{
	*(bool *)arg = true;
}

static void turn_for(struct loop *loop, int64_t us)
{
	bool is_over = false;
	struct timer *timer = timer_new(loop, on_never, &is_over);

	timer_in(timer, us);
	testing_run_until(loop, &is_over, us + SECOND_US);
	timer_free(&timer);
}

/* A publisher and a subscriber that have met. */
static void join(struct loop *loop, struct zsocket *pub, struct zsocket *sub, const char *endpoint, struct counter *c)
{
	assert_int_equal(zsocket_bind(pub, endpoint, NULL), 0);
	assert_int_equal(zsocket_subscribe(sub, "", 0), 0);
	assert_int_equal(zsocket_connect(sub, endpoint), 0);
	for (int i = 0; i < 500 && !c->messages; i++) {
		send_text(pub, "hello");
		turn_for(loop, 5000);
	}
	assert_true(c->messages > 0);
	turn_for(loop, 50000);
	c->messages = c->parts = c->bytes = 0;
	c->is_done = false;
}

static void a_flood_arrives_whole(void **state)
{
	struct loop *loop = loop_new();
	struct counter c = {.loop = loop};
	struct zsocket *pub = make(loop, ZMQ_PUB, 100000, NULL, NULL), *sub = make(loop, ZMQ_SUB, 100000, &c, NULL);
	char endpoint[128], text[32];

	endpoint_of(endpoint, sizeof(endpoint), "flood");
	join(loop, pub, sub, endpoint, &c);
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "message %d", i);
		send_text(pub, text);
	}
	wait_for(&c, 20000);
	assert_int_equal(c.messages, 20000);
	assert_string_equal(c.last, "message 19999");
	turn_for(loop, 350000); /* several safety ticks over an idle socket */
	assert_int_equal((int)missed(), 0);
	zsocket_free(&sub);
	zsocket_free(&pub);
	loop_free(&loop);
}

struct pair {
	struct zsocket *here, *there;
	int left;
	bool is_done;
};

static void on_ping(void *arg, zmq_msg_t *parts, size_t count)
{
	struct pair *p = arg;
	struct iovec part = {zmq_msg_data(parts), zmq_msg_size(parts)};

	assert_int_equal(count, 1);
	if (p->left-- == 0)
		p->is_done = true;
	else
		zsocket_send(p->here, &part, 1);
}

static void on_pong(void *arg, zmq_msg_t *parts, size_t count)
{
	struct pair *p = arg;
	struct iovec part = {zmq_msg_data(parts), zmq_msg_size(parts)};

	assert_int_equal(count, 1);
	zsocket_send(p->there, &part, 1);
}

/* sending eats wake-ups: each answer is sent from within the handler of the question */
static void ping_pong_with_sends_in_handlers_never_stalls(void **state)
{
	struct loop *loop = loop_new();
	struct pair p = {.left = 5000};
	const struct zsocket_options here = {.type = ZMQ_PAIR, .on_message = on_ping, .arg = &p};
	const struct zsocket_options there = {.type = ZMQ_PAIR, .on_message = on_pong, .arg = &p};
	const double before = missed();

	assert_int_equal(zsocket_new(loop, &here, &p.here), 0);
	assert_int_equal(zsocket_new(loop, &there, &p.there), 0);
	assert_int_equal(zsocket_bind(p.here, "inproc://ping", NULL), 0);
	assert_int_equal(zsocket_connect(p.there, "inproc://ping"), 0);
	for (int i = 0; i < 20; i++)
		send_text(p.here, "ping");
	testing_run_until(loop, &p.is_done, 10 * SECOND_US);
	assert_int_equal((int)(missed() - before), 0);
	zsocket_free(&p.here);
	zsocket_free(&p.there);
	loop_free(&loop);
}

/* the same outside of handlers: what arrives just before a send is announced by nothing any more */
static void a_send_does_not_swallow_the_wake_up_of_what_arrived(void **state)
{
	struct loop *loop = loop_new();
	struct counter c = {.loop = loop};
	struct zsocket *here = make(loop, ZMQ_PAIR, 0, &c, NULL), *there = make(loop, ZMQ_PAIR, 0, NULL, NULL);
	const double before = missed();

	assert_int_equal(zsocket_bind(here, "inproc://swallow", NULL), 0);
	assert_int_equal(zsocket_connect(there, "inproc://swallow"), 0);
	for (size_t i = 1; i <= 50; i++) {
		turn_for(loop, 2000); /* ZeroMQ looks for news at most once a millisecond while sending */
		send_text(there, "question");
		send_text(here, "by the way");
		wait_for(&c, i);
	}
	assert_int_equal((int)(missed() - before), 0);
	zsocket_free(&here);
	zsocket_free(&there);
	loop_free(&loop);
}

static void parts_arrive_together_and_too_many_are_dropped(void **state)
{
	struct loop *loop = loop_new();
	struct counter c = {.loop = loop};
	struct zsocket *pub = make(loop, ZMQ_PUB, 0, NULL, NULL), *sub = make(loop, ZMQ_SUB, 0, &c, NULL);
	struct iovec parts[ZSOCKET_MAX_PARTS + 1];
	char endpoint[128];
	struct metric *oversized = metric_counter("hilo_zmq_oversized_messages_total", "", NULL);

	endpoint_of(endpoint, sizeof(endpoint), "parts");
	join(loop, pub, sub, endpoint, &c);
	for (size_t i = 0; i < HILO_COUNT(parts); i++)
		parts[i] = (struct iovec){(char *)"part", i % 2 ? 4 : 0}; /* empty ones among them */
	assert_int_equal(zsocket_send(pub, parts, 0), -EINVAL);
	assert_int_equal(zsocket_send(pub, parts, ZSOCKET_MAX_PARTS + 1), 0);
	assert_int_equal(zsocket_send(pub, parts, ZSOCKET_MAX_PARTS), 0);
	send_text(pub, "after");
	wait_for(&c, 2);
	assert_int_equal(c.parts, ZSOCKET_MAX_PARTS + 1);
	assert_int_equal(c.bytes, 4 * ZSOCKET_MAX_PARTS / 2 + strlen("after"));
	assert_int_equal((int)metric_value(oversized), 1);
	zsocket_free(&sub);
	zsocket_free(&pub);
	loop_free(&loop);
}

static void a_paused_socket_rests_and_then_gets_all(void **state)
{
	struct loop *loop = loop_new();
	struct counter c = {.loop = loop};
	struct zsocket *pub = make(loop, ZMQ_PUB, 10000, NULL, NULL), *sub = make(loop, ZMQ_SUB, 10000, &c, NULL);
	char endpoint[128];

	endpoint_of(endpoint, sizeof(endpoint), "pause");
	join(loop, pub, sub, endpoint, &c);
	c.pause_at = 7;
	for (int i = 0; i < 1000; i++)
		send_text(pub, "x");
	wait_for(&c, 7);
	turn_for(loop, 300000);
	assert_int_equal(c.messages, 7);
	zsocket_resume(sub);
	wait_for(&c, 1000);
	zsocket_free(&sub);
	zsocket_free(&pub);
	loop_free(&loop);
}

static void a_handler_may_free_its_socket(void **state)
{
	struct loop *loop = loop_new();
	struct counter c = {.loop = loop};
	struct zsocket *pub = make(loop, ZMQ_PUB, 0, NULL, NULL), *sub = make(loop, ZMQ_SUB, 0, &c, NULL);
	char endpoint[128];

	endpoint_of(endpoint, sizeof(endpoint), "free");
	join(loop, pub, sub, endpoint, &c);
	c.is_free_wanted = true;
	for (int i = 0; i < 10; i++)
		send_text(pub, "x");
	wait_for(&c, 1);
	assert_null(c.socket);
	turn_for(loop, 50000);
	assert_int_equal(c.messages, 1);
	zsocket_free(&pub);
	loop_free(&loop);
}

static void a_full_queue_says_so(void **state)
{
	struct loop *loop = loop_new();
	struct zsocket *push = make(loop, ZMQ_PUSH, 5, NULL, NULL);
	const struct iovec part = {(char *)"x", 1};

	assert_int_equal(zsocket_send(push, &part, 1), -EAGAIN); /* nobody there */
	zsocket_free(&push);
	assert_null(push);
	zsocket_free(&push);
	loop_free(&loop);
}

struct keys {
	char public_key[41], secret_key[41];
};

static void a_message_above_the_limit_never_arrives(void **state)
{
	struct loop *loop = loop_new();
	struct counter c = {.loop = loop};
	struct zsocket *push = make(loop, ZMQ_PUSH, 0, NULL, NULL), *pull = make(loop, ZMQ_PULL, 0, &c, NULL);
	char endpoint[128];
	HILO_AUTO_FREE char *big = hilo_alloc(ZSOCKET_MAX_BYTES + 1);
	struct iovec part = {big, ZSOCKET_MAX_BYTES};

	endpoint_of(endpoint, sizeof(endpoint), "big");
	assert_int_equal(zsocket_bind(pull, endpoint, NULL), 0);
	assert_int_equal(zsocket_connect(push, endpoint), 0);
	turn_for(loop, 50000);
	assert_int_equal(zsocket_send(push, &part, 1), 0);
	wait_for(&c, 1);
	assert_int_equal(c.bytes, ZSOCKET_MAX_BYTES);
	part.iov_len++;
	assert_int_equal(zsocket_send(push, &part, 1), 0);
	turn_for(loop, 400000); /* the connection is cut, and made anew */
	send_text(push, "after");
	wait_for(&c, 2);
	assert_string_equal(c.last, "after");
	zsocket_free(&push);
	zsocket_free(&pull);
	loop_free(&loop);
}

static void tcp_needs_curve_and_keys_are_checked(void **state)
{
	struct loop *loop = loop_new();
	struct zsocket *plain = make(loop, ZMQ_PUB, 0, NULL, NULL), *none = NULL;
	struct zsocket_options options = {.type = ZMQ_PUB, .curve = {.is_server = true, .secret_key = "too short"}};

	assert_int_equal(zsocket_bind(plain, "tcp://127.0.0.1:*", NULL), -EPERM);
	assert_int_equal(zsocket_connect(plain, "tcp://127.0.0.1:1"), -EPERM);
	assert_int_equal(zsocket_bind(plain, "inproc://fine", NULL), 0);
	assert_int_equal(zsocket_bind(plain, "ipc:///nowhere/at/all", NULL), -ENOENT);
	assert_int_equal(zsocket_disconnect(plain, "ipc:///tmp/never-connected"), -ENOENT);
	assert_int_equal(zsocket_new(loop, &options, &none), -EINVAL);
	options.curve.secret_key = NULL;
	assert_int_equal(zsocket_new(loop, &options, &none), -EINVAL);
	assert_null(none);
	zsocket_free(&plain);
	loop_free(&loop);
}

static void only_listed_keys_are_admitted(void **state)
{
	struct loop *loop = loop_new();
	struct keys server, known, stranger;
	char endpoint[256];
	struct counter known_got = {.loop = loop}, stranger_got = {.loop = loop};
	const char *list[] = {known.public_key};
	const char *bad[] = {"not a key"};
	struct metric *refused = metric_counter("hilo_zmq_refused_clients_total", "", NULL);

	assert_int_equal(zmq_curve_keypair(server.public_key, server.secret_key), 0);
	assert_int_equal(zmq_curve_keypair(known.public_key, known.secret_key), 0);
	assert_int_equal(zmq_curve_keypair(stranger.public_key, stranger.secret_key), 0);
	assert_int_equal(zsocket_allow_only(loop, bad, 1), -EINVAL);
	assert_int_equal(zsocket_allow_only(loop, list, 1), 0);

	const struct zsocket_curve server_curve = {.is_server = true, .secret_key = server.secret_key};
	const struct zsocket_curve known_curve = {server.public_key, known.public_key, known.secret_key, false};
	const struct zsocket_curve strange_curve = {server.public_key, stranger.public_key, stranger.secret_key, false};
	struct zsocket *pub = make(loop, ZMQ_PUB, 0, NULL, &server_curve);
	struct zsocket *good = make(loop, ZMQ_SUB, 0, &known_got, &known_curve);
	struct zsocket *evil = make(loop, ZMQ_SUB, 0, &stranger_got, &strange_curve);

	testing_expect_log("zmq.client_refused");
	assert_int_equal(zsocket_bind(pub, "tcp://127.0.0.1:*", endpoint), 0);
	zsocket_subscribe(good, "", 0);
	zsocket_subscribe(evil, "", 0);
	assert_int_equal(zsocket_connect(evil, endpoint), 0);
	assert_int_equal(zsocket_connect(good, endpoint), 0);
	for (int i = 0; i < 1000 && (!known_got.messages || metric_value(refused) < 1); i++) {
		send_text(pub, "secret");
		turn_for(loop, 5000);
	}
	assert_true(known_got.messages > 0);
	assert_string_equal(known_got.last, "secret");
	assert_true(metric_value(refused) > 0);
	assert_int_equal(stranger_got.messages, 0);
	zsocket_free(&good);
	zsocket_free(&evil);
	zsocket_free(&pub);
	zsocket_allow_end();
	loop_free(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(a_flood_arrives_whole),
	        testing_case(ping_pong_with_sends_in_handlers_never_stalls),
	        testing_case(a_send_does_not_swallow_the_wake_up_of_what_arrived),
	        testing_case(parts_arrive_together_and_too_many_are_dropped),
	        testing_case(a_paused_socket_rests_and_then_gets_all),
	        testing_case(a_handler_may_free_its_socket),
	        testing_case(a_full_queue_says_so),
	        testing_case(a_message_above_the_limit_never_arrives),
	        testing_case(tcp_needs_curve_and_keys_are_checked),
	        testing_case(only_listed_keys_are_admitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
