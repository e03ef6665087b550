/* http/router.c - a tree of segments, walked with backtracking. */
#include "http/router.h"

struct node {
	struct node *next;     /* sibling among literals */
	struct node *literals; /* first child of each kind */
	struct node *named;
	struct node *rest;
	const char *text; /* literal; not terminated: length bytes of the pattern */
	size_t length;
	const struct http_route **routes; /* that end here, NULL-ended */
	size_t route_count;
};

struct router {
	struct node root;
};

static void node_clear(struct node *node)
{
	struct node *children[] = {node->named, node->rest};

	for (struct node *child = node->literals, *next; child; child = next) {
		next = child->next;
		node_clear(child);
		free(child);
	}
	for (size_t i = 0; i < HILO_COUNT(children); i++)
		if (children[i]) {
			node_clear(children[i]);
			free(children[i]);
		}
	free(node->routes);
}

static struct node *node_only_child(struct node **child)
{
	if (!*child)
		*child = hilo_new(struct node);
	return *child;
}

static struct node *node_literal(struct node *parent, const char *text, size_t length)
{
	struct node *child;

	for (child = parent->literals; child; child = child->next)
		if (child->length == length && memcmp(child->text, text, length) == 0)
			return child;
	child = hilo_new(struct node);
	*child = (struct node){.next = parent->literals, .text = text, .length = length};
	parent->literals = child;
	return child;
}

static int node_add_route(struct node *node, const struct http_route *route)
{
	for (size_t i = 0; i < node->route_count; i++)
		if (node->routes[i]->method & route->method)
			return -EINVAL;
	node->routes = hilo_realloc(node->routes, (node->route_count + 1) * sizeof(*node->routes));
	node->routes[node->route_count++] = route;
	return 0;
}

static int router_add(struct router *router, const struct http_route *route)
{
	struct node *node = &router->root;
	const char *at = route->pattern;
	size_t segments = 0;

	if (!at || *at != '/' || !route->handle || !route->method)
		return -EINVAL;
	while (*at == '/') {
		const char *text = at + 1;
		size_t length = strcspn(text, "/");

		at = text + length;
		if (++segments > ROUTER_MAX_SEGMENTS)
			return -EINVAL;
		if (length == 1 && *text == '*') {
			node = node_only_child(&node->rest);
			if (*at)
				return -EINVAL;
		} else if (*text == ':') {
			node = node_only_child(&node->named);
		} else {
			node = node_literal(node, text, length);
		}
	}
	return node_add_route(node, route);
}

int router_new(const struct http_route *routes, struct router **ret)
{
	struct router *router = hilo_new(struct router);

	for (; routes && routes->pattern; routes++) {
		int rc = router_add(router, routes);
		if (rc < 0) {
			router_free(&router);
			return rc;
		}
	}
	*ret = router;
	return 0;
}

void router_free(struct router **router)
{
	if (!*router)
		return;
	node_clear(&(*router)->root);
	free(*router);
	*router = NULL;
}

struct walk {
	unsigned wanted, fallback; /* methods */
	const char *const *segments;
	size_t count;
	struct router_match match;
};

static bool take_route(const struct node *node, struct walk *walk)
{
	const struct http_route *fallback = NULL;

	for (size_t i = 0; i < node->route_count; i++) {
		const struct http_route *route = node->routes[i];

		walk->match.allowed |= route->method;
		if (route->method & walk->fallback)
			fallback = route;
		if (route->method & walk->wanted)
			walk->match.route = route;
	}
	if (!walk->match.route)
		walk->match.route = fallback;
	return walk->match.route;
}

static bool find_from(const struct node *node, size_t at, struct walk *walk)
{
	struct router_match *match = &walk->match;

	if (at == walk->count) {
		if (take_route(node, walk))
			return true;
	} else {
		const char *segment = walk->segments[at];
		size_t length = strlen(segment);

		for (const struct node *child = node->literals; child; child = child->next)
			if (child->length == length && memcmp(child->text, segment, length) == 0 &&
			    find_from(child, at + 1, walk))
				return true;
		if (node->named && length > 0) {
			match->captures[match->capture_count++] = (uint8_t)at;
			if (find_from(node->named, at + 1, walk))
				return true;
			match->capture_count--;
		}
	}
	if (node->rest && at < walk->count) {
		match->captures[match->capture_count++] = (uint8_t)at;
		if (take_route(node->rest, walk))
			return true;
		match->capture_count--;
	}
	return false;
}

struct router_match router_find(const struct router *router, enum http_method method, const char *const *segments,
                                size_t count)
{
	struct walk walk = {.wanted = method, .segments = segments, .count = count};

	if (method == HTTP_HEAD)
		walk.fallback = HTTP_GET;
	if (count <= ROUTER_MAX_SEGMENTS)
		find_from(&router->root, 0, &walk);
	return walk.match;
}
