/* channel/accept.c - inbound messages into the database, a transaction at a time: what comes while one commits is the
 * next.
 *
 * Round trip 1: BEGIN, the contact points' locks, which of these messages are stored already (no transaction id yet, so
 * no reader waits for us). Round trip 2: rows, files, events, COMMIT. The locks make (xid, id) the order of cause and
 * effect for each contact point; the unique key on (inbox, dedupe key) settles what the look-up could not see. */
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/text.h"
#include "channel/internal.h"

enum { BATCH_MESSAGES = 256, BATCH_BYTES = 4 * 1024 * 1024, PREVIEW_BYTES = 200 };

struct item {
	struct channel_inbound in; /* everything it points at is in the batch's arena */
	struct uuid id;
	const struct item *twin; /* the same message earlier in this batch */
	const char *contact_key; /* "email:ann@example.org"; NULL: cannot be parsed */
	enum channel_result result;
	bool is_known;    /* stored before this batch */
	int64_t since_us; /* monotonic */
	void (*on_done)(void *arg, enum channel_result result, const struct uuid *message_id);
	void *arg;
};

/* one transaction's worth */
struct batch {
	struct batch *next;
	struct arena *arena;
	struct item *items; /* BATCH_MESSAGES of them */
	size_t count, bytes;
	bool is_again; /* has been run before: a second unknown end is not tried again */
};

struct accept {
	struct channel *channel;
	struct batch *first, *last; /* waiting, in order; the last one is being filled */
	struct batch *spare;        /* empty ones */
	struct batch *running;
	struct db_tx *tx;
	struct db_params *params;
	struct bus_outbox *outbox;
	struct store_message *fresh, *unparsed; /* BATCH_MESSAGES each: what the running batch inserts */
	size_t fresh_count, unparsed_count;
	struct metric *results[3], *seconds, *parked;
};

static void run_next(struct accept *a);

/* ---- batches ---- */

static struct batch *batch_take(struct accept *a)
{
	struct batch *b = a->spare;
	if (b) {
		a->spare = b->next;
	} else {
		b = hilo_new(struct batch);
		b->arena = arena_new(256 * 1024);
		b->items = hilo_alloc_array(BATCH_MESSAGES, sizeof(*b->items));
	}
	b->next = NULL;
	return b;
}

static void batch_give(struct accept *a, struct batch *b)
{
	arena_reset(b->arena);
	b->count = b->bytes = 0;
	b->is_again = false;
	b->next = a->spare;
	a->spare = b;
}

static void batch_free_all(struct batch *b)
{
	for (struct batch *next; b; b = next) {
		next = b->next;
		arena_free(&b->arena);
		free(b->items);
		free(b);
	}
}

static void push_back(struct accept *a, struct batch *b)
{
	if (a->first)
		a->last->next = b;
	else
		a->first = b;
	a->last = b;
}

static void push_front(struct accept *a, struct batch *b)
{
	b->next = a->first;
	if (!a->first)
		a->last = b;
	a->first = b;
}

static struct batch *pop_front(struct accept *a)
{
	struct batch *b = a->first;
	a->first = b->next;
	b->next = NULL;
	return b;
}

/* ---- items ---- */

static size_t length_of(const char *text)
{
	return text ? strlen(text) : 0;
}

static size_t inbound_bytes(const struct channel_inbound *in)
{
	return length_of(in->text) + length_of(in->html) + (in->raw_file ? 0 : in->raw_size) + 1024;
}

static const struct channel_file *copy_files(struct arena *arena, const struct channel_inbound *in)
{
	struct channel_file *files = arena_new_array(arena, struct channel_file, in->files_count);
	for (size_t i = 0; i < in->files_count; i++) {
		files[i] = in->files[i];
		files[i].name = arena_strdup(arena, in->files[i].name);
		files[i].content_type = arena_strdup(arena, in->files[i].content_type);
		files[i].content_id = arena_strdup(arena, in->files[i].content_id);
		files[i].sha256 = arena_strdup(arena, in->files[i].sha256);
	}
	return files;
}

