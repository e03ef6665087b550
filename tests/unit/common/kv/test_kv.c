/* Redis on the loop, against a real server on a socket of its own. */
#include "testing/testing.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "kv/kv.h"

#define SECOND_US 1000000
#define WAIT_US (10 * SECOND_US)

static struct server {
	char folder[64], url[128], socket[96];
	pid_t pid;
} server;

static void server_start(void)
{
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (chdir(server.folder) == 0 && freopen("redis.log", "a", stdout))
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", server.socket, "--save", "",
		       "--appendonly", "no", (char *)NULL);
	_exit(127);
}

static void server_stop(void)
{
	if (!server.pid)
		return;
	kill(server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
	server.pid = 0;
}

static void server_freeze(void)
{
	kill(server.pid, SIGSTOP);
	assert_int_equal(waitpid(server.pid, NULL, WUNTRACED), server.pid); /* until it really stands */
}

static int server_folder(void **state)
{
	snprintf(server.folder, sizeof(server.folder), "/tmp/hilo-test-kv-XXXXXX");
	if (!mkdtemp(server.folder))
		return -1;
	snprintf(server.socket, sizeof(server.socket), "%s/redis.sock", server.folder);
	snprintf(server.url, sizeof(server.url), "unix://%s", server.socket);
	server_start();
	return 0;
}

static int server_gone(void **state)
{
	char log[96];

	server_stop();
	snprintf(log, sizeof(log), "%s/redis.log", server.folder);
	unlink(log);
	unlink(server.socket);
	return rmdir(server.folder);
}

struct client {
	struct loop *loop;
	struct kv *kv;
	uint64_t generation;
	bool is_connected;
};

static void on_connected(void *arg, uint64_t generation)
{
	struct client *client = arg;

	client->generation = generation;
	client->is_connected = true;
}

static void connect_to(struct client *client, const char *url)
{
	*client = (struct client){.loop = loop_new()};
	client->kv = kv_open(client->loop, url, on_connected, client);
	assert_non_null(client->kv);
	testing_run_until(client->loop, &client->is_connected, WAIT_US);
	assert_true(kv_is_ready(client->kv));
}

static void leave(struct client *client)
{
	kv_close(&client->kv);
	assert_null(client->kv);
	loop_free(&client->loop);
}

/* what came back, flattened into text */
struct answer {
	bool is_done;
	int calls;
	char text[256];
	struct kv **close; /* a kv to close from within the callback */
};

static void flatten(const struct kv_reply *reply, char *text, size_t size)
{
	size_t used = strlen(text);

	text += used;
	size -= used;
	switch (reply->type) {
	case KV_NIL:
		snprintf(text, size, "nil");
		break;
	case KV_INTEGER:
		snprintf(text, size, "%lld", (long long)reply->integer);
		break;
	case KV_TEXT:
	case KV_ERROR:
		assert_int_equal(reply->text[reply->size], '\0');
		snprintf(text, size, "%s%s/%zu", reply->type == KV_ERROR ? "!" : "", reply->text, reply->size);
		break;
	case KV_LIST:
		snprintf(text, size, "[");
		for (size_t i = 0; i < reply->count; i++) {
			flatten(&reply->items[i], text, size);
			strncat(text, " ", size - strlen(text) - 1);
		}
		strncat(text, "]", size - strlen(text) - 1);
	}
}

static void on_answer(void *arg, const struct kv_reply *reply)
{
	struct answer *answer = arg;

	answer->text[0] = '\0';
	if (reply)
		flatten(reply, answer->text, sizeof(answer->text));
	else
		snprintf(answer->text, sizeof(answer->text), "away");
	answer->calls++;
	answer->is_done = true;
	if (answer->close)
		kv_close(answer->close);
}

static void expect(struct client *client, struct answer *answer, const char *want)
{
	testing_run_until(client->loop, &answer->is_done, WAIT_US);
	assert_string_equal(answer->text, want);
	assert_int_equal(answer->calls, 1);
}

static void commands_are_answered_in_kind(void **state)
{
	static const struct {
		const char *words[6];
		const char *want;
	} rows[] = {
	        {{"FLUSHALL"}, "OK/2"},
	        {{"SET", "a", "one two"}, "OK/2"},
	        {{"GET", "a"}, "one two/7"},
	        {{"GET", "none"}, "nil"},
	        {{"INCR", "n"}, "1"},
	        {{"INCR", "a"}, "!ERR value is not an integer or out of range/43"},
	        {{"RPUSH", "l", "x", "", "z"}, "3"},
	        {{"LRANGE", "l", "0", "-1"}, "[x/1 /0 z/1 ]"},
	        {{"LRANGE", "none", "0", "-1"}, "[]"},
	        {{"EVAL", "return {1,{'a',{}},false}", "0"}, "[1 [a/1 [] ] nil ]"},
	        {{"NONSENSE"}, NULL},
	};
	struct client client;

	connect_to(&client, server.url);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct kv_argument arguments[6];
		struct answer answer = {0};
		size_t count = 0;
		for (; count < 6 && rows[i].words[count]; count++)
			arguments[count] = (struct kv_argument){rows[i].words[count], strlen(rows[i].words[count])};
		kv_command(client.kv, arguments, count, on_answer, &answer);
		assert_false(answer.is_done); /* never from within the call */
		if (rows[i].want) {
			expect(&client, &answer, rows[i].want);
		} else {
			testing_run_until(client.loop, &answer.is_done, WAIT_US);
			assert_int_equal(answer.text[0], '!');
		}
	}
	leave(&client);
}

