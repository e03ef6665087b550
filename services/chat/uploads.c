/* uploads.c - files of visitors: on disk before the row that names them, and given out as things to save, never to run. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "file_type.h"
#include "front_internal.h"

enum { WAITING_MAX = 32 };
#define UPLOAD_MAX ((size_t)10 * 1024 * 1024)

/* ---- in ---- */

struct upload {
	struct http_request *request;
	struct chat *chat;
	const struct visitor *visitor;
	struct uuid id;
	struct channel_file file;
	const void *data; /* the request's body */
};

static void on_inserted(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	const struct upload *upload = arg;
	HILO_AUTO(buf) struct buf out = {0};
	char id[UUID_TEXT];

	if (outcome->fault != DB_OK) {
		front_reply_outcome(upload->request, outcome);
		return;
	}
	if (!db_rows(result)) {
		http_reply_problem(upload->request, 409, "too_many_uploads", "Five files wait for their message already.");
		return;
	}
	buf_puts(&out, "{");
	buf_json_key(&out, "id");
	buf_json_string(&out, uuid_format(&upload->id, id));
	buf_json_key(&out, "name");
	buf_json_string(&out, upload->file.name);
	buf_json_key(&out, "content_type");
	buf_json_string(&out, upload->file.content_type);
	buf_json_key(&out, "size");
	buf_printf(&out, "%llu}", (unsigned long long)upload->file.size_bytes);
	front_reply_json(upload->request, 201, &out);
}

static void on_stored(void *arg, int rc, const char *sha256)
{
	struct upload *upload = arg;

	upload->chat->front->uploads--;
	if (rc < 0) {
		log_error("upload.failed", "error=%s", strerror(-rc));
		if (rc == -ENOSPC || rc == -EDQUOT)
			http_reply_problem(upload->request, 503, "unavailable", "There is no room for files at this moment.");
		else
			front_reply_fault(upload->request, DB_FAILED);
		return;
	}
	upload->file.sha256 = arena_strdup(http_request_arena(upload->request), sha256);
	store_insert_upload(upload->chat, &upload->id, &upload->visitor->id, &upload->file, on_inserted, upload);
}

static void on_may_of_address(void *arg, bool may)
{
	struct upload *upload = arg;

	if (!may) {
		front_reply_limited(upload->request);
		return;
	}
	upload->chat->front->uploads++;
	files_put(channel_files(upload->chat->channel), upload->data, (size_t)upload->file.size_bytes, on_stored, upload);
}

