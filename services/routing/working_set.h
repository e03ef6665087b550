/* working_set.h - everything one batch reads and changes: loaded under locks, decided in memory, flushed by array. */
#pragma once

#include "agent.h"
#include "base/map.h"
#include "bus/event.h"
#include "continuity.h"
#include "conversation.h"
#include "settings.h"
#include "thread.h"

/* pointers in an arena */
struct list {
	void **items;
	size_t count, size;
};

/* an agent's record at the gateway: what requests are checked against */
struct staff {
	struct uuid id;
	struct rights rights;
};

/* what is known of an inbox, read before the locks */
struct inbox {
	struct uuid id, team_id; /* of the team its new conversations belong to; nil: none */
	Hilo__V1__Channel channel;
	struct skills skills;
	bool is_waiting; /* somebody waits already where its new conversations would */
};

/* a waiting conversation, before it is locked */
struct head {
	struct uuid conversation_id;
	struct lane lane;
	int64_t queued_us;
	struct uuid released_from; /* nil: nobody gave it back */
};

/* a stored Message-ID to look for */
struct foreign_id {
	struct uuid inbox_id;
	const char *rfc_message_id;
};

/* where a reply goes and what it answers; there is none when the interaction asked for is not the conversation's */
struct reply_context {
	struct uuid message_id;                 /* of the reply */
	struct uuid interaction_id;             /* the one asked for, or the latest */
	struct uuid contact_point_id, inbox_id; /* of the interaction */
	Hilo__V1__Channel channel;
	const char *to_address, *to_name; /* NULL: none */
	const char *inbox_address;
	const char *answers;        /* Message-ID of the last inbound message, NULL: none */
	const char *answers_thread; /* its References, newest first, separated by blanks */
};

/* where a customer is reached on a channel, looked for by load() */
struct target {
	struct uuid conversation_id;
	Hilo__V1__Channel channel;
	Hilo__V1__Level level;        /* at least */
	struct uuid contact_point_id; /* nil: the best known */
	bool is_found;
	struct way way;
	const char *address, *name, *locale, *inbox_address;
};

/* a conversation whose answers a customer has not seen, with what a mail about them needs */
struct unseen {
	struct uuid conversation_id;
	struct target target;
	struct continuity_entry *entries;
	size_t entry_count;
	const char *author_name; /* of the last answer; NULL: there is none */
	const char *answers,
	        *answers_thread; /* Message-ID of the newest mail in it, NULL: there is none; those it hangs on */
	Hilo__V1__Attachment **files;
	size_t file_count;
};

/* a reply, note or system line as stored; author_id nil: a system line */
struct message {
	struct uuid id, conversation_id, inbox_id, author_id;
	const char *author_name, *subject, *text, *html, *to_address, *to_name, *rfc_message_id, *attachments_json;
	int64_t at_us;
};

/* one event with its ids read */
struct input {
	const struct bus_event *event;
	const struct event_handler *handler;
	struct uuid subject_id; /* message, or the agent of presence.changed and agent.updated */
	struct uuid customer_id, contact_point_id, inbox_id; /* message.identified */
	struct thread_hints *hints;                          /* message.identified */
	bool is_reply, is_chat;
	struct uuid shown_id;         /* chat: the conversation the visitor saw; nil: none */
	struct uuid owner_id;         /* whose the contact point is now; nil: not looked up */
	struct uuid mail_inbox_id;    /* chat: linked to the inbox; nil: none */
	struct uuid from_customer_id; /* customer.merged */
	struct list found;            /* struct uuid *: the merged contact point's conversations, the chat's latest */
	struct target *target;        /* move.requested */
	struct uuid conversation_id, agent_id, assignee_id, interaction_id, team_id; /* requests; nil: none given */
};

struct working_set {
	struct arena *arena;
	const struct routing_settings *settings;
	int64_t now_us; /* the database's clock */
	struct uuid (*new_id)(void);
	uint64_t next_number, end_number; /* for references */

