/* fuzz_gateway_api.c - whatever comes to a route of the API is answered and is no fault of ours, and what reaches the
 * database is text there. The first line is role, method and target ("agent PUT /api/v1/presence"), the rest the body.
 * The database, Redis and the thread that hashes and stores are away: everything up to them is the daemon's own code.
 */
#include <sodium.h>

#include "away.h"
#include "handlers.h"
#include "loopback.h"
#include "throttle.h"
#include "write.h"

enum { ROUTES_MAX = 256 };

static struct gateway gateway;
static struct http_route routes[ROUTES_MAX];
static struct principal principal = {.name = "Ana", .email = "ana@mail.example"};

bool __wrap_password_hash(struct password *password HILO_UNUSED, const char *plain,
                          void (*on_hashed)(void *arg, const char *hash) HILO_UNUSED, void *arg HILO_UNUSED)
{
	must(plain != NULL);
	return false; /* too many at this moment */
}

/* ---- the API ---- */

static void on_line(void *arg HILO_UNUSED, enum log_level level HILO_UNUSED, const char *line HILO_UNUSED)
{
}

static bool admit(struct http_request *request, void *arg HILO_UNUSED)
{
	http_request_set_user(request, &principal);
	return true;
}

static void begin(void)
{
	static struct settings settings = {.public_url = (char *)"https://support.example"};
	struct http_server_options options = {.address = "127.0.0.1:0",
	                                      .routes = routes,
	                                      .arg = &gateway,
	                                      .before = admit,
	                                      .max_body_bytes = 256 * 1024};
	size_t count = 0;

	must(sodium_init() >= 0);
	log_open("fuzz", LOG_ERROR_LEVEL);
	log_capture(on_line, NULL);
	gateway = (struct gateway){.loop = loop_new(), .settings = &settings, .origin = settings.public_url};
	gateway.store = (struct store){.params = db_params_new(), .public_url = settings.public_url};
	gateway.signer = (struct url_signer){.base = settings.public_url, .key = gateway.derive_key};
	gateway.throttle = throttle_new(NULL);
	for (const struct http_route *route = gateway_routes; route->handle; route++)
		if (route->handle != handle_stream_get) /* a connection of its own kind */
			routes[count++] = *route;
	must(count < ROUTES_MAX && http_server_new(gateway.loop, &options, &gateway.http) == 0);
}

/* Returns: the length of the line's first word; the asker's role if it is one. */
static size_t take_role(const char *line, size_t size)
{
	const char *space = memchr(line, ' ', size);
	size_t length = space ? (size_t)(space - line) : 0;

	for (int role = 0; role_words[role]; role++)
		if (strlen(role_words[role]) == length && memcmp(role_words[role], line, length) == 0)
			principal.role = (enum role)role;
	principal.rights.all = principal.role == ROLE_ADMINISTRATOR;
	return length;
}

/* write_request - the input as HTTP. */
static void write_request(struct buf *out, const char *text, size_t size)
{
	const char *newline = memchr(text, '\n', size);
	size_t line = newline ? (size_t)(newline - text) : size, role = take_role(text, line);
	size_t body = size - line - (newline != NULL);

	role += role > 0; /* the space behind it */
	buf_append(out, text + role, line - role);
	buf_printf(out,
	           " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nIf-Match: \"3\"\r\n"
	           "Content-Length: %zu\r\n\r\n",
	           body);
	buf_append(out, newline ? newline + 1 : "", body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HILO_AUTO(buf) struct buf request = {0};
	char answer[LOOPBACK_STATUS] = "";
	bool is_open;
	int fd;

	if (!gateway.loop)
		begin();
	write_request(&request, (const char *)data, size);
	fd = loopback_connect(gateway.http);
	is_open = loopback_send(gateway.loop, fd, request.data, request.len);
	while (is_open && !*answer) { /* who waits for ever is told by the fuzzer's time-out */
		is_open = loopback_hear(gateway.loop, fd, answer);
		away_answer();
	}
	must(!text_starts(answer, "HTTP/1.1 500"));
	loopback_close(gateway.loop, fd);
	away_answer();
	return 0;
}
