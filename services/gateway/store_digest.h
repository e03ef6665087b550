/* store_digest.h - statements that keep words and mentions; each does nothing for an empty list. */
#pragma once

#include "bus/event.h"
#include "db/db.h"

struct store_digest {
	struct db_tx *tx;
	struct db_params *params; /* scratch */
};
struct digest_words { /* whose words are kept */
	struct uuid *line_conversations, *line_messages; /* entries, side by side */
	struct uuid *conversations, *customers;
	size_t lines, conversations_count, customers_count;
};
struct digest_mention {
	struct uuid id, agent_id, conversation_id, message_id, by_agent_id; /* by_agent_id: nil for nobody */
	const char *excerpt;
	const struct bus_event *event;
};
struct digest_change { /* of a customer */
	struct uuid customer_id;
	const struct bus_event *event;
};
/* store_index_words - messages and notes become searchable, those that are stay; conversations and customers as they are now, and the
 * latest conversations of these customers. */
void store_index_words(const struct store_digest *store, const struct digest_words *words);
/* store_move_lines - those conversations' entries are their present inbox's. */
void store_move_lines(const struct store_digest *store, const struct uuid *conversations, size_t count);
/* store_read_customers_inboxes - where each of these customers has conversations. Rows: which of them (from 1), inbox. */
void store_read_customers_inboxes(const struct store_digest *store, const struct digest_change *changes, size_t count,
                                  void (*on_rows)(void *arg, const struct db_result *result), void *arg);
void store_insert_mentions(const struct store_digest *store, const struct digest_mention *mentions, size_t count);
