/* attachments.c - what came with a message: its whole HTML, and files for the content origin, which whoever holds a signed
 * address may fetch for a while, as downloads. */
#include "attachments.h"

#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "conversations.h"
#include "gateway.h"
#include "handlers.h"
#include "reply.h"
#include "store_content.h"

/* nested, as in SQL: the outer hash keeps the inner one's length from being extended */
static void sign(struct arena *arena, const uint8_t key[32], const char *path, char ret[65])
{
	size_t size = strlen(path);
	uint8_t *inner = arena_alloc(arena, 32 + size);
	uint8_t outer[64];

	memcpy(inner, key, 32);
	memcpy(inner + 32, path, size);
	memcpy(outer, key, 32);
	crypto_hash_sha256(outer + 32, inner, 32 + size);
	crypto_hash_sha256(outer, outer, sizeof(outer));
	text_hex(outer, 32, ret);
}

int content_check(struct arena *arena, const uint8_t key[32], const char *path, const char *signature,
                  const char *until, int64_t now_us)
{
	char expected[65];
	int64_t until_s;

	if (!signature || strlen(signature) != 64)
		return -EACCES;
	sign(arena, key, path, expected);
	if (sodium_memcmp(expected, signature, 64) != 0 ||
	    text_to_i64(until, 0, INT64_MAX / 1000000, &until_s) < 0)
		return -EACCES;
	return now_us >= until_s * 1000000 ? -ETIME : 0;
}

static const char *unhex(struct arena *arena, const char *hex)
{
	size_t size = strlen(hex) / 2;
	char *text = arena_alloc(arena, size + 1);

	return text_unhex(hex, text, size) == 0 ? text : NULL;
}

int attachment_open(struct arena *arena, const uint8_t key[32], const char *sha256, const char *name_hex,
                    const char *type_hex, const char *until, const char *signature, int64_t now_us,
                    struct attachment *ret)
{
	struct attachment found = {.sha256 = sha256};
	const char *path;
	int rc;

	if (!sha256 || !name_hex || !type_hex || !until)
		return -EACCES;
	path = arena_printf(arena, "/attachments/%s?name=%s&type=%s&until=%s", sha256, name_hex, type_hex, until);
	rc = content_check(arena, key, path, signature, until, now_us);
	if (rc < 0)
		return rc;
	found.name = unhex(arena, name_hex);
	found.content_type = unhex(arena, type_hex);
	if (!found.name || !found.content_type)
		return -EACCES;
	*ret = found;
	return 0;
}

const char *attachment_disposition(struct arena *arena, const char *name)
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_puts(&out, "attachment; filename*=UTF-8''");
	for (const unsigned char *c = (const unsigned char *)name; *c; c++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&+-.^_`|~", *c))
			buf_putc(&out, (char)*c);
		else
			buf_printf(&out, "%%%02X", *c);
	return arena_strdup(arena, out.data);
}

/* Nothing here runs, frames or is guessed at, whatever a customer sent. */
static void set_headers(struct http_request *request, const struct attachment *attachment)
{
	http_reply_header(request, "Content-Disposition",
	                  attachment_disposition(http_request_arena(request), attachment->name));
	http_reply_header(request, "Content-Security-Policy", "default-src 'none'; sandbox");
	http_reply_header(request, "X-Content-Type-Options", "nosniff");
	http_reply_header(request, "Cross-Origin-Resource-Policy", "cross-origin");
	http_reply_header(request, "Cache-Control", "private, max-age=3600, immutable");
}

/* pictures may be shown in place; everything else is bytes to save */
static const char *served_type(const char *declared)
{
	static const char *const shown[] = {"image/png", "image/jpeg", "image/gif", "image/webp"};

	for (size_t i = 0; i < HILO_COUNT(shown); i++)
		if (text_equal_nocase(declared, shown[i]))
			return shown[i];
	return "application/octet-stream";
}

static void reply_file(struct http_request *request, const struct gateway *gateway, const struct attachment *attachment)
{
	struct evbuffer *body;
	char path[PATH_MAX];
	struct stat info;
	int fd;

	files_path(gateway->files, attachment->sha256, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
		if (fd >= 0)
			close(fd);
		reply_error(request, ERROR_not_found, NULL);
		return;
	}
	body = evbuffer_new();
	if (info.st_size)
		evbuffer_add_file(body, fd, 0, info.st_size); /* owns fd */
	else
		close(fd);
	set_headers(request, attachment);
	http_reply_buffer(request, 200, served_type(attachment->content_type), body);
	evbuffer_free(body);
}

void handle_message_html_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct conversation_key key;
	struct uuid message_id;

	if (param_conversation(request, &key) && param_uuid(request, "message_id", &message_id))
		store_read_message_html(&gateway->store, &principal_of(request)->rights, &key, &message_id,
		                        &gateway->signer, reply_on_read, request);
}

void handle_attachment_get(struct http_request *request, void *arg)
{
	const struct gateway *gateway = arg;
	struct attachment attachment;
	int rc = attachment_open(http_request_arena(request), gateway->signer.key,
	                         http_request_param(request, "sha256"), http_request_query(request, "name"),
	                         http_request_query(request, "type"), http_request_query(request, "until"),
	                         http_request_query(request, "signature"), clock_now_us(), &attachment);

	if (rc < 0)
		reply_error(request, ERROR_not_found,
		            rc == -ETIME ? "This address is no longer valid: read the conversation again." : NULL);
	else
		reply_file(request, gateway, &attachment);
}
