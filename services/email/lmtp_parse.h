/* lmtp_parse.h - the server's half of an LMTP dialogue, as a machine that is fed bytes and writes replies.
 * Pure: no sockets, clock, database or bus. It asks its owner three things by what lmtp_session_run() returns: whether
 * a recipient is known, to deliver a message, to close. Source: RFC 2033 (LMTP), RFC 5321 (SMTP), RFC 1870 (SIZE), RFC
 * 2034 (enhanced codes), RFC 2920 (PIPELINING), RFC 6152. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "fsm/fsm.h"

struct lmtp_limits {
	const char *hostname; /* in the greeting */
	size_t message_bytes; /* announced as SIZE; larger is refused with 552 */
	size_t recipients;    /* of one message; more get 452. RFC 5321 asks for 100 at least */
	size_t *memory_used;  /* bytes of all messages under way in this process, kept by the sessions */
	size_t memory_bytes;  /* beyond it a message is swallowed and answered 452 */
};

enum lmtp_state { LMTP_NEW, LMTP_READY, LMTP_SENDER, LMTP_RECIPIENTS, LMTP_DATA, LMTP_CLOSED };
/* the commands, and what else moves the machine */
enum lmtp_event {
	LMTP_LHLO,
	LMTP_MAIL,
	LMTP_RCPT,
	LMTP_START, /* DATA */
	LMTP_END,   /* all recipients of a message have been answered */
	LMTP_RSET,
	LMTP_NOOP,
	LMTP_VRFY,
	LMTP_QUIT,
};
extern const struct fsm lmtp_fsm;

enum lmtp_outcome {
	LMTP_PENDING,
	LMTP_ACCEPTED,  /* recipient: known; message: stored and committed */
	LMTP_UNKNOWN,   /* recipient: no such mailbox */
	LMTP_LATER,     /* try again later */
	LMTP_TOO_LARGE, /* message: over the limit */
	LMTP_NO_SPACE,  /* message: no memory or disk for it now */
};

struct lmtp_recipient {
	char *address;             /* as given, without brackets; in the session's arena */
	void *owner;               /* the owner's, set when it accepts the recipient */
	enum lmtp_outcome outcome; /* of the message for this recipient */
	bool is_answered;
};

/* what the machine waits for */
enum lmtp_need {
	LMTP_NEED_INPUT,
	LMTP_NEED_RECIPIENT, /* lmtp_session_recipient() about recipients[recipients_count] */
	LMTP_NEED_DELIVERY,  /* lmtp_session_delivered() for each recipient; data holds the message, or
	                        lmtp_session_take() */
	LMTP_NEED_CLOSE,     /* send what was written and close */
};

struct lmtp_session {
	const struct lmtp_limits *limits;
	enum lmtp_state state;
	enum lmtp_need need;
	bool is_busy;                      /* set by the owner: MAIL is answered 451 */
	bool is_closing;                   /* set by the owner: the next command is answered 421 */
	struct arena *arena;               /* one message's; reset when it is over */
	char *sender;                      /* MAIL FROM, "" for the null path */
	struct lmtp_recipient *recipients; /* limits->recipients of them */
	size_t recipients_count;
	size_t recipients_seen;       /* RCPT commands of this message, refused ones too */
	struct buf data;              /* the message, dots removed */
	size_t data_bytes;            /* octets seen, also of what was swallowed */
	enum lmtp_outcome data_fault; /* LMTP_PENDING, or why the message is being swallowed */
	int data_state;
	struct buf line; /* the head of a command whose end has not come yet */
	bool is_line_too_long;
	int faults; /* bad commands so far */
};

/* lmtp_session_init - Requires: limits outlive the session. lmtp_session_deinit - frees what it holds, not the struct.
 */
void lmtp_session_init(struct lmtp_session *session, const struct lmtp_limits *limits);
void lmtp_session_deinit(struct lmtp_session *session);

/* lmtp_session_greet - writes the 220, or the 421 of a server that takes no more. */
void lmtp_session_greet(struct lmtp_session *session, struct buf *out);

/* lmtp_session_run - eats input until it needs something of its owner or out holds LMTP_OUT_BYTES.
 * Returns: what it needs; *ret_used of size bytes are eaten, the rest must be offered again. */
#define LMTP_OUT_BYTES 16384
enum lmtp_need lmtp_session_run(struct lmtp_session *session, const char *data, size_t size, size_t *ret_used,
                                struct buf *out);

/* lmtp_session_recipient - the answer to LMTP_NEED_RECIPIENT: LMTP_ACCEPTED, LMTP_UNKNOWN or LMTP_LATER. */
void lmtp_session_recipient(struct lmtp_session *session, enum lmtp_outcome outcome, void *owner, struct buf *out);

/* lmtp_session_delivered - the outcome for recipient number i. Replies are written in order: one whose elders are
 * pending waits. After the last one the session needs input again. Returns: true when that was the last. */
bool lmtp_session_delivered(struct lmtp_session *session, size_t i, enum lmtp_outcome outcome, struct buf *out);

/* lmtp_session_take - the message of LMTP_NEED_DELIVERY, whose memory is the caller's from now on: it takes the
 * buffer's size off *limits->memory_used when it frees it. */
struct buf lmtp_session_take(struct lmtp_session *session);

/* lmtp_path - the address inside "<…>" at text, route and quotes understood.
 * Returns: bytes of text used (behind the '>'), *ret in the arena ("" for "<>"); -EINVAL without brackets, with control
 * or non-ASCII characters or longer than 320 bytes. */
int lmtp_path(struct arena *arena, const char *text, char **ret);
