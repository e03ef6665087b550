/* db/result.c - binary results, each column read as the type it has or not at all. */
#include <endian.h>

#include "db/internal.h"

#define POSTGRES_EPOCH_US INT64_C(946684800000000)

/* pg_type.dat */
enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_NAME = 19,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_JSON = 114,
	OID_BPCHAR = 1042,
	OID_VARCHAR = 1043,
	OID_TIMESTAMPTZ = 1184,
	OID_UUID = 2950,
	OID_JSONB = 3802,
	OID_XID8 = 5069,
};

static bool is_strict(void)
{
#ifdef HILO_SANITIZED
	return true;
#else
	return getenv("HILO_STRICT") != NULL;
#endif
}

static void refuse(const struct db_result *result, size_t row, int column, const char *wanted)
{
	log_error("db.column_type", "statement=%s row=%zu column=%d oid=%u wanted=%s", result->statement->name, row,
	          column, PQftype(result->pg, column), wanted);
	if (is_strict())
		abort();
}

/* value - the column's bytes; NULL for null and (after a complaint) for a wrong type or a place outside the result. */
static const char *value(const struct db_result *result, size_t row, int column, const char *wanted, bool fits)
{
	if (row >= db_rows(result) || !fits) {
		refuse(result, row, column, wanted);
		return NULL;
	}
	return PQgetisnull(result->pg, (int)row, column) ? NULL : PQgetvalue(result->pg, (int)row, column);
}

static uint64_t read_64(const char *data)
{
	uint64_t value;

	memcpy(&value, data, sizeof(value));
	return be64toh(value);
}

size_t db_rows(const struct db_result *result)
{
	return (size_t)PQntuples(result->pg);
}

size_t db_affected(const struct db_result *result)
{
	return (size_t)strtoull(PQcmdTuples((PGresult *)result->pg), NULL, 10); /* libpq forgot the const */
}

bool db_is_null(const struct db_result *result, size_t row, int column)
{
	return !value(result, row, column, "any", column >= 0 && column < PQnfields(result->pg));
}

bool db_get_bool(const struct db_result *result, size_t row, int column)
{
	const char *data = value(result, row, column, "bool", PQftype(result->pg, column) == OID_BOOL);

	return data && *data;
}

int64_t db_get_int(const struct db_result *result, size_t row, int column)
{
	Oid oid = PQftype(result->pg, column);
	const char *data = value(result, row, column, "integer", oid == OID_INT2 || oid == OID_INT4 || oid == OID_INT8);
	uint16_t small;
	uint32_t middle;

	if (!data)
		return 0;
	switch (oid) {
	case OID_INT2:
		memcpy(&small, data, sizeof(small));
		return (int16_t)be16toh(small);
	case OID_INT4:
		memcpy(&middle, data, sizeof(middle));
		return (int32_t)be32toh(middle);
	default:
		return (int64_t)read_64(data);
	}
}

uint64_t db_get_xid(const struct db_result *result, size_t row, int column)
{
	const char *data = value(result, row, column, "xid8", PQftype(result->pg, column) == OID_XID8);

	return data ? read_64(data) : 0;
}

int64_t db_get_time(const struct db_result *result, size_t row, int column)
{
	const char *data = value(result, row, column, "timestamptz", PQftype(result->pg, column) == OID_TIMESTAMPTZ);
	int64_t since_2000;

	if (!data)
		return 0;
	since_2000 = (int64_t)read_64(data);
	/* the ends of the range are infinity and -infinity, and stay so */
	if (since_2000 == INT64_MIN || since_2000 > INT64_MAX - POSTGRES_EPOCH_US)
		return since_2000 < 0 ? INT64_MIN : INT64_MAX;
	return since_2000 + POSTGRES_EPOCH_US;
}

struct uuid db_get_uuid(const struct db_result *result, size_t row, int column)
{
	const char *data = value(result, row, column, "uuid", PQftype(result->pg, column) == OID_UUID);
	struct uuid id = {0};

	if (data)
		memcpy(&id, data, sizeof(id));
	return id;
}

static bool is_text(Oid oid)
{
	return oid == OID_TEXT || oid == OID_VARCHAR || oid == OID_BPCHAR || oid == OID_NAME || oid == OID_JSON ||
	       oid == OID_JSONB;
}

const char *db_get_text(const struct db_result *result, size_t row, int column)
{
	Oid oid = PQftype(result->pg, column);
	const char *data = value(result, row, column, "text", is_text(oid));

	return data && oid == OID_JSONB ? data + 1 : data; /* jsonb begins with its version */
}

const void *db_get_bytes(const struct db_result *result, size_t row, int column, size_t *ret_size)
{
	const char *data = value(result, row, column, "bytea", PQftype(result->pg, column) == OID_BYTEA);

	*ret_size = data ? (size_t)PQgetlength(result->pg, (int)row, column) : 0;
	return data;
}
