/* live.c - the one reader of the log and what its events mean here; beginning, time and end of the live side. */
#include "live.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/text.h"
#include "daemon/heartbeats.h"
#include "hub.h"
#include "inboxes.h"
#include "store_live.h"

#define TICK_US 500000
#define AWAITED_US 600000000 /* a message that no one attached for so long is an operator's */
#define ENDED "visitor.ended" /* these two among the replicas of this daemon only */
#define CHANGED "visitor.changed"
enum { BEAT_TICKS = 10, CHORES_TICKS = 10 };

const struct http_route live_routes[] = {
	{HTTP_GET, "/chat/v1/socket", client_handle_socket, 0},
	{HTTP_GET, "/chat/v1/poll", client_handle_poll, 0},
	{HTTP_POST, "/chat/v1/messages", client_handle_call, 0},
	{HTTP_POST, "/chat/v1/typing", client_handle_call, 0},
	{HTTP_POST, "/chat/v1/seen", client_handle_call, 0},
	{HTTP_POST, "/chat/v1/end", client_handle_call, 0},
	{0},
};

/* ---- events ---- */

static struct guest *guest_by_address(struct live *live, const char *address)
{
	struct guest *guest;
	struct uuid id;

	if (text_starts(address, "v:"))
		return uuid_parse(address + 2, &id) == 0 ? index_get(&live->guests, &id) : NULL;
	for (size_t at = 0; (guest = index_next(&live->guests, &at));)
		if (!strcmp(guest->address, address))
			return guest;
	return NULL;
}

/* a first message that another replica took in: its conversation follows */
static void on_customer_created(struct live *live, const Hilo__V1__CustomerCreated *body)
{
	struct guest *guest = body->channel == HILO__V1__CHANNEL__CHANNEL_CHAT ? guest_by_address(live, body->address) : NULL;
	struct uuid point_id;

	if (guest && uuid_parse(body->contact_point_id, &point_id) == 0)
		guest_set_point(guest, &point_id);
}

/* a sign-in that identity has learned of: what the browser wrote before is theirs now */
static void on_contact_added(struct live *live, const Hilo__V1__ContactAdded *body)
{
	struct guest *guest = body->channel == HILO__V1__CHANNEL__CHANNEL_CHAT ? guest_by_address(live, body->address) : NULL;

	if (guest)
		guest_look(guest);
}

static void on_interaction_started(struct live *live, const Hilo__V1__InteractionStarted *body, const struct uuid *conversation_id)
{
	struct uuid point_id;
	struct guest *guest = uuid_parse(body->contact_point_id, &point_id) == 0 ? index_get(&live->points, &point_id) : NULL;

	if (guest && (!guest->room || !uuid_equal(&guest->room->id, conversation_id)))
		guest_look(guest);
}

static void on_merged(struct live *live, const Hilo__V1__CustomerMerged *body)
{
	struct uuid from = {0}, to = {0}, point = {0};
	struct guest *guest;

	(void)uuid_parse(body->from_customer_id, &from);
	(void)uuid_parse(body->customer_id, &to);
	(void)uuid_parse(body->contact_point_id, &point);
	for (size_t at = 0; (guest = index_next(&live->guests, &at));)
		if (uuid_equal(&guest->customer_id, &from) || uuid_equal(&guest->customer_id, &to) || uuid_equal(&guest->point_id, &point))
			guest_look(guest);
}

/* what their customer has is another's now, or theirs */
static void on_customer_changed(struct live *live, const Hilo__V1__ConversationCustomerChanged *body, const struct room *room)
{
	struct uuid customer_id = {0};
	struct guest *guest;

	(void)uuid_parse(body->customer_id, &customer_id);
	for (size_t at = 0; (guest = index_next(&live->guests, &at));)
		if (uuid_equal(&guest->customer_id, &customer_id) || (room && guest->room == room))
			guest_look(guest);
}

static void on_agent(struct live *live, const Hilo__V1__AgentUpdated *body)
{
	struct uuid id;

	if (uuid_parse(body->agent_id, &id) < 0)
		return;
	free(index_remove(&live->agents, &id));
	index_put(&live->agents, &id, hilo_strdup(body->name));
}

static void on_read(struct room *room, const Hilo__V1__MessageRead *body)
{
	HILO_AUTO(buf) struct buf out = {0};

	if ((int64_t)body->sequence <= room->seen)
		return;
	room->seen = (int64_t)body->sequence;
	buf_printf(&out, "{\"seen\":%" PRId64 "}", room->seen);
	room_tell(room, &out, NULL);
}

