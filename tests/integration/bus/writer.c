/* writer.c - transactions that raise the versions of a few shared conversations and append an event for each. */
#include <stdio.h>

#include "actor.h"
#include "base/clock.h"
#include "base/hash.h"

static const struct db_statement load = {
        .name = "actor.load",
        .parameters = 1,
        .sql = "SELECT id, version FROM test.conversation WHERE id = ANY ($1::uuid[]) ORDER BY id",
};
static const struct db_statement store = {
        .name = "actor.store",
        .parameters = 2,
        .sql = "UPDATE test.conversation AS c SET version = n.version FROM unnest($1::uuid[], $2::bigint[]) AS n(id, "
               "version) WHERE c.id = n.id",
};
static const struct db_statement note = {
        .name = "actor.note",
        .sql = "INSERT INTO test.note DEFAULT VALUES",
};
static const struct db_statement *const statements[] = {&load, &store, &note};
const struct db_catalogue writer_catalogue = {statements, HILO_COUNT(statements)};

#define MAX_BATCH 16

/* one of the writer's transactions, over and over */
struct hand {
	struct actor *actor;
	struct db_tx *tx;
	struct db_params *params;
	struct bus_outbox *outbox;
	struct timer *timer;
	struct uuid ids[MAX_BATCH];
	int64_t versions[MAX_BATCH];
	size_t count;
	uint64_t random;
	int64_t due_us;
};

static uint64_t chance(struct hand *hand, uint64_t below)
{
	hand->random += 0x9e3779b97f4a7c15u; /* splitmix64 */
	return hash_mix64(hand->random) % below;
}

static void begin(void *arg);

static void again(struct hand *hand, int64_t pause_us)
{
	timer_in(hand->timer, pause_us);
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct hand *hand = arg;
	const int64_t rate = hand->actor->rate, now_us = clock_monotonic_us();
	int64_t pause_us = 0;

	hand->tx = NULL;
	if (outcome->fault == DB_OK)
		bus_ring(hand->actor->bus);
	else if (outcome->fault == DB_FAILED)
		log_error("writer.failed", "error=%s", outcome->message);
	if (rate) {
		hand->due_us = HILO_MAX(hand->due_us, now_us - 100000) +
		               (int64_t)hand->count * hand->actor->connections * 1000000 / rate;
		pause_us = HILO_MAX(hand->due_us - now_us, INT64_C(0));
	}
	again(hand, outcome->fault == DB_OK ? pause_us : 10000);
}

static void on_loaded(void *arg, const struct db_outcome *outcome);

/* Requires: the objects are locked and read. */
static void write_all(void *arg)
{
	struct hand *hand = arg;

	db_params_reset(hand->params);
	db_array_begin(hand->params, DB_UUID);
	for (size_t i = 0; i < hand->count; i++)
		db_array_uuid(hand->params, &hand->ids[i]);
	db_array_end(hand->params);
	db_array_begin(hand->params, DB_I64);
	for (size_t i = 0; i < hand->count; i++)
		db_array_i64(hand->params, hand->versions[i] + 1);
	db_array_end(hand->params);
	db_tx_exec(hand->tx, &store, hand->params, NULL, NULL);
	bus_outbox_clear(hand->outbox);
	for (size_t i = 0; i < hand->count; i++)
		actor_add_event(hand->outbox, &hand->ids[i], hand->versions[i] + 1, hand->actor->pad);
	bus_outbox_append(hand->outbox, hand->tx);
	db_tx_commit(hand->tx, on_committed, hand);
}

static void on_rows(void *arg, const struct db_result *result)
{
	struct hand *hand = arg;

	hand->count = db_rows(result);
	for (size_t row = 0; row < hand->count; row++) {
		hand->ids[row] = db_get_uuid(result, row, 0);
		hand->versions[row] = db_get_int(result, row, 1);
	}
}

static void on_loaded(void *arg, const struct db_outcome *outcome)
{
	struct hand *hand = arg;

	if (outcome->fault != DB_OK) {
		hand->tx = NULL;
		again(hand, 10000);
		return;
	}
	write_all(hand);
}

static void lock_and_load(struct hand *hand)
{
	int64_t objects[MAX_BATCH];

	for (size_t i = 0; i < hand->count; i++)
		objects[i] = hash_object64("conversation", &hand->ids[i], sizeof(hand->ids[i]));
	db_tx_lock(hand->tx, objects, hand->count);
	db_params_reset(hand->params);
	db_array_begin(hand->params, DB_UUID);
	for (size_t i = 0; i < hand->count; i++)
		db_array_uuid(hand->params, &hand->ids[i]);
	db_array_end(hand->params);
	db_tx_exec(hand->tx, &load, hand->params, on_rows, hand);
	db_tx_sync(hand->tx, on_loaded, hand);
}

static void on_noted(void *arg, const struct db_outcome *outcome)
{
	struct hand *hand = arg;

	if (outcome->fault == DB_OK) {
		lock_and_load(hand);
		return;
	}
	hand->tx = NULL;
	again(hand, 10000);
}

static void begin(void *arg)
{
	struct hand *hand = arg;
	const uint64_t most = (uint64_t)HILO_MIN(HILO_MIN(hand->actor->batch, hand->actor->conversations), MAX_BATCH);

	hand->count = (size_t)chance(hand, most) + 1;
	for (size_t i = 0; i < hand->count; i++)
		hand->ids[i] = actor_conversation((int64_t)chance(hand, (uint64_t)hand->actor->conversations));
	hand->tx = db_begin(hand->actor->db);
	if (!hand->actor->takes_id_first) {
		lock_and_load(hand);
		return;
	}
	db_tx_exec(hand->tx, &note, NULL, NULL, NULL); /* the transaction has its id now, and then waits */
	db_tx_sync(hand->tx, on_noted, hand);
}

void writer_start(struct actor *actor)
{
	for (int64_t i = 0; i < actor->connections; i++) {
		struct hand *hand = hilo_new(struct hand);
		hand->actor = actor;
		hand->params = db_params_new();
		hand->outbox = bus_outbox_new(actor->service);
		hand->timer = timer_new(actor->loop, begin, hand);
		hand->random = hash_mix64((uint64_t)(actor->seed * 1000 + i));
		timer_in(hand->timer, 0);
	}
}
