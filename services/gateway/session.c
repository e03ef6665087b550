/* session.c - signing in and out. */
#include <sodium.h>

#include "audit.h"
#include "base/log.h"
#include "base/text.h"
#include "gateway.h"
#include "handlers.h"
#include "http/json.h"
#include "password.h"
#include "reply.h"
#include "throttle.h"

struct sign_in {
	struct gateway *gateway;
	struct http_request *request;
	const char *email, *plain;
	struct uuid agent_id;
	const char *hash; /* NULL: nobody of that name */
	char token[TOKEN_TEXT];
	uint8_t token_hash[STORE_HASH];
	struct db_tx *tx;
	const char *agent; /* JSON */
};

static void set_cookie(struct http_request *request, const struct gateway *gateway, const char *token, int64_t seconds)
{
	http_reply_header(request, "Set-Cookie",
	                  arena_printf(http_request_arena(request),
	                               "hilo_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", token,
	                               (long long)seconds, gateway->is_secure ? "; Secure" : ""));
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct sign_in *in = arg;
	char csrf[CSRF_TEXT];

	if (outcome->fault != DB_OK) {
		reply_fault(in->request, outcome);
		return;
	}
	throttle_succeeded(in->gateway->throttle, in->email, http_request_peer(in->request));
	token_csrf(in->token, csrf);
	set_cookie(in->request, in->gateway, in->token, 30 * 86400);
	struct buf out = {0};
	buf_printf(&out, "{\"token\":\"%s\",\"csrf\":\"%s\",\"content_url\":", in->token, csrf);
	buf_json_string(&out, in->gateway->settings->content_url);
	buf_printf(&out, ",\"agent\":%s}", in->agent);
	reply_text(in->request, 200, out.data);
	buf_free(&out);
}

static void on_agent(void *arg, const struct db_result *result)
{
	struct sign_in *in = arg;

	in->agent = arena_strdup(http_request_arena(in->request), db_rows(result) ? db_get_text(result, 0, 0) : "null");
}

static void on_verified(void *arg, bool is_right)
{
	struct sign_in *in = arg;

	if (!is_right || !in->hash) {
		log_info("session.refused", "peer=%s", http_request_peer(in->request));
		audit_note(in->gateway, NULL, in->hash ? &in->agent_id : NULL, "session.refused", NULL, in->email,
		           http_request_peer(in->request));
		reply_error(in->request, ERROR_wrong_credentials, NULL);
		return;
	}
	token_make(in->token);
	token_hash(in->token, in->token_hash);
	in->tx = db_begin(in->gateway->db);
	store_insert_session(&in->gateway->store, in->tx, in->token_hash, &in->agent_id,
	                     http_request_peer(in->request));
	audit_note(in->gateway, in->tx, &in->agent_id, "session.created", NULL, in->email,
	           http_request_peer(in->request));
	store_read_own_agent(&in->gateway->store, in->tx, &in->agent_id, on_agent, in);
	db_tx_commit(in->tx, on_committed, in);
}

static void on_credentials(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct sign_in *in = arg;

	if (outcome->fault != DB_OK) {
		reply_fault(in->request, outcome);
		return;
	}
	if (db_rows(result)) {
		in->agent_id = db_get_uuid(result, 0, 0);
		in->hash = arena_strdup(http_request_arena(in->request), db_get_text(result, 0, 1));
	}
	if (!password_verify(in->gateway->password, in->hash, in->plain, on_verified, in))
		reply_error(in->request, ERROR_unavailable, "Too many people sign in at this moment: try again.");
}

static void on_throttle(void *arg, bool may)
{
	struct sign_in *in = arg;

	if (may) {
		store_read_credentials(&in->gateway->store, in->email, on_credentials, in);
		return;
	}
	log_warn("session.throttled", "peer=%s", http_request_peer(in->request));
	http_reply_header(in->request, "Retry-After",
	                  arena_printf(http_request_arena(in->request), "%d", THROTTLE_WINDOW_S));
	reply_error(in->request, ERROR_too_many_attempts, NULL);
}

void handle_session_post(struct http_request *request, void *arg)
{
	struct arena *arena = http_request_arena(request);
	struct sign_in *in;
	json_t *body = json_body(request);
	bool is_bad;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	in = arena_new_object(arena, struct sign_in);
	in->gateway = arg;
	in->request = request;
	in->email = arena_strdup(arena, json_text(&reader, "email", 1, 254));
	in->plain = arena_strdup(arena, json_text(&reader, "password", 1, PASSWORD_HIGH));
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad)
		return;
	in->email = text_lower(arena, in->email);
	throttle_try(in->gateway->throttle, in->email, http_request_peer(request), on_throttle, in);
}

/* who reads the own session */
struct reading {
	struct gateway *gateway;
	struct http_request *request;
};

static void on_own_agent(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	const struct reading *reading = arg;
	struct http_request *request = reading->request;
	const struct principal *who = principal_of(request);
	struct buf out = {0};

	if (outcome->fault != DB_OK) {
		reply_fault(request, outcome);
		return;
	}
	buf_puts(&out, "{\"csrf\":");
	buf_json_string(&out, who->csrf);
	buf_puts(&out, ",\"content_url\":");
	buf_json_string(&out, reading->gateway->settings->content_url);
	buf_printf(&out, ",\"agent\":%s,\"cursor\":\"%s\"}", db_get_text(result, 0, 0), db_get_text(result, 0, 1));
	reply_text(request, 200, out.data);
	buf_free(&out);
}

void handle_session_get(struct http_request *request, void *arg)
{
	struct reading *reading = arena_new_object(http_request_arena(request), struct reading);

	*reading = (struct reading){.gateway = arg, .request = request};
	store_read_own_agent_at(&reading->gateway->store, &principal_of(request)->id, on_own_agent, reading);
}

struct sign_out {
	struct gateway *gateway;
	struct http_request *request;
};

static void on_signed_out(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct sign_out *out = arg;

	(void)result;
	if (outcome->fault != DB_OK) {
		reply_fault(out->request, outcome);
		return;
	}
	gateway_session_ended(out->gateway, principal_of(out->request)->token_hash);
	set_cookie(out->request, out->gateway, "", 0);
	http_reply_empty(out->request, 204);
}

void handle_session_delete(struct http_request *request, void *arg)
{
	struct sign_out *out = arena_new_object(http_request_arena(request), struct sign_out);

	*out = (struct sign_out){.gateway = arg, .request = request};
	store_delete_session(&out->gateway->store, principal_of(request)->token_hash, on_signed_out, out);
}
