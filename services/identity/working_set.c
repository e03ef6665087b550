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

int ws_read(struct working_set *ws, const struct bus_event *event, struct input *ret)
{
	const Hilo__V1__MessageReceived *received = event->envelope->message_received;
	unsigned channel = (unsigned)received->channel;
	size_t length = strnlen(received->contact_address, ADDRESS_MAX + 1);
	struct input in = {.event = event};

	if (channel == 0 || channel >= HILO_COUNT(channel_names) || length == 0 || length > ADDRESS_MAX ||
	    uuid_parse(received->message_id, &in.message_id) < 0 || uuid_parse(received->inbox_id, &in.inbox_id) < 0)
		return -EINVAL;
	in.contact_point = contact_point_of(ws, channel_names[channel], received->contact_address);
	*ret = in;
	return 0;
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
	point->customer = map_get(ws->customers, &customer->id, sizeof(customer->id));
	if (point->customer)
		return;
	point->customer = arena_memdup(ws->arena, customer, sizeof(*customer));
	point->customer->name = arena_strdup(ws->arena, customer->name);
	ws_add_customer(ws, point->customer);
}
