/* tokens.c - API tokens: programs that act as an agent. */
#include "audit.h"
#include "base/clock.h"
#include "handlers.h"
#include "store_furniture.h"
#include "validate.h"

enum { TOKENS_MAX = 100 };

/* ---- reading ---- */

void handle_tokens_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	const struct principal *who = principal_of(request);
	const char *text = http_request_query(request, "agent");
	bool is_all = text && !strcmp(text, "all");
	struct uuid agent = who->id;

	if (text && !is_all && uuid_parse(text, &agent) < 0)
		reply_error(request, ERROR_invalid_parameter, "agent must be a UUID, or all");
	else if (who->role != ROLE_ADMINISTRATOR && (is_all || !uuid_equal(&agent, &who->id)))
		reply_error(request, ERROR_forbidden, NULL);
	else
		store_list_tokens(&gateway->store, is_all ? NULL : &agent, reply_on_read, request);
}

/* ---- making one ---- */

struct new_token {
	struct token_record token;
	const char *key; /* its id as text */
	int64_t count;   /* the agent has */
};

static void api_token(const struct gateway *gateway, const struct uuid *request_id, char ret[API_TOKEN_TEXT])
{
	memcpy(ret, API_TOKEN_PREFIX, sizeof(API_TOKEN_PREFIX));
	token_derive(gateway->derive_key, "api token", request_id, ret + strlen(API_TOKEN_PREFIX));
}

static void on_count(void *arg, const struct db_result *result)
{
	if (db_get_int(result, 0, 0) >= TOKENS_MAX)
		write_refuse(arg, ERROR_refused, "You have 100 tokens: delete one that is not used any more.");
}

static void new_load(struct write *write)
{
	store_count_tokens(&write->gateway->store, write->tx, &write->who->id, on_count, write);
}

static void new_decide(struct write *write)
{
	struct new_token *new = write->arg;
	struct store *store = &write->gateway->store;
	struct request_record record = write_record(write);
	uint8_t hash[STORE_HASH];
	char text[API_TOKEN_TEXT];

	api_token(write->gateway, &write->once.id, text);
	token_hash(text, hash);
	new->token.hash = hash;
	store_insert_token(store, write->tx, &new->token);
	audit_add(write, "token.created", new->key);
	audit_announce(write, "token", new->key, &write->who->id);
	store_remember_configured(store, write->tx, &record, "token", new->key, write_on_answer, write);
}

/* it is shown to the one who asks for it, and stored nowhere */
static void reply_token(struct write *write, const char *json, const struct uuid *request_id)
{
	char text[API_TOKEN_TEXT];

	api_token(write->gateway, request_id, text);
	reply_text(write->request, 201,
	           arena_printf(write->arena, "%.*s, \"token\": \"%s\"}", (int)strlen(json) - 1, json, text));
}

static void new_committed(struct write *write)
{
	reply_token(write, write->answer, &write->once.id);
}

static void new_repeated(struct write *write)
{
	reply_token(write, write->found.outcome, &write->found.id);
}

static int64_t read_expiry(struct json_reader *reader)
{
	const char *text = json_text_optional(reader, "expires_at", 40);
	int64_t expires_us = 0;

	if (text && (clock_parse(text, &expires_us) < 0 || expires_us <= clock_now_us()))
		json_fault(reader, "expires_at", "must be a time to come, as RFC 3339 writes it");
	return expires_us;
}

void handle_tokens_post(struct http_request *request, void *arg)
{
	static const char *const scopes[] = {"read", "write", NULL};
	struct arena *arena = http_request_arena(request);
	struct new_token *new = arena_new_object(arena, struct new_token);
	json_t *body = json_body(request);
	struct write *write;
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	new->token.id = uuid_new();
	new->token.agent_id = principal_of(request)->id;
	new->key = bus_id(arena, &new->token.id);
	new->token.name = read_line(&reader, "name", 100);
	new->token.expires_us = read_expiry(&reader);
	new->token.scope = scopes[json_choice(&reader, "scope", scopes, -1) > 0];
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad || !(write = write_new(arg, request, "token.create")))
		return;
	write->arg = new;
	write->load = new_load;
	write->decide = new_decide;
	write->committed = new_committed;
	write->repeated = new_repeated;
	write_lock(write, "tokens", &write->who->id);
	write_run(write);
}

/* ---- deleting one ---- */

struct deletion {
	struct uuid id, agent_id;
	const char *key;
	bool exists;
};

static void on_token_record(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct deletion *deletion = write->arg;

	deletion->exists = db_rows(result) > 0;
	if (deletion->exists)
		deletion->agent_id = db_get_uuid(result, 0, 0);
}

static void deletion_load(struct write *write)
{
	const struct deletion *deletion = write->arg;

	store_read_token_record(&write->gateway->store, write->tx, &deletion->id, on_token_record, write);
	audit_before(write, "token", deletion->key);
}

static void deletion_decide(struct write *write)
{
	const struct deletion *deletion = write->arg;
	bool is_own = uuid_equal(&deletion->agent_id, &write->who->id);

	if (!deletion->exists || (!is_own && write->who->role != ROLE_ADMINISTRATOR)) {
		write_refuse(write, ERROR_not_found, NULL);
		return;
	}
	store_delete_token(&write->gateway->store, write->tx, &deletion->id);
	audit_add(write, "token.deleted", deletion->key);
	audit_announce(write, "token", deletion->key, &deletion->agent_id);
}

void handle_token_delete(struct http_request *request, void *arg)
{
	struct deletion *deletion = arena_new_object(http_request_arena(request), struct deletion);
	struct write *write;

	if (!param_uuid(request, "id", &deletion->id))
		return;
	deletion->key = bus_id(http_request_arena(request), &deletion->id);
	write = write_new(arg, request, "token.delete");
	write->arg = deletion;
	write->load = deletion_load;
	write->decide = deletion_decide;
	write->committed = write_reply_nothing;
	write_lock(write, "token", &deletion->id);
	write_run(write);
}
