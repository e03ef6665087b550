/* store.h - every statement of the mail daemon, one typed function each. */
#pragma once

#include "db/db.h"

typedef void store_done(void *arg, const struct db_outcome *outcome, const struct db_result *rows);

void store_list_inboxes(struct db *db, store_done *on_done, void *arg); /* id, address */
void store_find_inbox(struct db *db, const char *const *addresses, size_t count, store_done *on_done,
                      void *arg);                                                                  /* id, address */
void store_read_relay(struct db *db, const struct uuid *inbox_id, store_done *on_done, void *arg); /* sealed url */
void store_read_tested(struct db *db, const struct uuid *inbox_id, store_done *on_done, void *arg); /* address, active, sealed url */
void store_due_unparsed(struct db *db, store_done *on_done, void *arg); /* id, inbox, raw, raw file */
void store_drop_unparsed(struct db *db, const struct uuid *id, store_done *on_done, void *arg);
void store_keep_unparsed(struct db *db, const struct uuid *id, const char *error, store_done *on_done, void *arg);
