/* requests.c - see requests.h. */
#include "requests.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "handlers.h"
#include "base/index.h"
#include "reply.h"

#define WAIT_US 2000000    /* a client waits this long for an outcome */
#define KEEP_US 15000000   /* an outcome later than that is nobody's here */
#define FOREIGN_US 1000000 /* the replica that was asked writes first */
enum { FINISH_MAX = 200 }; /* outcomes a transaction */

struct waiter {
	struct waiter *next;
	struct http_request *request;
};

/* one request of this replica, between the asking and the answer */
struct entry {
	struct requests *requests;
	struct uuid id;
	struct waiter *waiters; /* in the arenas of their requests */
	struct timer *timer;
	int64_t expires_us; /* monotonic */
	int status;         /* 0: no answer yet */
	char *answer;
};

struct outcome {
	struct outcome *next;
	struct outcome_row row;
	char *body;
	int64_t due_us; /* monotonic */
};

struct outcomes {
	struct outcome *first, **last;
	size_t count;
};

struct requests {
	struct gateway *gateway;
	struct index entries;
	struct outcomes own, foreign; /* to be written; foreign ones when they are due */
	struct timer *timer;
	struct finish *finish; /* the transaction under way, one at a time */
};

struct finish {
	struct requests *requests; /* NULL: the daemon stops */
	struct arena *arena;
	struct db_tx *tx;
	struct outcome *outcomes;
	struct outcome_row *rows;
	size_t count;
	struct answer *answers;
	size_t answers_count;
	bool is_second; /* try */
};

struct answer {
	struct uuid id;
	int status;
	const char *json;
};

/* ---- those who wait ---- */

static void entry_free(struct entry *entry)
{
	timer_free(&entry->timer);
	free(entry->answer);
	free(entry);
}

static void reply_pending(struct http_request *request, const struct uuid *id)
{
	char text[UUID_TEXT];
	struct arena *arena = http_request_arena(request);

	uuid_format(id, text);
	http_reply_header(request, "Location", arena_printf(arena, "/api/v1/requests/%s", text));
	reply_text(request, 202, arena_printf(arena, "{\"request\":{\"id\":\"%s\",\"state\":\"pending\"}}", text));
}

static void reply_all(struct entry *entry)
{
	struct waiter *waiter = HILO_STEAL(entry->waiters);

	while (waiter) {
		struct waiter *next = waiter->next; /* goes with its request */
		if (entry->status)
			reply_answer(waiter->request, entry->status, entry->answer);
		else
			reply_pending(waiter->request, &entry->id);
		waiter = next;
	}
}

static void on_entry_due(void *arg)
{
	struct entry *entry = arg;

	reply_all(entry);
	if (!entry->status && clock_monotonic_us() < entry->expires_us) {
		timer_in(entry->timer, KEEP_US);
		return;
	}
	index_remove(&entry->requests->entries, &entry->id);
	entry_free(entry);
}

static struct entry *entry_of(struct requests *requests, const struct uuid *id)
{
	struct entry *entry = index_get(&requests->entries, id);

	if (entry)
		return entry;
	entry = hilo_new(struct entry);
	entry->requests = requests;
	entry->id = *id;
	entry->timer = timer_new(requests->gateway->loop, on_entry_due, entry);
	entry->expires_us = clock_monotonic_us() + KEEP_US;
	timer_in(entry->timer, WAIT_US);
	index_put(&requests->entries, id, entry);
	return entry;
}

void requests_expect(struct requests *requests, const struct uuid *id)
{
	entry_of(requests, id);
}

void requests_wait(struct requests *requests, const struct uuid *id, struct http_request *request)
{
	struct entry *entry = entry_of(requests, id);
	struct waiter *waiter;

	if (entry->status) {
		reply_answer(request, entry->status, entry->answer);
		return;
	}
	waiter = arena_new_object(http_request_arena(request), struct waiter);
	*waiter = (struct waiter){.next = entry->waiters, .request = request};
	entry->waiters = waiter;
	timer_in(entry->timer, WAIT_US);
}

bool requests_are_open(const struct requests *requests)
{
	struct entry *entry;

	for (size_t at = 0; (entry = index_next(&requests->entries, &at));)
		if (entry->waiters)
			return true;
	return false;
}

/* ---- outcomes ---- */

