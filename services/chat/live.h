/* live.h - what goes on now: sockets and polls of visitors, entries to them, their messages in. */
#pragma once

#include "front.h"

/* live_routes - ended by {0}; the handlers' argument is the struct chat. */
extern const struct http_route live_routes[];

struct live *live_new(struct chat *chat);
void live_free(struct live **live);
/* live_drain - every socket is told to come back elsewhere (1001), every poll is answered. */
void live_drain(struct live *live);
bool live_is_reading(const struct live *live); /* the event log has been reached */
/* live_send - a channel's send(): what agents write is in the database already, and the sockets get it by the reader. */
void live_send(void *arg, struct channel_outbound *out);

/* ---- what the front tells it ---- */

/* live_end_visitor - the token was given back or replaced: its sockets are closed with 4401. */
void live_end_visitor(struct live *live, const struct uuid *visitor_id);
/* live_visitor_changed - name, address or its proof are others now: what is sent from now on says so. */
void live_visitor_changed(struct live *live, const struct visitor *visitor);
/* live_state - conversation, queue, agent and seen of a visitor as members of a JSON object, for the session's answer. */
void live_state(struct live *live, const struct visitor *visitor,
		void (*on_state)(void *arg, const char *members_json, enum db_fault fault), void *arg);
