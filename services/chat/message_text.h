/* message_text.h - what visitors write, as it is kept. Pure. */
#pragma once

#include "base/arena.h"

/* message_text - the text in the arena without what is not UTF-8 and without control characters but line ends and tabs.
 * Returns: how many characters it has. */
size_t message_text(struct arena *arena, const char *text, const char **ret_text);
