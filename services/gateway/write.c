/* write.c - see write.h. */
#include "write.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"

enum { TRIES = 3 };

static struct write *write_make(struct gateway *gateway, struct http_request *request, const char *kind)
{
	struct write *write = arena_new_object(http_request_arena(request), struct write);

	*write = (struct write){
	        .gateway = gateway,
	        .request = request,
	        .who = http_request_user(request),
	        .arena = http_request_arena(request),
	        .kind = kind,
	};
	return write;
}

struct write *write_new_with(struct gateway *gateway, struct http_request *request, const char *kind,
                             const struct idempotency_part *parts, size_t count)
{
	struct write *write = write_make(gateway, request, kind);

	if (idempotency_make(http_request_header(request, "Idempotency-Key"), parts, count, write->arena,
	                     &write->once) < 0) {
		reply_error(request, ERROR_invalid_parameter,
		            "Idempotency-Key must be 1 to 200 printable ASCII characters");
		return NULL;
	}
	write->is_once = true;
	return write;
}

struct write *write_new(struct gateway *gateway, struct http_request *request, const char *kind)
{
	const char *path = http_request_path(request);
	struct idempotency_part parts[3] = {{.data = "POST", .size = 4}, {.data = path, .size = strlen(path)}};
	struct write *write;

	if (http_request_method(request) != HTTP_POST) {
		write = write_make(gateway, request, kind);
		if (http_request_method(request) == HTTP_PATCH && !param_if_match(request, &write->expected))
			return NULL;
		return write;
	}
	parts[2].data = http_request_body(request, &parts[2].size);
	return write_new_with(gateway, request, kind, parts, HILO_COUNT(parts));
}

void write_lock(struct write *write, const char *kind, const struct uuid *id)
{
	write->locks[write->locks_count++] = hash_object64(kind, id->bytes, sizeof(id->bytes));
}

void write_lock_name(struct write *write, const char *kind, const char *name)
{
	write->locks[write->locks_count++] = hash_object64(kind, name, strlen(name));
}

void write_refuse(struct write *write, enum error error, const char *detail)
{
	if (write->refusal)
		return;
	write->refusal = error;
	write->refusal_detail = detail;
}

Hilo__V1__Envelope *write_event(struct write *write, const struct uuid *subject)
{
	Hilo__V1__Envelope *envelope = arena_new_object(write->arena, Hilo__V1__Envelope);

	hilo__v1__envelope__init(envelope);
	envelope->subject = bus_id(write->arena, subject);
	envelope->key = envelope->subject;
	envelope->actor = arena_printf(write->arena, "agent:%s", bus_id(write->arena, &write->who->id));
	if (write->is_once)
		envelope->causation_id = bus_id(write->arena, &write->once.id);
	envelope->time_us = clock_now_us();
	return envelope;
}

void write_add(struct write *write, Hilo__V1__Envelope *envelope)
{
	write_check(write, bus_outbox_add(write->outbox, envelope));
}

void write_check(struct write *write, int rc)
{
	if (rc == 0)
		return;
	log_error("event.refused", "path=%s error=%s", http_request_path(write->request), strerror(-rc));
	write_refuse(write, rc == -EMSGSIZE ? ERROR_body_size : ERROR_internal, NULL);
}

bool write_next_version(struct write *write)
{
	if (!write->version)
		write_refuse(write, ERROR_not_found, NULL);
	else if (write->expected && write->expected != write->version)
		write_refuse(write, ERROR_stale_version, NULL);
	else
		write->version++;
	return !write->refusal;
}

struct request_record write_record(const struct write *write)
{
	return (struct request_record){
	        .id = write->once.id,
	        .agent_id = write->who->id,
	        .key = write->once.key,
	        .hash = write->once.hash,
	        .kind = write->kind,
	};
}

void write_on_answer(void *arg, const struct db_result *result)
{
	struct write *write = arg;

	write->answer = arena_strdup(write->arena, db_rows(result) ? db_get_text(result, 0, 0) : NULL);
}

void write_reply_made(struct write *write)
{
	reply_text(write->request, 201, write->answer);
}

void write_reply_changed(struct write *write)
{
	reply_etag(write->request, write->version);
	reply_text(write->request, 200, write->answer);
}

