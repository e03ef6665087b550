/* status.h - telling that a conversation stands elsewhere. */
#pragma once

#include "working_set.h"

/* status_changed - emits conversation.status_changed; by: the agent who did it, NULL: routing. */
void status_changed(struct working_set *ws, struct conversation *c, enum conversation_status previous,
                    const struct uuid *by);
