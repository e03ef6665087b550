/* tests/unit/common/http/test_client.c - transfers against a server on the same loop. */
#include "wire.h"

#include <stdio.h>

#include "base/clock.h"
#include "http/client.h"

#define MS 1000

static struct {
	struct wire wire;
	struct client *client;
	int open, most_open; /* requests kept by the server */
	struct http_request *kept[200];
	int kept_count;
	char url[64];
} app;

static void on_hello(struct http_request *request, void *arg HILO_UNUSED)
{
	http_reply_json(request, 200, "hello", 5);
}

static void on_never(struct http_request *request, void *arg HILO_UNUSED)
{
	app.kept[app.kept_count++] = request;
	app.open++;
	app.most_open = HILO_MAX(app.most_open, app.open);
}

static const struct http_route routes[] = {{HTTP_GET, "/hello", on_hello, 0}, {HTTP_GET, "/never", on_never, 0}, {0}};

/* One transfer of a test. */
struct get {
	CURL *easy;
	struct buf body;
	int done;
	CURLcode code;
	int again; /* times to be started once more, from on_done */
	bool frees; /* the client, from on_done */
};

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	buf_append(&((struct get *)arg)->body, data, size * count);
	return size * count;
}

static void on_done(void *arg, CURL *easy, CURLcode code)
{
	struct get *get = arg;

	assert_ptr_equal(easy, get->easy);
	get->done++;
	get->code = code;
	if (get->again > 0 && get->again--)
		client_start(app.client, easy, on_done, get);
	if (get->frees)
		client_free(&app.client);
}

static void get_start(struct get *get, const char *path)
{
	char url[128];

	snprintf(url, sizeof(url), "%s%s", app.url, path);
	get->easy = curl_easy_init();
	curl_easy_setopt(get->easy, CURLOPT_URL, url);
	curl_easy_setopt(get->easy, CURLOPT_TIMEOUT_MS, 5000L);
	curl_easy_setopt(get->easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(get->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(get->easy, CURLOPT_WRITEDATA, get);
	client_start(app.client, get->easy, on_done, get);
	assert_int_equal(get->done, 0); /* never from within the call */
}

static void get_end(struct get *get)
{
	curl_easy_cleanup(get->easy);
	buf_free(&get->body);
}

static void turn_until(const int *value, int wanted)
{
	int64_t end_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (*value < wanted) {
		assert_true(clock_monotonic_us() < end_us);
		event_base_loop(loop_base(app.wire.loop), EVLOOP_NONBLOCK);
	}
}

static void begin(int max_parallel)
{
	memset(&app, 0, sizeof(app));
	wire_begin(&app.wire, (struct http_server_options){.routes = routes});
	snprintf(app.url, sizeof(app.url), "http://127.0.0.1:%d", http_server_port(app.wire.server));
	app.client = client_new(app.wire.loop, max_parallel);
}

static void end(void)
{
	client_free(&app.client);
	for (int i = 0; i < app.kept_count; i++)
		http_reply_empty(app.kept[i], 204);
	wire_end(&app.wire);
}

static void a_page_is_fetched_and_fetched_again(void **state)
{
	struct get get = {.again = 1};

	begin(0);
	get_start(&get, "/hello");
	turn_until(&get.done, 2);
	assert_int_equal(get.code, CURLE_OK);
	assert_string_equal(get.body.data, "hellohello");
	get_end(&get);
	end();
}

static void an_answer_that_never_comes_times_out(void **state)
{
	struct get get = {0};
	int64_t start_us = clock_monotonic_us();

	begin(0);
	get_start(&get, "/never");
	curl_easy_setopt(get.easy, CURLOPT_TIMEOUT_MS, 100L);
	turn_until(&get.done, 1);
	assert_int_equal(get.code, CURLE_OPERATION_TIMEDOUT);
	assert_in_range(clock_monotonic_us() - start_us, 90 * MS, 2000 * MS);
	get_end(&get);
	end();
}

static void a_closed_port_refuses(void **state)
{
	struct get get = {0};

	begin(0);
	http_server_free(&app.wire.server);
	get_start(&get, "/hello");
	turn_until(&get.done, 1);
	assert_int_equal(get.code, CURLE_COULDNT_CONNECT);
	get_end(&get);
	end();
}

static void a_hundred_run_in_parallel(void **state)
{
	struct get gets[100] = {0};

	begin(100);
	for (size_t i = 0; i < HILO_COUNT(gets); i++)
		get_start(&gets[i], "/never");
	turn_until(&app.open, 100);
	for (int i = 0; i < app.kept_count; i++)
		http_reply_json(app.kept[i], 200, "now", 3);
	app.kept_count = 0;
	for (size_t i = 0; i < HILO_COUNT(gets); i++) {
		turn_until(&gets[i].done, 1);
		assert_int_equal(gets[i].code, CURLE_OK);
		assert_string_equal(gets[i].body.data, "now");
		get_end(&gets[i]);
	}
	end();
}

static void more_wait_for_their_turn_in_order(void **state)
{
	struct get gets[20] = {0};

	begin(3);
	for (size_t i = 0; i < HILO_COUNT(gets); i++)
		get_start(&gets[i], "/never");
	for (int i = 0; i < 20; i++) {
		turn_until(&app.kept_count, i + 1);
		app.open--;
		http_reply_json(app.kept[i], 200, "now", 3);
		turn_until(&gets[i].done, 1);
	}
	app.kept_count = 0;
	assert_int_equal(app.most_open, 3);
	for (size_t i = 0; i < HILO_COUNT(gets); i++)
		get_end(&gets[i]);
	end();
}

static void freeing_aborts_what_runs_and_what_waits(void **state)
{
	struct get gets[3] = {0};

	begin(2);
	for (size_t i = 0; i < HILO_COUNT(gets); i++)
		get_start(&gets[i], "/never");
	turn_until(&app.open, 2);
	client_free(&app.client);
	for (size_t i = 0; i < HILO_COUNT(gets); i++) {
		assert_int_equal(gets[i].done, 1);
		assert_int_equal(gets[i].code, CURLE_ABORTED_BY_CALLBACK);
		get_end(&gets[i]);
	}
	end();
}

static void the_client_may_be_freed_by_a_callback(void **state)
{
	struct get never = {0}, hello = {.frees = true};

	begin(0);
	get_start(&never, "/never");
	turn_until(&app.open, 1);
	get_start(&hello, "/hello");
	turn_until(&hello.done, 1);
	assert_null(app.client);
	assert_int_equal(never.code, CURLE_ABORTED_BY_CALLBACK);
	get_end(&never);
	get_end(&hello);
	end();
}

static void a_handle_in_use_fails(void **state)
{
	struct get get = {0};

	begin(0);
	get_start(&get, "/never");
	turn_until(&app.open, 1);
	client_start(app.client, get.easy, on_done, &get);
	turn_until(&get.done, 1);
	assert_int_equal(get.code, CURLE_FAILED_INIT);
	client_free(&app.client);
	assert_int_equal(get.done, 2);
	get_end(&get);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(a_page_is_fetched_and_fetched_again),
		testing_case(an_answer_that_never_comes_times_out),
		testing_case(a_closed_port_refuses),
		testing_case(a_hundred_run_in_parallel),
		testing_case(more_wait_for_their_turn_in_order),
		testing_case(freeing_aborts_what_runs_and_what_waits),
		testing_case(the_client_may_be_freed_by_a_callback),
		testing_case(a_handle_in_use_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
