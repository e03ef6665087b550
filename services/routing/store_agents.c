/* store_agents.c - routing's statements that read who works: what inboxes ask of agents, who comes next, who may what.
 */
#include "names.h"
#include "routing_store_sql.h"
#include "store.h"
#include "store_columns.h"
#include "store_text.h"

/* Agents looked at beyond one for each message without a hint: few messages with hints turn out to be new, and what
 * finds no agent is given one by the next tick. */
#define SPARE_CANDIDATES 8

static void read_inboxes(struct working_set *ws, const char *text, struct rights *ret)
{
	ret->inbox_ids = read_ids(ws, text, &ret->inbox_count);
}

static struct skills read_skills(struct working_set *ws, const char *text)
{
	size_t count;
	char **words = read_lines(ws, text, &count);

	return (struct skills){(const char *const *)words, count};
}

/* numbers by channel, from the first, separated by blanks */
static void read_by_channel(const char *text, int32_t ret[CHANNELS])
{
	for (size_t i = 1; text && *text && i < CHANNELS; i++) {
		char *end;
		ret[i] = (int32_t)strtol(text, &end, 10);
		text = end;
	}
}

/* from this column on: team_ids, skills, capacities, loads */
static void read_abilities(struct working_set *ws, const struct db_result *result, size_t row, int column,
                           struct agent *agent)
{
	agent->team_ids = read_ids(ws, db_get_text(result, row, column), &agent->team_count);
	agent->skills = read_skills(ws, db_get_text(result, row, column + 1));
	read_by_channel(db_get_text(result, row, column + 2), agent->capacities);
	read_by_channel(db_get_text(result, row, column + 3), agent->loads);
}

/* each inbox once */
static struct list distinct_inboxes(struct working_set *ws)
{
	struct map *seen = map_new(ws->arena, ws->wanted_inboxes.count);
	struct list distinct = {0};

	for (size_t i = 0; i < ws->wanted_inboxes.count; i++) {
		struct uuid *id = ws->wanted_inboxes.items[i];
		if (map_get(seen, id, sizeof(*id)))
			continue;
		map_put(seen, id, sizeof(*id), id);
		list_add(&distinct, ws->arena, id);
	}
	return distinct;
}

static void add_inbox(struct working_set *ws, const struct db_result *result, size_t row)
{
	struct uuid id = db_get_uuid(result, row, 0);

	if (ws_inbox(ws, &id))
		return; /* with another agent */
	struct inbox *inbox = arena_new_object(ws->arena, struct inbox);
	inbox->id = id;
	inbox->team_id = db_get_uuid(result, row, 1);
	inbox->channel = channel_parse(db_get_text(result, row, 2));
	inbox->skills = read_skills(ws, db_get_text(result, row, 3));
	inbox->is_waiting = db_get_bool(result, row, 4);
	map_put(ws->inboxes, &inbox->id, sizeof(inbox->id), inbox);
}

/* inboxes, with agents who can take their conversations */
static void on_inboxes(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 5);
		add_inbox(ws, result, row);
		if (uuid_is_nil(&id) || map_get(ws->candidate_ids, &id, sizeof(id)))
			continue; /* of another inbox as well */
		struct agent *agent = arena_new_object(ws->arena, struct agent);
		agent->id = id;
		map_put(ws->candidate_ids, &agent->id, sizeof(agent->id), agent);
		agent->rights.active = true;
		agent->rights.all_inboxes = db_get_bool(result, row, 6);
		read_inboxes(ws, db_get_text(result, row, 7), &agent->rights);
		agent->presence = PRESENCE_AVAILABLE;
		agent->capacity = (int32_t)db_get_int(result, row, 8);
		agent->load = (int32_t)db_get_int(result, row, 9);
		agent->assigned_us = time_or_0(result, row, 10);
		read_abilities(ws, result, row, 11, agent);
		list_add(&ws->candidates, ws->arena, agent);
	}
}

void store_find_inboxes(const struct store *store)
{
	struct list inboxes = distinct_inboxes(store->ws);
	size_t candidates = store->ws->seekers ? store->ws->strangers + SPARE_CANDIDATES : 0;

	if (!inboxes.count)
		return;
	bind_uuids(db_params_reset(store->params), &inboxes);
	db_bind_i32(store->params, (int32_t)candidates);
	db_tx_exec(store->tx, &routing_store_sql_find_inboxes, store->params, on_inboxes, store->ws);
}

void store_find_takers(const struct store *store, int limit)
{
	db_params_reset(store->params);
	db_bind_i32(store->params, limit);
	db_tx_exec(store->tx, &routing_store_sql_find_takers, store->params, on_inboxes, store->ws);
}

static void on_agents(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct agent *agent = arena_new_object(ws->arena, struct agent);
		agent->id = db_get_uuid(result, row, 0);
		agent->rights.active = db_get_bool(result, row, 1);
		agent->rights.all_inboxes = db_get_bool(result, row, 2);
		read_inboxes(ws, db_get_text(result, row, 3), &agent->rights);
		agent->rights_version = (uint64_t)db_get_int(result, row, 4);
		presence_parse(db_get_text(result, row, 5), &agent->presence);
		agent->presence_version = (uint64_t)db_get_int(result, row, 6);
		agent->capacity = (int32_t)db_get_int(result, row, 7);
		agent->load = (int32_t)db_get_int(result, row, 8);
		agent->assigned_us = time_or_0(result, row, 9);
		read_abilities(ws, result, row, 10, agent);
		ws_add_agent(ws, agent);
	}
}

void store_load_agents(const struct store *store)
{
	if (!store->ws->agent_list.count)
		return;
	bind_uuids(db_params_reset(store->params), &store->ws->agent_list);
	db_tx_exec(store->tx, &routing_store_sql_load_agents, store->params, on_agents, store->ws);
}

static void on_staff(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		struct staff *staff = arena_new_object(ws->arena, struct staff);
		staff->id = db_get_uuid(result, row, 0);
		staff->rights.active = db_get_bool(result, row, 1);
		staff->rights.all_inboxes = db_get_bool(result, row, 2);
		read_inboxes(ws, db_get_text(result, row, 3), &staff->rights);
		ws_add_staff(ws, staff);
	}
}

void store_load_staff(const struct store *store)
{
	if (!store->ws->staff_list.count)
		return;
	bind_uuids(db_params_reset(store->params), &store->ws->staff_list);
	db_tx_exec(store->tx, &routing_store_sql_load_staff, store->params, on_staff, store->ws);
}