static void on_attached(struct live *live, const Hilo__V1__MessageAttached *body, const struct uuid *conversation_id)
{
	struct uuid message_id;

	if (uuid_parse(body->message_id, &message_id) == 0)
		guest_attached(live, &message_id, conversation_id);
}

/* a room's news, by the kind of event alone */
static void wake_room(struct room *room, const char *type)
{
	bool is_entry = !strcmp(type, "message.attached") || !strcmp(type, "conversation.moved");
	bool is_state = text_starts(type, "conversation.") || text_starts(type, "interaction.");

	if (is_entry || is_state)
		room_wants(room, is_entry || is_state, is_state);
}

/* those that must be opened to be understood */
static bool is_opened(const struct live *live, const struct bus_event *event, const struct room *room)
{
	const char *type = event->type;

	if (!strcmp(type, "message.attached"))
		return live->awaited.count > 0;
	if (!strcmp(type, "message.read") || !strcmp(type, "visitor.presence_changed"))
		return room != NULL;
	return !strcmp(type, "interaction.started") || !strcmp(type, "customer.created") || !strcmp(type, "contact.added") ||
	       !strcmp(type, "customer.merged") || !strcmp(type, "agent.updated") || !strcmp(type, "conversation.customer_changed");
}

static void open_event(struct live *live, struct bus_event *event, struct room *room)
{
	const Hilo__V1__Envelope *envelope;

	if (bus_event_open(event, live->arena) < 0) {
		log_error("chat.bad_event", "type=%s id=%" PRId64, event->type, event->position.id);
		return;
	}
	envelope = event->envelope;
	switch (envelope->body_case) {
	case HILO__V1__ENVELOPE__BODY_MESSAGE_ATTACHED:
		on_attached(live, envelope->message_attached, &event->conversation_id);
		break;
	case HILO__V1__ENVELOPE__BODY_MESSAGE_READ:
		on_read(room, envelope->message_read);
		break;
	case HILO__V1__ENVELOPE__BODY_VISITOR_PRESENCE_CHANGED:
		if (!envelope->visitor_presence_changed->present && room->is_watched) { /* Redis had forgotten */
			room->wants_present = true;
			report_soon(live, 0);
		}
		break;
	case HILO__V1__ENVELOPE__BODY_INTERACTION_STARTED:
		on_interaction_started(live, envelope->interaction_started, &event->conversation_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED:
		on_customer_created(live, envelope->customer_created);
		break;
	case HILO__V1__ENVELOPE__BODY_CONTACT_ADDED:
		on_contact_added(live, envelope->contact_added);
		break;
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED:
		on_merged(live, envelope->customer_merged);
		break;
	case HILO__V1__ENVELOPE__BODY_CONVERSATION_CUSTOMER_CHANGED:
		on_customer_changed(live, envelope->conversation_customer_changed, room);
		break;
	case HILO__V1__ENVELOPE__BODY_AGENT_UPDATED:
		on_agent(live, envelope->agent_updated);
		break;
	default:
		break;
	}
}

static void take(struct live *live, struct bus_event *event)
{
	struct room *room = uuid_is_nil(&event->conversation_id) ? NULL : room_find(live, &event->conversation_id);

	if (!strcmp(event->type, "inbox.updated"))
		inboxes_refresh(live->chat->inboxes);
	if (!uuid_is_nil(&event->inbox_id) && inboxes_by_id(live->chat->inboxes, &event->inbox_id))
		queue_event(live, event);
	if (room)
		wake_room(room, event->type);
	if (is_opened(live, event, room))
		open_event(live, event, room);
}

static void on_events(void *arg, struct bus_event *events, size_t count, struct bus_position last, int64_t watermark_us)
{
	struct live *live = arg;

	(void)last, (void)watermark_us;
	for (size_t i = 0; i < count && !live->is_draining; i++)
		take(live, &events[i]);
	arena_reset(live->arena);
}

/* much was missed: all is looked up anew */
static void on_resync(void *arg, struct bus_position now)
{
	struct live *live = arg;
	struct guest *guest;
	struct room *room;

	log_warn("chat.resync", "xid=%" PRIu64, now.xid);
	for (size_t at = 0; (room = index_next(&live->rooms, &at));)
		room_wants(room, true, true);
	for (size_t at = 0; (guest = index_next(&live->guests, &at));)
		guest_look(guest);
}

static void on_typing(struct live *live, const Hilo__V1__LiveSignal *signal)
{
	HILO_AUTO(buf) struct buf out = {0};
	struct uuid conversation, agent;
	struct room *room;
	const char *name;

	if (!text_starts(signal->actor, "agent:") || uuid_parse(signal->actor + strlen("agent:"), &agent) < 0 ||
	    uuid_parse(signal->conversation_id, &conversation) < 0)
		return;
	room = room_find(live, &conversation);
	if (!room)
		return;
	name = index_get(&live->agents, &agent);
	buf_puts(&out, "{\"typing\":{\"name\":");
	buf_json_string(&out, name ? name : "");
	buf_printf(&out, ",\"active\":%s}}", signal->active ? "true" : "false");
	room_tell(room, &out, NULL);
}

static void end_here(struct live *live, const struct uuid *visitor_id, int code)
{
	struct guest *guest = index_get(&live->guests, visitor_id);

	for (struct client *next, *client = guest ? guest->clients : NULL; client; client = next) {
		next = client->next;
		if (client->kind != CLIENT_CALL)
			client_close(client, code, code == 4401 ? "the token is not valid any more" : "come back");
	}
}

static void on_signal(void *arg, const Hilo__V1__LiveSignal *signal)
{
	struct live *live = arg;
	struct uuid visitor_id;

	if (!strcmp(signal->type, "typing"))
		on_typing(live, signal);
	else if (strcmp(signal->conversation_id, live->self) == 0 || !text_starts(signal->actor, "visitor:") ||
		 uuid_parse(signal->actor + strlen("visitor:"), &visitor_id) < 0)
		return;
	else if (!strcmp(signal->type, ENDED))
		end_here(live, &visitor_id, 4401);
	else if (!strcmp(signal->type, CHANGED))
		end_here(live, &visitor_id, 1001); /* whoever comes back is asked for anew */
}

/* ---- time ---- */

static void on_names(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct live *live = arg;

	for (size_t row = 0; outcome->fault == DB_OK && row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0);
		if (!index_get(&live->agents, &id)) /* what an event said is newer */
			index_put(&live->agents, &id, hilo_strdup(db_get_text(result, row, 1)));
	}
}