static void on_may(void *arg, bool may)
{
	struct upload *upload = arg;

	if (may)
		limits_take(upload->chat->limits, LIMIT_UPLOADS_ADDRESS, http_request_peer(upload->request), on_may_of_address, upload);
	else
		front_reply_limited(upload->request);
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* percent-encoded UTF-8. Returns: NULL for a name that cannot be. */
static const char *decode_name(struct arena *arena, const char *text)
{
	char *name = arena_alloc(arena, strlen(text) + 1);
	size_t size = 0;

	for (; *text; text++) {
		if (*text != '%') {
			name[size++] = *text;
			continue;
		}
		int high = hex_value(text[1]), low = high < 0 ? -1 : hex_value(text[2]);
		if (low < 0 || high * 16 + low == 0)
			return NULL;
		name[size++] = (char)(high * 16 + low);
		text += 2;
	}
	return visitor_file_name(arena, name);
}

static const char *declared_type(struct arena *arena, struct http_request *request)
{
	const char *header = http_request_header(request, "Content-Type");

	return header ? arena_strndup(arena, header, strcspn(header, "; \t")) : NULL;
}

static void post_upload(struct http_request *request, struct chat *chat, const struct visitor *visitor, const struct chat_inbox *inbox)
{
	struct arena *arena = http_request_arena(request);
	struct upload *upload = arena_new_object(arena, struct upload);
	const char *name = http_request_header(request, "X-File-Name");
	char id[UUID_TEXT];
	size_t size;

	*upload = (struct upload){.request = request, .chat = chat, .visitor = visitor, .id = uuid_new()};
	upload->data = http_request_body(request, &size);
	upload->file.name = name ? decode_name(arena, name) : NULL;
	upload->file.size_bytes = size;
	if (!inbox->takes_files)
		http_reply_problem(request, 403, "no_attachments", "Files are not taken here.");
	else if (!upload->file.name)
		http_reply_problem(request, 422, "invalid_field", "X-File-Name: must be the file's name, percent-encoded");
	else if (!size)
		http_reply_problem(request, 422, "invalid_field", "The file is empty.");
	else if (size > UPLOAD_MAX)
		http_reply_problem(request, 413, "too_large", "A file may have 10 MiB.");
	else if (chat->front->uploads >= WAITING_MAX)
		front_reply_fault(request, DB_RETRY);
	else {
		upload->file.content_type = file_type(upload->data, size, declared_type(arena, request));
		limits_take(chat->limits, LIMIT_UPLOADS, uuid_format(&visitor->id, id), on_may, upload);
	}
}

void handle_upload_post(struct http_request *request, void *arg)
{
	front_with_visitor(request, arg, post_upload);
}

/* ---- into a message ---- */

struct taking {
	struct arena *arena;
	void (*on_file)(void *arg, bool found, const struct channel_file *file);
	void *arg;
};

static void on_taken(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct taking *taking = arg;
	struct channel_file file = {0};
	bool is_found = outcome->fault == DB_OK && db_rows(result);

	if (is_found) {
		file.name = arena_strdup(taking->arena, db_get_text(result, 0, 0));
		file.content_type = arena_strdup(taking->arena, db_get_text(result, 0, 1));
		file.size_bytes = (uint64_t)db_get_int(result, 0, 2);
		file.sha256 = arena_strdup(taking->arena, db_get_text(result, 0, 3));
	}
	taking->on_file(taking->arg, is_found, is_found ? &file : NULL);
	free(taking);
}

void front_upload_take(struct front *front, const struct uuid *visitor_id, const struct uuid *upload_id, struct arena *arena,
		       void (*on_file)(void *arg, bool found, const struct channel_file *file), void *arg)
{
	struct taking *taking = hilo_new(struct taking);

	*taking = (struct taking){arena, on_file, arg};
	store_take_upload(front->chat, upload_id, visitor_id, on_taken, taking);
}

/* ---- out ---- */

struct fetch {
	struct http_request *request;
	struct chat *chat;
};

static void reply_not_found(struct http_request *request)
{
	http_reply_problem(request, 404, "not_found", "There is no such file.");
}

static const char *disposition(struct arena *arena, const char *name)
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

static void reply_file(struct http_request *request, const char *path, const char *name, const char *content_type)
{
	struct evbuffer *body;
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
		if (fd >= 0)
			close(fd);
		reply_not_found(request);
		return;
	}
	body = evbuffer_new();
	if (info.st_size)
		evbuffer_add_file(body, fd, 0, info.st_size); /* owns fd */
	else
		close(fd);
	http_reply_header(request, "Content-Disposition", disposition(http_request_arena(request), name));
	http_reply_header(request, "Content-Security-Policy", "default-src 'none'; sandbox");
	http_reply_header(request, "X-Content-Type-Options", "nosniff");
	http_reply_header(request, "Cache-Control", "private, max-age=3600, immutable");
	http_reply_header(request, "Referrer-Policy", "no-referrer");
	http_reply_buffer(request, 200, file_type_safe(content_type), body);
	evbuffer_free(body);
}

static void on_file_found(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	const struct fetch *fetch = arg;
	char path[PATH_MAX];

	if (outcome->fault != DB_OK) {
		front_reply_outcome(fetch->request, outcome);
		return;
	}
	if (!db_rows(result)) {
		reply_not_found(fetch->request);
		return;
	}
	files_path(channel_files(fetch->chat->channel), db_get_text(result, 0, 2), path);
	reply_file(fetch->request, path, db_get_text(result, 0, 0), db_get_text(result, 0, 1));
}

static void get_file(struct http_request *request, struct chat *chat, const struct visitor *visitor, const struct chat_inbox *inbox)
{
	struct fetch *fetch = arena_new_object(http_request_arena(request), struct fetch);
	struct uuid id;

	(void)inbox;
	*fetch = (struct fetch){request, chat};
	if (uuid_parse(http_request_param(request, "id"), &id) < 0)
		reply_not_found(request);
	else
		store_find_file(chat, &id, &visitor->id, on_file_found, fetch);
}

void handle_file_get(struct http_request *request, void *arg)
{
	front_with_visitor(request, arg, get_file);
}
