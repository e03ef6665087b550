/* store_teams.c - teams and who is in them. */
#include "store_bind.h"
#include "store_furniture.h"

void store_list_teams(struct store *store, const struct principal *who, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_reader(p, who);
	db_query(store->db, &gateway_store_sql_list_teams, p, on_done, arg);
}

void store_read_team(struct store *store, const struct principal *who, const struct uuid *id, store_done *on_done,
                     void *arg)
{
	struct db_params *p = fresh(store);

	bind_reader(p, who);
	db_bind_uuid(p, id);
	db_query(store->db, &gateway_store_sql_read_team, p, on_done, arg);
}

void store_read_team_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                            void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_team_record, p, on_rows, arg);
}

void store_count_unknown_agents(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count,
                                store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_uuids(p, agents, count);
	db_tx_exec(tx, &gateway_store_sql_count_unknown_agents, p, on_rows, arg);
}

void store_count_unknown_teams(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                               void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_count_unknown_teams, p, on_rows, arg);
}

void store_read_members(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count,
                        const struct uuid *team_id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_uuids(p, agents, count);
	db_bind_uuid(p, team_id);
	db_tx_exec(tx, &gateway_store_sql_read_members, p, on_rows, arg);
}

void store_insert_team(struct store *store, struct db_tx *tx, const struct team_record *team)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &team->id);
	db_bind_text(p, team->name);
	db_bind_text(p, team->description);
	db_tx_exec(tx, &gateway_store_sql_insert_team, p, NULL, NULL);
}

void store_update_team(struct store *store, struct db_tx *tx, const struct team_record *team)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &team->id);
	db_bind_text(p, team->name);
	db_bind_text(p, team->description);
	db_bind_bool(p, team->active);
	db_tx_exec(tx, &gateway_store_sql_update_team, p, NULL, NULL);
}

void store_replace_members(struct store *store, struct db_tx *tx, const struct uuid *team_id, const struct uuid *agents,
                           size_t count)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, team_id);
	bind_uuids(p, agents, count);
	db_tx_exec(tx, &gateway_store_sql_replace_members, p, NULL, NULL);
}

void store_touch_agents(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count)
{
	struct db_params *p = fresh(store);

	bind_uuids(p, agents, count);
	db_tx_exec(tx, &gateway_store_sql_touch_agents, p, NULL, NULL);
}
