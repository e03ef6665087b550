/* tests/unit/common/http/test_json.c - bodies that are taken and bodies that are not, through the server. */
#include "wire.h"

#include <stdio.h>

#include "http/json.h"

static const char *const colours[] = {"red", "green", NULL};

static void on_post(struct http_request *request, void *arg HILO_UNUSED)
{
	struct arena *arena = http_request_arena(request);
	json_t *body = json_body(request);
	struct json_reader reader = {.object = body, .arena = arena};
	const char *text;

	if (!body)
		return;
	const char *name = json_text(&reader, "name", 1, 5);
	const char *note = json_text_optional(&reader, "note", 3);
	int64_t age = json_int_optional(&reader, "age", 0, 150, -1);
	bool is_new = json_bool_optional(&reader, "new", true);
	int colour = json_choice(&reader, "colour", colours, 1);
	int shade = json_choice(&reader, "shade", colours, 0);
	json_t *tags = json_array_optional(&reader, "tags", 2);

	if (!json_reader_reply(&reader, request)) {
		text = arena_printf(arena, "[%s,%s,%lld,%d,%d,%d,%zu]", name, note ? note : "-", (long long)age, is_new,
				    colour, shade, json_array_size(tags));
		http_reply_json(request, 200, text, strlen(text));
	}
	json_decref(body);
}

static const struct http_route routes[] = {{HTTP_POST, "/", on_post, 0}, {0}};

static const struct {
	const char *body;
	int status;
	const char *holds; /* the answer */
} rows[] = {
	{"{\"name\":\"a\"}", 200, "[a,-,-1,1,1,0,0]"},
	{"{\"name\":\"a\",\"note\":\"b\",\"age\":7,\"new\":false,\"colour\":\"red\",\"shade\":\"green\",\"tags\":[1,2]}", 200,
	 "[a,b,7,0,0,1,2]"},
	{"{\"name\":\"a\",\"note\":null,\"age\":null,\"new\":null,\"colour\":null,\"tags\":null}", 200, "[a,-,-1,1,1,0,0]"},
	{" {\"name\" : \"\\u00e9\"}\n", 200, "[\xc3\xa9,-,"},
	{"{\"name\":\"\\ud83d\\ude00\"}", 200, "[\xf0\x9f\x98\x80,"},

	{"", 400, "bad_json"},
	{"{", 400, "bad_json"},
	{"{\"name\":\"a\"}x", 400, "bad_json"},
	{"{\"name\":\"a\"}{}", 400, "bad_json"},
	{"[]", 400, "must be a JSON object"},
	{"\"a\"", 400, "bad_json"},
	{"null", 400, "bad_json"},
	{"{\"name\":\"a\",\"name\":\"b\"}", 400, "duplicate object key"},
	{"{\"name\":'a'}", 400, "bad_json"},
	{"{name:\"a\"}", 400, "bad_json"},
	{"{\"name\":\"a\",}", 400, "bad_json"},
	{"{\"name\":\"a\"/**/}", 400, "bad_json"},
	{"{\"name\":\"\\u0000\"}", 400, "bad_json"},
	{"{\"name\":\"a\\u0000b\"}", 400, "bad_json"},
	{"{\"\\u0000\":1}", 400, "bad_json"},
	{"{\"name\":\"\\ud800\"}", 400, "bad_json"},
	{"{\"name\":\"\\udc00\"}", 400, "bad_json"},
	{"{\"name\":\"\\ud800x\"}", 400, "bad_json"},
	{"{\"name\":\"\xff\"}", 400, "bad_json"},
	{"{\"name\":\"\xed\xa0\x80\"}", 400, "bad_json"},
	{"{\"name\":\"a\nb\"}", 400, "bad_json"},
	{"{\"age\":01}", 400, "bad_json"},
	{"{\"age\":+1}", 400, "bad_json"},
	{"{\"age\":.5}", 400, "bad_json"},
	{"{\"age\":NaN}", 400, "bad_json"},
	{"{\"age\":1e999}", 400, "bad_json"},
	{"{\"age\":99999999999999999999}", 400, "bad_json"},

	{"{}", 422, "\"field\":\"name\""},
	{"{\"name\":null}", 422, "name must be a string of 1 to 5 characters."},
	{"{\"name\":\"\"}", 422, "\"field\":\"name\""},
	{"{\"name\":\"abcdef\"}", 422, "\"field\":\"name\""},
	{"{\"name\":7}", 422, "\"field\":\"name\""},
	{"{\"name\":\"a\",\"note\":\"abcd\"}", 422, "\"field\":\"note\""},
	{"{\"name\":\"a\",\"age\":151}", 422, "age must be a whole number from 0 to 150."},
	{"{\"name\":\"a\",\"age\":-1}", 422, "\"field\":\"age\""},
	{"{\"name\":\"a\",\"age\":1.0}", 422, "\"field\":\"age\""},
	{"{\"name\":\"a\",\"age\":\"1\"}", 422, "\"field\":\"age\""},
	{"{\"name\":\"a\",\"new\":1}", 422, "new must be true or false."},
	{"{\"name\":\"a\",\"colour\":\"blue\"}", 422, "colour must be one of \\\"red\\\", \\\"green\\\"."},
	{"{\"name\":\"a\",\"colour\":1}", 422, "\"field\":\"colour\""},
	{"{\"name\":\"a\",\"tags\":{}}", 422, "\"field\":\"tags\""},
	{"{\"name\":\"a\",\"tags\":[1,2,3]}", 422, "tags must be a list of at most 2 elements."},
	{"{\"age\":\"x\",\"new\":1}", 422, "\"field\":\"name\""}, /* the first fault is told */
};

