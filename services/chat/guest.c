/* guest.c - visitors who are here, and which conversation each of them is in. */
#include "base/clock.h"
#include "base/log.h"
#include "hub.h"
#include "inboxes.h"

#define LINGER_US 60000000    /* what they sent lately still counts */
#define AWAIT_US 2000000      /* then the database is asked what became of a message */
#define TYPING_EVERY_US 1000000
#define TYPING_LASTS_US 10000000
enum { REPEAT_TICKS = 50 };

static bool replace(char **text, const char *value)
{
	if (*text && !strcmp(*text, value))
		return false;
	free(*text);
	*text = hilo_strdup(value);
	return true;
}

struct guest *guest_enter(struct live *live, const struct visitor *visitor, bool wants_look)
{
	struct guest *guest = index_get(&live->guests, &visitor->id);
	bool sees_all = visitor->is_signed_in || visitor->email_level == HILO__V1__LEVEL__LEVEL_CONFIRMED, is_other;

	if (!guest) {
		guest = hilo_new(struct guest);
		guest->live = live;
		guest->id = visitor->id;
		guest->posts_end = &guest->posts;
		index_put(&live->guests, &guest->id, guest);
	}
	is_other = replace(&guest->address, visitor->address);
	is_other |= replace(&guest->email, visitor->email);
	is_other |= guest->sees_all != sees_all || !uuid_equal(&guest->inbox_id, &visitor->inbox_id);
	(void)replace(&guest->name, visitor->name);
	guest->inbox_id = visitor->inbox_id;
	guest->email_level = visitor->email_level;
	guest->is_signed_in = visitor->is_signed_in;
	guest->sees_all = sees_all;
	guest->used_us = clock_monotonic_us();
	if (is_other || !guest->is_known || wants_look)
		guest_look(guest);
	return guest;
}

static void leave_room(struct guest *guest)
{
	struct room *room = HILO_STEAL(guest->room);
	bool is_watched = false;

	if (!room)
		return;
	*guest->at_in_room = guest->next_in_room;
	if (guest->next_in_room)
		guest->next_in_room->at_in_room = guest->at_in_room;
	for (const struct guest *other = room->guests; other; other = other->next_in_room)
		is_watched |= guest_is_watching(other);
	report_watch(room, is_watched);
}

static void enter_room(struct guest *guest, struct room *room)
{
	guest->room = room;
	guest->next_in_room = room->guests;
	guest->at_in_room = &room->guests;
	if (room->guests)
		room->guests->at_in_room = &guest->next_in_room;
	room->guests = guest;
	guest_watch_changed(guest);
}

void guest_set_point(struct guest *guest, const struct uuid *point_id)
{
	if (uuid_equal(&guest->point_id, point_id))
		return;
	if (!uuid_is_nil(&guest->point_id) && index_get(&guest->live->points, &guest->point_id) == guest)
		index_remove(&guest->live->points, &guest->point_id);
	guest->point_id = *point_id;
	if (!uuid_is_nil(point_id))
		index_put(&guest->live->points, point_id, guest);
}

static void fail_joining(struct guest *guest)
{
	for (struct client *next, *client = guest->clients; client; client = next) {
		next = client->next;
		if (client->state == CLIENT_JOINING)
			client_close(client, 1013, "try again");
	}
}

static void on_found(void *arg, const struct found *found, enum db_fault fault)
{
	struct guest *guest = arg;
	struct room *room;
	bool has_moved;

	guest->is_looking = false;
	if (guest->live->is_draining)
		return;
	if (fault != DB_OK) {
		if (guest->is_known)
			guest->awaiting_us = clock_monotonic_us(); /* asked again in a moment */
		fail_joining(guest);
		post_run(guest);
		return;
	}
	if (guest->wants_lookup) { /* what was found is about who they were before */
		guest_look(guest);
		return;
	}
	guest_set_point(guest, &found->point_id);
	guest->customer_id = found->customer_id;
	room = uuid_is_nil(&found->conversation_id) ? NULL : room_enter(guest->live, found);
	has_moved = room != guest->room;
	if (has_moved) {
		leave_room(guest);
		if (room)
			enter_room(guest, room);
	}
	guest->is_known = true;
	for (struct client *next, *client = guest->clients; client; client = next) {
		next = client->next;
		if (client->state == CLIENT_JOINING)
			client_ready(client);
		else if (has_moved && client->state == CLIENT_LIVE)
			client_moved(client);
	}
	post_run(guest);
}

void guest_look(struct guest *guest)
{
	struct lookup *lookup;

	guest->wants_lookup = guest->is_looking;
	if (guest->is_looking)
		return;
	guest->is_looking = true;
	lookup = hilo_new(struct lookup);
	lookup->inbox_id = guest->inbox_id;
	lookup->address = hilo_strdup(guest->address);
	lookup->email = guest->email_level == HILO__V1__LEVEL__LEVEL_CONFIRMED && *guest->email ? hilo_strdup(guest->email) : NULL;
	lookup->sees_all = guest->sees_all;
	lookup->on_found = on_found;
	lookup->arg = guest;
	lookup_add(guest->live, lookup);
}

