/* email.h - the mail daemon: its settings and its parts. */
#pragma once

#include "channel/sweep.h"
#include "daemon/daemon.h"
#include "lmtp.h"
#include "retry.h"
#include "smtp_send.h"

struct email_settings {
	char *lmtp_address;
	int64_t lmtp_connections;
	char *smtp_url;
	char *hostname;
	char *authserv;
	char *seal_key;
	int64_t size_limit, memory_limit; /* bytes */
};
extern const struct conf_option email_conf_options[];

struct email {
	struct email_settings settings;
	struct channel_settings channel_settings;
	unsigned char seal_key[SEAL_KEY_BYTES];
	char loop_mark[17];
	char hostname[256];
	struct db *consumer_db;
	struct channel *channel;
	struct directory *directory;
	struct intake *intake;
	struct lmtp_server *lmtp;
	struct smtp_sender *sender;
	struct retry *retry;
	struct sweep *sweep;
};

/* email_start, _drain, _stop - for struct daemon_spec; the state is a struct email. */
int email_start(struct daemon *daemon);
void email_drain(struct daemon *daemon);
void email_stop(struct daemon *daemon);
