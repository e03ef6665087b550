/* http/guard.h - where this installation may go on somebody else's word: an image a mail names, an address a webhook is
 * sent to. Only to public addresses, by http and https, on their own ports; never into the network it stands in.
 * Pure. Whoever fetches goes through http/outbound.h, which asks this for every address.
 * Source: RFC 6890 and IANA's registries of special-purpose addresses; OWASP, Server Side Request Forgery Prevention. */
#pragma once

#include <curl/curl.h>
#include <netinet/in.h>

#include "base/base.h"

struct guard;

/* guard_new - allowed: networks that may be gone to although they are not public, on any port: "10.1.0.0/16 fd00::7", as
 * addresses or CIDR blocks; NULL: none. Returns: 0 and *ret owned, guard_free(); -EINVAL. */
int guard_new(const char *allowed, struct guard **ret);
void guard_free(struct guard **guard);

/* guard_is_public - an IPv4 or IPv6 address anybody on the internet could reach. IPv4 inside IPv6 – mapped (::ffff:0:0/96),
 * translated (64:ff9b::/96) – counts as what it holds; other ways to hide it (6to4, Teredo) are not public. */
bool guard_is_public(const struct sockaddr *address);
/* guard_allows - public and on port 80 or 443, or within an allowed network. */
bool guard_allows(const struct guard *guard, const struct sockaddr *address);

/* guard_url - a URL as curl itself reads it, so that nobody else's reading can differ.
 * Returns: 0 and *ret owned (curl_url_cleanup()); -EINVAL for what is no URL, longer than GUARD_URL_MAX, has another scheme
 * than http and https, a user name, a zone, or a host that is not ASCII. */
#define GUARD_URL_MAX 4000
int guard_url(const char *url, CURLU **ret);
