/* conversation.h - one matter: where it stands, who has it, what stands in it. Pure, over a working set.
 *
 * Every function that changes a conversation emits its events, each with the next version, in the order they are to be
 * read. */
#pragma once

#include "fsm/fsm.h"
#include "hilo/v1/conversation.pb-c.h"
#include "reference.h"
#include "base/uuid.h"

struct working_set;

enum conversation_status { STATUS_OPEN, STATUS_PENDING, STATUS_SNOOZED, STATUS_RESOLVED };
enum conversation_input {
	INPUT_CUSTOMER_WROTE,
	INPUT_MACHINE_WROTE, /* an automatic mail of the customer's: kept, but wakes nothing */
	INPUT_AGENT_REPLIED,
	INPUT_ASKED_OPEN,
	INPUT_ASKED_PENDING,
	INPUT_ASKED_SNOOZED,
	INPUT_ASKED_RESOLVED,
	INPUT_SNOOZE_ENDED,
};
enum conversation_action {
	ACTION_NONE,
	ACTION_BEGIN, /* a new interaction */
	ACTION_END,   /* the interaction ends */
};
extern const struct fsm conversation_fsm;

struct conversation {
	struct uuid id, inbox_id, customer_id;
	char ref[REFERENCE_TEXT];
	Hilo__V1__Channel channel;
	const char *subject;
	enum conversation_status status;
	int64_t snoozed_until_us;   /* 0: none */
	struct uuid assignee_id;    /* nil: nobody */
	struct uuid interaction_id; /* the latest; it runs unless the conversation is resolved */
	struct uuid contact_point_id;
	uint64_t sequence; /* entries so far */
	struct uuid last_message_id, last_inbound_id;
	const char *last_preview, *last_author;
	Hilo__V1__Direction last_direction;
	int64_t last_activity_us;
	int64_t waiting_since_us;  /* 0: nobody waits */
	int64_t queued_us;         /* 0: not in the queue */
	int64_t resolved_us;       /* 0: never */
	struct uuid released_from; /* agent it was taken from, while it waits */
	struct uuid linked_from;
	uint64_t version;
	int64_t created_us;
	bool has_lost_assignee; /* as loaded: the assignee left, or lost the inbox */
	/* this batch */
	bool is_new, was_queued;
	bool is_changed; /* there is an event of it */
	bool is_moved;   /* more than messages of the customer's */
};

/* what is attached */
struct entry {
	struct uuid conversation_id;
	uint64_t sequence;
	struct uuid message_id, interaction_id;
	Hilo__V1__MessageKind kind;
	Hilo__V1__Direction direction;
	int64_t at_us;
	Hilo__V1__AuthorType author_type;
	struct uuid author_id;
	const char *author_name, *preview;
	bool automatic;
};

struct interaction {
	struct uuid id, conversation_id, inbox_id, contact_point_id;
	Hilo__V1__Channel channel;
	int64_t started_us;
};

struct conversation_start {
	struct uuid inbox_id, customer_id, contact_point_id;
	const char *customer_name, *subject;
	Hilo__V1__Channel channel;
	const struct conversation *linked_from; /* NULL: none */
	int64_t at_us;
};

/* conversation_open - a new one with its first interaction; emits conversation.opened. Returns: borrowed from the set.
 */
struct conversation *conversation_open(struct working_set *ws, const struct conversation_start *start);
/* conversation_step - what the table holds for this input, with its effects on interaction, load and queue; emits
 * nothing. Returns: false when the table refuses, and nothing changed. */
bool conversation_step(struct working_set *ws, struct conversation *c, enum conversation_input input);
/* conversation_wake - conversation_step, then conversation.reopened if that changed where it stands. */
void conversation_wake(struct working_set *ws, struct conversation *c, enum conversation_input input);
/* conversation_place - sees to it that an open conversation is with somebody who may have it, or in the queue. An inbox
 * where others wait gives nothing to a newcomer: it goes to the end of the queue. */
void conversation_place(struct working_set *ws, struct conversation *c);
/* conversation_assign - to this agent, or nobody (NULL); by: who did it, NULL: routing. Emits conversation.assigned. */
void conversation_assign(struct working_set *ws, struct conversation *c, const struct uuid *agent_id,
                         const struct uuid *by);
/* conversation_queue - it waits; emits conversation.queued. Requires: open, nobody's. */
void conversation_queue(struct working_set *ws, struct conversation *c);
/* conversation_attach - the next entry; fills conversation, sequence and (when nil) interaction; emits
 * message.attached. */
void conversation_attach(struct working_set *ws, struct conversation *c, struct entry *entry);

const char *conversation_status_name(enum conversation_status status);
/* Returns: 0, or -EINVAL with *ret untouched. */
int conversation_status_parse(const char *name, enum conversation_status *ret);
Hilo__V1__ConversationStatus conversation_status_proto(enum conversation_status status);
