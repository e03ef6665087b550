/* client.c - what visitors come by: sockets that stay, polls that wait, calls that say one thing. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/text.h"
#include "hub.h"
#include "inboxes.h"

#define SIGN_IN_US 5000000
#define POLLED_US 30000000 /* a poll counts as looking for so long */
#define QUEUE_BYTES ((size_t)8 * 1024 * 1024)  /* a page of the longest entries, twice */
#define QUEUE_ENOUGH ((size_t)256 * 1024)
enum { FRAMES_A_SECOND = 30, FRAME_BYTES = 64 * 1024, SOCKETS_A_VISITOR = 20, WAIT_MAX_S = 60, TOKEN_MAX = 200 };

/* ---- beginning and end ---- */

void client_list_add(struct client **list, struct client *client)
{
	client->next = *list;
	client->at = list;
	if (*list)
		(*list)->at = &client->next;
	*list = client;
}

void client_list_remove(struct client *client)
{
	if (!client->at)
		return;
	*client->at = client->next;
	if (client->next)
		client->next->at = client->at;
	client->at = NULL;
}

void client_free(struct client *client)
{
	json_decref(client->call);
	free(client->peer);
	free(client);
}

/* its connection or request is no more */
static void client_end(struct client *client)
{
	struct guest *guest = client->guest;

	client->state = CLIENT_CLOSED;
	client_list_remove(client);
	post_forget_client(client);
	client->guest = NULL;
	if (guest && client->kind == CLIENT_SOCKET) {
		guest->sockets--;
		metric_add(client->live->sockets_metric, -1);
		if (!guest->sockets)
			guest_typing(guest, false);
		guest_watch_changed(guest);
	}
	if (guest)
		guest->used_us = clock_monotonic_us();
	if (!client->is_asked)
		client_free(client);
}

static struct client *client_new(struct live *live, enum client_kind kind, struct http_request *request)
{
	struct client *client = hilo_new(struct client);

	client->live = live;
	client->kind = kind;
	client->peer = hilo_strdup(http_request_peer(request));
	client_list_add(&live->silent, client);
	return client;
}

static void refuse(struct http_request *request, int code, const char *reason)
{
	switch (code) {
	case 4401:
		http_reply_problem(request, 401, "unauthorized", reason);
		break;
	case 1008:
		http_reply_problem(request, 400, "bad_request", reason);
		break;
	case 4429:
		http_reply_problem(request, 429, "too_many", reason);
		break;
	default:
		http_reply_problem(request, 503, "unavailable", reason);
	}
}

void client_close(struct client *client, int code, const char *reason)
{
	if (client->state == CLIENT_CLOSED)
		return;
	client->state = CLIENT_CLOSED;
	if (client->kind == CLIENT_SOCKET) {
		websocket_close(client->socket, code, reason);
	} else {
		refuse(HILO_STEAL(client->request), code, reason);
		client_end(client);
	}
}

/* ---- what it is told ---- */

void client_send(struct client *client, const char *text, size_t size)
{
	if (client->kind == CLIENT_SOCKET && client->state != CLIENT_CLOSED && websocket_send(client->socket, text, size) < 0)
		client->state = CLIENT_CLOSED; /* it is being closed */
}

void client_send_frame(struct client *client, struct websocket_frame *frame)
{
	if (client->kind == CLIENT_SOCKET && client->state != CLIENT_CLOSED && websocket_send_frame(client->socket, frame) < 0)
		client->state = CLIENT_CLOSED;
}

void client_reply(struct client *client, const char *entries, size_t size)
{
	const struct room *room = client->guest->room;
	HILO_AUTO(buf) struct buf out = {0};

	buf_puts(&out, "{\"entries\":[");
	buf_append(&out, entries, size);
	buf_printf(&out, "],\"sequence\":%" PRId64 ",", room ? client->sequence : 0);
	room_write_members(room, &out);
	buf_printf(&out, ",\"open\":%s}", guest_is_open(client->guest) ? "true" : "false");
	http_reply_header(client->request, "Cache-Control", "no-store");
	http_reply_json(HILO_STEAL(client->request), 200, out.data, out.len);
	client_end(client);
}

void client_answer(struct client *client, int status, const struct buf *text)
{
	if (client->kind == CLIENT_SOCKET) {
		client_send(client, text->data, text->len);
		return;
	}
	http_reply_json(HILO_STEAL(client->request), status, text->data, text->len);
	client_end(client);
}

static void client_reply_empty(struct client *client, int status)
{
	http_reply_empty(HILO_STEAL(client->request), status);
	client_end(client);
}

/* `sequence` counts in one conversation only */
static void check_sequence(struct client *client)
{
	const struct room *room = client->guest->room;

	if (room && ((!uuid_is_nil(&client->conversation_id) && !uuid_equal(&client->conversation_id, &room->id)) ||
		     client->sequence > room->sequence))
		client->sequence = 0;
	client->conversation_id = room ? room->id : (struct uuid){0};
}

