/* chat.h - the daemon's parts and how they meet. Two halves: the front (HTTP: sessions, identities, profiles, uploads) and
 * the live side (sockets, polls, entries, outbound). The live side asks the front who a token belongs to; the front never
 * calls the live side but for a visitor's state and to end a visitor's sockets. */
#pragma once

#include "channel/channel.h"
#include "daemon/daemon.h"
#include "http/http.h"

struct front;
struct live;
struct inboxes;
struct limits;

struct chat_settings {
	char *http_address; /* HILO_CHAT_ADDRESS */
	char *public_url;   /* HILO_PUBLIC_URL: links in mails, and the Origin that sockets must have */
	char *content_url;  /* HILO_CONTENT_URL: where files are shown from */
	char *seal_key;     /* HILO_SEAL_KEY: 64 hex digits */
};
extern const struct conf_option chat_conf_options[];

struct chat {
	struct chat_settings settings;
	struct channel_settings channel_settings;
	struct daemon *daemon;
	struct loop *loop;
	struct db *db;
	struct kv *kv;
	struct bus *bus;
	struct db_params *params; /* scratch of the store's functions */
	uint8_t seal_key[32];
	char *origin; /* "https://support.example", of the public address */
	struct db *consumer_db;
	struct channel *channel;
	struct http_route *routes; /* live_routes and front_routes, one after the other */
	struct http_server *server;
	struct inboxes *inboxes;
	struct limits *limits; /* the front's, for both halves */
	struct front *front;
	struct live *live;
	bool is_stopping; /* what is freed may still be called back with a fault */
};

/* chat_start, … - the members of daemon_spec; the state is a struct chat. */
int chat_start(struct daemon *daemon);
void chat_drain(struct daemon *daemon);
void chat_stop(struct daemon *daemon);
bool chat_check_ready(struct daemon *daemon, struct buf *why);
