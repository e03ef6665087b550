/* front.c - who visitors are. */
#include "front.h"

struct front {
	struct chat *chat;
};

const struct http_route front_routes[] = {{0}};

struct front *front_new(struct chat *chat)
{
	struct front *front = hilo_new(struct front);

	front->chat = chat;
	return front;
}

void front_free(struct front **front)
{
	free(HILO_STEAL(*front));
}

void front_find(struct front *front, const char *token,
		void (*on_found)(void *arg, const struct visitor *visitor, enum db_fault fault), void *arg)
{
	(void)front, (void)token;
	on_found(arg, NULL, DB_OK);
}

void front_upload_take(struct front *front, const struct uuid *visitor_id, const struct uuid *upload_id, struct arena *arena,
		       void (*on_file)(void *arg, bool found, const struct channel_file *file), void *arg)
{
	(void)front, (void)visitor_id, (void)upload_id, (void)arena;
	on_file(arg, false, NULL);
}
