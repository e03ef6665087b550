/* http/outbound.h - calling an address somebody else named: guarded, so that it never leads into our own network.
 *
 * The name is looked up once; every address it has must be allowed, else none is used; the connection goes to one of
 * those addresses and is checked once more when its socket is made, whatever curl would do. No proxy of the
 * environment, no redirect is followed: who wants to follow one calls again. */
#pragma once

#include "http/client.h"
#include "http/guard.h"

struct outbound;

/* outbound_new - Requires: client and guard live longer. Returns: owned, outbound_free(). */
struct outbound *outbound_new(struct loop *loop, struct client *client, const struct guard *guard);
/* outbound_use_nameserver - ask this one, "192.0.2.53:53", and neither /etc/resolv.conf nor /etc/hosts. */
void outbound_use_nameserver(struct outbound *outbound, const char *address);
/* outbound_free - what is being looked up ends with -ECANCELED, before this returns. To be called before client_free(). */
void outbound_free(struct outbound **outbound);

/* outbound_start - runs the easy handle on that URL. The caller has set the rest: method, body, where the answer goes, its
 * limits, and a time limit (CURLOPT_TIMEOUT_MS); URL, PROTOCOLS, PROXY, RESOLVE, FOLLOWLOCATION and the socket callback are
 * set here. on_done is called exactly once, from the loop; the handle stays the caller's.
 * rc: 0 and code, curl's; -EINVAL: guard_url() refuses it; -ENOENT: the name has no address; -EACCES: it has one that is
 * not allowed; -ECANCELED. */
typedef void outbound_done(void *arg, CURL *easy, int rc, CURLcode code);
void outbound_start(struct outbound *outbound, CURL *easy, const char *url, outbound_done *on_done, void *arg);
