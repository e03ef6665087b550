/* status.h - telling that a conversation stands elsewhere. */
#pragma once

#include "working_set.h"

/* status_set - as somebody asked, snoozed until then (0: until the customer writes); emits conversation.status_changed
 * if that changes anything, and sees to it that an open one is with somebody or in the queue. Returns: false, and
 * nothing changed, when it cannot go there. */
bool status_set(struct working_set *ws, struct conversation *c, Hilo__V1__ConversationStatus wanted, int64_t until_us,
                const struct uuid *by);
/* status_is_known - it can be asked for. */
bool status_is_known(Hilo__V1__ConversationStatus status);
/* status_changed - emits conversation.status_changed; by: the agent who did it, NULL: routing. */
void status_changed(struct working_set *ws, struct conversation *c, enum conversation_status previous,
                    const struct uuid *by);
