/* http/server.c - listening, limits, draining. */
#include "http/server.h"

#include <arpa/inet.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"

#define ACCEPT_PAUSE_US 100000

static struct http_server *servers; /* of this process: see on_accept_error() */

static void set_defaults(struct http_server_options *options)
{
	options->max_header_bytes = options->max_header_bytes ? options->max_header_bytes : 16384;
	options->max_body_bytes = options->max_body_bytes ? options->max_body_bytes : 1048576;
	options->max_connections = options->max_connections ? options->max_connections : 20000;
	options->header_deadline_us = options->header_deadline_us ? options->header_deadline_us : 10000000;
	options->body_deadline_us = options->body_deadline_us ? options->body_deadline_us : 60000000;
	options->idle_us = options->idle_us ? options->idle_us : 75000000;
	options->write_stall_us = options->write_stall_us ? options->write_stall_us : 60000000;
}

/* Out of descriptors: the kernel keeps the rest waiting, and we do not spin on it. libevent hands over evhttp's
 * pointer. */
static void on_accept_error(struct evconnlistener *listener, void *arg HILO_UNUSED)
{
	for (struct http_server *server = servers; server; server = server->next)
		if (server->listening && evhttp_bound_socket_get_listener(server->listening) == listener) {
			log_warn("http.accept_failed", "error=%s", strerror(errno));
			evconnlistener_disable(listener);
			timer_in(server->accept_again, ACCEPT_PAUSE_US);
		}
}

static void on_accept_again(void *arg)
{
	struct http_server *server = arg;

	if (server->listening)
		evconnlistener_enable(evhttp_bound_socket_get_listener(server->listening));
}

static void on_settle(evutil_socket_t fd HILO_UNUSED, short what HILO_UNUSED, void *arg)
{
	http_connection_settle(arg);
}

/* "address:port", IPv6 in brackets; libevent's own parser knows no port 0. */
static int parse_address(const char *text, struct sockaddr_storage *ret, socklen_t *ret_length)
{
	const char *colon = strrchr(text, ':');
	bool is_v6 = *text == '[';
	char host[64];
	int64_t port;
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (length < (is_v6 ? 2u : 1u) || length >= sizeof(host) || (is_v6 && text[length - 1] != ']') ||
	    text_to_i64(colon + 1, 0, 65535, &port) < 0)
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)length - 2 * is_v6, text + is_v6);
	if (is_v6) {
		struct sockaddr_in6 *in = (struct sockaddr_in6 *)ret;

		*in = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
		*ret_length = sizeof(*in);
		return inet_pton(AF_INET6, host, &in->sin6_addr) == 1 ? 0 : -EINVAL;
	}
	struct sockaddr_in *in = (struct sockaddr_in *)ret;

	*in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	*ret_length = sizeof(*in);
	return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? 0 : -EINVAL;
}

static int listen_on(struct http_server *server, const char *address)
{
	struct sockaddr_storage where = {0};
	socklen_t length;
	struct evconnlistener *listener;

	if (parse_address(address, &where, &length) < 0)
		return -EINVAL;
	listener = evconnlistener_new_bind(loop_base(server->loop), NULL, NULL,
	                                   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 1024,
	                                   (struct sockaddr *)&where, (int)length);
	if (!listener)
		return -errno;
	evconnlistener_set_error_cb(listener, on_accept_error);
	server->listening = evhttp_bind_listener(server->evhttp, listener);
	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&where, &length);
	server->port = ntohs(where.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&where)->sin6_port
	                                                 : ((struct sockaddr_in *)&where)->sin_port);
	return 0;
}

static struct evhttp *make_evhttp(struct http_server *server)
{
	struct evhttp *evhttp = evhttp_new(loop_base(server->loop));

	evhttp_set_allowed_methods(evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
	                                           EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS);
	evhttp_set_max_headers_size(evhttp, (ssize_t)server->limits.header_bytes);
	evhttp_set_max_body_size(evhttp, (ssize_t)server->limits.body_bytes);
	evhttp_set_default_content_type(evhttp, NULL);
	evhttp_set_bevcb(evhttp, http_connection_accept, server);
	evhttp_set_gencb(evhttp, http_request_begin, server);
	return evhttp;
}

int http_server_new(struct loop *loop, const struct http_server_options *options, struct http_server **ret)
{
	struct http_server *server = hilo_new(struct http_server);
	int rc;

	server->loop = loop;
	server->options = *options;
	set_defaults(&server->options);
	server->limits = (struct gate_limits){.header_bytes = server->options.max_header_bytes,
	                                      .headers = 100,
	                                      .body_bytes = server->options.max_body_bytes};
	server->accept_again = timer_new(loop, on_accept_again, server);
	server->settle = evtimer_new(loop_base(loop), on_settle, server);
	server->connection_gauge = metric_gauge("hilo_http_connections", "Open connections, WebSockets included", NULL);
	server->evhttp = make_evhttp(server);
	server->next = servers;
	servers = server;
	rc = router_new(options->routes, &server->router);
	if (rc == 0)
		rc = peer_networks_parse(options->trusted_proxies, &server->trusted);
	if (rc == 0)
		rc = listen_on(server, options->address);
	if (rc < 0) {
		http_server_free(&server);
		return rc;
	}
	*ret = server;
	return 0;
}

void http_server_free(struct http_server **server_pointer)
{
	struct http_server *server = HILO_STEAL(*server_pointer);
	struct http_server **at = &servers;

	if (!server)
		return;
	for (struct http_request *request = server->requests; request; request = request->next) {
		request->server = NULL;
		evhttp_request_own(request->evreq); /* outlives its connection until its handler replies */
	}
	server->on_drained = NULL;
	http_connection_settle(server);
	evhttp_free(server->evhttp);
	router_free(&server->router);
	peer_networks_free(&server->trusted);
	timer_free(&server->accept_again);
	event_free(server->settle);
	free(server->by_fd);
	while (*at != server)
		at = &(*at)->next;
	*at = server->next;
	free(server);
}

int http_server_port(const struct http_server *server)
{
	return server->port;
}

void http_server_check_drained(struct http_server *server)
{
	if (server->is_draining && server->on_drained && !server->requests && server->connections == server->taken)
		loop_defer(server->loop, HILO_STEAL(server->on_drained), server->on_drained_arg);
}

void http_server_drain(struct http_server *server, void (*on_drained)(void *arg), void *arg)
{
	server->is_draining = true;
	if (server->listening)
		evhttp_del_accept_socket(server->evhttp, HILO_STEAL(server->listening));
	for (size_t fd = 0; fd < server->by_fd_size; fd++)
		if (server->by_fd[fd])
			http_connection_close_if_idle(server->by_fd[fd]);
	server->on_drained = on_drained;
	server->on_drained_arg = arg;
	http_server_check_drained(server);
}
