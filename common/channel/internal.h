/* channel/internal.h - what the files of common/channel share. */
#pragma once

#include "channel/channel.h"

struct accept;
struct sender;

struct channel {
	struct channel_options options;
	struct files *files;
	struct accept *accept;
	struct sender *sender; /* NULL, consumer too: takes in only */
	struct consumer *consumer;
	struct timer *lag_timer;
	struct db_params *params; /* scratch for single statements */
	int64_t lag_us;
	void (*on_drained)(void *arg);
	void *drained_arg;
	bool is_consumer_drained;
	int asked; /* database calls under way: their callbacks need what they point at */
	bool is_closed;
};

/* channel_word - the channel's name in tables and keys: "email". */
const char *channel_word(Hilo__V1__Channel channel);
/* channel_ask - counts a database call that was begun. channel_answered - counts its end, first thing in its callback.
 * Returns: false if the channel has been closed meanwhile: its memory may be gone. */
void channel_ask(struct channel *channel);
bool channel_answered(struct channel *channel);
/* channel_check_drained - tells whoever waits for it once nothing is under way. */
void channel_check_drained(struct channel *channel);

/* ---- taking in: accept.c ---- */
struct accept *accept_new(struct channel *channel);
void accept_free(struct accept **accept);
bool accept_is_idle(const struct accept *accept);

/* ---- sending: outbound.c puts rows there, sender.c works them off ---- */
/* outbound_consumer_new - the consumer of message.submitted and delivery.retry_requested, and of notice.submitted for
 * mail; wakes the sender after each COMMIT that made or freed rows. */
struct consumer *outbound_consumer_new(struct channel *channel);
struct sender *sender_new(struct channel *channel);
void sender_free(struct sender **sender);
/* sender_wake - there may be something to claim. */
void sender_wake(struct sender *sender);
/* sender_drain - claims nothing more. */
void sender_drain(struct sender *sender);
bool sender_is_idle(const struct sender *sender);
/* sender_backoff_us - how long after this try, from 1, the next one comes: 1 s and a random part of what doubles each
 * time, at most 15 min. Pure. random: any 64 bits. */
int64_t sender_backoff_us(int attempt, uint64_t random);
/* sender_verdict - the state a try ends in ("sent", "queued", "failed", "unknown"): what is temporary for 48 h since
 * since_us, when it was submitted or last asked for, becomes failed. Pure. */
const char *sender_verdict(enum channel_delivery delivery, int64_t since_us, int64_t now_us);

/* ---- trying again: retry.c ---- */
struct retry {                         /* an agent wants it */
	const struct bus_event *event; /* delivery.retry_requested */
	struct uuid message_id, conversation_id, conversation_inbox_id, assignee_id, causation_id;
	bool exists, is_failed; /* as stored */
	bool is_done;           /* it is to be queued again */
};
/* retry_of - Returns: in the arena; NULL when an identifier is missing. */
struct retry *retry_of(struct arena *arena, const struct bus_event *event);
/* retry_decide - the retry at this place, after those before it; adds message.retried and request.done, or
 * request.refused, to the batch's outbox. Returns: as bus_outbox_add(). */
int retry_decide(struct consumer_batch *batch, struct retry *const *retries, size_t at);

/* ---- trying an inbox: trial.c ---- */
/* trial_is_ours - inbox.test_requested of this channel. */
bool trial_is_ours(const struct channel *channel, const struct bus_event *event);
/* trial_refuse_late - request.refused when its deadline has passed. Returns: as bus_outbox_add(). */
int trial_refuse_late(struct consumer_batch *batch, const struct bus_event *event);
/* trial_start - unless its deadline has passed; after COMMIT. */
void trial_start(struct channel *channel, int64_t now_us, const struct bus_event *event);

/* ---- statements: store.c ---- */
struct store_message {
	const struct uuid *id;
	const struct channel_inbound *in;
};
void store_find_messages(struct db_tx *tx, struct db_params *params, const struct store_message *messages, size_t count,
                         void (*on_rows)(void *arg, const struct db_result *result), void *arg); /* place, id */
void store_insert_messages(struct db_tx *tx, struct db_params *params, const struct store_message *messages,
                           size_t count);
/* store_insert_attachments - of these messages; nothing when they have none. */
void store_insert_attachments(struct db_tx *tx, struct db_params *params, const struct store_message *messages,
                              size_t count);
void store_insert_unparsed(struct db_tx *tx, struct db_params *params, const struct store_message *messages,
                           size_t count, void (*on_rows)(void *arg, const struct db_result *result),
                           void *arg); /* id */

struct store_outbound {
	struct uuid message_id, inbox_id /* it leaves by */, causation_id;
	struct uuid conversation_id, conversation_inbox_id, assignee_id; /* nil: none */
	int64_t sequence, submitted_us;
	const void *payload;
	size_t payload_size;
};
void store_insert_outbound(struct db_tx *tx, struct db_params *params, const char *channel,
                           const struct store_outbound *rows, size_t count);

/* store_find_failed - place, whether it failed; nothing else changes what has failed while its shard is held */
void store_find_failed(struct db_tx *tx, struct db_params *params, const char *channel, struct retry *const *retries,
                       size_t count, void (*on_rows)(void *arg, const struct db_result *result), void *arg);
/* store_retry_outbound - those of them that are to be queued again. */
void store_retry_outbound(struct db_tx *tx, struct db_params *params, struct retry *const *retries, size_t count);

struct store_end {
	struct uuid message_id;
	int64_t token, delay_us;
	const char *state, *result, *answer;
};
void store_finish_outbound(struct db_tx *tx, struct db_params *params, const struct store_end *ends, size_t count,
                           void (*on_rows)(void *arg, const struct db_result *result),
                           void *arg); /* id; inbox and assignee of the conversation now, null when unknown */
