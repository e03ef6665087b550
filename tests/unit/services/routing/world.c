/* world.c - working sets made by hand. */
#include "world.h"

static void (*on_load)(struct input *in);
static int next_new_id;
static size_t events_seen;

struct uuid id(int number)
{
	struct uuid made = {.bytes = {0x01, 0x90, [6] = 0x70, [8] = 0x80}};

	made.bytes[14] = (uint8_t)(number >> 8);
	made.bytes[15] = (uint8_t)number;
	return made;
}

static struct uuid new_id(void)
{
	return id(10000 + next_new_id++);
}

struct world world_new(void)
{
	struct world world = {.arena = arena_new(0), .inbox = id(1), .customer = id(2), .contact_point = id(3)};
	static struct routing_settings settings;

	settings = (struct routing_settings){.secret = (char *)"a secret of more than thirty-two characters",
	                                     .reopen_within_us = 14 * DAY};
	world.ws = ws_new(world.arena, &settings, WORLD_NOW);
	world.ws->new_id = new_id;
	world.known = arena_new_object(world.arena, struct inbox);
	*world.known = (struct inbox){.id = world.inbox, .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL};
	map_put(world.ws->inboxes, &world.known->id, sizeof(world.known->id), world.known);
	events_seen = 0;
	on_load = NULL;
	return world;
}

void world_free(struct world *world)
{
	arena_free(&world->arena);
}

struct need world_need(const struct world *world)
{
	return (struct need){.inbox_id = world->inbox, .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL};
}

struct conversation *world_conversation(struct world *world, int number)
{
	struct conversation *c = arena_new_object(world->arena, struct conversation);

	*c = (struct conversation){.id = id(number),
	                           .inbox_id = world->inbox,
	                           .customer_id = world->customer,
	                           .contact_point_id = world->contact_point,
	                           .interaction_id = id(number + 5000),
	                           .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL,
	                           .subject = "Broken lamp",
	                           .last_preview = "",
	                           .last_author = "",
	                           .sequence = 3,
	                           .version = 5};
	reference_format((uint64_t)number, c->ref);
	ws_add_conversation(world->ws, c);
	return c;
}

struct agent *world_agent(struct world *world, int number, int capacity, int load)
{
	struct agent *agent = arena_new_object(world->arena, struct agent);

	*agent = (struct agent){.id = id(number),
	                        .rights = {.active = true, .inbox_ids = &world->inbox, .inbox_count = 1},
	                        .rights_version = 1,
	                        .presence = PRESENCE_AVAILABLE,
	                        .presence_version = 1,
	                        .capacity = capacity,
	                        .load = load};
	ws_add_agent(world->ws, agent);
	return agent;
}

void world_staff(struct world *world, int number, bool has_inbox)
{
	struct staff *staff = arena_new_object(world->arena, struct staff);

	*staff = (struct staff){.id = id(number),
	                        .rights = {.active = true, .inbox_ids = &world->inbox, .inbox_count = has_inbox}};
	ws_add_staff(world->ws, staff);
}

static void begin(struct world *world, Hilo__V1__Envelope *envelope, const char *type)
{
	struct uuid event = new_id();

	hilo__v1__envelope__init(envelope);
	envelope->id = bus_id(world->arena, &event);
	envelope->type = (char *)type;
	envelope->time_us = WORLD_NOW - SECOND;
	envelope->version = 7;
}

struct message_event *world_message(struct world *world, int number)
{
	struct message_event *event = arena_new_object(world->arena, struct message_event);
	struct uuid message = id(number);

	begin(world, &event->envelope, "message.identified");
	hilo__v1__message_identified__init(&event->identified);
	hilo__v1__message_received__init(&event->received);
	event->envelope.body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_IDENTIFIED;
	event->envelope.message_identified = &event->identified;
	event->envelope.actor = (char *)"customer:ann";
	event->identified.message_id = event->received.message_id = bus_id(world->arena, &message);
	event->identified.customer_id = bus_id(world->arena, &world->customer);
	event->identified.customer_name = (char *)"Ann";
	event->identified.contact_point_id = bus_id(world->arena, &world->contact_point);
	event->identified.received = &event->received;
	event->received.inbox_id = bus_id(world->arena, &world->inbox);
	event->received.channel = HILO__V1__CHANNEL__CHANNEL_EMAIL;
	event->received.subject = (char *)"Broken lamp";
	event->received.preview = (char *)"It does not shine";
	return event;
}

static Hilo__V1__Envelope *request(struct world *world, int agent, const char *type, char **ret_agent)
{
	Hilo__V1__Envelope *envelope = arena_new_object(world->arena, Hilo__V1__Envelope);
	struct uuid agent_id = id(agent);

	begin(world, envelope, type);
	*ret_agent = bus_id(world->arena, &agent_id);
	envelope->actor = arena_printf(world->arena, "agent:%s", *ret_agent);
	return envelope;
}

Hilo__V1__Envelope *world_reply(struct world *world, const struct conversation *c, int agent, int message)
{
	Hilo__V1__ReplyRequested *body = arena_new_object(world->arena, Hilo__V1__ReplyRequested);
	struct uuid request_id = new_id(), message_id = id(message);

	hilo__v1__reply_requested__init(body);
	Hilo__V1__Envelope *envelope = request(world, agent, "reply.requested", &body->agent_id);
	body->request_id = bus_id(world->arena, &request_id);
	body->conversation_id = bus_id(world->arena, &c->id);
	body->message_id = bus_id(world->arena, &message_id);
	body->agent_name = (char *)"Ben";
	body->kind = HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE;
	body->text = (char *)"Have you tried\nturning it on?";
	envelope->body_case = HILO__V1__ENVELOPE__BODY_REPLY_REQUESTED;
	envelope->reply_requested = body;
	return envelope;
}

