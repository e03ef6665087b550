/* email.c - putting the mail daemon together, and taking it apart. */
#include "email.h"

#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "bus_sql.h"
#include "channel_sql.h"

/* derive_keys - Returns: false when HILO_SEAL_KEY is given and is none. */
static bool derive_keys(struct email *email)
{
	const char *key = email->settings.seal_key;
	unsigned char mark[crypto_generichash_BYTES];
	if (key && text_unhex(key, email->seal_key, sizeof(email->seal_key)) < 0)
		return false;
	/* the installation's own, but not its secret: by it we know our mails when they come back */
	crypto_generichash(mark, sizeof(mark), (const unsigned char *)"hilo loop mark", 14,
	                   key ? email->seal_key : NULL, key ? sizeof(email->seal_key) : 0);
	text_hex(mark, sizeof(email->loop_mark) / 2, email->loop_mark);
	return true;
}

static void choose_hostname(struct email *email)
{
	snprintf(email->hostname, sizeof(email->hostname), "%s",
	         email->settings.hostname ? email->settings.hostname : "");
	if (!*email->hostname && gethostname(email->hostname, sizeof(email->hostname) - 1) < 0)
		snprintf(email->hostname, sizeof(email->hostname), "localhost");
}

static int open_lmtp(struct daemon *daemon, struct email *email)
{
	const struct lmtp_options options = {
	        .loop = daemon_loop(daemon),
	        .db = daemon_db(daemon),
	        .channel = email->channel,
	        .directory = email->directory,
	        .intake = email->intake,
	        .address = email->settings.lmtp_address,
	        .hostname = email->hostname,
	        .connections = email->settings.lmtp_connections,
	        .message_bytes = email->settings.size_limit,
	        .memory_bytes = email->settings.memory_limit,
	};
	int rc = lmtp_server_new(&options, &email->lmtp);
	if (rc < 0)
		log_error("lmtp.cannot_listen", "address=%s error=%s", options.address, strerror(-rc));
	else
		log_info("lmtp.listening", "address=%s port=%d", options.address, lmtp_server_port(email->lmtp));
	return rc;
}

/* open_channel - with the sender as its driver. The consumer's batches have a connection of their own. */
static int open_channel(struct daemon *daemon, struct email *email)
{
	const struct db_catalogue catalogues[] = {
	        {channel_catalogue, channel_catalogue_count}, {bus_catalogue, bus_catalogue_count}, {0}};
	const struct db_options db_options = {.dsn = daemon_dsn(daemon),
	                                      .catalogues = catalogues,
	                                      .connections = 1,
	                                      .application_name = "hilo-email consumer"};
	const struct smtp_options smtp_options = {
	        .loop = daemon_loop(daemon),
	        .db = daemon_db(daemon),
	        .url = email->settings.smtp_url,
	        .hostname = email->hostname,
	        .loop_mark = email->loop_mark,
	        .lmtp_address = email->settings.lmtp_address,
	        .seal_key = email->settings.seal_key ? email->seal_key : NULL,
	};
	email->consumer_db = db_open(daemon_loop(daemon), &db_options);
	email->sender = smtp_sender_new(&smtp_options);
	const struct channel_options options = {
	        .loop = daemon_loop(daemon),
	        .db = daemon_db(daemon),
	        .consumer_db = email->consumer_db,
	        .bus = daemon_bus(daemon),
	        .settings = &email->channel_settings,
	        .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL,
	        .send = smtp_send,
	        .test = smtp_test,
	        .arg = email->sender,
	};
	email->channel = channel_open(&options);
	if (!email->channel)
		return -EIO; /* it has said why */
	smtp_sender_set_files(email->sender, channel_files(email->channel));
	return 0;
}

int email_start(struct daemon *daemon)
{
	struct email *email = daemon_state(daemon);
	const struct mail_trust trust = {email->settings.authserv, email->loop_mark};
	if (sodium_init() < 0 || !derive_keys(email)) {
		log_error("start.failed", "error=%s", "HILO_SEAL_KEY must be 64 hex digits");
		return -EINVAL;
	}
	choose_hostname(email);
	int rc = open_channel(daemon, email);
	if (rc < 0)
		return rc;
	email->directory = directory_new(daemon_loop(daemon), daemon_db(daemon));
	const struct intake_options intake = {email->channel, email->directory, trust};
	email->intake = intake_new(&intake);
	const struct retry_options retry = {daemon_loop(daemon), daemon_db(daemon), channel_files(email->channel),
	                                    email->intake, trust};
	email->retry = retry_new(&retry);
	email->sweep = sweep_new(daemon_loop(daemon), daemon_db(daemon), channel_files(email->channel));
	return open_lmtp(daemon, email);
}

static void on_channel_drained(void *arg)
{
	daemon_drained(arg);
}

static void on_lmtp_drained(void *arg)
{
	struct email *email = daemon_state(arg);
	channel_drain(email->channel, on_channel_drained, arg);
}

void email_drain(struct daemon *daemon)
{
	struct email *email = daemon_state(daemon);
	lmtp_server_drain(email->lmtp, on_lmtp_drained, daemon);
}

void email_stop(struct daemon *daemon)
{
	struct email *email = daemon_state(daemon);
	smtp_sender_free(&email->sender);
	channel_close(&email->channel); /* calls back into the rest for the last time */
	sweep_free(&email->sweep);
	retry_free(&email->retry);
	lmtp_server_free(&email->lmtp);
	intake_free(&email->intake);
	directory_free(&email->directory);
	db_close(&email->consumer_db);
}
