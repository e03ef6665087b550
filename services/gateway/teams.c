/* teams.c - groups of agents: made and changed by administrators, known to everybody. */
#include "agents.h"
#include "audit.h"
#include "handlers.h"
#include "store_furniture.h"
#include "validate.h"

enum { MEMBERS_MAX = 1000, NAME_MAX_BYTES = 100, DESCRIPTION_MAX = 1000 };

void handle_teams_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_list_teams(&gateway->store, principal_of(request), reply_on_read, request);
}

void handle_team_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct uuid id;

	if (param_uuid(request, "id", &id))
		store_read_team(&gateway->store, principal_of(request), &id, reply_on_versioned_read, request);
}

struct member {
	struct agent_record agent;
	bool was_in;
};

struct team_change {
	struct team_record team; /* members the request names, then the whole record */
	const char *key;         /* its id as text */
	int active;              /* -1: as it is */
	bool has_members;
	struct uuid *members; /* as they shall be, sorted */
	size_t members_count;
	struct member *concerned; /* those, and who is in it now */
	size_t concerned_count;
};

static void on_unknown_agents(void *arg, const struct db_result *result)
{
	if (db_get_int(result, 0, 0))
		write_refuse(arg, ERROR_invalid_field, "member_ids: must hold agents that exist");
}

static void on_members(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct team_change *change = write->arg;

	change->concerned_count = db_rows(result);
	change->concerned = arena_new_array(write->arena, struct member, change->concerned_count + 1);
	for (size_t i = 0; i < change->concerned_count; i++)
		change->concerned[i] = (struct member){
		        .agent = store_get_agent(result, i, write->arena),
		        .was_in = db_get_bool(result, i, STORE_AGENT_COLUMNS),
		};
}

static void load_members(struct write *write)
{
	const struct team_change *change = write->arg;
	struct store *store = &write->gateway->store;

	if (!change->has_members)
		return;
	store_count_unknown_agents(store, write->tx, change->members, change->members_count, on_unknown_agents, write);
	store_read_members(store, write->tx, change->members, change->members_count, &change->team.id, on_members,
	                   write);
}

/* The agent's teams with this one or without it. */
static void change_teams(struct arena *arena, struct agent_record *agent, const struct uuid *team_id, bool is_in)
{
	struct uuid *teams = arena_new_array(arena, struct uuid, agent->teams_count + 1);
	size_t count = 0;

	for (size_t i = 0; i < agent->teams_count; i++)
		if (!uuid_equal(&agent->teams[i], team_id))
			teams[count++] = agent->teams[i];
	if (is_in)
		teams[count++] = *team_id;
	agent->teams_count = rights_sort(teams, count);
	agent->teams = teams;
}

/* whoever joins or leaves has a changed record */
static void write_members(struct write *write)
{
	struct team_change *change = write->arg;
	const struct rights members = {.count = change->members_count, .inboxes = change->members};
	struct store *store = &write->gateway->store;
	struct uuid *touched = arena_new_array(write->arena, struct uuid, change->concerned_count + 1);
	size_t count = 0;

	if (!change->has_members)
		return;
	store_replace_members(store, write->tx, &change->team.id, change->members, change->members_count);
	for (size_t i = 0; i < change->concerned_count; i++) {
		struct agent_record *agent = &change->concerned[i].agent;
		bool is_in = rights_allow(&members, &agent->id);
		if (is_in == change->concerned[i].was_in)
			continue;
		touched[count++] = agent->id;
		agent->version++;
		change_teams(write->arena, agent, &change->team.id, is_in);
		agent_announce(write, agent);
	}
	if (count)
		store_touch_agents(store, write->tx, touched, count);
}

static enum error name_constraint(const char *name)
{
	return strcmp(name, "team_name_key") ? ERROR_NONE : ERROR_name_taken;
}

static void read_members(struct json_reader *reader, struct team_change *ret)
{
	json_t *array = json_array_optional(reader, "member_ids", MEMBERS_MAX);
	size_t count;

	ret->has_members = array != NULL;
	if (!array)
		return;
	count = read_uuids(reader, "member_ids", array, &ret->members);
	ret->members_count = rights_sort(ret->members, count);
}

static void run(struct write *write, struct team_change *change)
{
	static const struct uuid all_administrators;

	write->arg = change;
	write->constraint = name_constraint;
	write_lock(write, "team", &change->team.id);
	write_lock(write, "administrators", &all_administrators); /* as every change of an agent does */
	write_run(write);
}

/* ---- making one ---- */

static void new_decide(struct write *write)
{
	const struct team_change *change = write->arg;
	struct store *store = &write->gateway->store;
	struct request_record record = write_record(write);

	store_insert_team(store, write->tx, &change->team);
	write_members(write);
	audit_add(write, "team.created", change->key);
	audit_announce(write, "team", change->key, NULL);
	store_remember_configured(store, write->tx, &record, "team", change->key, write_on_answer, write);
}

void handle_teams_post(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct team_change *change = arena_new_object(arena, struct team_change);
	json_t *body = json_body(request);
	struct write *write;
	const char *description;
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	change->team.id = uuid_new();
	change->key = bus_id(arena, &change->team.id);
	change->team.name = read_line(&reader, "name", NAME_MAX_BYTES);
	description = arena_strdup(arena, json_text_optional(&reader, "description", DESCRIPTION_MAX));
	change->team.description = description ? description : "";
	read_members(&reader, change);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "team.create")))
		return;
	write->load = load_members;
	write->decide = new_decide;
	write->committed = write_reply_made;
	run(write, change);
}

/* ---- changing one ---- */

static void on_team_record(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct team_change *change = write->arg;
	struct team_record *team = &change->team;

	if (!db_rows(result))
		return;
	write->version = db_get_int(result, 0, 3);
	team->name = team->name ? team->name : arena_strdup(write->arena, db_get_text(result, 0, 0));
	team->description =
	        team->description ? team->description : arena_strdup(write->arena, db_get_text(result, 0, 1));
	team->active = change->active >= 0 ? change->active > 0 : db_get_bool(result, 0, 2);
}

static void change_load(struct write *write)
{
	const struct team_change *change = write->arg;

	store_read_team_record(&write->gateway->store, write->tx, &change->team.id, on_team_record, write);
	load_members(write);
	audit_before(write, "team", change->key);
}

static void change_decide(struct write *write)
{
	struct team_change *change = write->arg;
	struct store *store = &write->gateway->store;

	if (!write_next_version(write))
		return;
	store_update_team(store, write->tx, &change->team);
	write_members(write);
	audit_add(write, "team.changed", change->key);
	audit_announce(write, "team", change->key, NULL);
	store_read_configured(store, write->tx, "team", change->key, &write->who->id, write_on_answer, write);
}

void handle_team_patch(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct team_change *change = arena_new_object(arena, struct team_change);
	struct write *write;
	json_t *body;
	bool is_bad;

	if (!param_uuid(request, "id", &change->team.id) || !(body = json_body(request)))
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	change->key = bus_id(arena, &change->team.id);
	change->team.name = read_line_optional(&reader, "name", NAME_MAX_BYTES);
	change->team.description = arena_strdup(arena, json_text_optional(&reader, "description", DESCRIPTION_MAX));
	change->active = has_member(&reader, "active") ? json_bool_optional(&reader, "active", true) : -1;
	read_members(&reader, change);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "team.change")))
		return;
	write->load = change_load;
	write->decide = change_decide;
	write->committed = write_reply_changed;
	run(write, change);
}
