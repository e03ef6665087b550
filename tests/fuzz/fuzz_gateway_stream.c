/* fuzz_gateway_stream.c - whatever a signed-in client says on its stream, a frame a line: what is told of it is JSON,
 * and nothing stays behind when it has gone. */
#include <jansson.h>

#include "away.h"
#include "http/websocket.h"
#include "stream.h"

static char socket_there; /* any address will do */

/* ---- the socket and the bus, in the place of their own ---- */

int __wrap_websocket_send(struct websocket *socket, const char *text, size_t size)
{
	json_t *frame = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);

	must(socket && json_is_object(frame));
	json_decref(frame);
	return 0;
}

void __wrap_websocket_close(struct websocket *socket, int code, const char *reason)
{
	must(socket && code >= 1000 && code < 5000 && text_is_utf8(reason, strlen(reason)));
}

void __wrap_bus_signal(struct bus *bus HILO_UNUSED, const Hilo__V1__LiveSignal *signal)
{
	struct uuid id;

	must(uuid_parse(signal->conversation_id, &id) == 0 && uuid_parse(signal->inbox_id, &id) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gateway gateway;
	struct colleague ana = {
	        .id = {.bytes = {1}}, .name = (char *)"Ana", .rights = {.all = true}, .is_active = true};
	const char *at = (const char *)data, *end = at + size;
	struct hub hub = {.gateway = &gateway, .ring.is_open = true};
	struct stream stream = {
	        .hub = &hub, .socket = (struct websocket *)&socket_there, .state = STREAM_LIVE, .colleague = &ana};

	if (!gateway.store.params)
		gateway.store.params = db_params_new();
	while (at < end && stream.state == STREAM_LIVE) {
		const char *newline = memchr(at, '\n', (size_t)(end - at)), *until = newline ? newline : end;
		stream.frames = 0;
		stream_hear(&stream, at, (size_t)(until - at));
		must(stream.watches_count <= STREAM_WATCHED_MAX);
		away_answer();
		must(stream.under_way == 0);
		at = until + 1;
	}
	stream_unwatch(&stream);
	must(hub.watched.count == 0);
	index_free(&hub.watched);
	return 0;
}
