/* tag_name.h - one spelling per tag, so that conversations sorted by hand meet. Pure. */
#pragma once

#include "base/arena.h"

#define TAG_NAME_MAX 40 /* characters */

/* tag_name - lower case, letters and digits of any script first, then also inner blanks and ". _ : -"; outer blanks are
 * taken off. Returns: text in the arena; NULL: it can be no tag. */
const char *tag_name(struct arena *arena, const char *text);
