/* gateway.c - the daemon put together: start, drain, chores, and the table of its routes. */
#include "gateway.h"

#include <sodium.h>

#include "base/log.h"
#include "base/seal.h"
#include "base/text.h"
#include "daemon/heartbeats.h"
#include "digest.h"
#include "handlers.h"
#include "hub.h"
#include "images.h"
#include "password.h"
#include "presence.h"
#include "principal.h"
#include "requests.h"
#include "seed.h"
#include "store_content.h"
#include "store_furniture.h"
#include "throttle.h"
#include "uploads.h"

#define CHORES_FIRST_US 2000000
#define CHORES_US 60000000

#define API "/api/v1"
const struct http_route gateway_routes[] = {
        {HTTP_GET, API "/openapi.json", handle_openapi, ROUTE_PUBLIC},
        {HTTP_POST, API "/session", handle_session_post, ROUTE_PUBLIC},
        {HTTP_GET, API "/session", handle_session_get, 0},
        {HTTP_DELETE, API "/session", handle_session_delete, 0},
        {HTTP_POST, API "/invitations/:token", handle_invitation_post, ROUTE_PUBLIC},
        {HTTP_POST, API "/agents", handle_agents_post, ROUTE_ADMINISTRATOR},
        {HTTP_GET, API "/agents", handle_agents_get, 0},
        {HTTP_GET, API "/agents/:id", handle_agent_get, 0},
        {HTTP_PATCH, API "/agents/:id", handle_agent_patch, ROUTE_ADMINISTRATOR},
        {HTTP_POST, API "/agents/:id/invitation", handle_agent_invitation_post, ROUTE_ADMINISTRATOR},
        {HTTP_PUT, API "/session/password", handle_password_put, ROUTE_SESSION},
        {HTTP_GET, API "/teams", handle_teams_get, 0},
        {HTTP_POST, API "/teams", handle_teams_post, ROUTE_ADMINISTRATOR},
        {HTTP_GET, API "/teams/:id", handle_team_get, 0},
        {HTTP_PATCH, API "/teams/:id", handle_team_patch, ROUTE_ADMINISTRATOR},
        {HTTP_GET, API "/canned-replies", handle_canned_replies_get, 0},
        {HTTP_POST, API "/canned-replies", handle_canned_replies_post, 0},
        {HTTP_GET, API "/canned-replies/:id", handle_canned_reply_get, 0},
        {HTTP_PATCH, API "/canned-replies/:id", handle_canned_reply_patch, 0},
        {HTTP_DELETE, API "/canned-replies/:id", handle_canned_reply_delete, 0},
        {HTTP_GET, API "/tags", handle_tags_get, 0},
        {HTTP_POST, API "/tags", handle_tags_post, ROUTE_SUPERVISOR},
        {HTTP_PATCH, API "/tags/:name", handle_tag_patch, ROUTE_SUPERVISOR},
        {HTTP_DELETE, API "/tags/:name", handle_tag_delete, ROUTE_SUPERVISOR},
        {HTTP_GET, API "/preferences", handle_preferences_get, 0},
        {HTTP_PUT, API "/preferences", handle_preferences_put, 0},
        {HTTP_GET, API "/company", handle_company_get, 0},
        {HTTP_PATCH, API "/company", handle_company_patch, ROUTE_ADMINISTRATOR},
        {HTTP_GET, API "/setup", handle_setup_get, ROUTE_ADMINISTRATOR},
        {HTTP_GET, API "/tokens", handle_tokens_get, 0},
        {HTTP_POST, API "/tokens", handle_tokens_post, ROUTE_SESSION},
        {HTTP_DELETE, API "/tokens/:id", handle_token_delete, 0},
        {HTTP_GET, API "/audit", handle_audit_get, ROUTE_ADMINISTRATOR},
        {HTTP_POST, API "/inboxes", handle_inboxes_post, ROUTE_ADMINISTRATOR},
        {HTTP_GET, API "/inboxes", handle_inboxes_get, 0},
        {HTTP_GET, API "/inboxes/:id", handle_inbox_get, 0},
        {HTTP_PATCH, API "/inboxes/:id", handle_inbox_patch, ROUTE_ADMINISTRATOR},
        {HTTP_POST, API "/inboxes/:id/test", handle_inbox_test_post, ROUTE_ADMINISTRATOR},
        {HTTP_GET, API "/inboxes/:id/chat/secret", handle_chat_secret_get, ROUTE_ADMINISTRATOR},
        {HTTP_POST, API "/inboxes/:id/chat/secret", handle_chat_secret_post, ROUTE_ADMINISTRATOR},
        {HTTP_PUT, API "/presence", handle_presence_put, 0},
        {HTTP_GET, API "/conversations", handle_conversations_get, 0},
        {HTTP_GET, API "/conversations/:id", handle_conversation_get, 0},
        {HTTP_GET, API "/conversations/:id/timeline", handle_timeline_get, 0},
        {HTTP_GET, API "/conversations/:id/messages/:message_id/html", handle_message_html_get, 0},
        {HTTP_POST, API "/conversations/:id/messages", handle_message_post, 0},
        {HTTP_POST, API "/conversations/:id/assign", handle_assign_post, 0},
        {HTTP_POST, API "/conversations/:id/status", handle_status_post, 0},
        {HTTP_POST, API "/conversations/:id/triage", handle_triage_post, 0},
        {HTTP_POST, API "/conversations/:id/inbox", handle_conversation_inbox_post, 0},
        {HTTP_POST, API "/conversations/:id/messages/:message_id/retry", handle_retry_post, 0},
        {HTTP_GET, API "/conversations/:id/interactions", handle_interactions_get, 0},
        {HTTP_POST, API "/conversations/:id/interactions", handle_interaction_post, 0},
        {HTTP_GET, API "/conversations/:id/moves", handle_moves_get, 0},
        {HTTP_GET, API "/conversations/:id/channels", handle_channels_get, 0},
        {HTTP_PUT, API "/conversations/:id/read", handle_read_put, 0},
        {HTTP_PUT, API "/conversations/:id/follow", handle_follow_put, 0},
        {HTTP_DELETE, API "/conversations/:id/follow", handle_follow_delete, 0},
        {HTTP_GET, API "/conversations/:id/draft", handle_draft_get, 0},
        {HTTP_PUT, API "/conversations/:id/draft", handle_draft_put, 0},
        {HTTP_DELETE, API "/conversations/:id/draft", handle_draft_delete, 0},
        {HTTP_GET, API "/counts", handle_counts_get, 0},
        {HTTP_GET, API "/views", handle_views_get, 0},
        {HTTP_POST, API "/views", handle_views_post, 0},
        {HTTP_PATCH, API "/views/:id", handle_view_patch, 0},
        {HTTP_DELETE, API "/views/:id", handle_view_delete, 0},
        {HTTP_GET, API "/mentions", handle_mentions_get, 0},
        {HTTP_GET, API "/search", handle_search_get, 0},
        {HTTP_GET, API "/customers/:id", handle_customer_get, 0},
        {HTTP_PATCH, API "/customers/:id", handle_customer_patch, 0},
        {HTTP_GET, API "/customers/:id/notes", handle_customer_notes_get, 0},
        {HTTP_POST, API "/customers/:id/notes", handle_customer_notes_post, 0},
        {HTTP_DELETE, API "/customers/:id/notes/:note_id", handle_customer_note_delete, 0},
        {HTTP_GET, API "/requests/:id", handle_request_get, 0},
        {HTTP_POST, API "/uploads", handle_upload_post, 0},
        {HTTP_GET, API "/parked", handle_parked_list_get, ROUTE_ADMINISTRATOR},
        {HTTP_POST, API "/parked/:id/retry", handle_parked_retry_post, ROUTE_ADMINISTRATOR},
        {HTTP_POST, API "/parked/:id/discard", handle_parked_discard_post, ROUTE_ADMINISTRATOR},
        {HTTP_GET, API "/health", handle_health_get, ROUTE_SUPERVISOR},
        {HTTP_GET, API "/stream", handle_stream_get, ROUTE_PUBLIC},
        /* not under /api: the front door gives this to the content origin only */
        {HTTP_GET, "/content/attachments/:sha256", handle_attachment_get, ROUTE_PUBLIC},
        {HTTP_GET, "/content/images/:message_id/:until/:signature", handle_image_get, ROUTE_PUBLIC},
        {0},
};

