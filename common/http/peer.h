/* http/peer.h - who is behind a proxy. Pure; private to this folder. */
#pragma once

#include "base/arena.h"

struct peer_networks {
	struct peer_network {
		uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
		unsigned bits;
	} * list;
	size_t count;
};

/* peer_networks_parse - the loopback networks and those of text: addresses or CIDR blocks, separated by commas or white
 * space; NULL: none. Returns: 0 and *ret owned, peer_networks_free(); -EINVAL. */
int peer_networks_parse(const char *text, struct peer_networks *ret);
void peer_networks_free(struct peer_networks *networks);
/* peer_client - the client's address: that of the socket unless a trusted proxy names another. Of forwarded_for
 * ("client, proxy, proxy", NULL: none) the last part that is no trusted proxy counts: what stands before it was written
 * by whoever that is. Returns: text in the arena, IPv4 always dotted. */
const char *peer_client(struct arena *arena, const struct peer_networks *trusted, const char *address,
                        const char *forwarded_for);
