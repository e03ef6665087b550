/* viewers.h - who has a conversation open and who types in it, told over the unlogged topic to the others who have it open.
 *
 * Whoever watches says so at once and every 5 s; one that is not heard of for 15 s has gone. A newcomer is answered by those
 * who are there, so that they need not wait for it. */
#pragma once

#include "hilo/v1/envelope.pb-c.h"
#include "viewers_list.h"

struct hub;
struct stream;
struct watched;

/* viewers_announce - the stream has these conversations open from now on. viewers_leave - and no longer, before they are
 * forgotten. */
void viewers_announce(struct stream *stream);
void viewers_leave(struct stream *stream);
/* viewers_hear - an agent views or types, or has ceased to. */
void viewers_hear(struct hub *hub, struct watched *watched, const struct uuid *inbox_id, const struct uuid *agent_id,
                  const Hilo__V1__LiveSignal *signal);
/* viewers_tick - once a second. */
void viewers_tick(struct hub *hub);
