/* channel/sender.c - working off channel.outbound: claim the heads of conversations, let the driver try, write down how
 * it went.
 *
 * The claim commits lease and attempt before the driver is called. The outcome is written under the lease's token,
 * together with its event; it is repeated until the database takes it or says that the lease is somebody else's. */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/text.h"
#include "channel/internal.h"
#include "channel_sql.h"

enum {
	SECOND_US = 1000000,
	POLL_US = SECOND_US,
	RENEW_US = 20 * SECOND_US, /* leases last 60 s */
	AGAIN_US = SECOND_US / 5,
	ANSWER_BYTES = 500,
	MAX_PARALLEL = 16,
	ENDS_MAX = 64, /* outcomes a transaction */
};
#define GIVE_UP_US (48LL * 3600 * SECOND_US)
#define BACKOFF_MAX_US (15LL * 60 * SECOND_US)

/* one claimed message, from its claim until its outcome is committed */
struct sending {
	struct channel_outbound out; /* first: the driver holds a pointer to it */
	struct sender *sender;
	struct sending *next;
	struct arena *arena;
	int64_t token, since_us; /* it is tried */
	struct uuid conversation_inbox_id, assignee_id, causation_id;
	bool is_ended, is_held; /* is_held: the transaction under way found our lease */
	enum channel_delivery delivery;
	const char *answer;
};

struct sender {
	struct channel *channel;
	struct uuid owner;
	struct sending *all; /* claimed, being tried or ended */
	int count;
	bool is_claiming, is_wanted, is_draining;
	struct sending *ending[ENDS_MAX]; /* in the transaction under way */
	size_t ending_count;
	struct db_tx *tx;
	struct db_params *params;
	struct bus_outbox *outbox;
	struct timer *poll, *renew, *again;
	struct metric *results[4];
};

static const char *const results[] = {"sent", "later", "failed", "unknown"};

static void write_ends(struct sender *s);

/* ---- rules ---- */

int64_t sender_backoff_us(int attempt, uint64_t random)
{
	int64_t range = BACKOFF_MAX_US - SECOND_US;
	if (attempt < 10)
		range = HILO_MIN(range, (int64_t)SECOND_US << attempt);
	return SECOND_US + (int64_t)(random % (uint64_t)range);
}

const char *sender_verdict(enum channel_delivery delivery, int64_t since_us, int64_t now_us)
{
	switch (delivery) {
	case CHANNEL_SENT:
		return "sent";
	case CHANNEL_UNKNOWN:
		return "unknown";
	case CHANNEL_LATER:
		return now_us - since_us < GIVE_UP_US ? "queued" : "failed";
	case CHANNEL_FAILED:
		break;
	}
	return "failed";
}

/* ---- claiming ---- */

static void sending_free(struct sending *sending)
{
	arena_free(&sending->arena);
	free(sending);
}

static const Hilo__V1__MessageSubmitted *unpack(struct arena *arena, const struct db_result *rows, size_t row,
                                                int column)
{
	size_t size;
	const void *payload = db_get_bytes(rows, row, column, &size);
	ProtobufCAllocator allocator = bus_arena_allocator(arena);
	return hilo__v1__message_submitted__unpack(&allocator, size, payload);
}

static struct sending *take_row(struct sender *s, const struct db_result *rows, size_t row)
{
	struct sending *sending = hilo_new(struct sending);
	struct channel_outbound *out = &sending->out;
	sending->sender = s;
	sending->arena = arena_new(4096);
	out->message_id = db_get_uuid(rows, row, 0);
	out->conversation_id = db_get_uuid(rows, row, 1);
	out->inbox_id = db_get_uuid(rows, row, 2);
	out->attempt = (int)db_get_int(rows, row, 3);
	sending->token = db_get_int(rows, row, 4);
	out->submitted_us = db_get_time(rows, row, 5);
	out->message = unpack(sending->arena, rows, row, 6);
	sending->assignee_id = db_get_uuid(rows, row, 7);
	sending->causation_id = db_get_uuid(rows, row, 8);
	out->inbox_address = arena_strdup(sending->arena, db_get_text(rows, row, 9));
	out->inbox_name = arena_strdup(sending->arena, db_get_text(rows, row, 10));
	sending->conversation_inbox_id = db_get_uuid(rows, row, 11);
	sending->since_us = db_get_time(rows, row, 12);
	sending->next = s->all;
	s->all = sending;
	s->count++;
	return sending;
}