static const char *const *copy_lines(struct arena *arena, const struct channel_inbound *in)
{
	const char **lines = arena_new_array(arena, const char *, in->thread_ids_count);
	for (size_t i = 0; i < in->thread_ids_count; i++)
		lines[i] = arena_strdup(arena, in->thread_ids[i]);
	return lines;
}

static const struct channel_evidence *copy_evidence(struct arena *arena, const struct channel_inbound *in)
{
	struct channel_evidence *evidence = arena_new_array(arena, struct channel_evidence, in->evidence_count);
	for (size_t i = 0; i < in->evidence_count; i++) {
		evidence[i] = in->evidence[i];
		evidence[i].address = arena_strdup(arena, in->evidence[i].address);
	}
	return evidence;
}

static struct channel_inbound copy_inbound(struct arena *arena, const struct channel_inbound *in)
{
	struct channel_inbound copy = *in;
	copy.dedupe_key = arena_strdup(arena, in->dedupe_key);
	copy.contact_address = arena_strdup(arena, in->contact_address);
	copy.contact_name = arena_strdup(arena, in->contact_name);
	copy.subject = arena_strdup(arena, in->subject);
	copy.text = arena_strdup(arena, in->text);
	copy.html = arena_strdup(arena, in->html);
	copy.rfc_message_id = arena_strdup(arena, in->rfc_message_id);
	copy.recipient_tag = arena_strdup(arena, in->recipient_tag);
	copy.to_json = arena_strdup(arena, in->to_json);
	copy.cc_json = arena_strdup(arena, in->cc_json);
	copy.raw_file = arena_strdup(arena, in->raw_file);
	copy.parse_error = arena_strdup(arena, in->parse_error);
	copy.raw = in->raw_file || !in->raw ? NULL : arena_memdup(arena, in->raw, in->raw_size);
	copy.thread_ids = copy_lines(arena, in);
	copy.files = copy_files(arena, in);
	copy.evidence = copy_evidence(arena, in);
	return copy;
}

void channel_accept(struct channel *channel, const struct channel_inbound *inbound,
                    void (*on_done)(void *arg, enum channel_result result, const struct uuid *message_id), void *arg)
{
	struct accept *a = channel->accept;
	struct batch *b = a->first ? a->last : NULL;
	size_t bytes = inbound_bytes(inbound);
	if (!b || b->is_again || b->count == BATCH_MESSAGES || b->bytes + bytes > BATCH_BYTES) {
		b = batch_take(a);
		push_back(a, b);
	}
	struct item *item = &b->items[b->count++];
	*item = (struct item){
	        .in = copy_inbound(b->arena, inbound),
	        .id = uuid_new(),
	        .since_us = clock_monotonic_us(),
	        .on_done = on_done,
	        .arg = arg,
	};
	if (!inbound->parse_error)
		item->contact_key =
		        arena_printf(b->arena, "%s:%s", channel_word(inbound->channel), inbound->contact_address);
	b->bytes += bytes;
	run_next(a);
}

/* ---- the end of a batch ---- */

static void answer(struct accept *a, struct item *item)
{
	const struct item *first = item->twin ? item->twin : item;
	if (item->twin)
		item->result = first->result == CHANNEL_RETRY ? CHANNEL_RETRY : CHANNEL_DUPLICATE;
	metric_add(a->results[item->result], 1);
	metric_observe(a->seconds, (double)(clock_monotonic_us() - item->since_us) / 1e6);
	item->on_done(item->arg, item->result, item->result == CHANNEL_RETRY ? NULL : &first->id);
}

/* finish - answers everybody, then goes on. A callback may hand over the next message. */
static void finish(struct accept *a)
{
	struct batch *b = HILO_STEAL(a->running);
	bus_outbox_clear(a->outbox);
	for (size_t i = 0; i < b->count; i++)
		answer(a, &b->items[i]);
	batch_give(a, b);
	run_next(a);
	channel_check_drained(a->channel);
}

