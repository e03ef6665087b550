/* tests/unit/common/http/test_outbound.c - guarded calls: a name server and a web server of this process, of which
 * 127.0.0.2 counts as public and every other loopback address as what it is. */
#include "wire.h"

#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/outbound.h"

static struct {
	struct wire wire;
	struct client *client;
	struct guard *guard;
	struct outbound *outbound;
	struct evdns_server_port *dns;
	int fd, questions;
	int port; /* the web server's */
} app;

/* ---- the name server ---- */

static const struct {
	const char *name;
	uint8_t v4[2][4];
	int v4_count;
	uint8_t v6[16];
	bool has_v6;
} zone[] = {
	{"public.test", {{127, 0, 0, 2}}, 1, {0}, false},
	{"private.test", {{127, 0, 0, 1}}, 1, {0}, false},
	{"metadata.test", {{169, 254, 169, 254}}, 1, {0}, false},
	{"first-public.test", {{127, 0, 0, 2}, {10, 0, 0, 1}}, 2, {0}, false},
	{"first-private.test", {{127, 0, 0, 1}, {127, 0, 0, 2}}, 2, {0}, false},
	{"mapped.test", {{127, 0, 0, 2}}, 1, {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}, true},
	{"local6.test", {{0}}, 0, {[15] = 1}, true},
	{"nat64.test", {{0}}, 0, {0, 0x64, 0xff, 0x9b, [12] = 10, [15] = 1}, true},
	{"rebinding.test", {{127, 0, 0, 2}}, 1, {0}, false}, /* 127.0.0.1 from the second question on */
};

static void answer(struct evdns_server_request *request, const struct evdns_server_question *question)
{
	static const uint8_t local[4] = {127, 0, 0, 1};

	for (size_t i = 0; i < HILO_COUNT(zone); i++) {
		bool is_rebound = app.questions > 1 && strcmp(zone[i].name, "rebinding.test") == 0;
		if (!text_equal_nocase(question->name, zone[i].name)) /* libevent asks in random case */
			continue;
		if (question->type == EVDNS_TYPE_A && zone[i].v4_count)
			evdns_server_request_add_a_reply(request, question->name, zone[i].v4_count,
							 is_rebound ? (const void *)local : zone[i].v4, 0);
		if (question->type == EVDNS_TYPE_AAAA && zone[i].has_v6)
			evdns_server_request_add_aaaa_reply(request, question->name, 1, zone[i].v6, 0);
		evdns_server_request_respond(request, 0);
		return;
	}
	evdns_server_request_respond(request, 3);
}

static void on_question(struct evdns_server_request *request, void *arg HILO_UNUSED)
{
	app.questions += request->questions[0]->type == EVDNS_TYPE_A;
	answer(request, request->questions[0]);
}

static void begin_dns(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	char text[32];

	app.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(app.fd, (void *)&address, size), 0);
	assert_int_equal(getsockname(app.fd, (void *)&address, &size), 0);
	app.dns = evdns_add_server_port_with_base(loop_base(app.wire.loop), app.fd, 0, on_question, NULL);
	snprintf(text, sizeof(text), "127.0.0.1:%d", ntohs(address.sin_port));
	outbound_use_nameserver(app.outbound, text);
}

/* ---- the web server ---- */

static void on_image(struct http_request *request, void *arg)
{
	struct wire *wire = arg;

	wire->handled++;
	http_reply_json(request, 200, "hello", 5);
}

static void on_redirect(struct http_request *request, void *arg)
{
	struct wire *wire = arg;

	wire->handled++;
	http_reply_header(request, "Location", "/image");
	http_reply_empty(request, 302);
}

static const struct http_route routes[] = {
	{HTTP_GET, "/image", on_image, 0}, {HTTP_GET, "/redirect", on_redirect, 0}, {0}};

/* ---- a call ---- */

struct get {
	struct buf body;
	int done, rc;
	CURLcode code;
	long status;
};

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	buf_append(&((struct get *)arg)->body, data, size * count);
	return size * count;
}

static void on_done(void *arg, CURL *easy, int rc, CURLcode code)
{
	struct get *get = arg;

	get->done++;
	get->rc = rc;
	get->code = code;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &get->status);
	curl_easy_cleanup(easy);
}

/* get_start - "*" in the URL is the web server's port. */
static void get_start(struct get *get, const char *pattern)
{
	const char *star = strchr(pattern, '*');
	CURL *easy = curl_easy_init();
	char url[200];

	if (star)
		snprintf(url, sizeof(url), "%.*s:%d%s", (int)(star - pattern), pattern, app.port, star + 1);
	else
		snprintf(url, sizeof(url), "%s", pattern);
	*get = (struct get){0};
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 5000L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, get);
	outbound_start(app.outbound, easy, url, on_done, get);
	assert_int_equal(get->done, 0); /* never from within the call */
}

static void get_wait(struct get *get)
{
	int64_t until = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (!get->done && clock_monotonic_us() < until)
		event_base_loop(loop_base(app.wire.loop), EVLOOP_NONBLOCK);
	assert_int_equal(get->done, 1);
}

