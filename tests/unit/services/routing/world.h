/* world.h - a working set made by hand for tests of decisions: one inbox, one customer, whoever the test adds. */
#pragma once

#include "testing/testing.h"
#include "decide.h"

#define WORLD_NOW INT64_C(1780000000000000)
#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

struct world {
	struct arena *arena;
	struct working_set *ws;
	struct uuid inbox, customer, contact_point;
	struct inbox *known; /* what is known of the inbox: it asks for nothing, and nobody waits */
};

/* id - an id that is the same for the same number. */
struct uuid id(int number);
/* world_new - an empty set at WORLD_NOW. */
struct world world_new(void);
void world_free(struct world *world);

/* world_need - what a mail of the world's inbox needs of an agent. */
struct need world_need(const struct world *world);
/* an open conversation of the world's customer, with nobody, at version 5 and sequence 3 */
struct conversation *world_conversation(struct world *world, int number);
/* an agent of the world's inbox, available, with room for capacity (0: no limit) and this load */
struct agent *world_agent(struct world *world, int number, int capacity, int load);
/* what the gateway knows of an agent: whether they have the world's inbox */
void world_staff(struct world *world, int number, bool has_inbox);

/* a message of the world's customer; the test may change it before world_decide() */
struct message_event {
	Hilo__V1__Envelope envelope;
	Hilo__V1__MessageIdentified identified;
	Hilo__V1__MessageReceived received;
};
struct message_event *world_message(struct world *world, int number);
/* a request of agent `agent` about the conversation; set *body's other fields before world_decide() */
Hilo__V1__Envelope *world_reply(struct world *world, const struct conversation *c, int agent, int message);
Hilo__V1__Envelope *world_assign(struct world *world, const struct conversation *c, int agent, const struct uuid *to);
Hilo__V1__Envelope *world_status(struct world *world, const struct conversation *c, int agent,
                                 Hilo__V1__ConversationStatus status);
/* world_request - a request of this agent without a body; the two ids are made for it. */
Hilo__V1__Envelope *world_request(struct world *world, int agent, const char *type, char **ret_agent,
                                  char **ret_request);
/* world_words - those of the text, which blanks separate. */
char **world_words(struct world *world, const char *text, size_t *ret_count);
/* world_envelope - an event of this type without a body. */
Hilo__V1__Envelope *world_envelope(struct world *world, const char *type);
/* world_on_load - from now on called between reading and deciding: fills the input as load() would. NULL: nobody. */
void world_on_load(void (*load)(struct input *in));
/* world_decide - reads the event's ids and decides it. Returns: what read() returned. */
int world_decide(struct world *world, Hilo__V1__Envelope *envelope);
/* world_found - as gather() would: what was looked for is found where it is. */
void world_found_ref(struct world *world, struct conversation *c);
void world_found_message(struct world *world, const struct uuid *message_id, struct conversation *c);
void world_found_rfc_id(struct world *world, const char *rfc_message_id, struct conversation *c);

/* the event types emitted since the last call, e.g. "conversation.opened message.attached"; checks that each
 * conversation's versions rise by one and that each event names its cause */
const char *world_events(struct world *world);
/* the last event of the set */
const Hilo__V1__Envelope *world_last(const struct world *world);
const Hilo__V1__Envelope *world_event(const struct world *world, const char *type);
