/* interaction.h - the stretches of a conversation, one after another. Pure, over a working set. */
#pragma once

#include "working_set.h"

/* interaction_begin - over the conversation's channel; emits interaction.started. */
void interaction_begin(struct working_set *ws, struct conversation *c, int64_t at_us);
/* interaction_end - the latest; emits interaction.ended. */
void interaction_end(struct working_set *ws, struct conversation *c);