static void put(struct outcomes *queue, struct outcome *outcome)
{
	outcome->next = NULL;
	*queue->last = outcome;
	queue->last = &outcome->next;
	queue->count++;
}

static struct outcome *take(struct outcomes *queue)
{
	struct outcome *outcome = queue->first;

	queue->first = outcome->next;
	if (!queue->first)
		queue->last = &queue->first;
	queue->count--;
	return outcome;
}

static void outcome_free(struct outcome *outcome)
{
	free(outcome->body);
	free(outcome);
}

/* what the client will be told: problem+json of the refusal */
static void refuse(struct outcome *outcome, const Hilo__V1__RequestRefused *refused)
{
	enum error error = error_by_code(refused->code);
	const struct error_row *row = error_row(error ? error : ERROR_refused);
	struct buf out = {0};

	http_problem_json(&out, row->status, row->code, *refused->detail ? refused->detail : row->meaning, NULL);
	outcome->row.state = error == ERROR_expired ? "expired" : "refused";
	outcome->row.status = (int16_t)row->status;
	outcome->row.body = outcome->body = buf_steal(&out);
}

/* what was found: InboxTest of the API */
static void tested(struct outcome *outcome, const Hilo__V1__InboxTested *body)
{
	struct buf out = {0};
	bool ok = body->n_steps > 0;

	buf_puts(&out, "{\"steps\":[");
	for (size_t i = 0; i < body->n_steps; i++) {
		const Hilo__V1__InboxTestStep *step = body->steps[i];
		buf_puts(&out, i ? ",{\"step\":" : "{\"step\":");
		buf_json_string(&out, step->step);
		buf_printf(&out, ",\"ok\":%s,\"code\":", step->ok ? "true" : "false");
		buf_json_string(&out, step->code);
		buf_puts(&out, ",\"detail\":");
		buf_json_string(&out, step->detail);
		buf_putc(&out, '}');
		ok = ok && step->ok;
	}
	buf_printf(&out, "],\"ok\":%s}", ok ? "true" : "false");
	outcome->row.state = "done";
	outcome->row.status = 201;
	outcome->row.body = outcome->body = buf_steal(&out);
}

/* Returns: 0, or -EINVAL for identifiers that are none. */
static int read_outcome(const Hilo__V1__Envelope *envelope, struct outcome *outcome)
{
	if (envelope->body_case == HILO__V1__ENVELOPE__BODY_REQUEST_REFUSED) {
		refuse(outcome, envelope->request_refused);
		return uuid_parse(envelope->request_refused->request_id, &outcome->row.id);
	}
	if (envelope->body_case == HILO__V1__ENVELOPE__BODY_INBOX_TESTED) {
		tested(outcome, envelope->inbox_tested);
		return uuid_parse(envelope->inbox_tested->request_id, &outcome->row.id);
	}
	outcome->row.state = "done";
	if (uuid_parse(envelope->request_done->request_id, &outcome->row.id) < 0)
		return -EINVAL;
	return bus_id_parse(envelope->request_done->message_id, &outcome->row.message_id);
}

void requests_outcome(struct requests *requests, const struct bus_event *event)
{
	struct outcome *outcome = hilo_new(struct outcome);

	if (read_outcome(event->envelope, outcome) < 0) {
		log_warn("request.bad_outcome", "event_id=%s", event->envelope->id);
		outcome_free(outcome);
		return;
	}
	if (index_get(&requests->entries, &outcome->row.id)) {
		put(&requests->own, outcome);
	} else {
		outcome->due_us = clock_monotonic_us() + FOREIGN_US;
		put(&requests->foreign, outcome);
	}
}

/* ---- writing them down ---- */

static void finish_free(struct finish *finish)
{
	for (struct outcome *outcome = finish->outcomes, *next; outcome; outcome = next) {
		next = outcome->next;
		outcome_free(outcome);
	}
	arena_free(&finish->arena);
	free(finish);
}

static void finish_start(struct finish *finish);

static void deliver(struct requests *requests, const struct answer *answer)
{
	struct entry *entry = index_get(&requests->entries, &answer->id);

	if (!entry || entry->status)
		return;
	entry->status = answer->status;
	entry->answer = hilo_strdup(answer->json);
	reply_all(entry);
	timer_in(entry->timer, WAIT_US); /* its handler may not have begun to wait */
}

