/* agents.c - people who sign in: made and changed by administrators, seen by colleagues. */
#include "agents.h"

#include "audit.h"
#include "base/text.h"
#include "chat_settings.h"
#include "handlers.h"
#include "password.h"
#include "skills.h"
#include "validate.h"

enum { INBOXES_MAX = 1000, CAPACITY_MAX = 1000, CAPACITY_KEPT = -1 };

void handle_agents_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_list_agents(&gateway->store, principal_of(request), reply_on_read, request);
}

void handle_agent_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct uuid id;

	if (param_uuid(request, "id", &id))
		store_read_agent(&gateway->store, principal_of(request), &id, reply_on_versioned_read, request);
}

/* the limits of single channels; those without one are not named */
static void fill_capacities(struct arena *arena, const struct agent_record *agent, Hilo__V1__AgentUpdated *body)
{
	static const Hilo__V1__Channel channels[] = {
	        [STORE_EMAIL] = HILO__V1__CHANNEL__CHANNEL_EMAIL,
	        [STORE_CHAT] = HILO__V1__CHANNEL__CHANNEL_CHAT,
	};

	body->channel_capacities = arena_new_array(arena, Hilo__V1__ChannelCapacity *, STORE_CHANNELS);
	for (size_t i = 0; i < STORE_CHANNELS; i++) {
		Hilo__V1__ChannelCapacity *limit = arena_new_object(arena, Hilo__V1__ChannelCapacity);
		if (!agent->channel_capacity[i])
			continue;
		hilo__v1__channel_capacity__init(limit);
		limit->channel = channels[i];
		limit->capacity = (uint32_t)agent->channel_capacity[i];
		body->channel_capacities[body->n_channel_capacities++] = limit;
	}
}

static char **ids_of(struct arena *arena, const struct uuid *ids, size_t count)
{
	char **texts = arena_new_array(arena, char *, count + 1);

	for (size_t i = 0; i < count; i++)
		texts[i] = bus_id(arena, &ids[i]);
	return texts;
}

int agent_event(struct bus_outbox *outbox, struct arena *arena, const struct agent_record *agent, const char *actor,
                const struct uuid *causation)
{
	static const Hilo__V1__Role roles[] = {
	        [ROLE_ADMINISTRATOR] = HILO__V1__ROLE__ROLE_ADMINISTRATOR,
	        [ROLE_SUPERVISOR] = HILO__V1__ROLE__ROLE_SUPERVISOR,
	        [ROLE_AGENT] = HILO__V1__ROLE__ROLE_AGENT,
	};
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__AgentUpdated body = HILO__V1__AGENT_UPDATED__INIT;
	size_t count = agent->rights.all ? 0 : agent->rights.count;

	body.agent_id = bus_id(arena, &agent->id);
	body.name = (char *)agent->name;
	body.role = roles[agent->role];
	body.all_inboxes = agent->rights.all;
	body.n_inbox_ids = count;
	body.inbox_ids = ids_of(arena, agent->rights.inboxes, count);
	body.n_team_ids = agent->teams_count;
	body.team_ids = ids_of(arena, agent->teams, agent->teams_count);
	body.skills = (char **)agent->skills;
	while (agent->skills && agent->skills[body.n_skills])
		body.n_skills++;
	fill_capacities(arena, agent, &body);
	body.capacity = (uint32_t)agent->capacity;
	body.active = agent->active;
	envelope.key = envelope.subject = body.agent_id;
	envelope.actor = (char *)actor;
	if (causation)
		envelope.causation_id = bus_id(arena, causation);
	envelope.version = (uint64_t)agent->version;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_AGENT_UPDATED;
	envelope.agent_updated = &body;
	return bus_outbox_add(outbox, &envelope);
}

void agent_announce(struct write *write, const struct agent_record *agent)
{
	const char *actor = arena_printf(write->arena, "agent:%s", bus_id(write->arena, &write->who->id));

	write_check(write,
	            agent_event(write->outbox, write->arena, agent, actor, write->is_once ? &write->once.id : NULL));
}

/* ["all"] or UUIDs; missing: fallback */
static struct rights read_inboxes(struct json_reader *reader, struct rights fallback)
{
	json_t *array = json_array_optional(reader, "inboxes", INBOXES_MAX);
	struct uuid *inboxes;
	size_t count;

	if (!array)
		return fallback;
	if (json_array_size(array) == 1 && text_equal_nocase(json_string_value(json_array_get(array, 0)), "all"))
		return (struct rights){.all = true};
	count = read_uuids(reader, "inboxes", array, &inboxes);
	return (struct rights){.count = rights_sort(inboxes, count), .inboxes = inboxes};
}