static void finish_with(struct accept *a, enum channel_result result)
{
	for (size_t i = 0; i < a->running->count; i++)
		if (!a->running->items[i].is_known)
			a->running->items[i].result = result;
	finish(a);
}

static void run_again(struct accept *a)
{
	struct batch *b = HILO_STEAL(a->running);
	bus_outbox_clear(a->outbox);
	b->is_again = true;
	for (size_t i = 0; i < b->count; i++)
		b->items[i].twin = NULL, b->items[i].is_known = false;
	push_front(a, b);
	run_next(a);
}

/* split - one of them is bad: each alone, in order, before anything newer. */
static void split(struct accept *a)
{
	struct batch *b = HILO_STEAL(a->running);
	bus_outbox_clear(a->outbox);
	for (size_t i = b->count; i > 0; i--) {
		struct batch *alone = batch_take(a);
		alone->items[0] = b->items[i - 1];
		alone->items[0].in = copy_inbound(alone->arena, &b->items[i - 1].in);
		alone->items[0].contact_key = arena_strdup(alone->arena, b->items[i - 1].contact_key);
		alone->items[0].twin = NULL;
		alone->items[0].is_known = false;
		alone->count = 1;
		alone->is_again = true;
		push_front(a, alone);
	}
	batch_give(a, b);
	run_next(a);
}

/* park - a message PostgreSQL will never take (22: bad data, 54: too large) is kept raw for an operator; a fault that
 * is not the message's stays with the sender. */
static void park(struct accept *a, const struct db_outcome *outcome)
{
	struct batch *b = a->running;
	struct item *item = &b->items[0];
	bool is_bad_data = strncmp(outcome->sqlstate, "22", 2) == 0 || strncmp(outcome->sqlstate, "54", 2) == 0;
	log_error("channel.accept_failed", "sqlstate=%s error=%s parked=%s", outcome->sqlstate, outcome->message,
	          is_bad_data && !item->in.parse_error ? "yes" : "no");
	if (!is_bad_data || item->in.parse_error) {
		finish_with(a, CHANNEL_RETRY);
		return;
	}
	item->in.parse_error = arena_strdup(b->arena, outcome->message);
	item->contact_key = NULL;
	run_again(a);
}

static void on_failed(struct accept *a, const struct db_outcome *outcome)
{
	struct batch *b = a->running;
	bool is_race = strcmp(outcome->sqlstate, "23505") == 0; /* stored by somebody else since we looked */
	bool is_slow = strcmp(outcome->sqlstate, "57014") == 0; /* statement_timeout: the mail is not to blame */
	if ((outcome->fault == DB_UNKNOWN || is_race) && !b->is_again)
		run_again(a);
	else if (outcome->fault != DB_FAILED || is_slow)
		finish_with(a, CHANNEL_RETRY);
	else if (b->count > 1)
		split(a);
	else
		park(a, outcome);
}

/* ---- the transaction ---- */

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct accept *a = arg;
	if (!channel_answered(a->channel))
		return;
	a->tx = NULL;
	if (outcome->fault != DB_OK) {
		on_failed(a, outcome);
		return;
	}
	metric_add(a->parked, (double)a->unparsed_count);
	if (bus_outbox_count(a->outbox) > 0)
		bus_ring(a->channel->options.bus);
	finish_with(a, CHANNEL_STORED);
}

static void set_evidence(struct arena *arena, const struct channel_inbound *in, Hilo__V1__MessageReceived *body)
{
	Hilo__V1__Evidence *all = arena_new_array(arena, Hilo__V1__Evidence, in->evidence_count);
	body->evidence = arena_new_array(arena, Hilo__V1__Evidence *, in->evidence_count);
	body->n_evidence = in->evidence_count;
	for (size_t i = 0; i < in->evidence_count; i++) {
		hilo__v1__evidence__init(&all[i]);
		all[i].channel = in->evidence[i].channel;
		all[i].address = (char *)(uintptr_t)in->evidence[i].address;
		all[i].level = in->evidence[i].level;
		body->evidence[i] = &all[i];
	}
}

