/* evidence.c - what is said or proven of a sender besides, carried out: claims, further addresses, merges. Pure. */
#include "base/buf.h"
#include "decide.h"
#include "link.h"

static void raise_level(struct contact_point *point)
{
	point->is_raised = !point->is_new && point->level < HILO__V1__LEVEL__LEVEL_CONFIRMED;
	point->level = HILO__V1__LEVEL__LEVEL_CONFIRMED;
}

static void own(struct working_set *ws, struct contact_point *point, struct customer *customer)
{
	point->customer = customer;
	list_add(&customer->points, ws->arena, point);
}

static void disown(struct contact_point *point)
{
	struct list *points = &point->customer->points;

	for (size_t i = 0; i < points->count; i++)
		if (points->items[i] == point) {
			points->items[i] = points->items[--points->count];
			return;
		}
}

static void claim(struct working_set *ws, const struct input *in, const struct proof *proof)
{
	struct claim *made = arena_new_object(ws->arena, struct claim);

	*made = (struct claim){in->contact_point->customer, proof->point->channel, proof->point->address};
	list_add(&ws->claims, ws->arena, made);
}

/* a contact point nobody had is this customer's */
static void add(struct working_set *ws, const struct input *in, struct contact_point *point, Hilo__V1__Channel channel,
                Hilo__V1__Level level, struct customer *customer)
{
	Hilo__V1__ContactAdded *body = arena_new_object(ws->arena, Hilo__V1__ContactAdded);
	Hilo__V1__Envelope *envelope = emit(ws, customer, in);

	point->id = ws->new_id();
	point->level = level;
	point->is_new = true;
	own(ws, point, customer);
	hilo__v1__contact_added__init(body);
	body->customer_id = envelope->key;
	body->contact_point_id = bus_id(ws->arena, &point->id);
	body->channel = channel;
	body->address = (char *)point->address;
	body->level = level;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONTACT_ADDED;
	envelope->contact_added = body;
}

static char *evidence_json(struct working_set *ws, const struct input *in, const struct proof *proof)
{
	HILO_AUTO(buf) struct buf json = {0};

	buf_putc(&json, '{');
	buf_json_key(&json, "channel");
	buf_json_string(&json, proof->point->channel);
	buf_json_key(&json, "address");
	buf_json_string(&json, proof->point->address);
	buf_json_key(&json, "level");
	buf_printf(&json, "%d", (int)proof->evidence->level);
	buf_json_key(&json, "event_id");
	buf_json_string(&json, in->event->envelope->id);
	buf_putc(&json, '}');
	return arena_strndup(ws->arena, json.data, json.len);
}

static void move(struct working_set *ws, const struct input *in, const struct proof *proof)
{
	struct contact_point *point = in->contact_point;
	struct customer *to = proof->point->customer;
	struct link *link = arena_new_object(ws->arena, struct link);
	Hilo__V1__CustomerMerged *body = arena_new_object(ws->arena, Hilo__V1__CustomerMerged);

	*link = (struct link){.id = ws->new_id(),
	                      .contact_point_id = point->id,
	                      .from_customer_id = point->customer->id,
	                      .to_customer_id = to->id,
	                      .evidence_json = evidence_json(ws, in, proof),
	                      .actor = arena_printf(ws->arena, "customer:%s", bus_id(ws->arena, &point->customer->id))};
	list_add(&ws->links, ws->arena, link);
	disown(point);
	own(ws, point, to);
	point->is_moved = true;

	Hilo__V1__Envelope *envelope = emit(ws, to, in);
	hilo__v1__customer_merged__init(body);
	body->customer_id = envelope->key;
	body->customer_name = (char *)to->name;
	body->from_customer_id = bus_id(ws->arena, &link->from_customer_id);
	body->contact_point_id = bus_id(ws->arena, &point->id);
	body->evidence = (Hilo__V1__Evidence *)proof->evidence;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED;
	envelope->customer_merged = body;
}

void evidence_attach(struct working_set *ws, const struct input *in)
{
	struct contact_point *point = in->contact_point;

	for (size_t i = 0; i < in->proof_count; i++) {
		const struct proof *proof = &in->proofs[i];
		if (link_decide(point, proof->point, proof->evidence->level) != LINK_ATTACH)
			continue;
		add(ws, in, point, in->channel, in->level, proof->point->customer);
		return; /* whatever else is proven is applied to that customer */
	}
}

void evidence_apply(struct working_set *ws, const struct input *in)
{
	for (size_t i = 0; i < in->proof_count; i++) {
		const struct proof *proof = &in->proofs[i];
		switch (link_decide(in->contact_point, proof->point, proof->evidence->level)) {
		case LINK_CLAIM:
			claim(ws, in, proof);
			break;
		case LINK_ADD:
			add(ws, in, proof->point, proof->evidence->channel, proof->evidence->level, in->contact_point->customer);
			break;
		case LINK_MOVE:
			move(ws, in, proof);
			raise_level(proof->point);
			break;
		case LINK_RAISE:
			raise_level(proof->point);
			break;
		default:
			break;
		}
	}
}
