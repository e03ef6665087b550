/* own_password.c - changing one's own password. */
#include "audit.h"
#include "handlers.h"
#include "http/json.h"
#include "password.h"
#include "throttle.h"

struct change {
	struct gateway *gateway;
	struct http_request *request;
	const char *current, *new;
	const char *hash; /* of the new one */
};

static void load(struct write *write)
{
	audit_before(write, "agent", bus_id(write->arena, &write->who->id));
}

static void decide(struct write *write)
{
	const struct change *change = write->arg;
	struct store *store = &write->gateway->store;
	const char *key = bus_id(write->arena, &write->who->id);

	store_update_password(store, write->tx, &write->who->id, change->hash);
	store_delete_other_sessions(store, write->tx, &write->who->id, write->who->token_hash);
	audit_add(write, "agent.password_changed", key);
	audit_announce(write, "session", key, &write->who->id);
}

static void on_hashed(void *arg, const char *hash)
{
	struct change *change = arg;
	struct write *write;

	if (!hash) {
		reply_error(change->request, ERROR_internal, NULL);
		return;
	}
	change->hash = arena_strdup(http_request_arena(change->request), hash);
	write = write_new(change->gateway, change->request, "password.change");
	write->arg = change;
	write->load = load;
	write->decide = decide;
	write->committed = write_reply_nothing;
	write_lock(write, "agent", &write->who->id);
	write_run(write);
}

static void refuse_busy(struct change *change)
{
	reply_error(change->request, ERROR_unavailable, "Too many people sign in at this moment: try again.");
}

static void on_verified(void *arg, bool is_right)
{
	struct change *change = arg;

	if (!is_right) {
		audit_note(change->gateway, NULL, &principal_of(change->request)->id, "session.refused", NULL,
		           principal_of(change->request)->email, http_request_peer(change->request));
		reply_error(change->request, ERROR_wrong_password, NULL);
		return;
	}
	throttle_succeeded(change->gateway->throttle, principal_of(change->request)->email,
	                   http_request_peer(change->request));
	if (!password_hash(change->gateway->password, change->new, on_hashed, change))
		refuse_busy(change);
}

static void on_credentials(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct change *change = arg;

	if (outcome->fault != DB_OK)
		reply_fault(change->request, outcome);
	else if (!password_verify(change->gateway->password, db_rows(result) ? db_get_text(result, 0, 1) : NULL,
	                          change->current, on_verified, change))
		refuse_busy(change);
}

static void on_throttle(void *arg, bool may)
{
	struct change *change = arg;

	if (may) {
		store_read_credentials(&change->gateway->store, principal_of(change->request)->email, on_credentials,
		                       change);
		return;
	}
	http_reply_header(change->request, "Retry-After",
	                  arena_printf(http_request_arena(change->request), "%d", THROTTLE_WINDOW_S));
	reply_error(change->request, ERROR_too_many_attempts, NULL);
}

void handle_password_put(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct change *change = arena_new_object(arena, struct change);
	json_t *body = json_body(request);
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	*change = (struct change){.gateway = arg, .request = request};
	change->current = arena_strdup(arena, json_text(&reader, "current", 1, PASSWORD_HIGH));
	change->new = arena_strdup(arena, json_text(&reader, "new", PASSWORD_LOW, PASSWORD_HIGH));
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (!is_bad)
		throttle_try(change->gateway->throttle, principal_of(request)->email, http_request_peer(request),
		             on_throttle, change);
}
