/* front.h - who is it: visitors, their sessions, and the files they give. */
#pragma once

#include "chat.h"

struct visitor {
	struct uuid id, inbox_id;
	const char *address; /* of the contact point: "v:<id>" for a browser, "u:<inbox id>:<sub>" for somebody signed in */
	const char *name, *email, *locale; /* "" if not known */
	Hilo__V1__Level email_level;       /* unspecified: there is none */
	bool is_signed_in;
};

/* front_routes - ended by {0}; the handlers' argument is the struct chat. */
extern const struct http_route front_routes[];

struct front *front_new(struct chat *chat);
void front_free(struct front **front);
/* front_find - whose token is it? Calls back once, from the loop or at once; visitor NULL: nobody's (any more), and
 * fault != DB_OK: the database is away. The visitor is borrowed until the callback returns. */
void front_find(struct front *front, const char *token,
		void (*on_found)(void *arg, const struct visitor *visitor, enum db_fault fault), void *arg);
/* front_upload_take - the file behind an upload id of this visitor, to be put into a message; the texts are copied into the
 * arena. Calls back with false when it is not theirs, used up or unknown. */
void front_upload_take(struct front *front, const struct uuid *visitor_id, const struct uuid *upload_id, struct arena *arena,
		       void (*on_file)(void *arg, bool found, const struct channel_file *file), void *arg);
