/* store_agents.c - people, their rights and their presence. */
#include "store_bind.h"

struct rights store_get_inboxes(const struct db_result *result, size_t row, int column, struct arena *arena)
{
	size_t size = 0;
	const void *bytes = db_get_bytes(result, row, column, &size);
	struct uuid *inboxes = arena_memdup(arena, bytes ? bytes : "", bytes ? size : 0);

	return (struct rights){.count = rights_sort(inboxes, bytes ? size / sizeof(struct uuid) : 0),
	                       .inboxes = inboxes};
}

struct rights store_get_rights(const struct db_result *result, size_t row, int all_column, int inboxes_column,
                               struct arena *arena)
{
	struct rights rights = store_get_inboxes(result, row, inboxes_column, arena);

	rights.all = db_get_bool(result, row, all_column);
	return rights;
}

const char *const *store_get_words(const struct db_result *result, size_t row, int column, struct arena *arena)
{
	const char *text = db_get_text(result, row, column), *end;
	size_t count = 0;
	const char **words;

	for (const char *c = text; *c; c++)
		count += *c == '\n';
	words = arena_new_array(arena, const char *, count + 2);
	for (size_t i = 0; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		words[i++] = arena_strndup(arena, text, (size_t)(end - text));
	}
	return words;
}

struct agent_record store_get_agent(const struct db_result *result, size_t row, struct arena *arena)
{
	struct agent_record agent = {
	        .id = db_get_uuid(result, row, 0),
	        .name = arena_strdup(arena, db_get_text(result, row, 1)),
	        .role = ROLE_ADMINISTRATOR,
	        .rights = store_get_rights(result, row, 3, 7, arena),
	        .capacity = (int32_t)db_get_int(result, row, 4),
	        .active = db_get_bool(result, row, 5),
	        .version = db_get_int(result, row, 6),
	        .skills = store_get_words(result, row, 8, arena),
	        .channel_capacity = {[STORE_EMAIL] = (int32_t)db_get_int(result, row, 9),
	                             [STORE_CHAT] = (int32_t)db_get_int(result, row, 10)},
	};
	size_t size = 0;
	const void *teams = db_get_bytes(result, row, 11, &size);

	while (strcmp(role_words[agent.role], db_get_text(result, row, 2)) != 0)
		agent.role++; /* the column's CHECK holds exactly these words */
	agent.teams = teams ? arena_memdup(arena, teams, size) : NULL;
	agent.teams_count = teams ? size / sizeof(struct uuid) : 0;
	return agent;
}

void store_list_agents(struct store *store, const struct principal *who, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_reader(p, who);
	db_query(store->db, &gateway_store_sql_list_agents, p, on_done, arg);
}

void store_read_agent(struct store *store, const struct principal *who, const struct uuid *id, store_done *on_done,
                      void *arg)
{
	struct db_params *p = fresh(store);

	bind_reader(p, who);
	db_bind_uuid(p, id);
	db_query(store->db, &gateway_store_sql_read_agent, p, on_done, arg);
}

void store_read_directory(struct store *store, store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_read_directory, fresh(store), on_done, arg);
}

void store_count_unknown_inboxes(struct store *store, struct db_tx *tx, const struct uuid *inboxes, size_t count,
                                 store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_uuids(p, inboxes, count);
	db_tx_exec(tx, &gateway_store_sql_count_unknown_inboxes, p, on_rows, arg);
}

static void bind_capacity(struct db_params *p, int32_t capacity)
{
	if (capacity)
		db_bind_i32(p, capacity);
	else
		db_bind_null(p);
}

static void bind_abilities(struct db_params *p, const struct agent_record *agent)
{
	bind_words(p, agent->skills);
	for (size_t i = 0; i < STORE_CHANNELS; i++)
		bind_capacity(p, agent->channel_capacity[i]);
}

void store_insert_agent(struct store *store, struct db_tx *tx, const struct agent_record *agent,
                        const char *password_hash, const uint8_t *invitation_hash)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &agent->id);
	db_bind_text(p, agent->name);
	db_bind_text(p, agent->email);
	db_bind_text(p, role_words[agent->role]);
	db_bind_bool(p, agent->rights.all);
	bind_capacity(p, agent->capacity);
	db_bind_text(p, password_hash);
	bind_hash(p, invitation_hash);
	bind_abilities(p, agent);
	db_tx_exec(tx, &gateway_store_sql_insert_agent, p, NULL, NULL);
}

void store_replace_agent_inboxes(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                                 const struct rights *rights)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	bind_uuids(p, rights->inboxes, rights->all ? 0 : rights->count);
	db_tx_exec(tx, &gateway_store_sql_replace_agent_inboxes, p, NULL, NULL);
}

void store_read_agent_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_agent_record, p, on_rows, arg);
}

void store_update_agent(struct store *store, struct db_tx *tx, const struct agent_record *agent)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &agent->id);
	db_bind_text(p, agent->name);
	db_bind_text(p, role_words[agent->role]);
	db_bind_bool(p, agent->rights.all);
	bind_capacity(p, agent->capacity);
	db_bind_bool(p, agent->active);
	bind_abilities(p, agent);
	db_tx_exec(tx, &gateway_store_sql_update_agent, p, NULL, NULL);
}

void store_delete_agent_sessions(struct store *store, struct db_tx *tx, const struct uuid *agent_id)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_tx_exec(tx, &gateway_store_sql_delete_agent_sessions, p, NULL, NULL);
}

void store_count_agents(struct store *store, struct db_tx *tx, store_rows *on_rows, void *arg)
{
	db_tx_exec(tx, &gateway_store_sql_count_agents, fresh(store), on_rows, arg);
}

/* ---- passwords ---- */

void store_read_invitation(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_read_invitation, p, on_done, arg);
}

void store_read_invitation_in(struct store *store, struct db_tx *tx, const uint8_t hash[STORE_HASH],
                              store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_tx_exec(tx, &gateway_store_sql_read_invitation, p, on_rows, arg);
}

void store_renew_invitation(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                            const uint8_t hash[STORE_HASH])
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	bind_hash(p, hash);
	db_tx_exec(tx, &gateway_store_sql_renew_invitation, p, NULL, NULL);
}

void store_update_password(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                           const char *password_hash)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_bind_text(p, password_hash);
	db_tx_exec(tx, &gateway_store_sql_update_password, p, NULL, NULL);
}

void store_delete_other_sessions(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                                 const uint8_t kept_hash[STORE_HASH])
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	bind_hash(p, kept_hash);
	db_tx_exec(tx, &gateway_store_sql_delete_other_sessions, p, NULL, NULL);
}

/* ---- presence ---- */

void store_read_presence(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                         void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_tx_exec(tx, &gateway_store_sql_read_presence, p, on_rows, arg);
}

void store_upsert_presence(struct store *store, struct db_tx *tx, const struct presence_row *row)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &row->agent_id);
	db_bind_text(p, row->status);
	db_bind_i64(p, row->version);
	db_tx_exec(tx, &gateway_store_sql_upsert_presence, p, NULL, NULL);
}

void store_end_presence(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count,
                        store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_uuids(p, agents, count);
	db_tx_exec(tx, &gateway_store_sql_end_presence, p, on_rows, arg);
}
