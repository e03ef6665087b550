/* smtp_send.h - the driver that lets replies out: one SMTP transfer a message, at least once under one Message-ID. */
#pragma once

#include "base/seal.h"
#include "channel/channel.h"
#include "http/client.h"

struct smtp_sender;

struct smtp_options {
	struct loop *loop;
	struct db *db;
	const char *url;      /* the default relay; NULL: inboxes without their own cannot send */
	const char *hostname; /* our name in EHLO, and in Message-IDs of last resort */
	const char *loop_mark;
	const unsigned char *seal_key; /* SEAL_KEY_BYTES; NULL: inboxes' own relays cannot be opened */
};

/* smtp_sender_new - Returns: owned, smtp_sender_free() (what is under way ends as "later"). */
struct smtp_sender *smtp_sender_new(const struct smtp_options *options);
void smtp_sender_free(struct smtp_sender **sender);
/* smtp_sender_set_files - where attachments lie; before the first smtp_send(). */
void smtp_sender_set_files(struct smtp_sender *sender, struct files *files);
/* smtp_send - channel_options.send; arg: the sender. */
void smtp_send(void *arg, struct channel_outbound *out);