static void bytes_and_formats_pass_unharmed(void **state)
{
	struct client client;
	struct answer set = {0}, length = {0}, number = {0}, spaces = {0};
	const struct kv_argument words[] = {{"SET", 3}, {"bin", 3}, {"a\0b\r\n", 5}};

	connect_to(&client, server.url);
	kv_command(client.kv, words, 3, on_answer, &set);
	kv_command(client.kv, words, 3, NULL, NULL); /* nobody asks */
	kv_run(client.kv, on_answer, &length, "STRLEN %b", "bin", (size_t)3);
	kv_run(client.kv, on_answer, &number, "INCRBY %s %lld", "counter", (long long)5000000000);
	kv_run(client.kv, on_answer, &spaces, "ECHO %s", "two words");
	expect(&client, &set, "OK/2");
	expect(&client, &length, "5");
	expect(&client, &number, "5000000000");
	expect(&client, &spaces, "two words/9");
	leave(&client);
}

static void a_killed_server_costs_answers_and_raises_the_generation(void **state)
{
	struct client client;
	struct answer waiting[50] = {0}, while_away = {0}, again = {0};

	testing_expect_log("kv.lost");
	connect_to(&client, server.url);
	assert_int_equal(client.generation, 1);
	server_freeze(); /* so that the commands are certainly unanswered */
	for (size_t i = 0; i < HILO_COUNT(waiting); i++)
		kv_run(client.kv, on_answer, &waiting[i], "SET k%d v", (int)i);
	event_base_loop(loop_base(client.loop), EVLOOP_NONBLOCK);
	server_stop();
	for (size_t i = 0; i < HILO_COUNT(waiting); i++)
		expect(&client, &waiting[i], "away");
	assert_false(kv_is_ready(client.kv));
	kv_run(client.kv, on_answer, &while_away, "PING");
	assert_false(while_away.is_done);
	expect(&client, &while_away, "away");
	client.is_connected = false;
	server_start();
	testing_run_until(client.loop, &client.is_connected, WAIT_US);
	assert_int_equal(client.generation, 2);
	kv_run(client.kv, on_answer, &again, "PING");
	expect(&client, &again, "PONG/4");
	for (size_t i = 0; i < HILO_COUNT(waiting); i++)
		assert_int_equal(waiting[i].calls, 1);
	leave(&client);
}

static void a_frozen_server_is_given_up_after_a_second(void **state)
{
	struct client client;
	struct answer answer = {0}, later = {0};

	testing_expect_log("kv.lost");
	connect_to(&client, server.url);
	server_freeze();
	const int64_t begin_us = clock_monotonic_us();
	kv_run(client.kv, on_answer, &answer, "PING");
	expect(&client, &answer, "away");
	const int64_t took_us = clock_monotonic_us() - begin_us;
	assert_in_range(took_us, SECOND_US, 3 * SECOND_US / 2);
	client.is_connected = false;
	kill(server.pid, SIGCONT);
	testing_run_until(client.loop, &client.is_connected, WAIT_US);
	assert_int_equal(client.generation, 2);
	kv_run(client.kv, on_answer, &later, "PING");
	expect(&client, &later, "PONG/4");
	leave(&client);
}

