/* http/router.h - patterns to routes. Pure.
 * At each segment a literal beats ":name" beats a last "*"; a more specific pattern without the method asked for does
 * not hide a less specific one that has it. */
#pragma once

#include "http/http.h"

#define ROUTER_MAX_SEGMENTS 32

struct router;

/* router_new - Requires: routes ended by {0}, living as long as the router; each pattern begins with "/" and is used
 * once for a method. Returns: 0 and *ret owned; -EINVAL for a bad or doubled pattern. */
int router_new(const struct http_route *routes, struct router **ret);
void router_free(struct router **router);

struct router_match {
	const struct http_route *route; /* NULL: none */
	unsigned allowed; /* methods (bits) that the path has, when route is NULL; 0: the path is unknown */
	/* values of the pattern's ":name" segments in order, then the start of "*": indexes into the segments */
	uint8_t captures[ROUTER_MAX_SEGMENTS];
	size_t capture_count;
};

/* router_find - segments: of the decoded path, without slashes. HEAD falls back to GET. */
struct router_match router_find(const struct router *router, enum http_method method, const char *const *segments,
                                size_t count);
