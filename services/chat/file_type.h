/* file_type.h - what a file is, by its content. Pure. */
#pragma once

#include "base/base.h"

/* file_type - one of few types that people send each other and no program runs: pictures (PNG, JPEG, GIF, WebP), PDF, plain
 * text, ZIP, and the office formats that are ZIPs, where what was declared tells which. Everything else, what a browser would
 * run above all, is "application/octet-stream". declared: a Content-Type or NULL.
 * Returns: a literal. Source: the formats' magic numbers, as in the WHATWG's MIME Sniffing. */
const char *file_type(const void *data, size_t size, const char *declared);
/* file_type_safe - a type that came from elsewhere, as files may be given out under it: one of those above, else
 * "application/octet-stream". Returns: a literal. */
const char *file_type_safe(const char *type);