/* ---- is anybody looking? ---- */

bool guest_is_watching(const struct guest *guest)
{
	return guest->sockets > 0 || guest->polled_until_us > clock_monotonic_us();
}

void guest_watch_changed(struct guest *guest)
{
	bool is_watched = false;

	if (!guest->room)
		return;
	for (const struct guest *other = guest->room->guests; other; other = other->next_in_room)
		is_watched |= guest_is_watching(other);
	report_watch(guest->room, is_watched);
}

bool guest_is_open(const struct guest *guest)
{
	const struct chat_inbox *inbox = inboxes_by_id(guest->live->chat->inboxes, &guest->inbox_id);

	return inbox && inbox->open;
}

/* ---- messages on their way ---- */

void guest_await(struct guest *guest, const struct uuid *message_id)
{
	struct live *live = guest->live;
	struct awaited *awaited = index_get(&live->awaited, message_id);

	if (!awaited) {
		awaited = hilo_new(struct awaited);
		awaited->message_id = *message_id;
		index_put(&live->awaited, message_id, awaited);
	}
	awaited->guest_id = guest->id;
	awaited->since_us = guest->awaiting_us = clock_monotonic_us();
}

void guest_attached(struct live *live, const struct uuid *message_id, const struct uuid *conversation_id)
{
	struct awaited *awaited = index_remove(&live->awaited, message_id);
	struct guest *guest = awaited ? index_get(&live->guests, &awaited->guest_id) : NULL;

	free(awaited);
	if (!guest)
		return;
	guest->awaiting_us = 0;
	if (!guest->room || !uuid_equal(&guest->room->id, conversation_id))
		guest_look(guest);
}

/* ---- typing ---- */

static void signal_typing(struct guest *guest, bool is_active)
{
	Hilo__V1__LiveSignal signal = HILO__V1__LIVE_SIGNAL__INIT;
	char inbox[UUID_TEXT], conversation[UUID_TEXT], actor[sizeof("customer:") + UUID_TEXT] = "customer:", typing[] = "typing";

	guest->is_typing = is_active;
	guest->typed_us = clock_monotonic_us();
	signal.type = typing;
	signal.inbox_id = uuid_format(&guest->room->inbox_id, inbox);
	signal.conversation_id = uuid_format(&guest->room->id, conversation);
	uuid_format(&guest->room->customer_id, actor + strlen(actor));
	signal.actor = actor;
	signal.active = is_active;
	signal.time_us = clock_now_us();
	bus_signal(guest->live->chat->bus, &signal);
}

void guest_typing(struct guest *guest, bool is_active)
{
	if (!guest->room || (!is_active && !guest->is_typing))
		return;
	if (is_active && guest->is_typing && clock_monotonic_us() - guest->typed_us < TYPING_EVERY_US)
		return;
	signal_typing(guest, is_active);
}

/* ---- time ---- */

/* also now and then when nothing changes: clients hear that the connection lives */
static void tell_open(struct guest *guest)
{
	bool is_open = guest_is_open(guest);
	bool is_due = uuid_hash64(&guest->id) % REPEAT_TICKS == guest->live->ticks % REPEAT_TICKS;
	const char *text = is_open ? "{\"open\":true}" : "{\"open\":false}";

	if (is_open == guest->told_open && !is_due)
		return;
	guest->told_open = is_open;
	for (struct client *client = guest->clients; client; client = client->next)
		if (client->state == CLIENT_LIVE)
			client_send(client, text, strlen(text));
}

void guest_tick(struct guest *guest)
{
	int64_t now_us = clock_monotonic_us();

	for (struct client *next, *client = guest->clients; client; client = next) {
		next = client->next;
		client_tick(client, now_us);
	}
	if (guest->is_typing && now_us - guest->typed_us > TYPING_LASTS_US)
		guest_typing(guest, false);
	if (guest->awaiting_us && now_us - guest->awaiting_us > AWAIT_US) {
		guest->awaiting_us = 0;
		guest_look(guest);
	}
	if (guest->polled_until_us && guest->polled_until_us <= now_us) {
		guest->polled_until_us = 0;
		guest_watch_changed(guest);
	}
	tell_open(guest);
}

void guest_free(struct guest *guest)
{
	post_drop_all(guest);
	leave_room(guest);
	guest_set_point(guest, &(struct uuid){0});
	index_remove(&guest->live->guests, &guest->id);
	free(guest->address);
	free(guest->name);
	free(guest->email);
	free(guest->pace);
	free(guest);
}

void guest_free_unused(struct live *live)
{
	int64_t now_us = clock_monotonic_us();
	struct guest *guest;

	for (size_t at = 0; (guest = index_next(&live->guests, &at));)
		if (!guest->clients && !guest->posts && !guest->is_looking && now_us - guest->used_us > LINGER_US)
			guest_free(guest);
}