/* a missing channel keeps what ret holds, null takes its limit away */
static void read_channel_capacity(struct json_reader *reader, int32_t ret[STORE_CHANNELS])
{
	static const char *const channels[] = {[STORE_EMAIL] = "email", [STORE_CHAT] = "chat", NULL};
	struct json_reader limits;

	if (!json_enter(reader, "channel_capacity", &limits))
		return;
	json_only(&limits, channels);
	for (size_t i = 0; i < STORE_CHANNELS; i++)
		if (has_member(&limits, channels[i]))
			ret[i] = (int32_t)json_int_optional(&limits, channels[i], 1, CAPACITY_MAX, 0);
	json_leave(reader, "channel_capacity", &limits);
}

static enum error email_constraint(const char *name)
{
	return strcmp(name, "agent_email_key") ? ERROR_NONE : ERROR_email_taken;
}

static void on_unknown_inboxes(void *arg, const struct db_result *result)
{
	if (db_get_int(result, 0, 0))
		write_refuse(arg, ERROR_invalid_field, "inboxes: must hold inboxes that exist");
}

/* ---- making one ---- */

struct new_agent {
	struct write *write;
	struct agent_record agent;
	const char *password_hash; /* NULL: invited */
};

static void reply_agent(struct write *write, const char *json, const struct uuid *request_id, bool is_invited)
{
	uint8_t hash[STORE_HASH];

	if (is_invited)
		json = arena_printf(write->arena, "%.*s, \"invitation_url\": \"%s\"}", (int)strlen(json) - 1, json,
		                    invitation_url(write, request_id, hash));
	reply_text(write->request, 201, json);
}

static bool is_invitation(const char *kind)
{
	return !strcmp(kind, "agent.invite");
}

static void agent_committed(struct write *write)
{
	reply_agent(write, write->answer, &write->once.id, is_invitation(write->kind));
}

static void agent_repeated(struct write *write)
{
	reply_agent(write, write->found.outcome, &write->found.id, is_invitation(write->found.kind));
}

static struct new_agent *new_agent_of(struct write *write)
{
	return write->arg;
}

static void agent_load(struct write *write)
{
	const struct rights *rights = &new_agent_of(write)->agent.rights;

	store_count_unknown_inboxes(&write->gateway->store, write->tx, rights->inboxes, rights->all ? 0 : rights->count,
	                            on_unknown_inboxes, write);
}

static void agent_decide(struct write *write)
{
	struct new_agent *new = new_agent_of(write);
	struct store *store = &write->gateway->store;
	struct request_record record = write_record(write);
	uint8_t hash[STORE_HASH];

	if (is_invitation(write->kind))
		invitation_url(write, &write->once.id, hash);
	store_insert_agent(store, write->tx, &new->agent, new->password_hash, is_invitation(write->kind) ? hash : NULL);
	store_replace_agent_inboxes(store, write->tx, &new->agent.id, &new->agent.rights);
	audit_add(write, "agent.created", bus_id(write->arena, &new->agent.id));
	store_remember(store, write->tx, &record, MADE_AGENT, &new->agent.id, write_on_answer, write);
	agent_announce(write, &new->agent);
}

static void agent_hashed(void *arg, const char *hash)
{
	struct new_agent *new = arg;

	if (!hash) {
		reply_error(new->write->request, ERROR_internal, NULL);
		return;
	}
	new->password_hash = arena_strdup(new->write->arena, hash);
	write_run(new->write);
}

/* Returns: the password, NULL: invite. */
static const char *read_agent(struct json_reader *reader, struct agent_record *ret)
{
	const char *plain = NULL;

	ret->id = uuid_new();
	ret->name = read_line(reader, "name", 200);
	ret->email = read_email(reader, "email");
	ret->role = (enum role)json_choice(reader, "role", role_words, -1);
	ret->rights = read_inboxes(reader, (struct rights){.all = !reader->fault && ret->role == ROLE_ADMINISTRATOR});
	ret->capacity = (int32_t)json_int_optional(reader, "capacity", 1, CAPACITY_MAX, 0);
	ret->skills = read_skills(reader);
	read_channel_capacity(reader, ret->channel_capacity);
	ret->active = true;
	ret->version = 1;
	if (json_text_optional(reader, "password", PASSWORD_HIGH))
		plain = json_text(reader, "password", PASSWORD_LOW, PASSWORD_HIGH);
	return arena_strdup(reader->arena, plain);
}

void handle_agents_post(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct new_agent *new = arena_new_object(arena, struct new_agent);
	struct write *write;
	json_t *body = json_body(request);
	const char *plain;
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	plain = read_agent(&reader, &new->agent);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad)
		return;
	write = write_new(arg, request, plain ? "agent.create" : "agent.invite");
	if (!write)
		return; /* answered, and new is gone with the request */
	new->write = write;
	new->write->arg = new;
	new->write->load = agent_load;
	new->write->decide = agent_decide;
	new->write->committed = agent_committed;
	new->write->repeated = agent_repeated;
	new->write->constraint = email_constraint;
	write_lock(new->write, "agent", &new->agent.id);
	if (!plain)
		write_run(new->write);
	else if (!password_hash(new->write->gateway->password, plain, agent_hashed, new))
		reply_error(request, ERROR_unavailable, NULL);
}

