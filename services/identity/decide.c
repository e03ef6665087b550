/* decide.c - whose message it is, and what was proven of its sender. Pure. */
#include <ctype.h>

#include "base/text.h"
#include "decide.h"

Hilo__V1__Envelope *emit(struct working_set *ws, struct customer *customer, const struct input *in)
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

/* who gave none: the address, or in the chat, where that is only a number, "Visitor" and the end of it */
static char *stand_in(struct working_set *ws, const struct contact_point *point)
{
	const char *address = point->address;
	size_t length = strlen(address);

	if (strcmp(point->channel, "chat") != 0 || strncmp(address, "v:", 2) != 0 || length < 6)
		return arena_strndup(ws->arena, address, text_cut(address, length, CUSTOMER_NAME_MAX));
	char *name = arena_printf(ws->arena, "Visitor %s", address + length - 4);
	for (char *c = name + strlen(name) - 4; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return name;
}

static char *name_of(struct working_set *ws, const struct input *in)
{
	return *in->name ? arena_strndup(ws->arena, in->name, text_cut(in->name, strlen(in->name), CUSTOMER_NAME_MAX))
	                 : stand_in(ws, in->contact_point);
}

static void tell_created(struct working_set *ws, const struct input *in)
{
	const struct contact_point *point = in->contact_point;
	Hilo__V1__CustomerCreated *body = arena_new_object(ws->arena, Hilo__V1__CustomerCreated);
	Hilo__V1__Envelope *envelope = emit(ws, point->customer, in);

	hilo__v1__customer_created__init(body);
	body->customer_id = envelope->key;
	body->name = (char *)point->customer->name;
	body->contact_point_id = bus_id(ws->arena, &point->id);
	body->channel = in->channel;
	body->address = (char *)point->address;
	body->level = point->level;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED;
	envelope->customer_created = body;
}

static void create(struct working_set *ws, const struct input *in)
{
	struct contact_point *point = in->contact_point;
	struct customer *customer = arena_new_object(ws->arena, struct customer);

	*customer = (struct customer){.id = ws->new_id(), .name = name_of(ws, in), .is_new = true};
	ws_add_customer(ws, customer);
	list_add(&customer->points, ws->arena, point);
	point->id = ws->new_id();
	point->level = in->level;
	point->customer = customer;
	point->is_new = true;
	tell_created(ws, in);
}

/* better evidence for the address, and a name for who had none */
static void learn(struct working_set *ws, const struct input *in)
{
	struct contact_point *point = in->contact_point;

	if (in->level > point->level) {
		point->level = in->level;
		point->is_raised = !point->is_new;
	}
	if (*in->name && strcmp(point->customer->name, stand_in(ws, point)) == 0) {
		point->customer->name = name_of(ws, in);
		tell_changed(ws, point->customer, in);
	}
}

static void tell_identified(struct working_set *ws, const struct input *in)
{
	const struct contact_point *point = in->contact_point;
	Hilo__V1__MessageIdentified *body = arena_new_object(ws->arena, Hilo__V1__MessageIdentified);
	Hilo__V1__Envelope *envelope = emit(ws, point->customer, in);

	hilo__v1__message_identified__init(body);
	body->message_id = envelope->subject = bus_id(ws->arena, &in->message_id);
	body->customer_id = envelope->key;
	body->customer_name = (char *)point->customer->name;
	body->contact_point_id = bus_id(ws->arena, &point->id);
	body->received = in->event->envelope->message_received;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_IDENTIFIED;
	envelope->message_identified = body;
}

void decide(struct working_set *ws, const struct input *in)
{
	if (!in->contact_point) {
		decide_customer_change_requested(ws, in);
		return;
	}
	if (!in->contact_point->customer)
		evidence_attach(ws, in);
	if (in->contact_point->customer)
		learn(ws, in);
	else
		create(ws, in);
	evidence_apply(ws, in);
	if (in->event->envelope->body_case == HILO__V1__ENVELOPE__BODY_MESSAGE_RECEIVED)
		tell_identified(ws, in);
}
