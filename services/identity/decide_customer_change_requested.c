/* decide_customer_change_requested.c - an agent wants a customer called differently, or other things known of them. Pure. */
#include "decide.h"

static Hilo__V1__Envelope *answer(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__Envelope *cause = in->event->envelope;
	Hilo__V1__Envelope *envelope = arena_new_object(ws->arena, Hilo__V1__Envelope);

	hilo__v1__envelope__init(envelope);
	envelope->key = bus_id(ws->arena, &in->customer_id);
	envelope->subject = cause->customer_change_requested->request_id;
	envelope->inbox_id = cause->inbox_id;
	envelope->time_us = in->event->occurred_us;
	envelope->actor = cause->actor;
	envelope->causation_id = cause->id;
	envelope->traceparent = cause->traceparent;
	envelope->hop = cause->hop + 1;
	list_add(&ws->events, ws->arena, envelope);
	return envelope;
}

static void refuse(struct working_set *ws, const struct input *in, const char *code, const char *detail)
{
	Hilo__V1__RequestRefused *body = arena_new_object(ws->arena, Hilo__V1__RequestRefused);
	Hilo__V1__Envelope *envelope = answer(ws, in);

	hilo__v1__request_refused__init(body);
	body->request_id = envelope->subject;
	body->code = (char *)code;
	body->detail = (char *)detail;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_REQUEST_REFUSED;
	envelope->request_refused = body;
}

static void tell_done(struct working_set *ws, const struct input *in)
{
	Hilo__V1__RequestDone *body = arena_new_object(ws->arena, Hilo__V1__RequestDone);
	Hilo__V1__Envelope *envelope = answer(ws, in);

	hilo__v1__request_done__init(body);
	body->request_id = envelope->subject;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_REQUEST_DONE;
	envelope->request_done = body;
}

/* the attributes with the change in them, in the place of those that are; an empty value removes */
static size_t merge(const struct customer *customer, const Hilo__V1__CustomerChangeRequested *asked,
                    struct attribute ret[2 * ATTRIBUTES_MAX])
{
	size_t count = customer->attribute_count;

	memcpy(ret, customer->attributes, count * sizeof(*ret));
	for (size_t i = 0; i < asked->n_attributes; i++) {
		const Hilo__V1__CustomerAttribute *change = asked->attributes[i];
		size_t at = 0;
		while (at < count && strcmp(ret[at].name, change->name) != 0)
			at++;
		if (*change->value)
			ret[at] = (struct attribute){.name = change->name, .value = change->value};
		else if (at < count)
			ret[at] = ret[--count];
		if (at == count && *change->value)
			count++;
	}
	return count;
}

void tell_changed(struct working_set *ws, struct customer *customer, const struct input *in)
{
	const Hilo__V1__Envelope *cause = in->event->envelope;
	Hilo__V1__CustomerChanged *body = arena_new_object(ws->arena, Hilo__V1__CustomerChanged);
	Hilo__V1__Envelope *envelope = emit(ws, customer, in);

	hilo__v1__customer_changed__init(body);
	body->customer_id = envelope->key;
	body->name = (char *)customer->name;
	if (cause->body_case == HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGE_REQUESTED) {
		body->by_agent_id = cause->customer_change_requested->agent_id;
		envelope->actor = cause->actor;
	}
	body->attributes = arena_new_array(ws->arena, Hilo__V1__CustomerAttribute *, customer->attribute_count + 1);
	for (; body->n_attributes < customer->attribute_count; body->n_attributes++) {
		Hilo__V1__CustomerAttribute *attribute = arena_new_object(ws->arena, Hilo__V1__CustomerAttribute);
		hilo__v1__customer_attribute__init(attribute);
		attribute->name = (char *)customer->attributes[body->n_attributes].name;
		attribute->value = (char *)customer->attributes[body->n_attributes].value;
		body->attributes[body->n_attributes] = attribute;
	}
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED;
	envelope->customer_changed = body;
}

void decide_customer_change_requested(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__CustomerChangeRequested *asked = in->event->envelope->customer_change_requested;
	struct customer *customer = map_get(ws->customers, &in->customer_id, sizeof(in->customer_id));
	struct attribute merged[2 * ATTRIBUTES_MAX];
	size_t count;

	if (asked->deadline_us && ws->now_us > asked->deadline_us) {
		refuse(ws, in, "expired", "");
		return;
	}
	if (!customer) {
		refuse(ws, in, "not_found", "");
		return;
	}
	if (asked->expected_version && asked->expected_version != customer->version) {
		refuse(ws, in, "stale_version", "");
		return;
	}
	count = merge(customer, asked, merged);
	if (count > ATTRIBUTES_MAX) {
		refuse(ws, in, "too_many", "A customer has at most 50 attributes.");
		return;
	}
	memcpy(customer->attributes, merged, count * sizeof(*merged));
	customer->attribute_count = count;
	customer->has_new_attributes |= asked->n_attributes > 0;
	if (*asked->name)
		customer->name = asked->name;
	tell_changed(ws, customer, in);
	tell_done(ws, in);
}
