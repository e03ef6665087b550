/* db/resolve.c - the host names of a connection string, looked up without blocking; libpq itself would block. */
#include <arpa/inet.h>
#include <event2/dns.h>
#include <netdb.h>

#include "db/internal.h"

#define ADDRESSES_MAX 4 /* tried of one name */

struct lookup {
	struct resolve *resolve;
	struct evdns_getaddrinfo_request *request; /* while under way */
	struct evutil_addrinfo *found;
	char *host; /* a name, an address or a socket's folder */
	char *port; /* may be empty */
	bool is_name;
};

struct resolve {
	struct evdns_base *dns;
	struct timer *settled; /* nothing of libevent's may be freed inside its callbacks */
	struct lookup *lookups;
	size_t count, pending;
	bool is_cancelled;
	void (*on_done)(void *arg, const struct hosts *hosts);
	void *arg;
};

/* part - the n-th of a comma-separated list; the only one, if there is but one. Returns: owned, "" if missing. */
static char *part(const char *list, size_t n)
{
	if (!list)
		return hilo_strdup("");
	if (!strchr(list, ','))
		return hilo_strdup(list);
	for (; n && *list; n--)
		list += strcspn(list, ",") + (strchr(list, ',') ? 1 : 0);
	return hilo_strndup(list, strcspn(list, ","));
}

static size_t parts(const char *list)
{
	size_t count = 1;

	for (; *list; list++)
		count += *list == ',';
	return count;
}

static bool is_name(const char *host)
{
	unsigned char address[16];

	return *host && *host != '/' && *host != '@' && inet_pton(AF_INET, host, address) != 1 &&
	       inet_pton(AF_INET6, host, address) != 1;
}

bool resolve_is_needed(const char *names)
{
	for (size_t i = 0; i < parts(names); i++) {
		HILO_AUTO_FREE char *host = part(names, i);

		if (is_name(host))
			return true;
	}
	return false;
}

static void add_host(struct hosts *hosts, const struct lookup *lookup, const char *address)
{
	const char *comma = hosts->count++ ? "," : "";

	buf_printf(&hosts->names, "%s%s", comma, lookup->host);
	buf_printf(&hosts->addresses, "%s%s", comma, address);
	buf_printf(&hosts->ports, "%s%s", comma, lookup->port);
}

static void add_found(struct hosts *hosts, const struct lookup *lookup)
{
	char address[NI_MAXHOST];
	size_t count = 0;

	for (struct evutil_addrinfo *at = lookup->found; at && count < ADDRESSES_MAX; at = at->ai_next, count++) {
		if (getnameinfo(at->ai_addr, (socklen_t)at->ai_addrlen, address, sizeof(address), NULL, 0,
		                NI_NUMERICHOST) == 0)
			add_host(hosts, lookup, address);
	}
}

static void destroy(struct resolve *resolve)
{
	for (size_t i = 0; i < resolve->count; i++) {
		if (resolve->lookups[i].found)
			evutil_freeaddrinfo(resolve->lookups[i].found);
		free(resolve->lookups[i].host);
		free(resolve->lookups[i].port);
	}
	evdns_base_free(resolve->dns, 0);
	timer_free(&resolve->settled);
	free(resolve->lookups);
	free(resolve);
}

static void on_settled(void *arg)
{
	struct resolve *resolve = arg;
	struct hosts hosts = {0};

	for (size_t i = 0; i < resolve->count; i++) {
		if (resolve->lookups[i].is_name)
			add_found(&hosts, &resolve->lookups[i]);
		else
			add_host(&hosts, &resolve->lookups[i], "");
	}
	if (!resolve->is_cancelled)
		resolve->on_done(resolve->arg, hosts.count ? &hosts : NULL);
	buf_free(&hosts.names);
	buf_free(&hosts.addresses);
	buf_free(&hosts.ports);
	destroy(resolve);
}

static void on_found(int fault, struct evutil_addrinfo *found, void *arg)
{
	struct lookup *lookup = arg;

	(void)fault; /* a name that is not found has no addresses */
	lookup->request = NULL;
	lookup->found = found;
	if (--lookup->resolve->pending == 0)
		timer_in(lookup->resolve->settled, 0);
}

static void look_up(struct lookup *lookup)
{
	const struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct evdns_getaddrinfo_request *request;

	if (!lookup->is_name)
		return;
	lookup->resolve->pending++;
	request = evdns_getaddrinfo(lookup->resolve->dns, lookup->host, NULL, &hints, on_found, lookup);
	if (request)
		lookup->request = request; /* else on_found() was called already */
}

/* A fresh resolver each time reads /etc/resolv.conf and /etc/hosts as they are now. */
static struct evdns_base *new_dns(struct loop *loop)
{
	struct evdns_base *dns = evdns_base_new(loop_base(loop), EVDNS_BASE_INITIALIZE_NAMESERVERS);

	evdns_base_set_option(dns, "timeout:", "2");
	evdns_base_set_option(dns, "attempts:", "2");
	return dns;
}

struct resolve *resolve_start(struct loop *loop, const char *names, const char *ports,
                              void (*on_done)(void *arg, const struct hosts *hosts), void *arg)
{
	struct resolve *resolve = hilo_new(struct resolve);

	resolve->count = parts(names);
	resolve->lookups = hilo_alloc_array(resolve->count, sizeof(*resolve->lookups));
	resolve->on_done = on_done;
	resolve->arg = arg;
	resolve->settled = timer_new(loop, on_settled, resolve);
	resolve->dns = new_dns(loop);
	resolve->pending = 1; /* until all were asked */
	for (size_t i = 0; i < resolve->count; i++) {
		struct lookup *lookup = &resolve->lookups[i];

		*lookup = (struct lookup){.resolve = resolve, .host = part(names, i), .port = part(ports, i)};
		lookup->is_name = is_name(lookup->host);
		look_up(lookup);
	}
	if (--resolve->pending == 0)
		timer_in(resolve->settled, 0);
	return resolve;
}

void resolve_cancel(struct resolve **at)
{
	struct resolve *resolve = HILO_STEAL(*at);

	if (!resolve)
		return;
	resolve->is_cancelled = true;
	for (size_t i = 0; i < resolve->count; i++) {
		if (resolve->lookups[i].request)
			evdns_getaddrinfo_cancel(resolve->lookups[i].request);
	}
}
