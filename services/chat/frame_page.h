/* frame_page.h - the document in the widget's iframe, and what it may do. Pure. */
#pragma once

#include "base/buf.h"

/* frame_page_policy - its Content-Security-Policy. origins: pages that may show it besides the installation's own, ended by NULL.
 * What is no origin (a scheme, a host that may begin with "*.", a port) is left out. own_origin: the installation's, for sockets of
 * browsers whose 'self' has none. content_url: where pictures may come from. */
void frame_page_policy(struct buf *out, const char *const *origins, const char *own_origin, const char *content_url);
/* frame_page_html - the same for every inbox: its script takes everything from the address. */
extern const char frame_page_html[];
