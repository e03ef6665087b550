/* working_set.c - the senders of one batch, each once. */
#include "working_set.h"

static const char *const channel_names[] = {NULL, "email", "chat", "social", "sms", "voice"};

void list_add(struct list *list, struct arena *arena, void *item)
{
	if (list->count == list->size) {
		size_t size = list->size ? list->size * 2 : 16;
		void **items = arena_new_array(arena, void *, size);
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
		list->size = size;
	}
	list->items[list->count++] = item;
}

struct working_set *ws_new(struct arena *arena)
{
	struct working_set *ws = arena_new_object(arena, struct working_set);

	ws->arena = arena;
	ws->new_id = uuid_new;
	ws->contact_points = map_new(arena, 64);
	ws->locked_customers = map_new(arena, 64);
	ws->customers = map_new(arena, 64);
	return ws;
}

static struct contact_point *contact_point_of(struct working_set *ws, const char *channel, const char *address)
{
	const char *key = arena_printf(ws->arena, "%s:%s", channel, address);
	struct contact_point *point = map_get(ws->contact_points, key, strlen(key));

	if (point)
		return point;
	point = arena_new_object(ws->arena, struct contact_point);
	point->key = key;
	point->channel = channel;
	point->address = address;
	map_put(ws->contact_points, key, strlen(key), point);
	list_add(&ws->all_contact_points, ws->arena, point);
	return point;
}

static bool is_address(unsigned channel, const char *address)
{
	size_t length = strnlen(address, ADDRESS_MAX + 1);

	return channel > 0 && channel < HILO_COUNT(channel_names) && length > 0 && length <= ADDRESS_MAX;
}

static Hilo__V1__Level level_of(Hilo__V1__Level level)
{
	return level >= HILO__V1__LEVEL__LEVEL_CLAIMED && level <= HILO__V1__LEVEL__LEVEL_CONFIRMED
	               ? level
	               : HILO__V1__LEVEL__LEVEL_CLAIMED;
}

/* a mere claim is no contact point, and locks nobody else's */
static struct contact_point *claimed_point(struct working_set *ws, const char *channel, const char *address)
{
	struct contact_point *point = arena_new_object(ws->arena, struct contact_point);

	point->channel = channel;
	point->address = address;
	return point;
}

static int read_proof(struct working_set *ws, const Hilo__V1__Evidence *evidence, struct input *in)
{
	struct proof *proof = &in->proofs[in->proof_count];

	if (in->proof_count == PROOFS_MAX || !evidence || !is_address((unsigned)evidence->channel, evidence->address))
		return -EINVAL;
	proof->evidence = evidence;
	if (evidence->level < HILO__V1__LEVEL__LEVEL_CONFIRMED) {
		proof->point = claimed_point(ws, channel_names[evidence->channel], evidence->address);
	} else {
		proof->point = contact_point_of(ws, channel_names[evidence->channel], evidence->address);
		ws->has_proofs = true;
	}
	in->proof_count++;
	return 0;
}

static int read_sender(struct working_set *ws, struct input *in, const char *address, const char *inbox_id)
{
	if (!is_address((unsigned)in->channel, address) || uuid_parse(inbox_id, &in->inbox_id) < 0)
		return -EINVAL;
	in->contact_point = contact_point_of(ws, channel_names[in->channel], address);
	return 0;
}

static int read_message(struct working_set *ws, const Hilo__V1__MessageReceived *received, struct input *in)
{
	in->channel = received->channel;
	in->level = level_of(received->level);
	in->name = received->contact_name;
	ws->has_names |= *in->name != '\0';
	if (uuid_parse(received->message_id, &in->message_id) < 0 ||
	    read_sender(ws, in, received->contact_address, received->inbox_id) < 0)
		return -EINVAL;
	for (size_t i = 0; i < received->n_evidence; i++)
		if (read_proof(ws, received->evidence[i], in) < 0)
			return -EINVAL;
	return 0;
}

