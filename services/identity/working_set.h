/* working_set.h - everything one batch reads and changes: senders, what is said or proven of them, their contact points
 * and customers. */
#pragma once

#include "base/map.h"
#include "bus/event.h"

#define ADDRESS_MAX 1000 /* bytes */
#define CUSTOMER_NAME_MAX 200
#define PROOFS_MAX 8 /* of one event */
#define ATTRIBUTES_MAX 50

struct list {
	void **items;
	size_t count, size;
};

/* what is known of a customer besides */
struct attribute {
	const char *name, *value;
};

struct customer {
	struct uuid id;
	const char *name;
	uint64_t version;
	struct list points; /* struct contact_point *: all of them when the batch has proofs, else not complete */
	struct attribute attributes[2 * ATTRIBUTES_MAX]; /* read where they may be told; a request brings at most as many */
	size_t attribute_count;
	bool is_new, is_changed;
	bool has_new_attributes;
};

/* an address on a channel; made when a message names it, filled by load() */
struct contact_point {
	const char *key; /* "email:ann@mail.example" */
	const char *channel, *address;
	struct uuid id;
	Hilo__V1__Level level;
	struct customer *customer; /* NULL: not known yet */
	bool is_new, is_raised, is_moved;
};

/* an address the sender is said, or known, to have as well */
struct proof {
	const Hilo__V1__Evidence *evidence;
	struct contact_point *point; /* a claimed one is not looked up */
};

struct input {
	const struct bus_event *event;
	struct uuid message_id, inbox_id; /* message_id: nil when there is none */
	Hilo__V1__Channel channel;
	Hilo__V1__Level level;
	const char *name; /* "": none given */
	struct contact_point *contact_point; /* NULL: an agent asks for a change */
	struct uuid customer_id;             /* of that change */
	struct proof proofs[PROOFS_MAX];
	size_t proof_count;
};

/* an address given without proof */
struct claim {
	const struct customer *customer;
	const char *channel, *address;
};

/* a contact point that went to another customer */
struct link {
	struct uuid id, contact_point_id, from_customer_id, to_customer_id;
	const char *evidence_json, *actor;
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
	struct list claims, links;
	struct list events; /* Hilo__V1__Envelope * */
	bool has_proofs;    /* of addresses that may be another customer's */
	bool has_changes;   /* agents ask for */
	bool has_names;     /* which may be learned */
	int64_t now_us;     /* the database's clock, for deadlines */
	bool has_moved;     /* a contact point's customer is not one of those locked */
};

void list_add(struct list *list, struct arena *arena, void *item);
struct working_set *ws_new(struct arena *arena);
/* ws_read - the event's ids, contact point and evidence. Returns: 0, or -EINVAL for a bad id or address, or too much
 * evidence. */
int ws_read(struct working_set *ws, const struct bus_event *event, struct input *ret);
/* ws_want_customer - to be locked. */
void ws_want_customer(struct working_set *ws, const struct uuid *id);
/* ws_load_contact_point - what the database knows of a wanted contact point; customer: added once. */
void ws_load_contact_point(struct working_set *ws, const char *key, const struct uuid *id, int level,
                           const struct customer *customer);
/* ws_load_point_of - one of all the contact points of a customer that was loaded before; others are ignored. */
void ws_load_point_of(struct working_set *ws, const struct uuid *customer_id, const struct uuid *id,
                      const char *channel, const char *address, int level);
/* ws_load_customer - one an agent asks to change. ws_load_attribute - of one who may change. */
void ws_load_customer(struct working_set *ws, const struct customer *customer);
void ws_load_attribute(struct working_set *ws, const struct uuid *customer_id, const char *name, const char *value);
void ws_add_customer(struct working_set *ws, struct customer *customer);