static int post(struct wire *wire, struct wire_socket *socket, const char *type, const char *body)
{
	HILO_AUTO(buf) struct buf request = {0};

	buf_printf(&request, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n", strlen(body),
		   type);
	buf_puts(&request, body);
	wire_ask(wire, socket, request.data);
	return socket->in.len > 12 ? atoi(socket->in.data + 9) : 0;
}

#define JSON_TYPE "Content-Type: application/json; charset=utf-8\r\n"

static void every_body_gets_its_answer(void **state)
{
	struct http_server_options options = {.routes = routes};
	struct wire wire;

	wire_begin(&wire, options);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct wire_socket socket;
		int status = post(&wire, &socket, JSON_TYPE, rows[i].body);

		if (status != rows[i].status || !strstr(socket.in.data, rows[i].holds))
			fail_msg("%s: %s", rows[i].body, socket.in.data);
		wire_close(&socket);
	}
	wire_end(&wire);
}

static void only_json_is_taken(void **state)
{
	static const char *const types[] = {"", "Content-Type: text/plain\r\n", "Content-Type: application/jsonx\r\n",
					    "Content-Type: application/x-www-form-urlencoded\r\n"};
	struct http_server_options options = {.routes = routes};
	struct wire wire;
	struct wire_socket socket;

	wire_begin(&wire, options);
	for (size_t i = 0; i < HILO_COUNT(types); i++) {
		assert_int_equal(post(&wire, &socket, types[i], "{\"name\":\"a\"}"), 415);
		wire_close(&socket);
	}
	assert_int_equal(post(&wire, &socket, "content-type:APPLICATION/JSON\r\n", "{\"name\":\"a\"}"), 200);
	wire_close(&socket);
	wire_end(&wire);
}

static void nesting_ends_somewhere(void **state)
{
	static const struct {
		int depth, status;
	} depths[] = {{30, 200}, {31, 200}, {32, 400}, {64, 400}, {50000, 400}};
	struct http_server_options options = {.routes = routes};
	struct wire wire;

	wire_begin(&wire, options);
	for (size_t i = 0; i < HILO_COUNT(depths); i++) {
		HILO_AUTO(buf) struct buf body = {0};
		struct wire_socket socket;

		buf_puts(&body, "{\"name\":\"[[\\\"[\",\"x\":");
		for (int j = 0; j < depths[i].depth; j++)
			buf_putc(&body, '[');
		for (int j = 0; j < depths[i].depth; j++)
			buf_putc(&body, ']');
		buf_putc(&body, '}');
		assert_int_equal(post(&wire, &socket, JSON_TYPE, body.data), depths[i].status);
		wire_close(&socket);
	}
	wire_end(&wire);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(every_body_gets_its_answer),
		testing_case(only_json_is_taken),
		testing_case(nesting_ends_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
