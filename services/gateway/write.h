/* write.h - the shell around every change: one transaction that locks first and writes after, done once however often
 * the client repeats it, and repeated by us when the database asks for it.
 *
 *   round trip 1: BEGIN, locks, was this key used before?, load()
 *   decide():     refuses (write_refuse), or queues the writes
 *   round trip 2: writes, events, COMMIT, then committed() */
#pragma once

#include "bus/bus.h"
#include "gateway.h"
#include "idempotency.h"
#include "reply.h"

#define WRITE_LOCKS 4

struct write {
	struct gateway *gateway;
	struct http_request *request;
	const struct principal *who;
	struct arena *arena; /* the request's */
	bool is_once;        /* `once` holds: a POST */
	struct idempotency once;
	const char *kind; /* of the request row */
	int64_t locks[WRITE_LOCKS];
	size_t locks_count;
	void (*load)(struct write *write); /* queues reads; may be NULL */
	void (*decide)(struct write *write);
	void (*committed)(struct write *write); /* replies */
	/* repeated - the same request was made before and is stored; NULL: replies with what is stored. */
	void (*repeated)(struct write *write);
	/* constraint - the refusal a violated constraint means; ERROR_NONE: a fault. May be NULL. */
	enum error (*constraint)(const char *name);
	void *arg; /* the caller's */
	int64_t version; /* of what is changed, set by load(); 0: there is none */

	/* the shell's */
	struct db_tx *tx;
	struct bus_outbox *outbox;
	enum error refusal;
	const char *refusal_detail;
	int tries;
	struct { /* the row found under the key */
		bool exists, is_same, is_pending;
		struct uuid id;
		const char *kind;
		int status;
		const char *outcome;
	} found;
	int64_t expected;   /* the version a PATCH is meant for, by its If-Match; 0: any */
	const char *answer; /* JSON of what was made, by write_on_answer */
	const char *before; /* JSON of what is changed, by audit_before; NULL: it is new */
};

/* write_new - for this request, in its arena; a POST reads its Idempotency-Key and hashes method, path and body, a PATCH
 * reads its If-Match.
 * Returns: NULL after the request was answered. */
struct write *write_new(struct gateway *gateway, struct http_request *request, const char *kind);
/* write_new_with - the same with the parts of the hash given, for bodies that are not hashed here. */
struct write *write_new_with(struct gateway *gateway, struct http_request *request, const char *kind,
                             const struct idempotency_part *parts, size_t count);
/* write_lock - one more object whose events this change may append. */
void write_lock(struct write *write, const char *kind, const struct uuid *id);
void write_lock_name(struct write *write, const char *kind, const char *name);
/* write_run - takes the request over: it will be answered. */
void write_run(struct write *write);
/* write_refuse - in load callbacks and decide(): nothing is written, this is the answer. The first one counts. */
void write_refuse(struct write *write, enum error error, const char *detail);
/* write_event - a fresh envelope with id, actor, causation and time filled in, in the arena; to be given to
 * bus_outbox_add(write->outbox) once its body is set. */
Hilo__V1__Envelope *write_event(struct write *write, const struct uuid *subject);
/* write_add - packs it. write_check - what bus_outbox_add() returned: a fault is the answer (413 or 500). */
void write_add(struct write *write, Hilo__V1__Envelope *envelope);
void write_check(struct write *write, int rc);
/* write_next_version - in decide(): the change makes a version more, or is refused when there is nothing to change or
 * another version of it was meant. Returns: whether it may be made. */
bool write_next_version(struct write *write);
/* write_record - the request's row, for store_insert_request and store_remember. */
struct request_record write_record(const struct write *write);
/* write_on_answer - store_rows that keeps column 0 as write->answer. */
void write_on_answer(void *write, const struct db_result *result);
/* write_reply_made - committed() for what is answered 201 with write->answer. */
void write_reply_made(struct write *write);
/* write_reply_changed - for what is answered 200 with its version and write->answer. write_reply_nothing - 204. */
void write_reply_changed(struct write *write);
void write_reply_nothing(struct write *write);