static void beat(struct live *live)
{
	struct room *room;

	for (size_t at = 0; (room = index_next(&live->rooms, &at));)
		if (room->is_watched && uuid_hash64(&room->id) % BEAT_TICKS == live->ticks % BEAT_TICKS)
			report_beat(room);
}

static void drop_old_awaited(struct live *live)
{
	int64_t now_us = clock_monotonic_us();
	const struct uuid *id = NULL;
	struct awaited *awaited;

	for (size_t at = 0; (awaited = index_next(&live->awaited, &at));) {
		id = &awaited->message_id;
		if (now_us - awaited->since_us > AWAITED_US)
			free(index_remove(&live->awaited, id));
	}
}

static void on_tick(void *arg)
{
	struct live *live = arg;
	int64_t now_us = clock_monotonic_us();
	struct guest *guest;

	live->ticks++;
	for (struct client *next, *client = live->silent; client; client = next) {
		next = client->next;
		if (client->kind == CLIENT_SOCKET && client->state == CLIENT_SILENT && client->until_us <= now_us)
			client_close(client, 4408, "nobody signed in");
	}
	for (size_t at = 0; (guest = index_next(&live->guests, &at));)
		guest_tick(guest);
	beat(live);
	queue_tick(live);
	if (!live->agents.count)
		store_list_agent_names(live->chat, on_names, live);
	if (live->ticks % CHORES_TICKS == 0) {
		guest_free_unused(live);
		room_free_unused(live, false);
		drop_old_awaited(live);
	}
}

static void on_turn(void *arg)
{
	struct live *live = arg;

	lookup_turn(live);
	room_turn(live);
}

/* ---- beginning and end ---- */

struct live *live_new(struct chat *chat)
{
	struct live *live = hilo_new(struct live);
	const struct bus_reader_options options = {
		.from_now = true, .on_events = on_events, .on_resync = on_resync, .on_signal = on_signal, .arg = live};
	const struct uuid self = uuid_new();

	live->chat = chat;
	uuid_format(&self, live->self);
	live->arena = arena_new(0);
	live->sockets_metric = metric_gauge("hilo_chat_sockets", "WebSockets of visitors", NULL);
	live->entries_metric = metric_counter("hilo_chat_frames_total", "Frames with entries sent to visitors", NULL);
	live->messages_metric = metric_counter("hilo_chat_messages_total", "Messages of visitors that were acknowledged", NULL);
	live->turner = timer_new(chat->loop, on_turn, live);
	live->ticker = timer_new(chat->loop, on_tick, live);
	live->reporter = timer_new(chat->loop, report_run, live);
	live->sweep = presence_sweep_new(chat);
	live->reader = bus_reader_new(chat->bus, &options);
	store_list_agent_names(chat, on_names, live);
	timer_every(live->ticker, TICK_US);
	return live;
}

