/* uploads.h - files agents upload for their replies. */
#pragma once

#include "gateway.h"

#define UPLOAD_MAX ((size_t)25 * 1024 * 1024)

/* upload_name - the last part of a path, cut to 200 bytes between characters, in the arena. Returns: NULL when nothing
 * is left, or it holds control characters. Pure. */
const char *upload_name(struct arena *arena, const char *text);
/* upload_type - "type/subtype" of a Content-Type, lower case, "application/octet-stream" for anything else. Pure. */
const char *upload_type(struct arena *arena, const char *header);
