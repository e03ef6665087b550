/* decide_message_received.c - whose message it is. Pure. */
#include "base/text.h"
#include "decide.h"

static Hilo__V1__Envelope *emit(struct working_set *ws, struct customer *customer, const struct input *in)
{
	const Hilo__V1__Envelope *cause = in->event->envelope;
	Hilo__V1__Envelope *envelope = arena_new_object(ws->arena, Hilo__V1__Envelope);

	hilo__v1__envelope__init(envelope);
	customer->is_changed = true;
	envelope->key = bus_id(ws->arena, &customer->id);
	envelope->subject = envelope->key;
	envelope->inbox_id = bus_id(ws->arena, &in->inbox_id);
	envelope->version = ++customer->version;
	envelope->time_us = in->event->occurred_us; /* the message's arrival goes along with it */
	envelope->actor = arena_printf(ws->arena, "customer:%s", envelope->key);
	envelope->causation_id = cause->id;
	envelope->traceparent = cause->traceparent;
	envelope->hop = cause->hop + 1;
	list_add(&ws->events, ws->arena, envelope);
	return envelope;
}

static char *name_of(struct working_set *ws, const Hilo__V1__MessageReceived *received)
{
	const char *name = *received->contact_name ? received->contact_name : received->contact_address;

	return arena_strndup(ws->arena, name, text_cut(name, strlen(name), CUSTOMER_NAME_MAX));
}

static void tell_created(struct working_set *ws, const struct input *in, const Hilo__V1__MessageReceived *received)
{
	const struct contact_point *point = in->contact_point;
	Hilo__V1__CustomerCreated *body = arena_new_object(ws->arena, Hilo__V1__CustomerCreated);
	Hilo__V1__Envelope *envelope = emit(ws, point->customer, in);

	hilo__v1__customer_created__init(body);
	body->customer_id = envelope->key;
	body->name = (char *)point->customer->name;
	body->contact_point_id = bus_id(ws->arena, &point->id);
	body->channel = received->channel;
	body->address = (char *)point->address;
	body->level = point->level;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED;
	envelope->customer_created = body;
}

static Hilo__V1__Level level_of(const Hilo__V1__MessageReceived *received)
{
	return received->level >= HILO__V1__LEVEL__LEVEL_CLAIMED && received->level <= HILO__V1__LEVEL__LEVEL_CONFIRMED
	               ? received->level
	               : HILO__V1__LEVEL__LEVEL_CLAIMED;
}

static void create(struct working_set *ws, const struct input *in, const Hilo__V1__MessageReceived *received)
{
	struct contact_point *point = in->contact_point;
	struct customer *customer = arena_new_object(ws->arena, struct customer);

	*customer = (struct customer){.id = ws->new_id(), .name = name_of(ws, received), .is_new = true};
	ws_add_customer(ws, customer);
	point->id = ws->new_id();
	point->level = level_of(received);
	point->customer = customer;
	point->is_new = true;
	tell_created(ws, in, received);
}

/* better evidence for the address, and a name for who had none but the address */
static void learn(struct working_set *ws, const struct input *in, const Hilo__V1__MessageReceived *received)
{
	struct contact_point *point = in->contact_point;
	Hilo__V1__Level level = level_of(received);

	if (level > point->level) {
		point->level = level;
		point->is_raised = !point->is_new;
	}
	if (*received->contact_name && strcmp(point->customer->name, point->address) == 0)
		point->customer->name = name_of(ws, received);
}

void decide_message_received(struct working_set *ws, const struct input *in)
{
	Hilo__V1__MessageReceived *received = in->event->envelope->message_received;
	struct contact_point *point = in->contact_point;
	Hilo__V1__MessageIdentified *body = arena_new_object(ws->arena, Hilo__V1__MessageIdentified);

	if (point->customer)
		learn(ws, in, received);
	else
		create(ws, in, received);
	Hilo__V1__Envelope *envelope = emit(ws, point->customer, in);
	hilo__v1__message_identified__init(body);
	body->message_id = envelope->subject = bus_id(ws->arena, &in->message_id);
	body->customer_id = envelope->key;
	body->customer_name = (char *)point->customer->name;
	body->contact_point_id = bus_id(ws->arena, &point->id);
	body->received = received;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_IDENTIFIED;
	envelope->message_identified = body;
}
