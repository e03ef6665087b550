/* kv/address.h - where a Redis is, read from its URL. Pure. Private to this layer. */
#pragma once

#include "base/base.h"

struct address {
	char *path; /* unix socket; NULL: host and port */
	char *host;
	int port;
	char *user, *password; /* NULL: none */
	int64_t database;
};

/* address_parse - redis://[[user]:password@]host[:port][/db] or unix://[[user]:password@]/path[?db=n]; %XX in names and
 * passwords. Returns: 0 and *ret, to be freed with address_free(); -EINVAL. */
int address_parse(const char *url, struct address *ret);
void address_free(struct address *address);

HILO_AUTO_DEFINE(address, struct address, address_free)