	struct input *inputs;
	size_t input_count;
	/* to be looked for in gather() */
	struct list wanted_refs;          /* char * */
	struct list wanted_messages;      /* struct uuid * */
	struct list wanted_foreign;       /* struct foreign_id * */
	struct list wanted_conversations; /* struct uuid *, of requests */
	struct list wanted_inboxes;       /* struct uuid *, of messages */
	struct list wanted_owners;        /* struct input *: whose contact point is it now? */
	struct list wanted_merged;        /* struct input * */
	struct list wanted_targets;       /* struct target * */
	size_t seekers;                   /* how many messages may need an agent */
	size_t strangers;                 /* how many of them have no hint at all */
	/* what gather() found */
	struct map *found_by_ref, *found_by_message, *found_by_foreign; /* to struct uuid, conversations */
	struct map *inboxes;                                            /* to struct inbox */
	struct map *candidate_ids;
	struct list candidates; /* struct agent *, not locked */
	struct list heads;      /* struct head *, of the queue: oldest first (ticks) */
	struct list lost;       /* struct uuid *, conversations of agents who may no longer see them (ticks) */
	struct list swept;      /* struct uuid *, agents who hold no such conversation any more (ticks) */
	struct list due;        /* struct uuid *, conversations whose snooze ended (ticks) */
	struct list unseen;     /* struct unseen *, conversations that go on by mail (ticks) */
	/* to be locked and read in load() */
	struct map *conversation_ids, *agent_ids, *staff_ids;  /* sets of struct uuid */
	struct list conversation_list, agent_list, staff_list; /* the same in order: struct uuid * */

	/* loaded under lock */
	struct map *conversations, *agents, *staff, *replies;
	struct list all_conversations, all_agents; /* to be flushed where changed */
	struct map *attached;                      /* (inbox, Message-ID) of this batch, to struct conversation */

	/* to be flushed */
	struct list interactions; /* struct interaction * */
	struct list ended;        /* struct uuid *, interactions */
	struct list entries, messages;
	struct list moves;  /* struct move * */
	struct list events; /* Hilo__V1__Envelope * */

	/* the event being decided */
	const char *cause_id, *cause_actor, *cause_trace;
	uint32_t cause_hop;
	bool was_queued; /* something went to the queue */
	bool has_room;   /* somebody may take more than before */
	bool has_moved;  /* a contact point's customer is not the one locked */
	bool is_stale; /* the event being decided needs what an earlier one of this batch changed: alone, it will do */
};

void list_add(struct list *list, struct arena *arena, void *item);

/* ws_new - an empty set in the arena. */
struct working_set *ws_new(struct arena *arena, const struct routing_settings *settings, int64_t now_us);
/* ws_want_conversation, _agent, _staff - to be locked (staff: only read) and loaded; nil ids and doubles are ignored.
 */
void ws_want_conversation(struct working_set *ws, const struct uuid *id);
void ws_want_agent(struct working_set *ws, const struct uuid *id);
void ws_want_staff(struct working_set *ws, const struct uuid *id);

void ws_add_conversation(struct working_set *ws, struct conversation *conversation);
void ws_add_agent(struct working_set *ws, struct agent *agent);
void ws_add_staff(struct working_set *ws, struct staff *staff);
/* Returns: borrowed, NULL when not loaded. */
struct conversation *ws_conversation(const struct working_set *ws, const struct uuid *id);
struct agent *ws_agent(const struct working_set *ws, const struct uuid *id);
const struct staff *ws_staff(const struct working_set *ws, const struct uuid *id);
/* ws_agent_or_stub - one that was not loaded is added with nothing known but how its load changes. */
struct agent *ws_agent_or_stub(struct working_set *ws, const struct uuid *id);

/* ws_inbox - Returns: borrowed, NULL when nothing is known of it. */
const struct inbox *ws_inbox(const struct working_set *ws, const struct uuid *id);
/* ws_choose - of these agents, the one who gets the next conversation of this lane. Returns: NULL, too, when nothing is
 * known of its inbox. */
struct agent *ws_choose(const struct working_set *ws, const struct list *agents, const struct lane *lane,
                        const struct uuid *except);

/* ws_foreign_key - the key of (inbox, Message-ID) in found_by_foreign and attached; in the arena. */
const void *ws_foreign_key(struct working_set *ws, const struct uuid *inbox_id, const char *rfc_message_id,
                           size_t *ret_size);
/* ws_cause - events from now on are caused by this one. */
void ws_cause(struct working_set *ws, const Hilo__V1__Envelope *cause);
/* ws_emit - an envelope of the conversation with its next version, to be given a body; actor NULL: "system". */
Hilo__V1__Envelope *ws_emit(struct working_set *ws, struct conversation *c, const struct uuid *subject,
                            const char *actor);
