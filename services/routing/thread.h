/* thread.h - which conversation a message belongs to. Pure.
 *
 * Hints are read from the message; the batch looks up what they point to; the rules decide, first hit first. */
#pragma once

#include "hilo/v1/message.pb-c.h"
#include "token.h"

#define THREAD_IDS_MAX 20 /* Message-IDs looked at, newest first */

struct conversation;

struct thread_hints {
	bool has_tag;
	struct token_tag tag;
	struct uuid own_ids[THREAD_IDS_MAX]; /* messages behind Message-IDs of ours with a valid MAC */
	size_t own_count;
	const char *foreign_ids[THREAD_IDS_MAX]; /* borrowed; only when there is none of ours */
	size_t foreign_count;
	bool has_ref;
	char ref[REFERENCE_TEXT];
};

/* the rules in their order */
enum thread_rule {
	THREAD_SHOWN,      /* chat: the conversation the visitor saw, if it is the sender's own */
	THREAD_TAG,        /* reply tag in the recipient's address, valid for the sender's contact point */
	THREAD_OWN_ID,     /* Message-ID of ours */
	THREAD_FOREIGN_ID, /* Message-ID of a stored message in the same inbox */
	THREAD_SUBJECT,    /* reference in the subject */
	THREAD_LATEST,     /* chat: the customer's latest */
	THREAD_RULES
};

/* what was found by each rule; NULL: nothing */
struct thread_found {
	struct conversation *by[THREAD_RULES];
};

struct thread_sender {
	struct uuid inbox_id, customer_id;
	struct uuid owner_id;      /* whose the contact point became meanwhile; nil: nobody else's */
	struct uuid mail_inbox_id; /* chat: linked to the inbox; nil: none */
	int64_t now_us;
};

struct thread_match {
	struct conversation *conversation; /* the message belongs here; NULL: to a new one */
	struct conversation *linked_from;  /* the new one belongs with this; NULL: with none */
};

/* thread_read_hints - what the message says about where it belongs. Foreign ids are borrowed from the message. */
void thread_read_hints(const char *secret, const Hilo__V1__MessageReceived *message, struct thread_hints *ret);
/* thread_points_somewhere - the hints surely name a conversation: no agent need be looked for beforehand. */
bool thread_points_somewhere(const struct thread_hints *hints);
/* thread_is_own - the conversation is the sender's customer's. */
bool thread_is_own(const struct conversation *c, const struct thread_sender *sender);
/* thread_may_hold - messages of the sender's inbox may stand in it: its own, the one it goes over, or one linked. */
bool thread_may_hold(const struct conversation *c, const struct thread_sender *sender);
/* thread_match - the first rule that found something decides. A tag proves the sender; everything else counts only if
 * the conversation is the sender's own. Another inbox, another customer, or a matter resolved longer than
 * reopen_within_us ago makes a new conversation linked to the one found. */
struct thread_match thread_match(const struct thread_found *found, const struct thread_sender *sender,
                                 int64_t reopen_within_us);
