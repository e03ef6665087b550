/* inboxes.h - chat inboxes as configured, kept in memory, read again on inbox.updated and every 5 s. */
#pragma once

#include "chat.h"

struct chat_inbox {
	struct uuid id, mail_inbox_id; /* mail: nil for none */
	const char *public_id, *name;
	const char *const *origins; /* ended by NULL */
	const char *settings_json;
	uint8_t secret[32]; /* of signed identities */
	bool active, open;  /* open: by its office hours, as of the last reading */
};

struct inboxes *inboxes_new(struct chat *chat);
void inboxes_free(struct inboxes **inboxes);
/* inboxes_refresh - something about them has changed: they are read again. */
void inboxes_refresh(struct inboxes *inboxes);
/* Returns: borrowed until control goes back to the loop, NULL if there is none (or it is not active). */
const struct chat_inbox *inboxes_by_public_id(const struct inboxes *inboxes, const char *public_id);
const struct chat_inbox *inboxes_by_id(const struct inboxes *inboxes, const struct uuid *id);