static int begin(void **state HILO_UNUSED)
{
	wire_begin(&app.wire, (struct http_server_options){.address = "127.0.0.2:0", .routes = routes});
	app.port = http_server_port(app.wire.server);
	app.client = client_new(app.wire.loop, 0);
	app.questions = app.wire.handled = 0;
	assert_int_equal(guard_new("127.0.0.2", &app.guard), 0);
	app.outbound = outbound_new(app.wire.loop, app.client, app.guard);
	begin_dns();
	return 0;
}

static int end(void **state HILO_UNUSED)
{
	outbound_free(&app.outbound);
	event_base_loop(loop_base(app.wire.loop), EVLOOP_NONBLOCK);
	client_free(&app.client);
	guard_free(&app.guard);
	evdns_close_server_port(app.dns);
	event_base_loop(loop_base(app.wire.loop), EVLOOP_NONBLOCK);
	wire_end(&app.wire);
	return 0;
}

static const struct {
	const char *url;
	int rc;
} rows[] = {
	{"http://public.test*/image", 0},
	{"http://PUBLIC.test*/image", 0},
	{"http://127.0.0.2*/image", 0},
	{"http://0x7f.2*/image", 0},
	{"http://127.0.0.1*/image", -EACCES},
	{"http://0*/image", -EACCES},
	{"http://localhost*/image", -ENOENT}, /* the name server does not know it */
	{"http://[::1]*/image", -EACCES},
	{"http://[::ffff:127.0.0.1]*/image", -EACCES},
	{"http://private.test*/image", -EACCES},
	{"http://metadata.test*/image", -EACCES},
	{"http://metadata.test/latest/meta-data", -EACCES},
	{"http://first-public.test*/image", -EACCES},
	{"http://first-private.test*/image", -EACCES},
	{"http://mapped.test*/image", -EACCES},
	{"http://local6.test*/image", -EACCES},
	{"http://nat64.test/image", -EACCES},
	{"http://nobody.test*/image", -ENOENT},
	{"ftp://public.test*/image", -EINVAL},
	{"http://ann@public.test*/image", -EINVAL},
};

static void a_call_goes_only_where_every_address_is_allowed(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct get get;

		app.wire.handled = 0;
		get_start(&get, rows[i].url);
		get_wait(&get);
		if (get.rc != rows[i].rc || app.wire.handled != (rows[i].rc == 0))
			fail_msg("%s: %d, %d requests", rows[i].url, get.rc, app.wire.handled);
		if (get.rc == 0) {
			assert_int_equal(get.code, CURLE_OK);
			assert_string_equal(get.body.data, "hello");
		}
		buf_free(&get.body);
	}
}

static void the_proxy_of_the_environment_is_not_asked(void **state)
{
	struct get get;

	setenv("http_proxy", "http://127.0.0.1:9", 1);
	get_start(&get, "http://public.test*/image");
	get_wait(&get);
	unsetenv("http_proxy");
	assert_int_equal(get.code, CURLE_OK);
	assert_int_equal(get.status, 200);
	buf_free(&get.body);
}

static void a_redirect_is_the_answer(void **state)
{
	struct get get;

	get_start(&get, "http://public.test*/redirect");
	get_wait(&get);
	assert_int_equal(get.rc, 0);
	assert_int_equal(get.status, 302);
	assert_int_equal(app.wire.handled, 1);
	buf_free(&get.body);
}

static void a_name_is_asked_for_once_a_call(void **state)
{
	struct get get;

	get_start(&get, "http://rebinding.test*/image");
	get_wait(&get);
	assert_int_equal(get.rc, 0);
	assert_int_equal(get.status, 200);
	assert_int_equal(app.questions, 1);
	buf_free(&get.body);
	get_start(&get, "http://rebinding.test*/image"); /* now it is our own: no memory of the first answer helps */
	get_wait(&get);
	assert_int_equal(get.rc, -EACCES);
	assert_int_equal(app.wire.handled, 1);
	buf_free(&get.body);
}

static void what_is_looked_up_ends_with_its_owner(void **state)
{
	struct get looked_up, refused;

	get_start(&looked_up, "http://public.test*/image");
	get_start(&refused, "nonsense");
	outbound_free(&app.outbound);
	assert_int_equal(looked_up.done, 1);
	assert_int_equal(looked_up.rc, -ECANCELED);
	assert_int_equal(refused.rc, -ECANCELED);
	for (int i = 0; i < 100; i++)
		event_base_loop(loop_base(app.wire.loop), EVLOOP_NONBLOCK);
	assert_int_equal(app.wire.handled, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_call_goes_only_where_every_address_is_allowed, begin, end),
		cmocka_unit_test_setup_teardown(the_proxy_of_the_environment_is_not_asked, begin, end),
		cmocka_unit_test_setup_teardown(a_redirect_is_the_answer, begin, end),
		cmocka_unit_test_setup_teardown(a_name_is_asked_for_once_a_call, begin, end),
		cmocka_unit_test_setup_teardown(what_is_looked_up_ends_with_its_owner, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
