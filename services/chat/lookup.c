/* lookup.c - which conversation visitors are shown: all that ask in one turn, in one statement. */
#include "base/log.h"
#include "hub.h"
#include "store_live.h"

enum { LOOKUPS_A_TURN = 500 };

struct asking {
	struct live *live;
	struct lookup *first;
};

static void lookup_end(struct lookup *lookup, const struct found *found, enum db_fault fault)
{
	lookup->on_found(lookup->arg, found, fault);
	free(lookup->address);
	free(lookup->email);
	free(lookup);
}

static struct found found_of(const struct db_result *result, size_t row)
{
	return (struct found){
		.point_id = db_get_uuid(result, row, 1),
		.customer_id = db_get_uuid(result, row, 2),
		.conversation_id = db_get_uuid(result, row, 3),
		.ref = db_get_text(result, row, 4),
		.status = db_get_text(result, row, 5),
		.inbox_id = db_get_uuid(result, row, 6),
		.conversation_customer_id = db_get_uuid(result, row, 7),
		.sequence = db_get_int(result, row, 8),
		.assignee_id = db_get_uuid(result, row, 9),
		.queued_us = db_is_null(result, row, 10) ? 0 : db_get_time(result, row, 10),
		.seen = db_get_int(result, row, 11),
		.position = db_get_int(result, row, 12),
	};
}

static void on_found(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct asking *asking = arg;
	struct live *live = asking->live;
	size_t *rows = hilo_alloc_array(LOOKUPS_A_TURN, sizeof(*rows));
	size_t place = 0;

	if (outcome->fault != DB_OK)
		log_warn("chat.lookup_failed", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
	for (size_t row = 0; outcome->fault == DB_OK && row < db_rows(result); row++)
		rows[db_get_int(result, row, 0) - 1] = row;
	for (struct lookup *next, *lookup = asking->first; lookup; lookup = next) {
		struct found found = {0};
		next = lookup->next;
		if (outcome->fault == DB_OK)
			found = found_of(result, rows[place++]);
		lookup_end(lookup, outcome->fault == DB_OK ? &found : NULL, outcome->fault);
	}
	free(rows);
	free(asking);
	live->is_looking_up = false;
	lookup_turn(live);
}

void lookup_turn(struct live *live)
{
	struct asking *asking;
	struct lookup *last;

	if (live->is_looking_up || !live->lookups)
		return;
	asking = hilo_new(struct asking);
	asking->live = live;
	asking->first = last = live->lookups;
	for (int i = 1; i < LOOKUPS_A_TURN && last->next; i++)
		last = last->next;
	live->lookups = HILO_STEAL(last->next);
	if (!live->lookups)
		live->lookups_end = NULL;
	live->is_looking_up = true;
	store_find_conversations(live->chat, asking->first, on_found, asking);
}

void lookup_add(struct live *live, struct lookup *lookup)
{
	lookup->next = NULL;
	if (live->lookups)
		*live->lookups_end = lookup;
	else
		live->lookups = lookup;
	live->lookups_end = &lookup->next;
	if (!live->is_looking_up && !timer_is_running(live->turner))
		timer_in(live->turner, 0);
}

void lookup_drop_all(struct live *live)
{
	while (live->lookups) {
		struct lookup *lookup = live->lookups;
		live->lookups = lookup->next;
		lookup_end(lookup, NULL, DB_RETRY);
	}
}
