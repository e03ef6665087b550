/* store_readers.h - statements about each reader's own view of conversations: marks, drafts, counts, mentions, saved
 * views, search, notes on customers. As in store.h. */
#pragma once

#include "store.h"

/* their one row is there when the reader may see the conversation */
typedef void store_own(struct store *store, const struct principal *who, const struct conversation_key *key,
                       store_done *on_done, void *arg);
store_own store_follow, store_unfollow, store_read_draft, store_delete_draft;
void store_mark_read(struct store *store, const struct principal *who, const struct conversation_key *key,
                     int64_t sequence, store_done *on_done, void *arg);
struct draft_record {
	const char *kind, *text, *html; /* html or NULL */
	const struct uuid *uploads;
	size_t uploads_count;
};
/* store_save_draft - the row is false when an upload is somebody else's. */
void store_save_draft(struct store *store, const struct principal *who, const struct conversation_key *key,
                      const struct draft_record *draft, store_done *on_done, void *arg);

/* store_read_watched - the inboxes of these conversations, those the reader may see. */
void store_read_watched(struct store *store, const struct rights *rights, const struct uuid *conversations,
                        size_t count, store_done *on_done, void *arg);
void store_read_counts(struct store *store, const struct principal *who, store_done *on_done, void *arg);
void store_list_mentions(struct store *store, const struct principal *who, int64_t before_us,
                         const struct uuid *before_id, int32_t limit, store_done *on_done, void *arg);
struct search_query {
	const char *kind, *words, *ref; /* ref or NULL */
	int32_t limit;
	int64_t before; /* only what is older */
};
void store_search(struct store *store, const struct principal *who, const struct search_query *query,
                  store_done *on_done, void *arg);

/* saved views */
struct view_record { /* in a change NULL and -1 mean: as it is */
	struct uuid id;
	const char *name, *filters; /* filters: JSON */
	int shared, position;
};
void store_list_views(struct store *store, const struct uuid *agent_id, store_done *on_done, void *arg);
void store_read_view_record(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const struct uuid *id,
                            store_rows *on_rows, void *arg);
void store_count_views(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                       void *arg);
void store_insert_view(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                       const struct view_record *view);
void store_update_view(struct store *store, struct db_tx *tx, const struct view_record *view);
void store_read_changed_view(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg);
void store_delete_view(struct store *store, struct db_tx *tx, const struct uuid *id);
void store_remember_view(struct store *store, struct db_tx *tx, const struct request_record *request,
                         const struct uuid *id, store_rows *on_rows, void *arg);

/* notes on customers */
void store_list_customer_notes(struct store *store, const struct rights *rights, const struct uuid *customer_id,
                               store_done *on_done, void *arg);
void store_read_customer_record(struct store *store, struct db_tx *tx, const struct rights *rights,
                                const struct uuid *id, store_rows *on_rows, void *arg);
void store_list_customer_inboxes(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                                 void *arg);
void store_insert_customer_note(struct store *store, struct db_tx *tx, const struct uuid *id,
                                const struct uuid *customer_id, const struct uuid *author_id, const char *text);
void store_remember_customer_note(struct store *store, struct db_tx *tx, const struct request_record *request,
                                  const struct uuid *id, store_rows *on_rows, void *arg);
void store_read_customer_note_author(struct store *store, struct db_tx *tx, const struct rights *rights,
                                     const struct uuid *customer_id, const struct uuid *id, store_rows *on_rows,
                                     void *arg);
void store_delete_customer_note(struct store *store, struct db_tx *tx, const struct uuid *id);