void write_reply_nothing(struct write *write)
{
	http_reply_empty(write->request, 204);
}

static void on_request_row(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	size_t size = 0;
	const void *hash;

	if (!db_rows(result))
		return;
	hash = db_get_bytes(result, 0, 1, &size);
	write->found.exists = true;
	write->found.id = db_get_uuid(result, 0, 0);
	write->found.is_same = size == STORE_HASH && memcmp(hash, write->once.hash, STORE_HASH) == 0;
	write->found.kind = arena_strdup(write->arena, db_get_text(result, 0, 2));
	write->found.is_pending = !strcmp(db_get_text(result, 0, 3), "pending");
	write->found.status = (int)db_get_int(result, 0, 4);
	write->found.outcome = arena_strdup(write->arena, db_get_text(result, 0, 5));
}

static void end(struct write *write)
{
	bus_outbox_free(&write->outbox);
}

static void reply_repeated(struct write *write)
{
	if (!write->found.is_same)
		reply_error(write->request, ERROR_idempotency_mismatch, NULL);
	else if (write->repeated)
		write->repeated(write);
	else
		reply_answer(write->request, write->found.status, write->found.outcome);
}

static void start(struct write *write);

/* what the database did not do may be tried again; what it may have done is found under the key then */
static void on_fault(struct write *write, const struct db_outcome *outcome)
{
	enum error error = ERROR_NONE;

	end(write);
	if (outcome->fault == DB_RETRY || (outcome->fault == DB_UNKNOWN && write->is_once)) {
		if (++write->tries < TRIES) {
			start(write);
			return;
		}
	} else if (write->constraint) {
		error = write->constraint(outcome->constraint);
	}
	if (error)
		reply_error(write->request, error, NULL);
	else
		reply_fault(write->request, outcome);
}

static void on_commit(void *arg, const struct db_outcome *outcome)
{
	struct write *write = arg;
	bool has_events = bus_outbox_count(write->outbox) > 0;

	if (outcome->fault != DB_OK) {
		on_fault(write, outcome);
		return;
	}
	end(write);
	if (has_events)
		bus_ring(write->gateway->bus);
	write->committed(write);
}

static void on_loaded(void *arg, const struct db_outcome *outcome)
{
	struct write *write = arg;

	if (outcome->fault != DB_OK) {
		on_fault(write, outcome);
		return;
	}
	if (!write->found.exists && !write->refusal)
		write->decide(write);
	if (write->found.exists || write->refusal) {
		db_tx_rollback(write->tx);
		end(write);
		if (write->found.exists)
			reply_repeated(write);
		else
			reply_error(write->request, write->refusal, write->refusal_detail);
		return;
	}
	if (bus_outbox_count(write->outbox))
		bus_outbox_append(write->outbox, write->tx);
	db_tx_commit(write->tx, on_commit, write);
}

/* one agent's requests with one key come one after the other */
static int64_t key_lock(const struct write *write)
{
	crypto_hash_sha256_state state;
	uint8_t hash[32];

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, write->who->id.bytes, sizeof(write->who->id.bytes));
	crypto_hash_sha256_update(&state, (const unsigned char *)write->once.key, strlen(write->once.key));
	crypto_hash_sha256_final(&state, hash);
	return hash_object64("request", hash, sizeof(hash));
}

static void start(struct write *write)
{
	int64_t locks[WRITE_LOCKS + 1];
	size_t count = write->locks_count;

	write->refusal = ERROR_NONE;
	write->version = 0;
	write->found.exists = false;
	write->outbox = bus_outbox_new("gateway");
	write->tx = db_begin(write->gateway->db);
	memcpy(locks, write->locks, sizeof(write->locks));
	if (write->is_once)
		locks[count++] = key_lock(write);
	if (count)
		db_tx_lock(write->tx, locks, count);
	if (write->is_once)
		store_read_request_by_key(&write->gateway->store, write->tx, &write->who->id, write->once.key,
		                          on_request_row, write);
	if (write->load)
		write->load(write);
	db_tx_sync(write->tx, on_loaded, write);
}

void write_run(struct write *write)
{
	start(write);
}
