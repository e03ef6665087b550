/* channel/trial.c - an inbox is tried: asked for by inbox.test_requested, done by the driver, told as inbox.tested. At most
 * once: a daemon that ends meanwhile leaves the request unanswered. */
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "channel/internal.h"

enum { STEPS_MAX = 16 };

struct channel_trial {
	struct channel *channel;
	struct arena *arena; /* it lies in it */
	struct uuid inbox_id;
	char *request_id, *causation_id;
	Hilo__V1__InboxTestStep steps[STEPS_MAX], *list[STEPS_MAX];
	size_t count;
	struct db_tx *tx;
	struct bus_outbox *outbox;
};

bool trial_is_ours(const struct channel *channel, const struct bus_event *event)
{
	const Hilo__V1__Envelope *envelope = event->envelope;
	return channel->options.test && envelope->body_case == HILO__V1__ENVELOPE__BODY_INBOX_TEST_REQUESTED &&
	       envelope->inbox_test_requested->channel == channel->options.channel;
}

/* ---- too late ---- */

int trial_refuse_late(struct consumer_batch *batch, const struct bus_event *event)
{
	const Hilo__V1__Envelope *asked = event->envelope;
	Hilo__V1__RequestRefused body = HILO__V1__REQUEST_REFUSED__INIT;
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	char system[] = "system", expired[] = "expired";
	if (asked->inbox_test_requested->deadline_us > batch->now_us)
		return 0;
	body.request_id = envelope.subject = asked->inbox_test_requested->request_id;
	body.code = expired;
	envelope.key = envelope.inbox_id = asked->inbox_test_requested->inbox_id;
	envelope.causation_id = asked->id;
	envelope.actor = system;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_REQUEST_REFUSED;
	envelope.request_refused = &body;
	return bus_outbox_add(batch->outbox, &envelope);
}

/* ---- the trial ---- */

void trial_start(struct channel *channel, int64_t now_us, const struct bus_event *event)
{
	const Hilo__V1__InboxTestRequested *asked = event->envelope->inbox_test_requested;
	struct uuid inbox_id;
	if (asked->deadline_us <= now_us || uuid_parse(asked->inbox_id, &inbox_id) < 0)
		return;
	struct arena *arena = arena_new(8192);
	struct channel_trial *trial = arena_new_object(arena, struct channel_trial);
	trial->channel = channel;
	trial->arena = arena;
	trial->inbox_id = inbox_id;
	trial->request_id = arena_strdup(arena, asked->request_id);
	trial->causation_id = arena_strdup(arena, event->envelope->id);
	channel_ask(channel);
	channel->options.test(channel->options.arg, trial);
}

const struct uuid *channel_trial_inbox(const struct channel_trial *trial)
{
	return &trial->inbox_id;
}

struct arena *channel_trial_arena(struct channel_trial *trial)
{
	return trial->arena;
}

void channel_trial_step(struct channel_trial *trial, const char *step, bool ok, const char *code, const char *detail)
{
	enum { DETAIL_BYTES = 500 };
	if (trial->count == STEPS_MAX)
		return;
	Hilo__V1__InboxTestStep *to = &trial->steps[trial->count];
	hilo__v1__inbox_test_step__init(to);
	to->step = arena_strdup(trial->arena, step);
	to->ok = ok;
	to->code = arena_strdup(trial->arena, code);
	to->detail = text_mend(trial->arena, detail, strlen(detail), DETAIL_BYTES);
	trial->list[trial->count++] = to;
}

static void trial_free(struct channel_trial *trial)
{
	struct arena *arena = trial->arena;
	bus_outbox_free(&trial->outbox);
	arena_free(&arena);
}

static void on_told(void *arg, const struct db_outcome *outcome)
{
	struct channel_trial *trial = arg;
	bool is_open = channel_answered(trial->channel);
	if (outcome->fault == DB_OK && is_open)
		bus_ring(trial->channel->options.bus);
	else if (outcome->fault != DB_OK)
		log_warn("channel.trial_untold", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
	trial_free(trial);
}

static int add_event(struct channel_trial *trial)
{
	Hilo__V1__InboxTested body = HILO__V1__INBOX_TESTED__INIT;
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	char system[] = "system";
	body.request_id = trial->request_id;
	body.inbox_id = envelope.key = envelope.inbox_id = envelope.subject = bus_id(trial->arena, &trial->inbox_id);
	body.steps = trial->list;
	body.n_steps = trial->count;
	envelope.causation_id = trial->causation_id;
	envelope.actor = system;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_INBOX_TESTED;
	envelope.inbox_tested = &body;
	return bus_outbox_add(trial->outbox, &envelope);
}

static void on_locked(void *arg, const struct db_outcome *outcome)
{
	struct channel_trial *trial = arg;
	if (outcome->fault != DB_OK) {
		on_told(trial, outcome);
		return;
	}
	bus_outbox_append(trial->outbox, trial->tx);
	db_tx_commit(trial->tx, on_told, trial);
}

void channel_trial_done(struct channel_trial *trial)
{
	const struct channel *channel = trial->channel;
	int64_t lock = hash_object64("inbox", trial->inbox_id.bytes, sizeof(trial->inbox_id.bytes));
	if (channel->is_closed) {
		channel_answered(trial->channel);
		trial_free(trial);
		return;
	}
	trial->outbox = bus_outbox_new(bus_service(channel->options.bus));
	if (add_event(trial) < 0) {
		log_error("channel.trial_untold", "error=%s", "its event cannot be made");
		channel_answered(trial->channel);
		trial_free(trial);
		return;
	}
	trial->tx = db_begin(channel->options.db);
	db_tx_lock(trial->tx, &lock, 1);
	db_tx_sync(trial->tx, on_locked, trial);
}
