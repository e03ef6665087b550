/* bus/outbox.c - events collected for one transaction and inserted as one statement. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "bus/bus.h"
#include "bus/wire.h"
#include "bus_sql.h"

#define KEY_MAX_BYTES 1024

struct row {
	uint32_t key_hash;
	const char *type, *key;
	struct uuid inbox_id, conversation_id;
	int64_t occurred_us;
	const void *payload;
	size_t payload_size;
};

struct bus_outbox {
	char *source;
	struct arena *arena;
	struct db_params *params;
	struct row *rows;
	size_t count, size;
};

struct bus_outbox *bus_outbox_new(const char *source)
{
	struct bus_outbox *outbox = hilo_new(struct bus_outbox);

	outbox->source = hilo_strdup(source);
	outbox->arena = arena_new(64 * 1024);
	outbox->params = db_params_new();
	return outbox;
}

void bus_outbox_free(struct bus_outbox **outbox)
{
	struct bus_outbox *old = outbox ? HILO_STEAL(*outbox) : NULL;

	if (!old)
		return;
	db_params_free(&old->params);
	arena_free(&old->arena);
	free(old->rows);
	free(old->source);
	free(old);
}

void bus_outbox_clear(struct bus_outbox *outbox)
{
	outbox->count = 0;
	arena_reset(outbox->arena);
}

size_t bus_outbox_count(const struct bus_outbox *outbox)
{
	return outbox->count;
}

static bool is_empty(const char *text)
{
	return !text || !*text;
}

static char *new_id(struct arena *arena)
{
	const struct uuid id = uuid_new();

	return bus_id(arena, &id);
}

static int fill(struct bus_outbox *outbox, Hilo__V1__Envelope *envelope, struct row *row)
{
	const struct bus_event_type *type = bus_event_type_by_body(envelope->body_case);
	struct uuid id;

	if (!type || is_empty(envelope->key) || strlen(envelope->key) > KEY_MAX_BYTES)
		return -EINVAL;
	if (is_empty(envelope->id))
		envelope->id = new_id(outbox->arena);
	if (is_empty(envelope->source))
		envelope->source = outbox->source;
	if (is_empty(envelope->type))
		envelope->type = (char *)type->type;
	if (envelope->time_us == 0)
		envelope->time_us = clock_now_us();
	if (strcmp(envelope->type, type->type) != 0 || uuid_parse(envelope->id, &id) < 0 ||
	    bus_id_parse(envelope->inbox_id ? envelope->inbox_id : "", &row->inbox_id) < 0 ||
	    bus_id_parse(envelope->correlation_id ? envelope->correlation_id : "", &row->conversation_id) < 0)
		return -EINVAL;
	row->type = type->type;
	row->occurred_us = envelope->time_us;
	return 0;
}

/* what a reader would refuse must not get into the log */
static int pack(struct bus_outbox *outbox, const Hilo__V1__Envelope *envelope, struct row *row)
{
	void *payload;

	row->payload_size = hilo__v1__envelope__get_packed_size(envelope);
	if (row->payload_size > BUS_PAYLOAD_MAX)
		return -EMSGSIZE;
	payload = arena_alloc(outbox->arena, row->payload_size);
	hilo__v1__envelope__pack(envelope, payload);
	row->payload = payload;
	row->key = arena_strdup(outbox->arena, envelope->key);
	row->key_hash = hash_key32(envelope->key);
	return wire_check(&hilo__v1__envelope__descriptor, payload, row->payload_size, WIRE_MAX_FIELDS) < 0 ? -EINVAL
	                                                                                                    : 0;
}

int bus_outbox_add(struct bus_outbox *outbox, Hilo__V1__Envelope *envelope)
{
	struct row row = {0};
	int rc = fill(outbox, envelope, &row);

	rc = rc ? rc : pack(outbox, envelope, &row);
	if (rc < 0)
		return rc;
	if (outbox->count == outbox->size) {
		outbox->size = outbox->size ? 2 * outbox->size : 64;
		outbox->rows = hilo_realloc(outbox->rows, outbox->size * sizeof(row));
	}
	outbox->rows[outbox->count++] = row;
	return 0;
}

static void bind_optional_ids(struct db_params *params, const struct row *rows, size_t count, size_t offset)
{
	db_array_begin(params, DB_UUID);
	for (size_t i = 0; i < count; i++) {
		const struct uuid *id = (const struct uuid *)((const char *)&rows[i] + offset);
		if (uuid_is_nil(id))
			db_array_null(params);
		else
			db_array_uuid(params, id);
	}
	db_array_end(params);
}

static void bind_rows(struct db_params *params, const struct row *rows, size_t count)
{
	db_params_reset(params);
	db_array_begin(params, DB_I32);
	for (size_t i = 0; i < count; i++)
		db_array_i32(params, (int32_t)rows[i].key_hash);
	db_array_end(params);
	db_array_begin(params, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(params, rows[i].type);
	db_array_end(params);
	bind_optional_ids(params, rows, count, offsetof(struct row, inbox_id));
	bind_optional_ids(params, rows, count, offsetof(struct row, conversation_id));
	db_array_begin(params, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(params, rows[i].key);
	db_array_end(params);
	db_array_begin(params, DB_TIME);
	for (size_t i = 0; i < count; i++)
		db_array_i64(params, rows[i].occurred_us);
	db_array_end(params);
	db_array_begin(params, DB_BYTES);
	for (size_t i = 0; i < count; i++)
		db_array_bytes(params, rows[i].payload, rows[i].payload_size);
	db_array_end(params);
}

void bus_outbox_append(struct bus_outbox *outbox, struct db_tx *tx)
{
	if (outbox->count == 0)
		return;
	bind_rows(outbox->params, outbox->rows, outbox->count);
	db_tx_exec(tx, &bus_sql_append_events, outbox->params, NULL, NULL);
}
