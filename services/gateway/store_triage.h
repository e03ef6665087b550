/* store_triage.h - statements about what a conversation may be given; as store.h. */
#pragma once

#include "store.h"

/* store_find_unknown_tags - those of these names that no tag has. */
void store_find_unknown_tags(struct store *store, struct db_tx *tx, char *const *names, size_t count,
                             store_rows *on_rows, void *arg);
void store_read_other_inbox(struct store *store, struct db_tx *tx, const struct rights *rights,
                            const struct uuid *inbox_id, const struct uuid *conversation_id, store_rows *on_rows,
                            void *arg);
void store_read_active_team(struct store *store, struct db_tx *tx, const struct uuid *team_id, store_rows *on_rows,
                            void *arg);
void store_read_delivery(struct store *store, struct db_tx *tx, const struct uuid *message_id,
                         const struct uuid *conversation_id, store_rows *on_rows, void *arg);
