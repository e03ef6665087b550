/* store_digest.h - statements that keep words and mentions; each does nothing for an empty list. */
#pragma once

#include "bus/event.h"
#include "db/db.h"

struct store_digest {
	struct db_tx *tx;
	struct db_params *params; /* scratch */
};
struct digest_lines { /* entries, side by side */
	struct uuid *conversations, *messages;
	size_t count;
};
struct digest_mention {
	struct uuid id, agent_id, conversation_id, message_id, by_agent_id; /* by_agent_id: nil for nobody */
	const char *excerpt;
	const struct bus_event *event;
};
/* store_index_lines - messages and notes become searchable; those that are stay. */
void store_index_lines(const struct store_digest *store, const struct digest_lines *lines);
/* store_move_lines - those conversations' entries are their present inbox's. */
void store_move_lines(const struct store_digest *store, const struct uuid *conversations, size_t count);
void store_index_customers(const struct store_digest *store, const struct uuid *customers, size_t count);
/* store_index_conversations - those, and the latest of these customers. */
void store_index_conversations(const struct store_digest *store, const struct uuid *conversations, size_t count,
                               const struct uuid *customers, size_t customers_count);
void store_insert_mentions(const struct store_digest *store, const struct digest_mention *mentions, size_t count);