static int read_confirmation(struct working_set *ws, const Hilo__V1__ContactConfirmed *confirmed, struct input *in)
{
	in->channel = confirmed->channel;
	in->level = HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED; /* the channel knows its visitors */
	in->name = confirmed->name;
	ws->has_names |= *in->name != '\0';
	if (read_sender(ws, in, confirmed->address, confirmed->inbox_id) < 0)
		return -EINVAL;
	return read_proof(ws, confirmed->proven, in);
}

static int read_change(struct working_set *ws, const Hilo__V1__CustomerChangeRequested *asked, struct input *in)
{
	if (uuid_parse(asked->customer_id, &in->customer_id) < 0 || asked->n_attributes > ATTRIBUTES_MAX ||
	    bus_id_parse(in->event->envelope->inbox_id, &in->inbox_id) < 0)
		return -EINVAL;
	ws_want_customer(ws, &in->customer_id);
	ws->has_changes = true;
	return 0;
}

static int read_by_body(struct working_set *ws, const Hilo__V1__Envelope *envelope, struct input *in)
{
	switch (envelope->body_case) {
	case HILO__V1__ENVELOPE__BODY_CONTACT_CONFIRMED:
		return read_confirmation(ws, envelope->contact_confirmed, in);
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGE_REQUESTED:
		return read_change(ws, envelope->customer_change_requested, in);
	default:
		return read_message(ws, envelope->message_received, in);
	}
}

int ws_read(struct working_set *ws, const struct bus_event *event, struct input *ret)
{
	struct input in = {.event = event};
	int rc = read_by_body(ws, event->envelope, &in);

	if (rc == 0)
		*ret = in;
	return rc;
}

void ws_want_customer(struct working_set *ws, const struct uuid *id)
{
	if (map_get(ws->locked_customers, id, sizeof(*id)))
		return;
	struct uuid *kept = arena_memdup(ws->arena, id, sizeof(*id));
	map_put(ws->locked_customers, kept, sizeof(*kept), kept);
	list_add(&ws->customer_ids, ws->arena, kept);
}

void ws_add_customer(struct working_set *ws, struct customer *customer)
{
	map_put(ws->customers, &customer->id, sizeof(customer->id), customer);
	list_add(&ws->all_customers, ws->arena, customer);
}

void ws_load_customer(struct working_set *ws, const struct customer *customer)
{
	struct customer *kept;

	if (map_get(ws->customers, &customer->id, sizeof(customer->id)))
		return;
	kept = arena_memdup(ws->arena, customer, sizeof(*customer));
	kept->name = arena_strdup(ws->arena, customer->name);
	ws_add_customer(ws, kept);
}

void ws_load_attribute(struct working_set *ws, const struct uuid *customer_id, const char *name, const char *value)
{
	struct customer *customer = map_get(ws->customers, customer_id, sizeof(*customer_id));

	if (customer && customer->attribute_count < ATTRIBUTES_MAX)
		customer->attributes[customer->attribute_count++] = (struct attribute){
		        .name = arena_strdup(ws->arena, name),
		        .value = arena_strdup(ws->arena, value),
		};
}

void ws_load_contact_point(struct working_set *ws, const char *key, const struct uuid *id, int level,
                           const struct customer *customer)
{
	struct contact_point *point = map_get(ws->contact_points, key, strlen(key));

	if (!point)
		return;
	if (!map_get(ws->locked_customers, &customer->id, sizeof(customer->id)))
		ws->has_moved = true;
	point->id = *id;
	point->level = (Hilo__V1__Level)level;
	ws_load_customer(ws, customer);
	point->customer = map_get(ws->customers, &customer->id, sizeof(customer->id));
}

void ws_load_point_of(struct working_set *ws, const struct uuid *customer_id, const struct uuid *id,
                      const char *channel, const char *address, int level)
{
	struct customer *customer = map_get(ws->customers, customer_id, sizeof(*customer_id));
	struct contact_point *point;

	if (!customer)
		return;
	point = contact_point_of(ws, arena_strdup(ws->arena, channel), arena_strdup(ws->arena, address));
	point->id = *id;
	point->level = (Hilo__V1__Level)level;
	point->customer = customer;
	list_add(&customer->points, ws->arena, point);
}
