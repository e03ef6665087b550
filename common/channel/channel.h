/* channel/channel.h - the contract between a channel's driver and the suite.
 *
 * Inbound: a driver hands over a parsed message and acknowledges to its peer only in the callback, after COMMIT.
 * Outbound: message.submitted – and for mail notice.submitted – becomes a row of channel.outbound; only the head of each conversation may be claimed,
 * under a lease; a durable attempt row is committed before the driver is called. */
#pragma once

#include "bus/consumer.h"
#include "channel/files.h"

struct channel;
struct channel_outbound;
struct channel_trial;

/* the reference to a stored file, made by files_put() */
struct channel_file {
	const char *name, *content_type, *content_id; /* content_id NULL: none */
	const char *sha256;                           /* 64 hex digits */
	uint64_t size_bytes;
	bool is_inline;
};

/* where else the sender is said, or known, to be reached */
struct channel_evidence {
	Hilo__V1__Channel channel;
	const char *address; /* normalised */
	Hilo__V1__Level level;
};

struct channel_inbound {
	Hilo__V1__Channel channel;
	struct uuid inbox_id;
	const char *dedupe_key;      /* unique per inbox, at most 200 bytes; a second one is CHANNEL_DUPLICATE */
	const char *contact_address; /* normalised; NULL with parse_error */
	const char *contact_name;
	Hilo__V1__Level level;
	const char *subject, *text, *html; /* valid UTF-8; NULL: none */
	size_t text_quote, html_quote;     /* characters before the quote of earlier messages; 0: not known */
	const char *rfc_message_id;        /* mail */
	const char *const *thread_ids;     /* mail: newest first */
	size_t thread_ids_count;
	const char *recipient_tag;
	const char *to_json, *cc_json; /* mail: [{"name","address"}]; NULL: [] */
	bool automatic;
	int64_t sent_us; /* the sender's clock; 0 unknown */
	const void *raw; /* the bytes as they came; up to CHANNEL_RAW_BYTES in the row, else raw_file */
	size_t raw_size;
	const char *raw_file; /* sha256 in the store, when raw is larger */
	const struct channel_file *files;
	size_t files_count;
	const struct channel_evidence *evidence;
	size_t evidence_count;
	struct uuid conversation_id; /* chat: the one the sender was shown; nil: none */
	const char *parse_error; /* set: stored raw and parked for an operator, no event */
};
#define CHANNEL_RAW_BYTES 32768

enum channel_result {
	CHANNEL_STORED,
	CHANNEL_DUPLICATE, /* already there: acknowledge it */
	CHANNEL_RETRY,     /* nothing stored, try again later (database away, disk full, lag) */
};

struct channel_settings {
	char *store_path;         /* HILO_FILES: folder of the attachment store */
	int64_t slow_down_lag_us; /* HILO_SLOW_DOWN_LAG: bulk channels answer "later" beyond it; default 2 s */
};
extern const struct conf_option channel_conf_options[];

struct channel_options {
	struct loop *loop;
	struct db *db;          /* channel_catalogue and bus_catalogue among its catalogues; at least 3 connections */
	struct db *consumer_db; /* sending: for the consumer's batches, 1 connection; NULL: db */
	struct bus *bus;
	const struct channel_settings *settings;
	/* sending; NULL send: a channel that only takes in */
	Hilo__V1__Channel channel;
	int max_parallel; /* transfers at once; 0: 16 */
	/* send - try it once and report with channel_outbound_done(). The object stays valid until then. */
	void (*send)(void *arg, struct channel_outbound *out);
	/* test - try an inbox for real, step by step, and report with channel_trial_done(). NULL: this channel cannot. */
	void (*test)(void *arg, struct channel_trial *trial);
	void *arg;
};

/* channel_open - Returns: owned, channel_close(); NULL when the folder of the store cannot be used (logged). */
struct channel *channel_open(const struct channel_options *options);
void channel_close(struct channel **channel);
/* channel_drain - takes no more work, finishes what was accepted or claimed, gives the consumer's shards back, then
 * calls. */
void channel_drain(struct channel *channel, void (*on_drained)(void *arg), void *arg);

/* channel_accept - stores the message and appends message.received. Whatever comes while one transaction commits goes
 * into the next one together (one in flight). Copies what it needs. on_done: once, after COMMIT; id is the stored
 * message's. */
void channel_accept(struct channel *channel, const struct channel_inbound *inbound,
                    void (*on_done)(void *arg, enum channel_result result, const struct uuid *message_id), void *arg);
/* channel_should_slow - the log lags more than allowed: bulk channels answer "later". */
bool channel_should_slow(const struct channel *channel);

/* ---- sending ---- */

struct channel_outbound {
	struct uuid message_id;
	struct uuid conversation_id; /* nil: a notice, which belongs to none: nobody hears what became of it */
	struct uuid inbox_id;        /* it leaves by */
	int attempt;                 /* from 1 */
	const Hilo__V1__MessageSubmitted *message;
	const char *inbox_address, *inbox_name;
	int64_t submitted_us; /* Date header, the same on every try */
};
enum channel_delivery {
	CHANNEL_SENT,
	CHANNEL_LATER,   /* temporary: again with back-off (1 s … 15 min, full jitter) for 48 h, then failed */
	CHANNEL_FAILED,  /* final */
	CHANNEL_UNKNOWN, /* may have arrived; at-least-once drivers say LATER instead */
};
/* channel_outbound_done - ends this try; answer: the peer's words (at most 500 bytes kept), shown to agents on failure.
 */
void channel_outbound_done(struct channel_outbound *out, enum channel_delivery delivery, const char *answer);

/* ---- trying an inbox ---- */

const struct uuid *channel_trial_inbox(const struct channel_trial *trial);
struct arena *channel_trial_arena(struct channel_trial *trial); /* lives until channel_trial_done() */
/* channel_trial_step - what was found: words of TestStep in the API; detail: never a secret, at most 500 bytes kept. */
void channel_trial_step(struct channel_trial *trial, const char *step, bool ok, const char *code, const char *detail);
/* channel_trial_done - it is told; the trial is gone. Once for each, after its channel was closed as well. */
void channel_trial_done(struct channel_trial *trial);

/* channel_files - the attachment store. Files are put there before the message that names them is accepted. */
struct files *channel_files(struct channel *channel);