static void closing_answers_what_waits(void **state)
{
	struct client client;
	struct answer waiting[3] = {0}, refused = {0};

	connect_to(&client, server.url);
	for (size_t i = 0; i < HILO_COUNT(waiting); i++)
		kv_run(client.kv, on_answer, &waiting[i], "PING");
	kv_run(client.kv, on_answer, &refused, ""); /* no command at all */
	kv_close(&client.kv);
	for (size_t i = 0; i < HILO_COUNT(waiting); i++)
		assert_string_equal(waiting[i].text, "away");
	assert_string_equal(refused.text, "away");
	kv_close(&client.kv); /* NULL is fine */
	loop_free(&client.loop);
}

static void a_callback_may_close(void **state)
{
	struct client client;
	struct answer first = {.close = &client.kv}, second = {0};

	connect_to(&client, server.url);
	kv_run(client.kv, on_answer, &first, "PING");
	kv_run(client.kv, on_answer, &second, "PING");
	expect(&client, &first, "PONG/4");
	assert_null(client.kv);
	expect(&client, &second, "away");
	event_base_loop(loop_base(client.loop), EVLOOP_NONBLOCK);
	loop_free(&client.loop);
}

static void databases_and_passwords_are_used(void **state)
{
	struct client client, other;
	struct answer set = {0}, get = {0}, password = {0}, open = {0};
	char url[256];

	connect_to(&client, server.url);
	kv_run(client.kv, on_answer, &set, "SET where zero");
	kv_run(client.kv, on_answer, &password, "CONFIG SET requirepass %s", "p@ss");
	expect(&client, &set, "OK/2");
	expect(&client, &password, "OK/2");
	snprintf(url, sizeof(url), "unix://:p%%40ss@%s?db=5", server.socket);
	connect_to(&other, url);
	kv_run(other.kv, on_answer, &get, "GET where");
	expect(&other, &get, "nil");
	leave(&other);
	kv_run(client.kv, on_answer, &open, "CONFIG SET requirepass %s", "");
	open.is_done = false;
	expect(&client, &open, "OK/2");
	leave(&client);
}

static void nobody_there_is_no_reason_to_stop(void **state)
{
	static const char *const urls[] = {"redis://127.0.0.1:1", "redis://[::1]:1", "redis://localhost:1",
	                                   "redis://no-such-host.invalid", "unix:///nowhere/redis.sock"};

	testing_expect_log("kv.lost");
	for (size_t i = 0; i < HILO_COUNT(urls); i++) {
		struct client client = {.loop = loop_new()};
		struct answer answer = {0};
		client.kv = kv_open(client.loop, urls[i], on_connected, &client);
		kv_run(client.kv, on_answer, &answer, "PING");
		expect(&client, &answer, "away");
		for (int turn = 0; turn < 5; turn++)
			event_base_loop(loop_base(client.loop), EVLOOP_ONCE);
		assert_false(kv_is_ready(client.kv));
		kv_close(&client.kv);
		event_base_loop(loop_base(client.loop), EVLOOP_NONBLOCK);
		loop_free(&client.loop);
	}
	struct loop *loop = loop_new();
	assert_null(kv_open(loop, "http://localhost", NULL, NULL));
	loop_free(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(commands_are_answered_in_kind),
	        testing_case(bytes_and_formats_pass_unharmed),
	        testing_case(a_killed_server_costs_answers_and_raises_the_generation),
	        testing_case(a_frozen_server_is_given_up_after_a_second),
	        testing_case(closing_answers_what_waits),
	        testing_case(a_callback_may_close),
	        testing_case(databases_and_passwords_are_used),
	        testing_case(nobody_there_is_no_reason_to_stop),
	};

	return cmocka_run_group_tests(tests, server_folder, server_gone);
}
