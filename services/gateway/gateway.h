/* gateway.h - the daemon's parts, by name. One object a process. */
#pragma once

#include "channel/files.h"
#include "daemon/daemon.h"
#include "store.h"

struct settings {
	char *http_address;
	char *public_url;
	char *content_url;
	char *seal_key_text;
	char *admin_email, *admin_password;
	char *files;
	char *outbound_allow;
};
extern struct settings gateway_settings;
extern const struct conf_option gateway_options[];

struct gateway {
	struct daemon *daemon;
	struct loop *loop;
	struct db *db;
	struct kv *kv;
	struct bus *bus;
	const struct settings *settings;
	struct store store;
	struct http_server *http;
	uint8_t seal_key[32];   /* seals connection strings */
	uint8_t derive_key[32]; /* invitations and attachment addresses, derived from it */
	struct url_signer signer;
	char *origin;   /* "https://support.example", of the public address */
	bool is_secure; /* the public address is https */
	struct files *files;
	int uploads; /* on their way to disk */
	struct images *images;
	int images_waiting;
	struct password *password;
	struct throttle *throttle;
	struct requests *requests;
	struct heartbeats *presence_sweep;
	struct hub *hub;
	struct digest *digest;
	bool is_stopping;
	struct seed *seed; /* makes the first administrator; NULL: there is none to make */
	struct timer *chores;
};

/* gateway_start, … - the members of daemon_spec. */
int gateway_start(struct daemon *daemon);
void gateway_drain(struct daemon *daemon);
void gateway_stop(struct daemon *daemon);
bool gateway_check_ready(struct daemon *daemon, struct buf *why);
/* gateway_session_ended - its streams end too. */
void gateway_session_ended(struct gateway *gateway, const uint8_t token_hash[STORE_HASH]);
/* gateway_routes - the table of the API, ended by {0}. */
extern const struct http_route gateway_routes[];
