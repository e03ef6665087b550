/* invitations.c - links by which people set their password: for new ones, and for those who have forgotten it. */
#include "agents.h"
#include "audit.h"
#include "base/hash.h"
#include "handlers.h"
#include "http/json.h"
#include "password.h"
#include "store_furniture.h"

const char *invitation_url(const struct write *write, const struct uuid *request_id, uint8_t ret_hash[STORE_HASH])
{
	char token[TOKEN_TEXT];

	token_derive(write->gateway->derive_key, "invitation", request_id, token);
	token_hash(token, ret_hash);
	return arena_printf(write->arena, "%s/invitations/%s", write->gateway->settings->public_url, token);
}

/* ---- a new link ---- */

struct renewal {
	struct uuid agent_id;
	const char *key; /* as text */
	bool exists, is_active;
};

static void on_agent_record(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct renewal *renewal = write->arg;

	renewal->exists = db_rows(result) > 0;
	renewal->is_active = renewal->exists && store_get_agent(result, 0, write->arena).active;
}

static void renewal_load(struct write *write)
{
	const struct renewal *renewal = write->arg;

	store_read_agent_record(&write->gateway->store, write->tx, &renewal->agent_id, on_agent_record, write);
	audit_before(write, "agent", renewal->key);
}

static void renewal_decide(struct write *write)
{
	const struct renewal *renewal = write->arg;
	struct store *store = &write->gateway->store;
	struct request_record record = write_record(write);
	uint8_t hash[STORE_HASH];

	if (!renewal->exists) {
		write_refuse(write, ERROR_not_found, NULL);
		return;
	}
	if (!renewal->is_active) {
		write_refuse(write, ERROR_refused, "Who is not active cannot sign in: make the agent active first.");
		return;
	}
	invitation_url(write, &write->once.id, hash);
	store_renew_invitation(store, write->tx, &renewal->agent_id, hash);
	audit_add(write, "agent.invited", renewal->key);
	store_remember_configured(store, write->tx, &record, "invitation", renewal->key, NULL, NULL);
}

static void reply_url(struct write *write, const struct uuid *request_id)
{
	uint8_t hash[STORE_HASH];

	reply_text(write->request, 201,
	           arena_printf(write->arena, "{\"invitation_url\": \"%s\"}", invitation_url(write, request_id, hash)));
}

static void renewal_committed(struct write *write)
{
	reply_url(write, &write->once.id);
}

static void renewal_repeated(struct write *write)
{
	reply_url(write, &write->found.id);
}

void handle_agent_invitation_post(struct http_request *request, void *arg)
{
	struct renewal *renewal = arena_new_object(http_request_arena(request), struct renewal);
	struct write *write;

	if (!param_uuid(request, "id", &renewal->agent_id) || !(write = write_new(arg, request, "agent.invitation")))
		return;
	renewal->key = bus_id(write->arena, &renewal->agent_id);
	write->arg = renewal;
	write->load = renewal_load;
	write->decide = renewal_decide;
	write->committed = renewal_committed;
	write->repeated = renewal_repeated;
	write_lock(write, "agent", &renewal->agent_id);
	write_run(write);
}

/* ---- using it ---- */

struct acceptance {
	struct gateway *gateway;
	struct http_request *request;
	const char *plain, *password_hash;
	uint8_t hash[STORE_HASH];
	struct uuid agent_id;
	bool is_open;
	const char *before; /* the agent, for the audit log */
	struct db_tx *tx;
	struct bus_outbox *outbox;
};

static const char no_invitation[] = "This invitation is used, too old, or never was.";

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct acceptance *acceptance = arg;

	bus_outbox_free(&acceptance->outbox);
	if (outcome->fault != DB_OK) {
		reply_fault(acceptance->request, outcome);
		return;
	}
	bus_ring(acceptance->gateway->bus);
	http_reply_empty(acceptance->request, 204);
}

