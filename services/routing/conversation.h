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

#define CONVERSATION_TAGS_MAX 20
#define CONVERSATION_TAG_MAX 40 /* characters */

/* A stretch of the queue: whoever can take one of it can take the others. */
struct lane {
	struct uuid inbox_id, team_id;
	Hilo__V1__Channel channel;
	int priority;
};

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
	int64_t snoozed_until_us; /* 0: none */
	struct uuid assignee_id;  /* nil: nobody */
	struct uuid team_id;      /* nil: none */
	int priority;             /* -1 low, 0 normal, 1 high, 2 urgent */
	char **tags;
	size_t tag_count;
	struct uuid interaction_id; /* the latest; it runs unless the conversation is resolved */
	struct uuid contact_point_id;
	struct uuid via_inbox_id;            /* of the latest interaction; nil: inbox_id */
	struct uuid mail_inbox_id;           /* the mail inbox where a chat inbox's conversations go on; nil: none */
	const struct uuid *former_inbox_ids; /* inboxes it belonged to before: its customer may still write there */
	size_t former_inbox_count;
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
	bool is_present;   /* the customer looks at the chat */
	int64_t absent_us; /* when they left it; 0: never */
	uint64_t seen_sequence, told_sequence, reply_sequence;
	int64_t reply_us;       /* of the answer at reply_sequence */
	int64_t continue_us;    /* 0: no answer waits unseen */
	bool has_lost_assignee; /* as loaded: the assignee left, or lost the inbox */
	/* this batch */
	bool is_new, was_queued;
	struct lane lane;     /* as loaded, where it waited */
	bool is_changed;      /* there is an event of it */
	bool is_moved;        /* more than messages of the customer's */
	bool is_live_changed; /* channel, customer, or what is known of their presence */
	bool is_triaged;      /* inbox, team, priority, tags or subject */
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
	char **mentions; /* of a note: ids of agents */
	size_t mention_count;
	bool automatic;
};

struct interaction {
	struct uuid id, conversation_id, inbox_id, contact_point_id;
	Hilo__V1__Channel channel;
	int64_t started_us;
};

/* where a conversation goes on */
struct way {
	Hilo__V1__Channel channel;
	struct uuid inbox_id, contact_point_id;
};

/* that a conversation changed its channel, as stored */
struct move {
	struct uuid message_id, conversation_id, from_interaction_id, to_interaction_id, by_agent_id;
	Hilo__V1__Channel from_channel, to_channel;
	Hilo__V1__MoveReason reason;
};

struct conversation_start {
	struct uuid inbox_id, team_id, customer_id, contact_point_id;
	const char *customer_name, *subject;
	Hilo__V1__Channel channel;
	const struct conversation *linked_from; /* NULL: none */
	int64_t at_us;
};

/* conversation_open - a new one with its first interaction; emits conversation.opened and interaction.started. Returns:
 * borrowed from the set. */
struct conversation *conversation_open(struct working_set *ws, const struct conversation_start *start);
/* conversation_step - what the table holds for this input, with its effects on interaction, load and queue; emits
 * interaction.started or .ended where one begins or ends. Returns: false when the table refuses, and nothing changed.
 */
bool conversation_step(struct working_set *ws, struct conversation *c, enum conversation_input input);
/* conversation_wake - conversation_step, then conversation.reopened if that changed where it stands. */
void conversation_wake(struct working_set *ws, struct conversation *c, enum conversation_input input);
/* conversation_set_channel - the room it takes of its assignee is on that channel from now on. */
void conversation_set_channel(struct working_set *ws, struct conversation *c, Hilo__V1__Channel channel);
/* conversation_priority - of the event's word; unknown ones are normal. */
int conversation_priority(Hilo__V1__Priority priority);
Hilo__V1__Priority conversation_priority_proto(int priority);
/* conversation_lane - where it waits. */
struct lane conversation_lane(const struct conversation *c);
bool lane_equal(const struct lane *a, const struct lane *b);
/* conversation_inbox - the inbox its latest interaction goes over. */
const struct uuid *conversation_inbox(const struct conversation *c);
/* conversation_move - it goes on in another interaction, whether it runs or not; emits interaction.ended and .started,
 * conversation.moved, and message.attached for the system line that marks it. by: the agent who wanted it, NULL:
 * nobody. Returns: the line, to be stored; it may be given what a mail has. */
struct message *conversation_move(struct working_set *ws, struct conversation *c, const struct way *way,
                                  Hilo__V1__MoveReason reason, const struct uuid *by);
/* conversation_line - a system line; emits message.attached. Returns: it, to be stored; it may be given what a mail
 * has. */
struct message *conversation_line(struct working_set *ws, struct conversation *c, const struct uuid *id,
                                  const char *text);
/* conversation_change_inbox - it belongs to this inbox of the same channel now; emits conversation.inbox_changed. Mail
 * goes over it from now on, in another interaction; a live channel's customer stays where they are. */
void conversation_change_inbox(struct working_set *ws, struct conversation *c, const struct uuid *inbox_id,
                               const struct uuid *by);
/* conversation_wake_on - conversation_wake over this way: another interaction if it is another channel, or another
 * contact point of a chat; a move, if it is another channel. Returns: the
 * move's line, or NULL. */
struct message *conversation_wake_on(struct working_set *ws, struct conversation *c, enum conversation_input input,
                                     const struct way *way, Hilo__V1__MoveReason reason, const struct uuid *by);
/* conversation_give - it is this customer's now; emits conversation.customer_changed. */
void conversation_give(struct working_set *ws, struct conversation *c, const struct uuid *customer_id,
                       const char *customer_name);
/* conversation_plan - what is known of the customer or the answers changed: when it goes on by mail. */
void conversation_plan(struct conversation *c);
/* conversation_plan_later - it was due, but there is no address to mail to yet. */
void conversation_plan_later(struct conversation *c, int64_t now_us);
/* conversation_place - sees to it that an open conversation is with somebody who may have it, or in the queue. An inbox
 * where others wait gives nothing to a newcomer: it goes to the end of the queue. */
void conversation_place(struct working_set *ws, struct conversation *c);
/* conversation_assign - to this agent, or nobody (NULL); by: who did it, NULL: routing. Emits conversation.assigned. */
void conversation_assign(struct working_set *ws, struct conversation *c, const struct uuid *agent_id,
                         const struct uuid *by);
/* conversation_reassign - the same, to another team as well. */
void conversation_reassign(struct working_set *ws, struct conversation *c, const struct uuid *agent_id,
                           const struct uuid *team_id, const struct uuid *by);
/* conversation_queue - it waits; emits conversation.queued. Requires: open, nobody's. */
void conversation_queue(struct working_set *ws, struct conversation *c);
/* conversation_attach - the next entry; fills conversation, sequence and (when nil) interaction; emits
 * message.attached. */
void conversation_attach(struct working_set *ws, struct conversation *c, struct entry *entry);

const char *conversation_status_name(enum conversation_status status);
/* Returns: 0, or -EINVAL with *ret untouched. */
int conversation_status_parse(const char *name, enum conversation_status *ret);
Hilo__V1__ConversationStatus conversation_status_proto(enum conversation_status status);
