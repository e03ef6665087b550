/* db/params.c - statement parameters in PostgreSQL's binary formats, in one growing buffer. */
#include <assert.h>
#include <endian.h>

#include "db/internal.h"

#define NO_ARRAY SIZE_MAX
#define ARRAY_HEADER 12                            /* dimensions, has-null flag, element type */
#define POSTGRES_EPOCH_US INT64_C(946684800000000) /* 2000-01-01 in Unix time */

struct db_params {
	struct buf data;
	struct bound_item *items;
	size_t count, size;
	size_t array_at; /* offset of the open array, or NO_ARRAY */
	enum db_type array_type;
	int32_t array_count;
	bool array_has_null;
};

/* pg_type.dat */
static const uint32_t type_oids[] = {
        [DB_BOOL] = 16,   [DB_I16] = 21,  [DB_I32] = 23,   [DB_I64] = 20,    [DB_XID] = 5069,
        [DB_TIME] = 1184, [DB_TEXT] = 25, [DB_BYTES] = 17, [DB_UUID] = 2950,
};

struct db_params *db_params_new(void)
{
	struct db_params *params = hilo_new(struct db_params);

	params->array_at = NO_ARRAY;
	return params;
}

void db_params_free(struct db_params **params)
{
	if (!*params)
		return;
	buf_free(&(*params)->data);
	free((*params)->items);
	free(*params);
	*params = NULL;
}

struct db_params *db_params_reset(struct db_params *params)
{
	buf_clear(&params->data);
	params->count = 0;
	params->array_at = NO_ARRAY;
	return params;
}

struct bound *params_copy(const struct db_params *params)
{
	size_t count = params ? params->count : 0;
	size_t head = sizeof(struct bound) + count * sizeof(struct bound_item);
	size_t size = params ? params->data.len : 0;
	struct bound *bound = hilo_alloc(head + size + 1);

	assert(!params || params->array_at == NO_ARRAY);
	bound->count = count;
	if (count)
		memcpy(bound->items, params->items, count * sizeof(struct bound_item));
	if (size)
		memcpy((char *)bound + head, params->data.data, size);
	return bound;
}

const char *bound_value(const struct bound *bound, size_t item)
{
	if (bound->items[item].length < 0)
		return NULL;
	return (const char *)&bound->items[bound->count] + bound->items[item].offset;
}

static void put_32(struct buf *out, uint32_t value)
{
	value = htobe32(value);
	buf_append(out, &value, sizeof(value));
}

static struct bound_item *next_item(struct db_params *params)
{
	assert(params->array_at == NO_ARRAY);
	if (params->count == params->size) {
		params->size = params->size ? params->size * 2 : 16;
		params->items = hilo_realloc(params->items, params->size * sizeof(struct bound_item));
	}
	params->items[params->count].offset = params->data.len;
	return &params->items[params->count++];
}

static void put(struct db_params *params, const void *data, size_t size)
{
	struct bound_item *item = next_item(params);

	assert(size <= INT32_MAX);
	item->length = (int)size;
	buf_append(&params->data, data, size);
}

void db_bind_null(struct db_params *params)
{
	next_item(params)->length = -1;
}

void db_bind_bool(struct db_params *params, bool value)
{
	put(params, &(uint8_t){value}, 1);
}

void db_bind_i16(struct db_params *params, int16_t value)
{
	put(params, &(uint16_t){htobe16((uint16_t)value)}, 2);
}

void db_bind_i32(struct db_params *params, int32_t value)
{
	put(params, &(uint32_t){htobe32((uint32_t)value)}, 4);
}

void db_bind_i64(struct db_params *params, int64_t value)
{
	db_bind_xid(params, (uint64_t)value);
}

void db_bind_xid(struct db_params *params, uint64_t value)
{
	put(params, &(uint64_t){htobe64(value)}, 8);
}

void db_bind_time(struct db_params *params, int64_t time_us)
{
	db_bind_i64(params, time_us - POSTGRES_EPOCH_US);
}