/* Whoever knew the old password is signed out everywhere. */
static void set_password(struct acceptance *acceptance)
{
	struct store *store = &acceptance->gateway->store;
	struct arena *arena = http_request_arena(acceptance->request);
	const char *key = bus_id(arena, &acceptance->agent_id);
	const struct audit_record record = {
	        .id = uuid_new(),
	        .actor_id = &acceptance->agent_id,
	        .action = "agent.password_set",
	        .key = key,
	        .before = acceptance->before,
	        .peer = http_request_peer(acceptance->request),
	};

	store_update_password(store, acceptance->tx, &acceptance->agent_id, acceptance->password_hash);
	store_delete_agent_sessions(store, acceptance->tx, &acceptance->agent_id);
	store_insert_audit(store, acceptance->tx, &record);
	acceptance->outbox = bus_outbox_new("gateway");
	audit_event(acceptance->outbox, arena, "agent", key, &acceptance->agent_id,
	            arena_printf(arena, "agent:%s", key));
	bus_outbox_append(acceptance->outbox, acceptance->tx);
	db_tx_commit(acceptance->tx, on_committed, acceptance);
}

static void on_loaded(void *arg, const struct db_outcome *outcome)
{
	struct acceptance *acceptance = arg;

	if (outcome->fault != DB_OK) {
		reply_fault(acceptance->request, outcome);
	} else if (acceptance->is_open) {
		set_password(acceptance);
	} else {
		db_tx_rollback(acceptance->tx);
		reply_error(acceptance->request, ERROR_not_found, no_invitation);
	}
}

static void on_open(void *arg, const struct db_result *result)
{
	struct acceptance *acceptance = arg;

	acceptance->is_open = db_rows(result) > 0;
}

static void on_before(void *arg, const struct db_result *result)
{
	struct acceptance *acceptance = arg;

	acceptance->before = arena_strdup(http_request_arena(acceptance->request), db_get_text(result, 0, 0));
}

/* it may have been used or replaced meanwhile: looked at again under the agent's lock */
static void on_hashed(void *arg, const char *hash)
{
	struct acceptance *acceptance = arg;
	struct store *store = &acceptance->gateway->store;
	struct arena *arena = http_request_arena(acceptance->request);
	int64_t lock[] = {hash_object64("agent", acceptance->agent_id.bytes, sizeof(acceptance->agent_id.bytes))};

	if (!hash) {
		reply_error(acceptance->request, ERROR_internal, NULL);
		return;
	}
	acceptance->password_hash = arena_strdup(arena, hash);
	acceptance->tx = db_begin(acceptance->gateway->db);
	db_tx_lock(acceptance->tx, lock, HILO_COUNT(lock));
	store_read_invitation_in(store, acceptance->tx, acceptance->hash, on_open, acceptance);
	store_read_audited(store, acceptance->tx, "agent", bus_id(arena, &acceptance->agent_id), on_before, acceptance);
	db_tx_sync(acceptance->tx, on_loaded, acceptance);
}

/* nobody makes us hash with tokens that open nothing */
static void on_invitation(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct acceptance *acceptance = arg;

	if (outcome->fault != DB_OK) {
		reply_fault(acceptance->request, outcome);
		return;
	}
	if (!db_rows(result)) {
		reply_error(acceptance->request, ERROR_not_found, no_invitation);
		return;
	}
	acceptance->agent_id = db_get_uuid(result, 0, 0);
	if (!password_hash(acceptance->gateway->password, acceptance->plain, on_hashed, acceptance))
		reply_error(acceptance->request, ERROR_unavailable, NULL);
}

void handle_invitation_post(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct acceptance *acceptance = arena_new_object(arena, struct acceptance);
	json_t *body = json_body(request);
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	acceptance->plain = arena_strdup(arena, json_text(&reader, "password", PASSWORD_LOW, PASSWORD_HIGH));
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad)
		return;
	acceptance->gateway = arg;
	acceptance->request = request;
	token_hash(http_request_param(request, "token"), acceptance->hash);
	store_read_invitation(&acceptance->gateway->store, acceptance->hash, on_invitation, acceptance);
}