static void on_finished(void *arg, const struct db_outcome *outcome)
{
	struct finish *finish = arg;
	struct requests *requests = finish->requests;

	if (requests && outcome->fault != DB_OK && outcome->fault != DB_FAILED && !finish->is_second) {
		finish->is_second = true;
		finish->answers_count = 0;
		finish_start(finish);
		return;
	}
	if (requests) {
		requests->finish = NULL;
		if (outcome->fault != DB_OK)
			log_error("request.unfinished", "sqlstate=%s message=%s", outcome->sqlstate, outcome->message);
		for (size_t i = 0; i < finish->answers_count; i++)
			deliver(requests, &finish->answers[i]);
	}
	finish_free(finish);
	if (requests)
		requests_flush(requests);
}

static void on_answers(void *arg, const struct db_result *result)
{
	struct finish *finish = arg;

	finish->answers = arena_new_array(finish->arena, struct answer, db_rows(result) + 1);
	for (size_t i = 0; i < db_rows(result); i++)
		finish->answers[i] = (struct answer){
		        .id = db_get_uuid(result, i, 0),
		        .status = (int)db_get_int(result, i, 2),
		        .json = arena_strdup(finish->arena, db_get_text(result, i, 3)),
		};
	finish->answers_count = db_rows(result);
}

/* the locks keep two replicas with the same outcomes from waiting for each other's rows with a transaction id in hand
 */
static void finish_start(struct finish *finish)
{
	struct gateway *gateway = finish->requests->gateway;
	int64_t *locks = arena_new_array(finish->arena, int64_t, finish->count);

	for (size_t i = 0; i < finish->count; i++)
		locks[i] = hash_object64("outcome", finish->rows[i].id.bytes, sizeof(finish->rows[i].id.bytes));
	finish->tx = db_begin(gateway->db);
	db_tx_lock(finish->tx, locks, finish->count);
	store_finish_requests(&gateway->store, finish->tx, finish->rows, finish->count, &gateway->signer);
	store_read_outcomes(&gateway->store, finish->tx, finish->rows, finish->count, on_answers, finish);
	db_tx_commit(finish->tx, on_finished, finish);
}

static struct outcome *next_due(struct requests *requests)
{
	if (requests->own.first)
		return take(&requests->own);
	if (requests->foreign.first && requests->foreign.first->due_us <= clock_monotonic_us())
		return take(&requests->foreign);
	return NULL;
}

void requests_flush(struct requests *requests)
{
	struct finish *finish;
	struct outcome *outcome;

	if (requests->finish || !(outcome = next_due(requests)))
		return;
	finish = hilo_new(struct finish);
	finish->requests = requests;
	finish->arena = arena_new(0);
	finish->rows = arena_new_array(finish->arena, struct outcome_row, FINISH_MAX);
	do {
		finish->rows[finish->count++] = outcome->row;
		outcome->next = finish->outcomes;
		finish->outcomes = outcome;
	} while (finish->count < FINISH_MAX && (outcome = next_due(requests)));
	requests->finish = finish;
	finish_start(finish);
}

static void on_tick(void *arg)
{
	requests_flush(arg);
}

struct requests *requests_new(struct gateway *gateway)
{
	struct requests *requests = hilo_new(struct requests);

	requests->gateway = gateway;
	requests->own.last = &requests->own.first;
	requests->foreign.last = &requests->foreign.first;
	requests->timer = timer_new(gateway->loop, on_tick, requests);
	timer_every(requests->timer, FOREIGN_US / 4);
	return requests;
}

void requests_free(struct requests **pointer)
{
	struct requests *requests = HILO_STEAL(*pointer);
	struct entry *entry;

	if (!requests)
		return;
	for (size_t at = 0; (entry = index_next(&requests->entries, &at));) {
		reply_all(entry);
		entry_free(entry);
	}
	index_free(&requests->entries);
	while (requests->own.first)
		outcome_free(take(&requests->own));
	while (requests->foreign.first)
		outcome_free(take(&requests->foreign));
	if (requests->finish)
		requests->finish->requests = NULL;
	timer_free(&requests->timer);
	free(requests);
}

/* ---- GET /requests/{id} ---- */

void handle_request_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct uuid id;

	if (param_uuid(request, "id", &id))
		store_read_request(&gateway->store, &principal_of(request)->id, &id, reply_on_read, request);
}
