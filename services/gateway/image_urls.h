/* image_urls.h - which images a mail's HTML asks for, and what an image is. Pure. */
#pragma once

#include "base/base.h"

/* image_is_named - the HTML names this address as an image's: in src, srcset, background or poster, or in url() of a style,
 * with character references resolved. White space round the address does not count. One pass over the HTML. */
bool image_is_named(const char *html, const char *address);

/* image_type - "image/png", "image/jpeg", "image/gif" or "image/webp" by its first bytes; NULL for all else,
 * SVG among it: it can hold scripts. */
const char *image_type(const void *data, size_t size);