/* add_event - message.received. Returns: false if the log will not take it. */
static bool add_event(struct accept *a, const struct item *item)
{
	struct arena *arena = a->running->arena;
	const struct channel_inbound *in = &item->in;
	Hilo__V1__MessageReceived body = HILO__V1__MESSAGE_RECEIVED__INIT;
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	char empty[] = "", system[] = "system";
	body.message_id = bus_id(arena, &item->id);
	body.channel = in->channel;
	body.inbox_id = bus_id(arena, &in->inbox_id);
	body.contact_address = (char *)(uintptr_t)in->contact_address;
	body.contact_name = in->contact_name ? (char *)(uintptr_t)in->contact_name : empty;
	body.level = in->level;
	body.subject = in->subject ? (char *)(uintptr_t)in->subject : empty;
	body.preview = in->text ? text_preview(arena, in->text, PREVIEW_BYTES) : empty;
	body.rfc_message_id = in->rfc_message_id ? (char *)(uintptr_t)in->rfc_message_id : empty;
	body.thread_ids = (char **)(uintptr_t)in->thread_ids;
	body.n_thread_ids = in->thread_ids_count;
	body.recipient_tag = in->recipient_tag ? (char *)(uintptr_t)in->recipient_tag : empty;
	body.automatic = in->automatic;
	body.conversation_id = bus_id(arena, &in->conversation_id);
	set_evidence(arena, in, &body);
	envelope.subject = body.message_id;
	envelope.inbox_id = body.inbox_id;
	envelope.key = (char *)(uintptr_t)item->contact_key;
	envelope.actor = system;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_RECEIVED;
	envelope.message_received = &body;
	return bus_outbox_add(a->outbox, &envelope) == 0;
}

static void gather_new(struct accept *a)
{
	struct batch *b = a->running;
	a->fresh_count = a->unparsed_count = 0;
	for (size_t i = 0; i < b->count; i++) {
		struct item *item = &b->items[i];
		struct store_message message = {&item->id, &item->in};
		if (item->twin || item->is_known)
			continue;
		if (!item->in.parse_error && !add_event(a, item))
			item->in.parse_error = "cannot be put into an event";
		if (item->in.parse_error)
			a->unparsed[a->unparsed_count++] = message;
		else
			a->fresh[a->fresh_count++] = message;
	}
}

static void on_looked(void *arg, const struct db_outcome *outcome)
{
	struct accept *a = arg;
	if (!channel_answered(a->channel))
		return;
	if (outcome->fault != DB_OK) {
		a->tx = NULL;
		on_failed(a, outcome);
		return;
	}
	gather_new(a);
	if (a->fresh_count + a->unparsed_count == 0) {
		db_tx_rollback(HILO_STEAL(a->tx));
		finish_with(a, CHANNEL_DUPLICATE);
		return;
	}
	if (a->fresh_count > 0) {
		store_insert_messages(a->tx, a->params, a->fresh, a->fresh_count);
		store_insert_attachments(a->tx, a->params, a->fresh, a->fresh_count);
		bus_outbox_append(a->outbox, a->tx);
	}
	if (a->unparsed_count > 0)
		store_insert_unparsed(a->tx, a->params, a->unparsed, a->unparsed_count, NULL, NULL);
	channel_ask(a->channel);
	db_tx_commit(a->tx, on_committed, a);
}

static void on_found(void *arg, const struct db_result *result)
{
	struct accept *a = arg;
	for (size_t row = 0; row < db_rows(result); row++) {
		struct item *item = &a->running->items[db_get_int(result, row, 0) - 1];
		item->id = db_get_uuid(result, row, 1);
		item->is_known = true;
		item->result = CHANNEL_DUPLICATE;
	}
}

