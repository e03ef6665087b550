/* http/guard.c - the addresses that are nobody's business, as a table. */
#include "http/guard.h"

#include <arpa/inet.h>

#include "http/peer.h"

struct guard {
	struct peer_networks allowed;
};

struct block {
	const char *prefix;
	unsigned bits;
};

/* not public, of IPv4 */
static const struct block v4_blocks[] = {
        {"0.0.0.0", 8},       /* this network; 0.0.0.0 is this machine */
        {"10.0.0.0", 8},      /* private */
        {"100.64.0.0", 10},   /* behind a carrier's NAT */
        {"127.0.0.0", 8},     /* this machine */
        {"169.254.0.0", 16},  /* link-local: clouds' metadata */
        {"172.16.0.0", 12},   /* private */
        {"192.0.0.0", 24},    /* protocols' own */
        {"192.0.2.0", 24},    /* documentation */
        {"192.31.196.0", 24}, /* AS112 */
        {"192.52.193.0", 24}, /* AMT relays */
        {"192.88.99.0", 24},  /* 6to4 relays */
        {"192.168.0.0", 16},  /* private */
        {"192.175.48.0", 24}, /* AS112 */
        {"198.18.0.0", 15},   /* benchmarks */
        {"198.51.100.0", 24}, /* documentation */
        {"203.0.113.0", 24},  /* documentation */
        {"224.0.0.0", 4},     /* multicast */
        {"240.0.0.0", 4},     /* reserved, broadcast */
};
/* not public within 2000::/3, the only range of IPv6 that is */
static const struct block v6_blocks[] = {
        {"2001::", 23},          /* protocols' own: Teredo, ORCHID, benchmarks */
        {"2001:db8::", 32},      /* documentation */
        {"2002::", 16},          /* 6to4: holds any IPv4 address */
        {"2620:4f:8000::", 48},  /* AS112 */
        {"3fff::", 20},          /* documentation */
};
static const struct block v6_public = {"2000::", 3}, v6_mapped = {"::ffff:0:0", 96}, v6_translated = {"64:ff9b::", 96};

static bool is_within(int family, const uint8_t *address, const struct block *block)
{
	uint8_t prefix[16];
	unsigned whole = block->bits / 8, left = block->bits % 8;

	inet_pton(family, block->prefix, prefix);
	return memcmp(address, prefix, whole) == 0 && (left == 0 || (address[whole] ^ prefix[whole]) >> (8 - left) == 0);
}

static bool is_public_v4(const uint8_t address[4])
{
	for (size_t i = 0; i < HILO_COUNT(v4_blocks); i++)
		if (is_within(AF_INET, address, &v4_blocks[i]))
			return false;
	return true;
}

static bool is_public_v6(const uint8_t address[16])
{
	if (is_within(AF_INET6, address, &v6_mapped) || is_within(AF_INET6, address, &v6_translated))
		return is_public_v4(address + 12);
	if (!is_within(AF_INET6, address, &v6_public))
		return false;
	for (size_t i = 0; i < HILO_COUNT(v6_blocks); i++)
		if (is_within(AF_INET6, address, &v6_blocks[i]))
			return false;
	return true;
}

/* bytes_of - Returns: the address in network order, NULL for another family; its port. */
static const uint8_t *bytes_of(const struct sockaddr *address, uint16_t *ret_port)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	*ret_port = ntohs(address->sa_family == AF_INET ? v4->sin_port : v6->sin6_port);
	if (address->sa_family == AF_INET)
		return (const uint8_t *)&v4->sin_addr;
	return address->sa_family == AF_INET6 ? v6->sin6_addr.s6_addr : NULL;
}

bool guard_is_public(const struct sockaddr *address)
{
	uint16_t port;
	const uint8_t *bytes = bytes_of(address, &port);

	if (!bytes)
		return false;
	return address->sa_family == AF_INET ? is_public_v4(bytes) : is_public_v6(bytes);
}

static bool is_allowed(const struct guard *guard, int family, const uint8_t *bytes)
{
	char text[INET6_ADDRSTRLEN];

	return inet_ntop(family, bytes, text, sizeof(text)) && networks_hold(&guard->allowed, text);
}

bool guard_allows(const struct guard *guard, const struct sockaddr *address)
{
	uint16_t port;
	const uint8_t *bytes = bytes_of(address, &port);

	if (!bytes)
		return false;
	if (is_allowed(guard, address->sa_family, bytes))
		return true;
	return guard_is_public(address) && (port == 80 || port == 443);
}

int guard_new(const char *allowed, struct guard **ret)
{
	struct peer_networks networks;
	int rc = networks_parse(allowed, &networks);

	if (rc < 0)
		return rc;
	*ret = hilo_new(struct guard);
	(*ret)->allowed = networks;
	return 0;
}

void guard_free(struct guard **guard)
{
	struct guard *old = guard ? HILO_STEAL(*guard) : NULL;

	if (!old)
		return;
	peer_networks_free(&old->allowed);
	free(old);
}

/* ---- URLs ---- */

static bool has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static bool is_one(CURLU *url, CURLUPart part, bool (*is_good)(const char *text))
{
	char *text = NULL;
	bool good = curl_url_get(url, part, &text, 0) == CURLUE_OK && is_good(text);

	curl_free(text);
	return good;
}

static bool is_scheme(const char *text)
{
	return strcmp(text, "http") == 0 || strcmp(text, "https") == 0;
}

static bool is_host(const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if (text[i] <= ' ' || text[i] > '~') /* signed: above 0x7f too */
			return false;
	return size > 0 && size <= 255;
}

int guard_url(const char *text, CURLU **ret)
{
	CURLU *url;

	if (!text || strlen(text) > GUARD_URL_MAX)
		return -EINVAL;
	url = curl_url();
	if (curl_url_set(url, CURLUPART_URL, text, CURLU_URLENCODE) != CURLUE_OK ||
	    !is_one(url, CURLUPART_SCHEME, is_scheme) || !is_one(url, CURLUPART_HOST, is_host) ||
	    has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD) || has_part(url, CURLUPART_ZONEID)) {
		curl_url_cleanup(url);
		return -EINVAL;
	}
	*ret = url;
	return 0;
}
