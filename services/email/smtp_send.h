/* smtp_send.h - the driver that lets replies out: one SMTP transfer a message, at least once under one Message-ID. */
#pragma once

#include "base/seal.h"
#include "channel/channel.h"
#include "http/client.h"

struct smtp_sender;
struct smtp_relay;

struct smtp_options {
	struct loop *loop;
	struct db *db;
	const char *url;      /* the default relay; NULL: inboxes without their own cannot send */
	const char *hostname; /* our name in EHLO, and in Message-IDs of last resort */
	const char *loop_mark;
	const char *lmtp_address; /* where mail is taken in, for those who test an inbox */
	const unsigned char *seal_key; /* SEAL_KEY_BYTES; NULL: inboxes' own relays cannot be opened */
};

/* smtp_sender_new - Returns: owned, smtp_sender_free() (what is under way ends as "later"). */
struct smtp_sender *smtp_sender_new(const struct smtp_options *options);
void smtp_sender_free(struct smtp_sender **sender);
/* smtp_sender_set_files - where attachments lie; before the first smtp_send(). */
void smtp_sender_set_files(struct smtp_sender *sender, struct files *files);
/* smtp_send - channel_options.send; arg: the sender. smtp_test - channel_options.test (smtp_test.c). */
void smtp_send(void *arg, struct channel_outbound *out);
void smtp_test(void *arg, struct channel_trial *trial);

/* what both need */
const struct smtp_options *smtp_sender_options(const struct smtp_sender *sender);
struct client *smtp_sender_client(struct smtp_sender *sender);
/* smtp_set_relay - address, encryption and password of a transfer. */
void smtp_set_relay(CURL *easy, const struct smtp_relay *relay);