Hilo__V1__Envelope *world_assign(struct world *world, const struct conversation *c, int agent, const struct uuid *to)
{
	Hilo__V1__AssignmentRequested *body = arena_new_object(world->arena, Hilo__V1__AssignmentRequested);
	struct uuid request_id = new_id();

	hilo__v1__assignment_requested__init(body);
	Hilo__V1__Envelope *envelope = request(world, agent, "assignment.requested", &body->agent_id);
	body->request_id = bus_id(world->arena, &request_id);
	body->conversation_id = bus_id(world->arena, &c->id);
	if (to)
		body->assignee_id = bus_id(world->arena, to);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_ASSIGNMENT_REQUESTED;
	envelope->assignment_requested = body;
	return envelope;
}

Hilo__V1__Envelope *world_status(struct world *world, const struct conversation *c, int agent,
                                 Hilo__V1__ConversationStatus status)
{
	Hilo__V1__StatusRequested *body = arena_new_object(world->arena, Hilo__V1__StatusRequested);
	struct uuid request_id = new_id();

	hilo__v1__status_requested__init(body);
	Hilo__V1__Envelope *envelope = request(world, agent, "status.requested", &body->agent_id);
	body->request_id = bus_id(world->arena, &request_id);
	body->conversation_id = bus_id(world->arena, &c->id);
	body->status = status;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_STATUS_REQUESTED;
	envelope->status_requested = body;
	return envelope;
}

Hilo__V1__Envelope *world_request(struct world *world, int agent, const char *type, char **ret_agent,
                                  char **ret_request)
{
	struct uuid request_id = new_id();

	*ret_request = bus_id(world->arena, &request_id);
	return request(world, agent, type, ret_agent);
}

char **world_words(struct world *world, const char *text, size_t *ret_count)
{
	char **words = arena_new_array(world->arena, char *, strlen(text) + 1), *rest = NULL;

	*ret_count = 0;
	for (char *word = strtok_r(arena_strdup(world->arena, text), " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		words[(*ret_count)++] = word;
	return words;
}

Hilo__V1__Envelope *world_envelope(struct world *world, const char *type)
{
	Hilo__V1__Envelope *envelope = arena_new_object(world->arena, Hilo__V1__Envelope);

	begin(world, envelope, type);
	return envelope;
}

void world_on_load(void (*load)(struct input *in))
{
	on_load = load;
}

int world_decide(struct world *world, Hilo__V1__Envelope *envelope)
{
	struct bus_event *event = arena_new_object(world->arena, struct bus_event);
	struct input *in = arena_new_object(world->arena, struct input);

	*event = (struct bus_event){.type = envelope->type, .occurred_us = envelope->time_us, .envelope = envelope};
	*in = (struct input){.event = event, .handler = event_handler_by_type(envelope->type)};
	assert_non_null(in->handler);
	ws_cause(world->ws, envelope);
	int rc = in->handler->read(world->ws, in);
	if (rc == 0 && on_load)
		on_load(in);
	if (rc == 0)
		in->handler->decide(world->ws, in);
	return rc;
}

void world_found_ref(struct world *world, struct conversation *c)
{
	map_put(world->ws->found_by_ref, c->ref, strlen(c->ref), &c->id);
}

void world_found_message(struct world *world, const struct uuid *message_id, struct conversation *c)
{
	map_put(world->ws->found_by_message, arena_memdup(world->arena, message_id, sizeof(*message_id)),
	        sizeof(*message_id), &c->id);
}

void world_found_rfc_id(struct world *world, const char *rfc_message_id, struct conversation *c)
{
	size_t size;
	const void *key = ws_foreign_key(world->ws, &world->inbox, rfc_message_id, &size);

	map_put(world->ws->found_by_foreign, key, size, &c->id);
}

static uint64_t version_before(const struct world *world, size_t at)
{
	const struct list *events = &world->ws->events;
	const Hilo__V1__Envelope *event = events->items[at];

	while (at--) {
		const Hilo__V1__Envelope *earlier = events->items[at];
		if (strcmp(earlier->key, event->key) == 0)
			return earlier->version;
	}
	return event->version - 1;
}

const char *world_events(struct world *world)
{
	HILO_AUTO(buf) struct buf text = {0};

	buf_puts(&text, "");
	for (; events_seen < world->ws->events.count; events_seen++) {
		const Hilo__V1__Envelope *event = world->ws->events.items[events_seen];
		const struct bus_event_type *type = bus_event_type_by_body(event->body_case);
		assert_non_null(type);
		assert_string_equal(event->causation_id, world->ws->cause_id);
		assert_int_equal(event->version, event->version ? version_before(world, events_seen) + 1 : 0);
		buf_printf(&text, "%s%s", text.len ? " " : "", type->type);
	}
	return text.len ? arena_strndup(world->arena, text.data, text.len) : "";
}

const Hilo__V1__Envelope *world_last(const struct world *world)
{
	assert_true(world->ws->events.count > 0);
	return world->ws->events.items[world->ws->events.count - 1];
}

const Hilo__V1__Envelope *world_event(const struct world *world, const char *type)
{
	for (size_t i = world->ws->events.count; i--;) {
		const Hilo__V1__Envelope *event = world->ws->events.items[i];
		if (strcmp(bus_event_type_by_body(event->body_case)->type, type) == 0)
			return event;
	}
	fail_msg("no %s", type);
	return NULL;
}
