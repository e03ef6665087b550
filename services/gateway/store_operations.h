/* store_operations.h - statements about what operators see: parked work and health. */
#pragma once

#include "store.h"

/* store_list_parked - before: only what was parked earlier than this time, or then and with a smaller id. */
struct parked_query {
	int64_t before_us;
	const char *before_id;
	int32_t limit;
};
void store_list_parked(struct store *store, const struct parked_query *query, store_done *on_done, void *arg);
void store_read_parked(struct store *store, struct db_tx *tx, const char *id, store_rows *on_rows, void *arg);
/* store_release_parked - handle it again, or give it up; and the request's row. on_rows: the answer. */
void store_release_parked(struct store *store, struct db_tx *tx, const struct request_record *request, const char *id,
                          bool again, store_rows *on_rows, void *arg);
void store_read_health(struct store *store, const struct rights *rights, store_done *on_done, void *arg);
