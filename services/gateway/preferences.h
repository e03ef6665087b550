/* preferences.h - Preferences of the API, checked. Pure. */
#pragma once

#include "http/json.h"

/* preferences_read - the members of reader's object; what is missing is left out, for its default to show.
 * Returns: compact JSON in the reader's arena; NULL with a fault. */
const char *preferences_read(struct json_reader *reader);
