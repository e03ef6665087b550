/* kv/address.c - the URL of a Redis, taken apart. */
#include "kv/address.h"

#include "base/text.h"

enum { DEFAULT_PORT = 6379, MAX_DATABASE = 65535 };

/* a copy of [from, end) with %XX decoded; NULL for a malformed escape or an escaped NUL */
static char *decode(const char *from, const char *end)
{
	HILO_AUTO_FREE char *copy = hilo_alloc((size_t)(end - from) + 1);
	char *to = copy;

	for (; from < end; from++, to++) {
		*to = *from;
		if (*from != '%')
			continue;
		const char digits[3] = {from + 1 < end ? from[1] : '\0', from + 2 < end ? from[2] : '\0', '\0'};
		if (text_unhex(digits, to, 1) < 0 || !*to)
			return NULL;
		from += 2;
	}
	*to = '\0';
	return HILO_STEAL(copy);
}

/* [user]:password@ - a password may hold any '@' but the last. Returns: behind it, or NULL. */
static const char *take_user(const char *at, const char *end, struct address *address)
{
	const char *mark = memrchr(at, '@', (size_t)(end - at));

	if (!mark)
		return at;
	const char *colon = memchr(at, ':', (size_t)(mark - at));
	if (!colon)
		return NULL; /* a user without a password, or a password without its colon: ambiguous */
	if (colon > at && !(address->user = decode(at, colon)))
		return NULL;
	address->password = decode(colon + 1, mark);
	return address->password ? mark + 1 : NULL;
}

static int take_database(const char *text, struct address *address)
{
	return *text ? text_to_i64(text, 0, MAX_DATABASE, &address->database) : 0;
}

static int parse_unix(const char *at, struct address *address)
{
	const char *end = at + strcspn(at, "?");

	at = take_user(at, at + strcspn(at, "/?"), address);
	if (!at || *at != '/' || !(address->path = decode(at, end)))
		return -EINVAL;
	if (!*end)
		return 0;
	return text_starts(end, "?db=") ? take_database(end + 4, address) : -EINVAL;
}

static int parse_tcp(const char *at, struct address *address)
{
	const char *end = at + strcspn(at, "/?#");
	int64_t port = DEFAULT_PORT;

	at = take_user(at, end, address);
	if (!at)
		return -EINVAL;
	const bool is_bracketed = *at == '['; /* [::1]:6379 */
	const char *host_end = at + strcspn(at, is_bracketed ? "]" : ":/?#");
	if (host_end >= end + (!is_bracketed) || host_end == at + is_bracketed)
		return -EINVAL;
	address->host = decode(at + is_bracketed, host_end);
	at = host_end + is_bracketed;
	if (*at == ':') {
		HILO_AUTO_FREE char *digits = hilo_strndup(at + 1, (size_t)(end - at - 1));
		if (text_to_i64(digits, 1, 65535, &port) < 0)
			return -EINVAL;
		at = end;
	}
	address->port = (int)port;
	if (!address->host || at != end || (*end && *end != '/'))
		return -EINVAL;
	return *end ? take_database(end + 1, address) : 0;
}

int address_parse(const char *url, struct address *ret)
{
	HILO_AUTO(address) struct address address = {0};
	int rc = -EINVAL;

	if (text_starts(url, "unix://"))
		rc = parse_unix(url + strlen("unix://"), &address);
	else if (text_starts(url, "redis://"))
		rc = parse_tcp(url + strlen("redis://"), &address);
	if (rc < 0)
		return -EINVAL;
	*ret = address;
	address = (struct address){0};
	return 0;
}

void address_free(struct address *address)
{
	if (address->password)
		explicit_bzero(address->password, strlen(address->password));
	free(address->path);
	free(address->host);
	free(address->user);
	free(address->password);
	*address = (struct address){0};
}