/* ---- changing one ---- */

struct agent_change {
	struct agent_record agent; /* members named below, then the whole record */
	const char *key;           /* its id as text */
	const char *name;
	int role, active; /* -1: as it is */
	bool has_rights, has_capacity;
	int64_t other_administrators;
};

static void on_agent_record(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct agent_change *change = write->arg;
	struct agent_record *agent = &change->agent, now;

	if (!db_rows(result))
		return;
	now = store_get_agent(result, 0, write->arena);
	now.name = change->name ? change->name : now.name;
	now.rights = change->has_rights ? agent->rights : now.rights;
	now.capacity = change->has_capacity ? agent->capacity : now.capacity;
	now.skills = agent->skills ? agent->skills : now.skills;
	for (size_t i = 0; i < STORE_CHANNELS; i++)
		if (agent->channel_capacity[i] != CAPACITY_KEPT)
			now.channel_capacity[i] = agent->channel_capacity[i];
	change->other_administrators = db_get_int(result, 0, STORE_AGENT_COLUMNS);
	*agent = now;
	write->version = now.version;
}

static void change_load(struct write *write)
{
	struct agent_change *change = write->arg;
	struct store *store = &write->gateway->store;

	if (change->has_rights)
		store_count_unknown_inboxes(store, write->tx, change->agent.rights.inboxes, change->agent.rights.count,
		                            on_unknown_inboxes, write);
	store_read_agent_record(store, write->tx, &change->agent.id, on_agent_record, write);
	audit_before(write, "agent", change->key);
}

static void change_decide(struct write *write)
{
	struct agent_change *change = write->arg;
	struct agent_record *agent = &change->agent;
	struct store *store = &write->gateway->store;
	bool was_administrator = agent->role == ROLE_ADMINISTRATOR && agent->active;

	if (!write_next_version(write))
		return;
	agent->role = change->role >= 0 ? (enum role)change->role : agent->role;
	agent->active = change->active >= 0 ? change->active > 0 : agent->active;
	if (was_administrator && !change->other_administrators &&
	    (agent->role != ROLE_ADMINISTRATOR || !agent->active)) {
		write_refuse(write, ERROR_last_administrator, NULL);
		return;
	}
	agent->version = write->version;
	store_update_agent(store, write->tx, agent);
	store_replace_agent_inboxes(store, write->tx, &agent->id, &agent->rights);
	if (!agent->active)
		store_delete_agent_sessions(store, write->tx, &agent->id);
	audit_add(write, "agent.changed", change->key);
	store_read_own_agent(store, write->tx, &agent->id, write_on_answer, write);
	agent_announce(write, agent);
}

static bool read_change(struct http_request *request, struct agent_change *change)
{
	json_t *body = json_body(request);
	bool is_bad;

	if (!body)
		return false;
	struct json_reader reader = {.object = body, .arena = http_request_arena(request)};
	change->name = read_line_optional(&reader, "name", 200);
	change->role = has_member(&reader, "role") ? json_choice(&reader, "role", role_words, -1) : -1;
	change->has_rights = has_member(&reader, "inboxes");
	change->agent.rights = read_inboxes(&reader, (struct rights){0});
	change->has_capacity = has_member(&reader, "capacity");
	change->agent.capacity = (int32_t)json_int_optional(&reader, "capacity", 1, CAPACITY_MAX, 0);
	change->agent.skills = read_skills(&reader);
	for (size_t i = 0; i < STORE_CHANNELS; i++)
		change->agent.channel_capacity[i] = CAPACITY_KEPT;
	read_channel_capacity(&reader, change->agent.channel_capacity);
	change->active = has_member(&reader, "active") ? json_bool_optional(&reader, "active", true) : -1;
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	return !is_bad;
}

void handle_agent_patch(struct http_request *request, void *arg)
{
	static const struct uuid all_administrators;
	struct agent_change *change = arena_new_object(http_request_arena(request), struct agent_change);
	struct write *write;

	if (!param_uuid(request, "id", &change->agent.id) || !read_change(request, change) ||
	    !(write = write_new(arg, request, "agent.change")))
		return;
	change->key = bus_id(http_request_arena(request), &change->agent.id);
	write->arg = change;
	write->load = change_load;
	write->decide = change_decide;
	write->committed = write_reply_changed;
	write_lock(write, "agent", &change->agent.id);
	write_lock(write, "administrators", &all_administrators); /* two must not remove each other at once */
	write_run(write);
}
