/* store_columns.h - parameters by array: one element a row, column after column; times that may be none. For store_*.c
 * only.
 */
#pragma once

#include "store.h"

/* one array parameter: the element of each row of the list */
#define COLUMN(type, row_type, rows, add)                                                                              \
	do {                                                                                                           \
		db_array_begin(params, type);                                                                          \
		for (size_t i_ = 0; i_ < (rows)->count; i_++) {                                                        \
			const row_type *row = (rows)->items[i_];                                                       \
			add;                                                                                           \
		}                                                                                                      \
		db_array_end(params);                                                                                  \
	} while (0)

static inline void add_uuid(struct db_params *params, const struct uuid *id)
{
	if (uuid_is_nil(id))
		db_array_null(params);
	else
		db_array_uuid(params, id);
}

static inline void add_time(struct db_params *params, int64_t time_us)
{
	if (time_us)
		db_array_i64(params, time_us);
	else
		db_array_null(params);
}

static inline void bind_uuids(struct db_params *params, const struct list *ids)
{
	db_array_begin(params, DB_UUID);
	for (size_t i = 0; i < ids->count; i++)
		db_array_uuid(params, ids->items[i]);
	db_array_end(params);
}

static inline int64_t time_or_0(const struct db_result *result, size_t row, int column)
{
	return db_is_null(result, row, column) ? 0 : db_get_time(result, row, column);
}
