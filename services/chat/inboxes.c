/* inboxes.c - chat inboxes as configured. */
#include "inboxes.h"

struct inboxes {
	struct chat *chat;
};

struct inboxes *inboxes_new(struct chat *chat)
{
	struct inboxes *inboxes = hilo_new(struct inboxes);

	inboxes->chat = chat;
	return inboxes;
}

void inboxes_free(struct inboxes **inboxes)
{
	free(HILO_STEAL(*inboxes));
}

void inboxes_refresh(struct inboxes *inboxes)
{
	(void)inboxes;
}

const struct chat_inbox *inboxes_by_public_id(const struct inboxes *inboxes, const char *public_id)
{
	(void)inboxes, (void)public_id;
	return NULL;
}

const struct chat_inbox *inboxes_by_id(const struct inboxes *inboxes, const struct uuid *id)
{
	(void)inboxes, (void)id;
	return NULL;
}
