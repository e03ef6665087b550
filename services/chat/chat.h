/* chat.h - the daemon's parts and how they meet. Two halves: the front (HTTP: sessions, identities, profiles, uploads) and
 * the live side (sockets, polls, entries, outbound). The live side asks the front who a token belongs to; the front never
 * calls the live side but to end a visitor's sockets. */
#pragma once

#include "channel/channel.h"
#include "daemon/daemon.h"
#include "http/http.h"

struct front;
struct live;
struct inboxes;

struct chat_settings {
	char *http_address; /* HILO_CHAT_ADDRESS */
	char *public_url;   /* HILO_PUBLIC_URL: links in mails, and the Origin that sockets must have */
	char *content_url;  /* HILO_CONTENT_URL: where files are shown from */
	char *seal_key;     /* HILO_SEAL_KEY: 64 hex digits */
	char *redis_url;    /* HILO_REDIS_URL */
};
extern const struct conf_option chat_conf_options[];

struct chat {
	struct chat_settings settings;
	struct channel_settings channel_settings;
	struct daemon *daemon;
	struct channel *channel;
	struct http_server *server;
	struct inboxes *inboxes;
	struct front *front;
	struct live *live;
};

/* ---- inboxes.h: chat inboxes as configured, kept in memory, read again on inbox.updated and every 5 s ---- */

struct chat_inbox {
	struct uuid id, mail_inbox_id; /* mail: nil for none */
	const char *public_id, *name;
	const char *const *origins; /* ended by NULL */
	const char *settings_json;
	uint8_t secret[32]; /* of signed identities */
	bool active, open;  /* open: by its office hours, as of the last reading */
};
/* Returns: borrowed until control goes back to the loop, NULL if there is none (or it is not active). */
const struct chat_inbox *inboxes_by_public_id(const struct inboxes *inboxes, const char *public_id);
const struct chat_inbox *inboxes_by_id(const struct inboxes *inboxes, const struct uuid *id);

/* ---- front.h: who is it ---- */

struct visitor {
	struct uuid id, inbox_id;
	const char *address; /* of the contact point: "v:<id>" for a browser, "u:<inbox id>:<sub>" for somebody signed in */
	const char *name, *email, *locale; /* "" if not known */
	Hilo__V1__Level email_level;       /* unspecified: there is none */
	bool is_signed_in;
	bool was_linked;                   /* signed in or confirmed after the browser had written anonymously */
};
/* front_find - whose token is it? Calls back once, from the loop or at once; visitor NULL: nobody's (any more), and
 * fault != DB_OK: the database is away. The visitor is borrowed until the callback returns. */
void front_find(struct front *front, const char *token,
		void (*on_found)(void *arg, const struct visitor *visitor, enum db_fault fault), void *arg);
/* front_upload_take - the file behind an upload id of this visitor, to be put into a message; the texts are copied into the
 * arena. Calls back with false when it is not theirs, used up or unknown. */
void front_upload_take(struct front *front, const struct uuid *visitor_id, const struct uuid *upload_id, struct arena *arena,
		       void (*on_file)(void *arg, bool found, const struct channel_file *file), void *arg);

/* ---- live.h: what the front tells it ---- */

/* live_end_visitor - the token was given back or replaced: its sockets are closed with 4401. */
void live_end_visitor(struct live *live, const struct uuid *visitor_id);
/* live_state - conversation, queue, agent and seen of a visitor as members of a JSON object, for the session's answer. */
void live_state(struct live *live, const struct visitor *visitor,
		void (*on_state)(void *arg, const char *members_json, enum db_fault fault), void *arg);