static void try_it(struct sending *sending)
{
	struct channel_options *options = &sending->sender->channel->options;
	if (!sending->out.message)
		channel_outbound_done(&sending->out, CHANNEL_FAILED, "the stored reply cannot be read");
	else if (!sending->out.inbox_address)
		channel_outbound_done(&sending->out, CHANNEL_LATER, "the inbox is switched off");
	else
		options->send(options->arg, &sending->out);
}

static void on_claimed(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct sender *s = arg;
	if (!channel_answered(s->channel))
		return;
	s->is_claiming = false;
	if (outcome->fault != DB_OK) {
		if (outcome->fault == DB_FAILED)
			log_error("channel.claim_failed", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
		channel_check_drained(s->channel);
		return; /* the poll comes back; a claim committed unseen runs out */
	}
	size_t count = db_rows(rows);
	HILO_AUTO_FREE struct sending **taken = hilo_alloc_array(count + 1, sizeof(struct sending *));
	for (size_t i = 0; i < count; i++)
		taken[i] = take_row(s, rows, i);
	for (size_t i = 0; i < count; i++)
		try_it(taken[i]);
	if (s->is_wanted)
		sender_wake(s);
	channel_check_drained(s->channel);
}

void sender_wake(struct sender *s)
{
	int room = s->channel->options.max_parallel - s->count;
	s->is_wanted = s->is_claiming;
	if (s->is_claiming || s->is_draining || room <= 0)
		return;
	s->is_claiming = true;
	channel_ask(s->channel);
	db_params_reset(s->params);
	db_bind_text(s->params, channel_word(s->channel->options.channel));
	db_bind_i32(s->params, room);
	db_bind_uuid(s->params, &s->owner);
	db_query(s->channel->options.db, &channel_sql_claim_outbound, s->params, on_claimed, s);
}

static void on_poll(void *arg)
{
	sender_wake(arg);
}

static void on_renewed(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct sender *s = arg;
	(void)rows;
	if (channel_answered(s->channel) && outcome->fault != DB_OK)
		log_warn("channel.renew_failed", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
}

static void on_renew(void *arg)
{
	struct sender *s = arg;
	if (s->count == 0 || s->channel->is_closed)
		return;
	db_params_reset(s->params);
	db_array_begin(s->params, DB_UUID);
	for (struct sending *i = s->all; i; i = i->next)
		db_array_uuid(s->params, &i->out.message_id);
	db_array_end(s->params);
	db_array_begin(s->params, DB_I64);
	for (struct sending *i = s->all; i; i = i->next)
		db_array_i64(s->params, i->token);
	db_array_end(s->params);
	channel_ask(s->channel);
	db_query(s->channel->options.db, &channel_sql_renew_outbound, s->params, on_renewed, s);
}

/* ---- outcomes ---- */

static void forget(struct sender *s, struct sending *sending)
{
	struct sending **at = &s->all;
	while (*at != sending)
		at = &(*at)->next;
	*at = sending->next;
	s->count--;
	sending_free(sending);
}

static void ends_over(struct sender *s, const struct db_outcome *outcome)
{
	s->tx = NULL;
	if (outcome->fault == DB_FAILED)
		log_error("channel.outcome_refused", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
	if (outcome->fault == DB_RETRY || outcome->fault == DB_UNKNOWN) {
		s->ending_count = 0;
		timer_in(s->again, AGAIN_US);
		return;
	}
	if (bus_outbox_count(s->outbox) > 0)
		bus_ring(s->channel->options.bus);
	for (size_t i = 0; i < s->ending_count; i++)
		forget(s, s->ending[i]);
	s->ending_count = 0;
	write_ends(s);
	sender_wake(s); /* the next of each conversation may go */
	channel_check_drained(s->channel);
}

static void on_ends_committed(void *arg, const struct db_outcome *outcome)
{
	struct sender *s = arg;
	if (channel_answered(s->channel))
		ends_over(s, outcome);
}

/* end_notice - no conversation, no event: a line in the log and a number. */
static void end_notice(const struct sending *sending, const char *state)
{
	static const char help[] = "Mails that belong to no conversation, by how they ended";
	char id[UUID_TEXT], label[40];
	snprintf(label, sizeof(label), "result=\"%s\"", state);
	metric_add(metric_counter("hilo_channel_notices_total", help, label), 1);
	uuid_format(&sending->out.message_id, id);
	if (strcmp(state, "sent") == 0)
		log_info("channel.notice_sent", "notice=%s attempts=%d", id, sending->out.attempt);
	else
		log_warn("channel.notice_failed", "notice=%s attempts=%d", id, sending->out.attempt);
}

/* add_event - message.sent or message.failed; none for what will be tried again. */
static void add_event(struct sender *s, const struct sending *sending, const char *state)
{
	struct arena *arena = sending->arena;
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__MessageSent sent = HILO__V1__MESSAGE_SENT__INIT;
	Hilo__V1__MessageFailed failed = HILO__V1__MESSAGE_FAILED__INIT;
	char system[] = "system";
	if (strcmp(state, "queued") == 0)
		return;
	if (uuid_is_nil(&sending->out.conversation_id)) {
		end_notice(sending, state);
		return;
	}
	envelope.subject = bus_id(arena, &sending->out.message_id);
	envelope.inbox_id = bus_id(arena, &sending->conversation_inbox_id);
	envelope.key = envelope.correlation_id = bus_id(arena, &sending->out.conversation_id);
	envelope.causation_id = bus_id(arena, &sending->causation_id);
	envelope.assignee_id = bus_id(arena, &sending->assignee_id);
	envelope.actor = system;
	sent.conversation_id = failed.conversation_id = envelope.key;
	sent.message_id = failed.message_id = envelope.subject;
	sent.attempts = failed.attempts = (uint32_t)sending->out.attempt;
	sent.answer = failed.reason = (char *)(uintptr_t)sending->answer;
	failed.unknown = strcmp(state, "unknown") == 0;
	if (strcmp(state, "sent") == 0) {
		envelope.body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_SENT;
		envelope.message_sent = &sent;
	} else {
		envelope.body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_FAILED;
		envelope.message_failed = &failed;
	}
	if (bus_outbox_add(s->outbox, &envelope) < 0)
		log_error("channel.event_refused", "message=%s", envelope.subject);
}

static void on_ends_written(void *arg, const struct db_outcome *outcome)
{
	struct sender *s = arg;
	if (!channel_answered(s->channel))
		return;
	if (outcome->fault != DB_OK) {
		ends_over(s, outcome);
		return;
	}
	int64_t now_us = clock_now_us();
	for (size_t i = 0; i < s->ending_count; i++) {
		struct sending *sending = s->ending[i];
		if (sending->is_held)
			add_event(s, sending, sender_verdict(sending->delivery, sending->since_us, now_us));
		else
			log_warn("channel.lease_lost", "attempt=%d", sending->out.attempt);
	}
	bus_outbox_append(s->outbox, s->tx);
	channel_ask(s->channel);
	db_tx_commit(s->tx, on_ends_committed, s);
}

/* the lease was held; it may have gone to another inbox since it was submitted */
static void hold(struct sending *sending, const struct db_result *rows, size_t row)
{
	sending->is_held = true;
	if (db_is_null(rows, row, 1))
		return;
	sending->conversation_inbox_id = db_get_uuid(rows, row, 1);
	sending->assignee_id = db_get_uuid(rows, row, 2);
}

static void on_held(void *arg, const struct db_result *rows)
{
	struct sender *s = arg;
	for (size_t row = 0; row < db_rows(rows); row++) {
		struct uuid id = db_get_uuid(rows, row, 0);
		for (size_t i = 0; i < s->ending_count; i++)
			if (uuid_equal(&id, &s->ending[i]->out.message_id))
				hold(s->ending[i], rows, row);
	}
}

/* write_ends - one transaction for all outcomes that are there. */
static void write_ends(struct sender *s)
{
	struct store_end ends[ENDS_MAX];
	int64_t now_us = clock_now_us();
	if (s->tx || timer_is_running(s->again) || s->channel->is_closed)
		return;
	for (struct sending *i = s->all; i && s->ending_count < ENDS_MAX; i = i->next) {
		if (!i->is_ended)
			continue;
		struct uuid random = uuid_random();
		i->is_held = false;
		ends[s->ending_count] = (struct store_end){
		        .message_id = i->out.message_id,
		        .token = i->token,
		        .state = sender_verdict(i->delivery, i->since_us, now_us),
		        .result = results[i->delivery],
		        .delay_us = sender_backoff_us(i->out.attempt, uuid_hash64(&random)),
		        .answer = i->answer,
		};
		s->ending[s->ending_count++] = i;
	}
	if (s->ending_count == 0)
		return;
	bus_outbox_clear(s->outbox);
	channel_ask(s->channel);
	s->tx = db_begin(s->channel->options.db);
	store_finish_outbound(s->tx, s->params, ends, s->ending_count, on_held, s);
	db_tx_sync(s->tx, on_ends_written, s);
}

static void on_again(void *arg)
{
	write_ends(arg);
}

void channel_outbound_done(struct channel_outbound *out, enum channel_delivery delivery, const char *answer)
{
	struct sending *sending = (struct sending *)out;
	const char *text = answer ? answer : "";
	sending->delivery = delivery;
	sending->answer = text_mend(sending->arena, text, strlen(text), ANSWER_BYTES);
	sending->is_ended = true;
	metric_add(sending->sender->results[delivery], 1);
	write_ends(sending->sender);
}

/* ---- life ---- */

struct sender *sender_new(struct channel *channel)
{
	static const char help[] = "Tries to send, by how they ended";
	struct sender *s = hilo_new(struct sender);
	struct loop *loop = channel->options.loop;
	s->channel = channel;
	s->owner = uuid_random();
	s->params = db_params_new();
	s->outbox = bus_outbox_new(bus_service(channel->options.bus));
	s->poll = timer_new(loop, on_poll, s);
	s->renew = timer_new(loop, on_renew, s);
	s->again = timer_new(loop, on_again, s);
	timer_every(s->poll, POLL_US);
	timer_every(s->renew, RENEW_US);
	if (channel->options.max_parallel <= 0)
		channel->options.max_parallel = MAX_PARALLEL;
	s->results[CHANNEL_SENT] = metric_counter("hilo_channel_sent_total", help, "result=\"sent\"");
	s->results[CHANNEL_LATER] = metric_counter("hilo_channel_sent_total", help, "result=\"later\"");
	s->results[CHANNEL_FAILED] = metric_counter("hilo_channel_sent_total", help, "result=\"failed\"");
	s->results[CHANNEL_UNKNOWN] = metric_counter("hilo_channel_sent_total", help, "result=\"unknown\"");
	return s;
}

void sender_free(struct sender **sender)
{
	struct sender *old = sender ? HILO_STEAL(*sender) : NULL;
	if (!old)
		return;
	for (struct sending *i = old->all, *next; i; i = next) {
		next = i->next;
		sending_free(i);
	}
	timer_free(&old->poll);
	timer_free(&old->renew);
	timer_free(&old->again);
	bus_outbox_free(&old->outbox);
	db_params_free(&old->params);
	free(old);
}

void sender_drain(struct sender *s)
{
	s->is_draining = true;
	timer_stop(s->poll);
}

bool sender_is_idle(const struct sender *s)
{
	return s->count == 0 && !s->is_claiming;
}
