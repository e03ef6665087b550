/* store_live.h - one typed function a statement of the live side's. */
#pragma once

#include "store_front.h"

typedef void store_rows(void *arg, const struct db_result *result);

struct lookup;
void store_find_conversations(struct chat *chat, const struct lookup *first, store_done *on_done, void *arg);
void store_read_conversations(struct chat *chat, const struct uuid *ids, size_t count, store_done *on_done, void *arg);
void store_read_entries(struct chat *chat, const struct uuid *ids, const int64_t *after, size_t count, int32_t limit, store_done *on_done,
			void *arg);
void store_read_positions(struct chat *chat, const struct uuid *inboxes, size_t inboxes_count, const struct uuid *ids, size_t count,
			  store_done *on_done, void *arg);
void store_list_agent_names(struct chat *chat, store_done *on_done, void *arg);
void store_read_reports(struct chat *chat, struct db_tx *tx, const struct uuid *ids, size_t count, store_rows *on_rows, void *arg);
void store_insert_present(struct chat *chat, struct db_tx *tx, const struct uuid *ids, const struct uuid *inboxes, size_t count);
void store_upsert_seen(struct chat *chat, struct db_tx *tx, const struct uuid *ids, const int64_t *sequences, size_t count);
void store_delete_present(struct chat *chat, struct db_tx *tx, const struct uuid *ids, size_t count, store_rows *on_rows, void *arg);
