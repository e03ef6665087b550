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

/* networks_parse - those of text: addresses or CIDR blocks, separated by commas or white space; NULL: none.
 * peer_networks_parse - and the loopback networks. Returns: 0 and *ret owned, peer_networks_free(); -EINVAL. */
int networks_parse(const char *text, struct peer_networks *ret);
int peer_networks_parse(const char *text, struct peer_networks *ret);
void peer_networks_free(struct peer_networks *networks);
/* networks_hold - one of them has this address. */
bool networks_hold(const struct peer_networks *networks, const char *address);
/* peer_client - the client's address: that of the socket unless a trusted proxy names another. Of forwarded_for
 * ("client, proxy, proxy", NULL: none) the last part that is no trusted proxy counts: what stands before it was written
 * by whoever that is. Returns: text in the arena, IPv4 always dotted. */
const char *peer_client(struct arena *arena, const struct peer_networks *trusted, const char *address,
                        const char *forwarded_for);