void db_bind_text(struct db_params *params, const char *text)
{
	db_bind_bytes(params, text, text ? strlen(text) : 0);
}

void db_bind_textn(struct db_params *params, const char *text, size_t size)
{
	db_bind_bytes(params, text, size);
}

void db_bind_bytes(struct db_params *params, const void *data, size_t size)
{
	if (data)
		put(params, data, size);
	else
		db_bind_null(params);
}

void db_bind_uuid(struct db_params *params, const struct uuid *id)
{
	db_bind_bytes(params, id, sizeof(*id));
}

void db_array_begin(struct db_params *params, enum db_type type)
{
	size_t at = params->data.len;

	next_item(params);
	params->array_at = at;
	params->array_type = type;
	params->array_count = 0;
	params->array_has_null = false;
	put_32(&params->data, 1);
	put_32(&params->data, 0);
	put_32(&params->data, type_oids[type]);
	put_32(&params->data, 0);
	put_32(&params->data, 1);
}

static void add_element(struct db_params *params, const void *data, size_t size)
{
	char *out = buf_reserve(&params->data, 4 + size);
	uint32_t length = htobe32((uint32_t)size);

	assert(params->array_at != NO_ARRAY && size <= INT32_MAX);
	memcpy(out, &length, 4);
	memcpy(out + 4, data, size);
	params->data.len += 4 + size;
	params->array_count++;
}

void db_array_null(struct db_params *params)
{
	assert(params->array_at != NO_ARRAY);
	put_32(&params->data, UINT32_MAX);
	params->array_count++;
	params->array_has_null = true;
}

void db_array_bool(struct db_params *params, bool value)
{
	assert(params->array_type == DB_BOOL);
	add_element(params, &(uint8_t){value}, 1);
}

void db_array_i16(struct db_params *params, int16_t value)
{
	assert(params->array_type == DB_I16);
	add_element(params, &(uint16_t){htobe16((uint16_t)value)}, 2);
}

void db_array_i32(struct db_params *params, int32_t value)
{
	assert(params->array_type == DB_I32);
	add_element(params, &(uint32_t){htobe32((uint32_t)value)}, 4);
}

void db_array_i64(struct db_params *params, int64_t value)
{
	assert(params->array_type == DB_I64 || params->array_type == DB_TIME);
	if (params->array_type == DB_TIME)
		value -= POSTGRES_EPOCH_US;
	add_element(params, &(uint64_t){htobe64((uint64_t)value)}, 8);
}

void db_array_xid(struct db_params *params, uint64_t value)
{
	assert(params->array_type == DB_XID);
	add_element(params, &(uint64_t){htobe64(value)}, 8);
}

void db_array_text(struct db_params *params, const char *text)
{
	assert(params->array_type == DB_TEXT);
	if (text)
		add_element(params, text, strlen(text));
	else
		db_array_null(params);
}

void db_array_bytes(struct db_params *params, const void *data, size_t size)
{
	assert(params->array_type == DB_BYTES || params->array_type == DB_TEXT);
	if (data)
		add_element(params, data, size);
	else
		db_array_null(params);
}

void db_array_uuid(struct db_params *params, const struct uuid *id)
{
	assert(params->array_type == DB_UUID);
	if (id)
		add_element(params, id, sizeof(*id));
	else
		db_array_null(params);
}

void db_array_end(struct db_params *params)
{
	uint32_t has_null = htobe32(params->array_has_null), count = htobe32((uint32_t)params->array_count);
	char *array = params->data.data + params->array_at;

	assert(params->array_at != NO_ARRAY);
	if (params->array_count == 0) { /* an empty array has no dimension */
		memset(array, 0, 4);
		params->data.len = params->array_at + ARRAY_HEADER;
	}
	memcpy(array + 4, &has_null, 4);
	if (params->array_count)
		memcpy(array + ARRAY_HEADER, &count, 4);
	params->items[params->count - 1].length = (int)(params->data.len - params->array_at);
	params->array_at = NO_ARRAY;
}