static void close_all(struct client *first)
{
	for (struct client *next, *client = first; client; client = next) {
		next = client->next;
		if (client->kind == CLIENT_POLL && client->state == CLIENT_LIVE)
			client_reply(client, "", 0);
		else if (client->kind != CLIENT_CALL || client->state != CLIENT_LIVE) /* a message under way is answered */
			client_close(client, 1001, "the daemon goes away, come back at once");
	}
}

void live_drain(struct live *live)
{
	struct guest *guest;

	live->is_draining = true;
	heartbeats_free(&live->sweep);
	close_all(live->silent);
	for (size_t at = 0; (guest = index_next(&live->guests, &at));)
		close_all(guest->clients);
}

void live_free(struct live **pointer)
{
	struct live *live = HILO_STEAL(*pointer);
	struct guest *guest;
	void *object;

	if (!live)
		return;
	live->is_draining = true;
	bus_reader_free(&live->reader);
	timer_free(&live->turner);
	timer_free(&live->ticker);
	timer_free(&live->reporter);
	heartbeats_free(&live->sweep);
	lookup_drop_all(live);
	report_drop(live);
	for (size_t at = 0; (guest = index_next(&live->guests, &at));)
		guest_free(guest);
	room_free_unused(live, true);
	for (size_t at = 0; (object = index_next(&live->agents, &at));)
		free(object);
	for (size_t at = 0; (object = index_next(&live->awaited, &at));)
		free(object);
	index_free(&live->agents);
	index_free(&live->awaited);
	index_free(&live->guests);
	index_free(&live->points);
	index_free(&live->rooms);
	queue_free(live);
	arena_free(&live->arena);
	free(live);
}

bool live_is_reading(const struct live *live)
{
	return bus_reader_is_live(live->reader);
}

void live_send(void *arg, struct channel_outbound *out)
{
	(void)arg;
	channel_outbound_done(out, CHANNEL_SENT, "");
}

/* ---- what the front tells it ---- */

static void tell_replicas(struct live *live, const char *type, const struct uuid *visitor_id)
{
	Hilo__V1__LiveSignal signal = HILO__V1__LIVE_SIGNAL__INIT;
	char actor[sizeof("visitor:") + UUID_TEXT] = "visitor:";

	uuid_format(visitor_id, actor + strlen(actor));
	signal.type = (char *)(uintptr_t)type;
	signal.actor = actor;
	signal.conversation_id = live->self; /* whose own it is, too */
	signal.time_us = clock_now_us();
	bus_signal(live->chat->bus, &signal);
}

void live_end_visitor(struct live *live, const struct uuid *visitor_id)
{
	end_here(live, visitor_id, 4401);
	tell_replicas(live, ENDED, visitor_id);
}

void live_visitor_changed(struct live *live, const struct visitor *visitor)
{
	if (index_get(&live->guests, &visitor->id))
		guest_enter(live, visitor, false);
	tell_replicas(live, CHANGED, &visitor->id);
}

struct state_request {
	struct live *live;
	void (*on_state)(void *arg, const char *members_json, enum db_fault fault);
	void *arg;
};

static void on_state_found(void *arg, const struct found *found, enum db_fault fault)
{
	struct state_request *request = arg;
	HILO_AUTO(buf) struct buf out = {0};

	if (fault == DB_OK)
		room_write_found(request->live, found, &out);
	request->on_state(request->arg, fault == DB_OK ? out.data : NULL, fault);
	free(request);
}

void live_state(struct live *live, const struct visitor *visitor,
		void (*on_state)(void *arg, const char *members_json, enum db_fault fault), void *arg)
{
	struct state_request *request = hilo_new(struct state_request);
	struct lookup *lookup = hilo_new(struct lookup);
	bool is_confirmed = visitor->email_level == HILO__V1__LEVEL__LEVEL_CONFIRMED;

	*request = (struct state_request){live, on_state, arg};
	lookup->inbox_id = visitor->inbox_id;
	lookup->address = hilo_strdup(visitor->address);
	lookup->email = is_confirmed && *visitor->email ? hilo_strdup(visitor->email) : NULL;
	lookup->sees_all = visitor->is_signed_in || is_confirmed;
	lookup->on_found = on_state_found;
	lookup->arg = request;
	lookup_add(live, lookup);
}
