/* http/peer.c - trusted proxies, and the address they tell. */
#include "http/peer.h"

#include <arpa/inet.h>

#include "base/buf.h"
#include "base/text.h"

#define SEPARATORS ", \t\r\n"
#define V4_PREFIX_BITS 96

static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

/* Returns: 0, or -EINVAL for anything but an address. */
static int parse_address(const char *text, uint8_t ret[16])
{
	uint8_t bytes[16];

	memcpy(bytes, v4_prefix, sizeof(v4_prefix));
	if (inet_pton(AF_INET, text, bytes + sizeof(v4_prefix)) != 1 && inet_pton(AF_INET6, text, bytes) != 1)
		return -EINVAL;
	memcpy(ret, bytes, 16);
	return 0;
}

static int parse_network(char *text, struct peer_network *ret)
{
	char *slash = strchr(text, '/');
	bool is_v4 = !strchr(text, ':');
	unsigned offset = is_v4 ? V4_PREFIX_BITS : 0;
	int64_t bits = 128 - offset;

	if (slash)
		*slash = '\0';
	if (parse_address(text, ret->bytes) < 0 || (slash && text_to_i64(slash + 1, 0, bits, &bits) < 0))
		return -EINVAL;
	ret->bits = (unsigned)bits + offset;
	return 0;
}

int networks_parse(const char *text, struct peer_networks *ret)
{
	HILO_AUTO(buf) struct buf all = {0};
	struct peer_networks networks = {0};
	char *rest = NULL;

	buf_puts(&all, text ? text : "");
	for (char *part = all.data ? strtok_r(all.data, SEPARATORS, &rest) : NULL; part; part = strtok_r(NULL, SEPARATORS, &rest)) {
		networks.list = hilo_realloc(networks.list, (networks.count + 1) * sizeof(*networks.list));
		if (parse_network(part, &networks.list[networks.count++]) < 0) {
			peer_networks_free(&networks);
			return -EINVAL;
		}
	}
	*ret = networks;
	return 0;
}

int peer_networks_parse(const char *text, struct peer_networks *ret)
{
	HILO_AUTO(buf) struct buf all = {0};

	buf_printf(&all, "127.0.0.0/8,::1,%s", text ? text : "");
	return networks_parse(all.data, ret);
}

void peer_networks_free(struct peer_networks *networks)
{
	free(networks->list);
	*networks = (struct peer_networks){0};
}

static bool is_within(const uint8_t address[16], const struct peer_network *network)
{
	unsigned whole = network->bits / 8, left = network->bits % 8;

	return memcmp(address, network->bytes, whole) == 0 &&
	       (left == 0 || (address[whole] ^ network->bytes[whole]) >> (8 - left) == 0);
}

static bool is_trusted(const struct peer_networks *networks, const uint8_t address[16])
{
	for (size_t i = 0; i < networks->count; i++)
		if (is_within(address, &networks->list[i]))
			return true;
	return false;
}

bool networks_hold(const struct peer_networks *networks, const char *address)
{
	uint8_t bytes[16];

	return parse_address(address, bytes) == 0 && is_trusted(networks, bytes);
}

static const char *address_text(struct arena *arena, const uint8_t address[16])
{
	char text[INET6_ADDRSTRLEN];

	if (memcmp(address, v4_prefix, sizeof(v4_prefix)) == 0)
		inet_ntop(AF_INET, address + sizeof(v4_prefix), text, sizeof(text));
	else
		inet_ntop(AF_INET6, address, text, sizeof(text));
	return arena_strdup(arena, text);
}

const char *peer_client(struct arena *arena, const struct peer_networks *trusted, const char *address,
                        const char *forwarded_for)
{
	char *list = arena_strdup(arena, forwarded_for ? forwarded_for : "");
	uint8_t client[16];

	if (parse_address(address, client) < 0)
		return arena_strdup(arena, address);
	while (*list && is_trusted(trusted, client)) {
		char *comma = strrchr(list, ',');
		char *part = comma ? comma + 1 : list;

		part += strspn(part, " \t");
		part[strcspn(part, " \t")] = '\0';
		if (parse_address(part, client) < 0)
			break;
		*(comma ? comma : list) = '\0';
	}
	return address_text(arena, client);
}
