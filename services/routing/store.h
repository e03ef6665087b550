/* store.h - every statement of routing: one function each, over the working set. Queued on the batch's transaction;
 * what is read lands in the set before the next phase. Statements with nothing to do are not sent. */
#pragma once

#include "db/db.h"
#include "working_set.h"

struct store {
	struct db_tx *tx;
	struct db_params *params; /* scratch */
	struct working_set *ws;
};

/* gather: before the locks */
void store_find_by_ref(const struct store *store);
void store_find_by_message(const struct store *store);
void store_find_by_rfc_id(const struct store *store);
void store_find_by_id(const struct store *store);
/* store_find_inboxes - what messages' inboxes ask of agents, and who comes next there. */
void store_find_inboxes(const struct store *store);
/* store_find_chats - whose the contact points of chat messages are now, and those customers' latest conversations. */
void store_find_chats(const struct store *store);
/* store_find_merged - the conversations that ran over merged contact points. */
void store_find_merged(const struct store *store);
/* gather of a tick. guard: object number only one replica gets; ids: conversations to look at, or all inboxes' heads
 * when count is 0 */
void store_find_unseen(const struct store *store, int64_t until_us, int limit);
void store_find_due(const struct store *store, int64_t until_us, int limit);
void store_find_heads(const struct store *store, int64_t guard, int limit);
void store_find_heads_by_id(const struct store *store, int64_t guard, const struct uuid *ids, size_t count);
void store_find_takers(const struct store *store, int limit);
void store_find_lost(const struct store *store, int limit);

/* load: under the locks */
void store_load_conversations(const struct store *store);
void store_load_agents(const struct store *store);
void store_load_staff(const struct store *store);
void store_load_replies(const struct store *store);
/* store_load_owners - whose contact points are, under the locks; one that went elsewhere since gather sets has_moved.
 */
void store_load_owners(const struct store *store);
void store_load_targets(const struct store *store);
/* store_load_unseen - the last entries of unseen conversations, the files of unseen answers. */
void store_load_unseen(const struct store *store);
/* store_next_numbers - a block of references' numbers. */
void store_next_numbers(const struct store *store, void (*on_first)(void *arg, uint64_t first), void *arg);
#define STORE_NUMBERS 1024 /* in a block */

/* flush */
void store_insert_conversations(const struct store *store);
void store_update_conversations(const struct store *store);
/* store_touch_conversations - those that got nothing but messages of their customer: fewer columns. */
void store_touch_conversations(const struct store *store);
/* store_update_triage - inbox, team, priority, subject, tags. */
void store_update_triage(const struct store *store);
/* store_update_live - channel, customer, and what is known of their presence. */
void store_update_live(const struct store *store);
void store_insert_moves(const struct store *store);
void store_insert_interactions(const struct store *store);
void store_end_interactions(const struct store *store);
void store_insert_entries(const struct store *store);
void store_insert_messages(const struct store *store);
void store_save_presences(const struct store *store);
void store_save_rights(const struct store *store);
void store_add_loads(const struct store *store);
void store_set_swept(const struct store *store);

/* outside of batches */
/* store_list_waiting - every conversation that waits: its lane, id, since when; lane by lane, oldest first. */
void store_list_waiting(struct db *db, int limit,
                        void (*on_done)(void *arg, const struct db_outcome *outcome, const struct db_result *result),
                        void *arg);
