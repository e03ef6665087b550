/* replica.c - a consumer that writes a row for every event it handles, in the batch's own transaction.
 * An event that stands in test.poison fails, or kills the process. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "actor.h"
#include "bus_sql.h"

static const struct db_statement read_poison = {
        .name = "actor.read_poison",
        .parameters = 1,
        .sql = "SELECT conversation_id, version, kills FROM test.poison WHERE conversation_id = ANY ($1::uuid[])",
};
static const struct db_statement record = {
        .name = "actor.record",
        .parameters = 5,
        .sql = "INSERT INTO test.handled (xid, id, conversation_id, version, replica) "
               "SELECT *, $5::integer FROM unnest($1::xid8[], $2::bigint[], $3::uuid[], $4::bigint[])",
};
static const struct db_statement *const statements[] = {&read_poison, &record};
const struct db_catalogue replica_catalogue = {statements, HILO_COUNT(statements)};

static const char *const types[] = {"conversation.status_changed", NULL};
static struct consumer *consumer;
static struct db *own_db;

struct poison {
	struct uuid conversation;
	uint64_t version;
	bool kills;
};
struct poisons {
	struct consumer_batch *batch;
	struct poison *list;
	size_t count;
};

static void on_poison(void *arg, const struct db_result *result)
{
	struct poisons *poisons = arg;

	poisons->count = db_rows(result);
	poisons->list = arena_new_array(poisons->batch->arena, struct poison, poisons->count);
	for (size_t row = 0; row < poisons->count; row++)
		poisons->list[row] = (struct poison){db_get_uuid(result, row, 0), (uint64_t)db_get_int(result, row, 1),
		                                     db_get_bool(result, row, 2)};
}

static void on_load(void *arg HILO_UNUSED, struct consumer_batch *batch)
{
	struct poisons *poisons = arena_new_object(batch->arena, struct poisons);

	poisons->batch = batch;
	batch->working_set = poisons;
	db_params_reset(batch->params);
	db_array_begin(batch->params, DB_UUID);
	for (size_t i = 0; i < batch->count; i++)
		db_array_uuid(batch->params, &batch->events[i].conversation_id);
	db_array_end(batch->params);
	db_tx_exec(batch->tx, &read_poison, batch->params, on_poison, poisons);
}

static void decide(void *arg, struct consumer_batch *batch)
{
	const struct actor *actor = arg;
	const struct poisons *poisons = batch->working_set;

	if (actor->stop_file && *actor->stop_file && batch->count && unlink(actor->stop_file) == 0) {
		log_info("replica.frozen", "events=%zu", batch->count);
		raise(SIGSTOP);
	}
	for (size_t i = 0; i < batch->count; i++) {
		for (size_t p = 0; p < poisons->count; p++) {
			if (!uuid_equal(&poisons->list[p].conversation, &batch->events[i].conversation_id) ||
			    poisons->list[p].version != batch->events[i].envelope->version)
				continue;
			if (poisons->list[p].kills)
				raise(SIGKILL);
			batch->failed_event = i + 1;
			snprintf(batch->failed_reason, sizeof(batch->failed_reason), "it is poisoned");
			return;
		}
	}
}

static void flush(void *arg HILO_UNUSED, struct consumer_batch *batch)
{
	struct db_params *params = db_params_reset(batch->params);

	if (batch->count == 0)
		return;
	db_array_begin(params, DB_XID);
	for (size_t i = 0; i < batch->count; i++)
		db_array_xid(params, batch->events[i].position.xid);
	db_array_end(params);
	db_array_begin(params, DB_I64);
	for (size_t i = 0; i < batch->count; i++)
		db_array_i64(params, batch->events[i].position.id);
	db_array_end(params);
	db_array_begin(params, DB_UUID);
	for (size_t i = 0; i < batch->count; i++)
		db_array_uuid(params, &batch->events[i].conversation_id);
	db_array_end(params);
	db_array_begin(params, DB_I64);
	for (size_t i = 0; i < batch->count; i++)
		db_array_i64(params, (int64_t)batch->events[i].envelope->version);
	db_array_end(params);
	db_bind_i32(params, (int32_t)getpid());
	db_tx_exec(batch->tx, &record, params, NULL, NULL);
}

void replica_start(struct actor *actor)
{

	const struct db_catalogue catalogues[] = {{bus_catalogue, bus_catalogue_count}, replica_catalogue, {0}};
	const struct db_options db = {.dsn = actor->dsn, .catalogues = catalogues, .application_name = "replica"};

	own_db = db_open(actor->loop, &db);
	consumer = consumer_new(&(struct consumer_options){
	        .bus = actor->bus,
	        .db = own_db,
	        .types = types,
	        .rest_us = actor->delay_ms * 1000,
	        .load = on_load,
	        .decide = decide,
	        .flush = flush,
	        .arg = actor,
	});
}

static void on_drained(void *arg)
{
	struct actor *actor = arg;

	loop_stop(actor->loop);
}

void replica_drain(struct actor *actor)
{
	consumer_drain(consumer, on_drained, actor);
}
