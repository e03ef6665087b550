/* inboxes.h - chat inboxes as configured, kept in memory, read again on inbox.updated and every 5 s. */
#pragma once

#include "chat.h"

struct chat_inbox {
	struct uuid id, mail_inbox_id; /* mail: nil for none */
	const char *public_id, *name;
	const char *const *origins;    /* ended by NULL */
	const char *settings_json;     /* the part that visitors get */
	const char *secret;            /* of signed identities, as its administrator sees it; "" when it cannot be opened */
	bool active, takes_files;
	bool open;            /* by its office hours, as of the last reading */
	int64_t opens_us;     /* 0: it is open, or never opens */
	int64_t reply_time_s; /* median of the first answers of late; -1: there were none */
};

/* inbox_test - channel_options.test; arg: the chat (inbox_test.c). */
void inbox_test(void *arg, struct channel_trial *trial);

struct inboxes *inboxes_new(struct chat *chat);
void inboxes_free(struct inboxes **inboxes);
/* inboxes_refresh - something about them has changed: they are read again. */
void inboxes_refresh(struct inboxes *inboxes);
bool inboxes_are_read(const struct inboxes *inboxes); /* once, at least */
/* Returns: borrowed until control goes back to the loop, NULL if there is none (or it is not active). */
const struct chat_inbox *inboxes_by_public_id(const struct inboxes *inboxes, const char *public_id);
const struct chat_inbox *inboxes_by_id(const struct inboxes *inboxes, const struct uuid *id);
