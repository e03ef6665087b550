/* http/outbound.c - look up, check every address, pin them, go. */
#include "http/outbound.h"

#include <event2/dns.h>
#include <netdb.h>

#include "base/buf.h"

enum { ADDRESSES_MAX = 16 };

struct outbound {
	struct loop *loop;
	struct client *client;
	const struct guard *guard;
	char *nameserver;   /* NULL: the system's */
	struct call *calls; /* being looked up */
};

struct call {
	struct call *next, **prev_next; /* prev_next NULL: in curl's hands */
	struct outbound *outbound;
	const struct guard *guard;
	CURL *easy;
	CURLU *url;
	char *host, *port;
	struct evdns_base *dns;
	struct evdns_getaddrinfo_request *request; /* while under way */
	struct timer *settled;                     /* nothing of libevent's may be freed inside its callbacks */
	struct evutil_addrinfo *found;
	struct curl_slist *pins;
	int rc;
	outbound_done *on_done;
	void *arg;
};

static void unlink_call(struct call *call)
{
	if (!call->prev_next)
		return;
	*call->prev_next = call->next;
	if (call->next)
		call->next->prev_next = call->prev_next;
	call->prev_next = NULL;
}

static void release(struct call *call)
{
	curl_slist_free_all(call->pins);
	curl_url_cleanup(call->url);
	curl_free(call->host);
	curl_free(call->port);
	timer_free(&call->settled);
	if (call->found)
		evutil_freeaddrinfo(call->found);
	if (call->dns)
		evdns_base_free(call->dns, 0);
	free(call);
}

static void report(struct call *call, int rc, CURLcode code)
{
	unlink_call(call);
	curl_easy_setopt(call->easy, CURLOPT_CURLU, NULL);
	curl_easy_setopt(call->easy, CURLOPT_RESOLVE, NULL);
	HILO_STEAL(call->on_done)(call->arg, call->easy, rc, code);
}

/* ---- the call itself ---- */

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	const struct call *call = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || !guard_allows(call->guard, &address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void on_called(void *arg, CURL *easy, CURLcode code)
{
	(void)easy;
	report(arg, 0, code);
	release(arg);
}

static void go(struct call *call)
{
	CURL *easy = call->easy;

	unlink_call(call); /* from here on the client ends it */
	curl_easy_setopt(easy, CURLOPT_CURLU, call->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_RESOLVE, call->pins);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L); /* an open connection was checked for another call */
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
	client_start(call->outbound->client, easy, on_called, call);
}

/* ---- its addresses ---- */

/* pin - the addresses found as curl's only knowledge of the name. Returns: 0, -ENOENT, or -EACCES if any is not allowed. */
static int pin(struct call *call)
{
	HILO_AUTO(buf) struct buf entry = {0};
	char text[NI_MAXHOST];
	size_t count = 0;

	buf_printf(&entry, "%s:%s:", call->host, call->port);
	for (struct evutil_addrinfo *at = call->found; at; at = at->ai_next) {
		if (!guard_allows(call->guard, at->ai_addr))
			return -EACCES;
		if (count >= ADDRESSES_MAX || getnameinfo(at->ai_addr, (socklen_t)at->ai_addrlen, text, sizeof(text),
		                                          NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		buf_printf(&entry, at->ai_family == AF_INET6 ? "%s[%s]" : "%s%s", count++ ? "," : "", text);
	}
	if (!count)
		return -ENOENT;
	call->pins = curl_slist_append(NULL, entry.data);
	return 0;
}

static void on_settled(void *arg)
{
	struct call *call = arg;

	if (call->on_done && call->rc == 0)
		call->rc = pin(call);
	if (call->on_done && call->rc == 0) {
		go(call);
		return;
	}
	if (call->on_done)
		report(call, call->rc, CURLE_OK);
	release(call);
}

static void on_found(int fault, struct evutil_addrinfo *found, void *arg)
{
	struct call *call = arg;

	call->request = NULL;
	call->found = found;
	if (call->rc == 0 && fault)
		call->rc = -ENOENT;
	timer_in(call->settled, 0);
}

/* A fresh resolver each time reads /etc/resolv.conf and /etc/hosts as they are now. */
static struct evdns_base *new_dns(const struct outbound *outbound)
{
	int flags = outbound->nameserver ? 0 : EVDNS_BASE_INITIALIZE_NAMESERVERS;
	struct evdns_base *dns = evdns_base_new(loop_base(outbound->loop), flags);

	if (dns && outbound->nameserver)
		evdns_base_nameserver_ip_add(dns, outbound->nameserver);
	if (dns)
		evdns_base_set_option(dns, "timeout:", "2");
	if (dns)
		evdns_base_set_option(dns, "attempts:", "2");
	return dns;
}

static void look_up(struct call *call)
{
	const struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	size_t size = strlen(call->host);
	HILO_AUTO_FREE char *bare = *call->host == '[' ? hilo_strndup(call->host + 1, size - 2) : hilo_strdup(call->host);
	struct evdns_getaddrinfo_request *request;

	call->dns = new_dns(call->outbound);
	if (!call->dns) {
		call->rc = -ENOENT;
		timer_in(call->settled, 0);
		return;
	}
	request = evdns_getaddrinfo(call->dns, bare, call->port, &hints, on_found, call);
	if (request)
		call->request = request; /* else on_found() was called already */
}

void outbound_start(struct outbound *outbound, CURL *easy, const char *url, outbound_done *on_done, void *arg)
{
	struct call *call = hilo_new(struct call);

	*call = (struct call){.outbound = outbound, .guard = outbound->guard, .easy = easy, .on_done = on_done, .arg = arg};
	call->next = outbound->calls;
	call->prev_next = &outbound->calls;
	if (call->next)
		call->next->prev_next = &call->next;
	outbound->calls = call;
	call->settled = timer_new(outbound->loop, on_settled, call);
	if (guard_url(url, &call->url) < 0) {
		call->rc = -EINVAL;
		timer_in(call->settled, 0);
		return;
	}
	curl_url_get(call->url, CURLUPART_HOST, &call->host, 0);
	curl_url_get(call->url, CURLUPART_PORT, &call->port, CURLU_DEFAULT_PORT);
	look_up(call);
}

struct outbound *outbound_new(struct loop *loop, struct client *client, const struct guard *guard)
{
	struct outbound *outbound = hilo_new(struct outbound);

	*outbound = (struct outbound){.loop = loop, .client = client, .guard = guard};
	return outbound;
}

void outbound_use_nameserver(struct outbound *outbound, const char *address)
{
	free(outbound->nameserver);
	outbound->nameserver = hilo_strdup(address);
}

void outbound_free(struct outbound **pointer)
{
	struct outbound *outbound = pointer ? HILO_STEAL(*pointer) : NULL;
	struct call *call;

	if (!outbound)
		return;
	while ((call = outbound->calls)) {
		report(call, -ECANCELED, CURLE_OK);
		if (call->request)
			evdns_getaddrinfo_cancel(call->request); /* calls on_found() from the loop */
		else
			release(call);
	}
	free(outbound->nameserver);
	free(outbound);
}
