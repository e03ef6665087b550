/* working_set.h - everything one batch reads and changes: senders, their contact points and customers. */
#pragma once

#include "base/map.h"
#include "bus/event.h"

#define ADDRESS_MAX 1000 /* bytes */
#define CUSTOMER_NAME_MAX 200

struct list {
	void **items;
	size_t count, size;
};

struct customer {
	struct uuid id;
	const char *name;
	uint64_t version;
	bool is_new, is_changed;
};

/* an address on a channel; made when a message names it, filled by load() */
struct contact_point {
	const char *key; /* "email:ann@mail.example" */
	const char *channel, *address;
	struct uuid id;
	Hilo__V1__Level level;
	struct customer *customer; /* NULL: not known yet */
	bool is_new, is_raised;
};

struct input {
	const struct bus_event *event;
	struct uuid message_id, inbox_id;
	struct contact_point *contact_point;
};

struct working_set {
	struct arena *arena;
	struct uuid (*new_id)(void);
	struct input *inputs;
	size_t input_count;
	struct map *contact_points; /* by key */
	struct list all_contact_points;
	struct map *locked_customers; /* ids seen by gather() */
	struct list customer_ids;     /* the same: struct uuid * */
	struct map *customers;        /* by id, under lock */
	struct list all_customers;
	struct list events; /* Hilo__V1__Envelope * */
	bool has_moved;     /* a contact point's customer is not one of those locked */
};

void list_add(struct list *list, struct arena *arena, void *item);
struct working_set *ws_new(struct arena *arena);
/* ws_read - the event's ids and contact point. Returns: 0, or -EINVAL for a bad id or address. */
int ws_read(struct working_set *ws, const struct bus_event *event, struct input *ret);
/* ws_want_customer - to be locked. */
void ws_want_customer(struct working_set *ws, const struct uuid *id);
/* ws_load_contact_point - what the database knows of a wanted contact point; customer: added once. */
void ws_load_contact_point(struct working_set *ws, const char *key, const struct uuid *id, int level,
                           const struct customer *customer);
void ws_add_customer(struct working_set *ws, struct customer *customer);