static int compare_keys(const void *left, const void *right)
{
	const struct item *a = *(struct item *const *)left, *b = *(struct item *const *)right;
	int order = uuid_compare(&a->in.inbox_id, &b->in.inbox_id);
	if (order == 0)
		order = strcmp(a->in.dedupe_key, b->in.dedupe_key);
	return order ? order : (a > b) - (a < b);
}

/* find_twins - a message that came twice within the batch is stored once. */
static void find_twins(struct batch *b)
{
	struct item *sorted[BATCH_MESSAGES];
	for (size_t i = 0; i < b->count; i++)
		sorted[i] = &b->items[i];
	qsort(sorted, b->count, sizeof(*sorted), compare_keys);
	for (size_t i = 1; i < b->count; i++)
		if (uuid_equal(&sorted[i]->in.inbox_id, &sorted[i - 1]->in.inbox_id) &&
		    strcmp(sorted[i]->in.dedupe_key, sorted[i - 1]->in.dedupe_key) == 0)
			sorted[i]->twin = sorted[i - 1]->twin ? sorted[i - 1]->twin : sorted[i - 1];
}

static void lock_contact_points(struct accept *a)
{
	int64_t locks[BATCH_MESSAGES];
	size_t count = 0;
	for (size_t i = 0; i < a->running->count; i++) {
		const char *key = a->running->items[i].contact_key;
		if (key)
			locks[count++] = hash_object64("contact_point", key, strlen(key));
	}
	if (count > 0)
		db_tx_lock(a->tx, locks, count);
}

static void run_next(struct accept *a)
{
	if (a->running || !a->first)
		return;
	struct batch *b = a->running = pop_front(a);
	find_twins(b);
	for (size_t i = 0; i < b->count; i++)
		a->fresh[i] = (struct store_message){&b->items[i].id, &b->items[i].in};
	channel_ask(a->channel);
	a->tx = db_begin(a->channel->options.db);
	lock_contact_points(a);
	store_find_messages(a->tx, a->params, a->fresh, b->count, on_found, a);
	db_tx_sync(a->tx, on_looked, a);
}

/* ---- life ---- */

struct accept *accept_new(struct channel *channel)
{
	static const char help[] = "Messages handed over by drivers, by what became of them";
	struct accept *a = hilo_new(struct accept);
	a->channel = channel;
	a->params = db_params_new();
	a->outbox = bus_outbox_new(bus_service(channel->options.bus));
	a->fresh = hilo_alloc_array(BATCH_MESSAGES, sizeof(*a->fresh));
	a->unparsed = hilo_alloc_array(BATCH_MESSAGES, sizeof(*a->unparsed));
	a->results[CHANNEL_STORED] = metric_counter("hilo_channel_accepted_total", help, "result=\"stored\"");
	a->results[CHANNEL_DUPLICATE] = metric_counter("hilo_channel_accepted_total", help, "result=\"duplicate\"");
	a->results[CHANNEL_RETRY] = metric_counter("hilo_channel_accepted_total", help, "result=\"retry\"");
	a->parked = metric_counter("hilo_channel_unparsed_total", "Messages kept raw because they could not be parsed",
	                           NULL);
	a->seconds = metric_histogram("hilo_channel_accept_seconds", "From hand-over to COMMIT", NULL);
	return a;
}

void accept_free(struct accept **accept)
{
	struct accept *old = accept ? HILO_STEAL(*accept) : NULL;
	if (!old)
		return;
	batch_free_all(old->running);
	batch_free_all(old->first);
	batch_free_all(old->spare);
	bus_outbox_free(&old->outbox);
	db_params_free(&old->params);
	free(old->fresh);
	free(old->unparsed);
	free(old);
}

bool accept_is_idle(const struct accept *accept)
{
	return !accept->running && !accept->first;
}