/* "https://host:port" of an address with or without a path */
static char *origin_of(const char *url)
{
	const char *host = strstr(url, "://");
	size_t size = host ? (size_t)(host + 3 - url) : 0;

	size += strcspn(url + size, "/?#");
	return hilo_strndup(url, size);
}

static int open_keys(struct gateway *gateway)
{
	if (text_unhex(gateway->settings->seal_key_text, gateway->seal_key, sizeof(gateway->seal_key)) < 0) {
		log_error("start.failed", "message=%s", "HILO_SEAL_KEY must be 64 hex digits");
		return -EINVAL;
	}
	seal_derive(gateway->seal_key, "gateway1", gateway->derive_key);
	gateway->signer = (struct url_signer){.base = gateway->settings->content_url, .key = gateway->derive_key};
	return 0;
}

static void on_chores(void *arg)
{
	struct gateway *gateway = arg;

	timer_in(gateway->chores, CHORES_US);
	if (!db_is_ready(gateway->db))
		return;
	store_delete_old_sessions(&gateway->store);
	store_delete_old_requests(&gateway->store);
	store_delete_old_uploads(&gateway->store);
	store_forget_images(&gateway->store);
	store_delete_old_tokens(&gateway->store);
}

static int listen_http(struct gateway *gateway)
{
	const struct http_server_options options = {
	        .address = gateway->settings->http_address,
	        .routes = gateway_routes,
	        .arg = gateway,
	        .before = principal_admit,
	        .max_body_bytes = UPLOAD_MAX,
	};
	int rc = http_server_new(gateway->loop, &options, &gateway->http);

	if (rc < 0)
		log_error("start.failed", "address=%s error=%s", options.address, strerror(-rc));
	else
		log_info("listening", "address=%s port=%d", options.address, http_server_port(gateway->http));
	return rc;
}