static void send_ready(struct client *client)
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_puts(&out, "{\"ready\":{");
	room_write_members(client->guest->room, &out);
	buf_printf(&out, ",\"open\":%s}}", guest_is_open(client->guest) ? "true" : "false");
	client_send(client, out.data, out.len);
}

static void hear(struct client *client, json_t *frame);

void client_ready(struct client *client)
{
	struct room *room = client->guest->room;

	client->state = CLIENT_LIVE;
	if (client->kind == CLIENT_CALL) {
		hear(client, client->call);
		return;
	}
	check_sequence(client);
	if (client->kind == CLIENT_SOCKET)
		send_ready(client);
	if (room)
		room_wants(room, true, false);
}

static void send_member(struct client *client, const char *name, void (*write)(const struct room *room, struct buf *out))
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_printf(&out, "{\"%s\":", name);
	write(client->guest->room, &out);
	buf_putc(&out, '}');
	client_send(client, out.data, out.len);
}

void client_moved(struct client *client)
{
	struct room *room = client->guest->room;

	client->sequence = 0;
	client->conversation_id = room ? room->id : (struct uuid){0};
	send_member(client, "conversation", room_write_conversation);
	send_member(client, "agent", room_write_agent);
	send_member(client, "queue", room_write_queue);
	if (room)
		room_wants(room, true, false);
}

bool client_takes_entries(struct client *client)
{
	if (client->state != CLIENT_LIVE || client->kind == CLIENT_CALL)
		return false;
	client->is_slow |= client->kind == CLIENT_SOCKET && websocket_queued(client->socket) > QUEUE_ENOUGH;
	return !client->is_slow;
}

void client_tick(struct client *client, int64_t now_us)
{
	if (client->is_slow && client->state == CLIENT_LIVE && websocket_queued(client->socket) <= QUEUE_ENOUGH) {
		client->is_slow = false;
		if (client->guest->room)
			room_wants(client->guest->room, true, false);
	}
	if (client->kind == CLIENT_POLL && client->state == CLIENT_LIVE && client->until_us <= now_us)
		client_reply(client, "", 0);
}

/* ---- who it is ---- */

static void on_visitor(void *arg, const struct visitor *visitor, enum db_fault fault)
{
	struct client *client = arg;
	const struct inboxes *inboxes = client->live->chat->inboxes;
	struct guest *guest;

	client->is_asked = false;
	if (client->state == CLIENT_CLOSED) {
		if (client->kind != CLIENT_SOCKET || !client->socket)
			client_free(client);
		return;
	}
	if (!visitor) {
		client_close(client, fault == DB_OK ? 4401 : 1013, fault == DB_OK ? "the token is not valid" : "try again");
		return;
	}
	if (!inboxes_by_id(inboxes, &visitor->inbox_id)) {
		client_close(client, inboxes_are_read(inboxes) ? 4401 : 1013, "there is no such inbox now");
		return;
	}
	guest = guest_enter(client->live, visitor, client->kind != CLIENT_CALL);
	if (client->kind == CLIENT_SOCKET && guest->sockets >= SOCKETS_A_VISITOR) {
		client_close(client, 4429, "too many connections");
		return;
	}
	client_list_remove(client);
	client_list_add(&guest->clients, client);
	client->guest = guest;
	client->state = CLIENT_JOINING;
	if (client->kind == CLIENT_SOCKET) {
		guest->sockets++;
		metric_add(client->live->sockets_metric, 1);
		if (guest->sockets == 1)
			guest->told_open = guest_is_open(guest);
	} else if (client->kind == CLIENT_POLL) {
		guest->polled_until_us = clock_monotonic_us() + POLLED_US;
	}
	guest_watch_changed(guest);
	if (!guest->is_looking)
		client_ready(client);
}

static void ask(struct client *client, const char *token)
{
	client->state = CLIENT_ASKED;
	client->is_asked = true;
	front_find(client->live->chat->front, token, on_visitor, client);
}

static void hear_token(struct client *client, json_t *frame)
{
	const char *token = json_string_value(json_object_get(frame, "auth"));
	json_t *after = json_object_get(frame, "after");

	if (!token || !*token || strlen(token) > TOKEN_MAX) {
		client_close(client, 4401, "the first frame must be {\"auth\":token}");
		return;
	}
	client->sequence = HILO_MAX(0, json_integer_value(after));
	(void)uuid_parse(json_string_value(json_object_get(frame, "conversation")), &client->conversation_id);
	ask(client, token);
}

/* ---- what it says ---- */

static bool is_flood(struct client *client)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - client->frames_us >= 1000000) {
		client->frames_us = now_us;
		client->frames = 0;
	}
	return ++client->frames > FRAMES_A_SECOND;
}

