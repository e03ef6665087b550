/* echo.c - sends each text back, and of each binary message its size and SHA-256, as a text. Prints its port, runs until
 * SIGTERM. */
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "http/websocket.h"

static void on_text(void *arg, const char *text, size_t size)
{
	websocket_send(arg, text, size);
}

static void on_binary(void *arg, const void *data, size_t size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1], answer[sizeof(hex) + 32];
	unsigned digest_size;

	EVP_Digest(data, size, digest, &digest_size, EVP_sha256(), NULL);
	text_hex(digest, digest_size, hex);
	websocket_send(arg, answer, (size_t)snprintf(answer, sizeof(answer), "%zu %s", size, hex));
}

static void on_upgrade(struct http_request *request, void *arg HILO_UNUSED)
{
	const struct websocket_options options = {.on_text = on_text, .on_binary = on_binary};
	struct websocket *socket = websocket_upgrade(request, NULL, &options);

	if (socket)
		websocket_set_arg(socket, socket);
}

static void on_term(void *arg, int signal_number HILO_UNUSED)
{
	loop_stop(arg);
}

int main(void)
{
	static const struct http_route routes[] = {{HTTP_GET, "/", on_upgrade, 0}, {0}};
	const struct http_server_options options = {.address = "127.0.0.1:0", .routes = routes};
	struct http_server *server;
	struct loop *loop = loop_new();

	log_open("websocket-echo", LOG_WARN_LEVEL);
	if (http_server_new(loop, &options, &server) < 0)
		return EXIT_FAILURE;
	loop_on_signal(loop, SIGTERM, on_term, loop);
	printf("%d\n", http_server_port(server));
	fflush(stdout);
	loop_run(loop);
	http_server_free(&server);
	loop_free(&loop);
	return EXIT_SUCCESS;
}