int gateway_start(struct daemon *daemon)
{
	struct gateway *gateway = daemon_state(daemon);
	int rc;

	*gateway = (struct gateway){
	        .daemon = daemon,
	        .loop = daemon_loop(daemon),
	        .db = daemon_db(daemon),
	        .kv = daemon_kv(daemon),
	        .bus = daemon_bus(daemon),
	        .settings = &gateway_settings,
	};
	if (sodium_init() < 0 || open_keys(gateway) < 0)
		return -EINVAL;
	gateway->origin = origin_of(gateway->settings->public_url);
	gateway->is_secure = text_starts(gateway->origin, "https://");
	gateway->store = (struct store){
	        .db = gateway->db, .params = db_params_new(), .public_url = gateway->settings->public_url};
	rc = files_open(gateway->loop, gateway->settings->files, &gateway->files);
	if (rc < 0) {
		log_error("start.failed", "files=%s error=%s", gateway->settings->files, strerror(-rc));
		return rc;
	}
	rc = images_new(gateway, &gateway->images);
	if (rc < 0) {
		log_error("start.failed", "message=%s", "HILO_OUTBOUND_ALLOW must hold addresses or networks");
		return rc;
	}
	gateway->password = password_new(gateway->files);
	if (!gateway->password)
		return -ENOMEM;
	gateway->throttle = throttle_new(gateway->kv);
	gateway->requests = requests_new(gateway);
	gateway->presence_sweep = presence_sweep_new(gateway);
	gateway->hub = hub_new(gateway);
	gateway->digest = digest_new(gateway);
	gateway->seed = seed_start(gateway);
	gateway->chores = timer_new(gateway->loop, on_chores, gateway);
	timer_in(gateway->chores, CHORES_FIRST_US);
	return listen_http(gateway);
}

static void on_digest_drained(void *arg)
{
	struct gateway *gateway = arg;

	daemon_drained(gateway->daemon);
}

static void on_http_drained(void *arg)
{
	struct gateway *gateway = arg;

	digest_drain(gateway->digest, on_digest_drained, gateway);
}

void gateway_drain(struct daemon *daemon)
{
	struct gateway *gateway = daemon_state(daemon);

	gateway->is_stopping = true;
	hub_drain(gateway->hub);
	http_server_drain(gateway->http, on_http_drained, gateway);
}

void gateway_stop(struct daemon *daemon)
{
	struct gateway *gateway = daemon_state(daemon);

	gateway->is_stopping = true;
	http_server_free(&gateway->http);
	timer_free(&gateway->chores);
	images_free(&gateway->images);
	files_close(&gateway->files); /* before what its callbacks touch */
	seed_free(&gateway->seed);
	digest_free(&gateway->digest);
	hub_free(&gateway->hub);
	heartbeats_free(&gateway->presence_sweep);
	requests_free(&gateway->requests);
	throttle_free(&gateway->throttle);
	password_free(&gateway->password);
	db_params_free(&gateway->store.params);
	free(HILO_STEAL(gateway->origin));
}

bool gateway_check_ready(struct daemon *daemon, struct buf *why)
{
	const struct gateway *gateway = daemon_state(daemon);

	bool is_live = hub_is_live(gateway->hub), is_seeded = seed_is_done(gateway->seed);

	if (!is_live)
		buf_puts(why, "the event log has not been reached\n");
	if (!is_seeded)
		buf_puts(why, "the first administrator is being made\n");
	return is_live && is_seeded;
}

void gateway_session_ended(struct gateway *gateway, const uint8_t token_hash[STORE_HASH])
{
	hub_session_ended(gateway->hub, token_hash);
}