static void hear(struct client *client, json_t *frame)
{
	json_t *message = json_object_get(frame, "message"), *typing = json_object_get(frame, "typing"), *seen = json_object_get(frame, "seen");

	client->guest->used_us = clock_monotonic_us();
	if (json_is_object(message)) {
		post_hear(client, message); /* it answers */
		return;
	}
	if (json_is_boolean(typing)) {
		guest_typing(client->guest, json_is_true(typing));
	} else if (json_is_integer(seen)) {
		report_seen(client, json_integer_value(seen));
	} else if (json_is_true(json_object_get(frame, "end"))) {
		report_end(client);
	} else {
		client_close(client, 1008, "nothing that is understood");
		return;
	}
	if (client->kind == CLIENT_CALL)
		client_reply_empty(client, 204);
}

static void on_text(void *arg, const char *text, size_t size)
{
	struct client *client = arg;
	json_t *frame;

	if (client->state == CLIENT_CLOSED)
		return;
	frame = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	if (is_flood(client))
		client_close(client, 1008, "too many frames");
	else if (!json_is_object(frame))
		client_close(client, 1008, "frames are JSON objects");
	else if (client->state == CLIENT_SILENT)
		hear_token(client, frame);
	else if (client->state != CLIENT_LIVE)
		client_close(client, 1008, "wait for the first frame");
	else
		hear(client, frame);
	json_decref(frame);
}

static void on_close(void *arg, int code)
{
	struct client *client = arg;

	(void)code;
	client->socket = NULL;
	client_end(client);
}

/* ---- requests ---- */

void client_handle_socket(struct http_request *request, void *arg)
{
	struct chat *chat = arg;
	struct live *live = chat->live;
	const char *const origins[] = {chat->origin, NULL};
	struct client *client;
	const struct websocket_options options = {
		.max_message_bytes = FRAME_BYTES, .max_queue_bytes = QUEUE_BYTES, .on_text = on_text, .on_close = on_close};

	if (live->is_draining) {
		http_reply_problem(request, 503, "unavailable", "come back at once");
		return;
	}
	client = client_new(live, CLIENT_SOCKET, request);
	client->until_us = clock_monotonic_us() + SIGN_IN_US;
	client->socket = websocket_upgrade(request, origins, &options);
	if (client->socket) {
		websocket_set_arg(client->socket, client);
	} else {
		client_list_remove(client);
		client_free(client);
	}
}

static const char *bearer(struct http_request *request)
{
	const char *header = http_request_header(request, "Authorization");

	return header && text_starts(header, "Bearer ") && strlen(header + 7) <= TOKEN_MAX ? header + 7 : NULL;
}

static int64_t number(struct http_request *request, const char *name, int64_t high)
{
	const char *text = http_request_query(request, name);
	int64_t value = 0;

	(void)(text && text_to_i64(text, 0, high, &value));
	return value;
}

static bool may_begin(struct http_request *request, const struct live *live)
{
	if (live->is_draining)
		http_reply_problem(request, 503, "unavailable", "come back at once");
	else if (!bearer(request))
		http_reply_problem(request, 401, "unauthorized", "a token is needed");
	else
		return true;
	return false;
}

void client_handle_poll(struct http_request *request, void *arg)
{
	struct chat *chat = arg;
	struct live *live = chat->live;
	struct client *client;

	if (!may_begin(request, live))
		return;
	client = client_new(live, CLIENT_POLL, request);
	client->request = request;
	client->sequence = number(request, "after", INT64_MAX);
	client->until_us = clock_monotonic_us() + number(request, "wait", WAIT_MAX_S) * 1000000;
	(void)uuid_parse(http_request_query(request, "conversation"), &client->conversation_id);
	ask(client, bearer(request));
}

/* The body is the frame; a message may also stand by itself. */
static json_t *frame_of(struct http_request *request)
{
	size_t size;
	json_t *body, *frame;

	(void)http_request_body(request, &size);
	if (size > FRAME_BYTES) {
		http_reply_problem(request, 413, "too_large", "at most 64 KiB");
		return NULL;
	}
	body = json_body(request);
	if (!body || strcmp(http_request_path(request), "/chat/v1/messages") != 0 || json_object_get(body, "message"))
		return body;
	frame = json_object();
	json_object_set_new(frame, "message", body);
	return frame;
}

void client_handle_call(struct http_request *request, void *arg)
{
	struct chat *chat = arg;
	struct live *live = chat->live;
	struct client *client;
	json_t *frame;

	if (!may_begin(request, live))
		return;
	frame = frame_of(request);
	if (!frame)
		return;
	client = client_new(live, CLIENT_CALL, request);
	client->request = request;
	client->call = frame;
	ask(client, bearer(request));
}
