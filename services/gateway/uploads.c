/* uploads.c - a file is on disk before the row that names it. */
#include "uploads.h"

#include "base/log.h"
#include "base/text.h"
#include "handlers.h"
#include "validate.h"
#include "write.h"

enum { NAME_MAX_BYTES = 200, WAITING_MAX = 32 };

struct upload {
	struct gateway *gateway;
	struct http_request *request;
	struct write *write;
	struct uuid id;
	const char *name, *content_type;
	const void *data; /* the request's body */
	size_t size;
	const char *sha256;
};

const char *upload_name(struct arena *arena, const char *text)
{
	const char *name = text;
	size_t size;

	for (; *text; text++)
		if (*text == '/' || *text == '\\')
			name = text + 1;
	size = strlen(name);
	if (!size || !strcmp(name, ".") || !strcmp(name, "..") || !text_is_utf8(name, size) || !valid_line(name))
		return NULL;
	return arena_strndup(arena, name, text_cut(name, size, NAME_MAX_BYTES));
}

static size_t token_span(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+");
}

const char *upload_type(struct arena *arena, const char *header)
{
	size_t type = header ? token_span(header) : 0;
	size_t subtype = type && header[type] == '/' ? token_span(header + type + 1) : 0;
	char end = subtype ? header[type + 1 + subtype] : 'x';

	if (!subtype || type + subtype > 100 || (end && !strchr("; \t", end)))
		return "application/octet-stream";
	return text_lower(arena, arena_strndup(arena, header, type + 1 + subtype));
}

static void decide(struct write *write)
{
	struct upload *upload = write->arg;
	struct request_record record = write_record(write);
	struct store *store = &write->gateway->store;

	store_insert_upload(store, write->tx, &upload->id, &write->who->id, upload->name, upload->content_type,
	                    upload->size, upload->sha256);
	store_remember(store, write->tx, &record, MADE_UPLOAD, &upload->id, write_on_answer, write);
}

static void on_stored(void *arg, int rc, const char *sha256)
{
	struct upload *upload = arg;

	upload->gateway->uploads--;
	if (rc < 0) {
		log_error("upload.failed", "error=%s", strerror(-rc));
		reply_error(upload->request,
		            rc == -ENOSPC || rc == -EDQUOT ? ERROR_insufficient_storage : ERROR_internal, NULL);
		return;
	}
	const struct idempotency_part parts[] = {
	        {"upload", 6},
	        {upload->name, strlen(upload->name)},
	        {upload->content_type, strlen(upload->content_type)},
	        {sha256, strlen(sha256)},
	};
	upload->sha256 = arena_strdup(http_request_arena(upload->request), sha256);
	struct write *write = write_new_with(upload->gateway, upload->request, "upload", parts, HILO_COUNT(parts));
	if (!write)
		return; /* answered, and upload is gone with the request */
	upload->write = write;
	upload->write->arg = upload;
	upload->write->decide = decide;
	upload->write->committed = write_reply_made;
	write_run(upload->write);
}

static void store_file(struct upload *upload)
{
	upload->gateway->uploads++;
	files_put(upload->gateway->files, upload->data, upload->size, on_stored, upload);
}

void handle_upload_post(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct arena *arena = http_request_arena(request);
	struct upload *upload = arena_new_object(arena, struct upload);
	const char *name = http_request_query(request, "name");

	*upload = (struct upload){
	        .gateway = gateway,
	        .request = request,
	        .id = uuid_new(),
	        .name = name ? upload_name(arena, name) : NULL,
	        .content_type = upload_type(arena, http_request_header(request, "Content-Type")),
	};
	upload->data = http_request_body(request, &upload->size);
	if (!upload->name)
		reply_error(request, ERROR_invalid_parameter, "name must be the file's name");
	else if (upload->size > UPLOAD_MAX)
		reply_error(request, ERROR_body_size, NULL);
	else if (gateway->uploads >= WAITING_MAX)
		reply_error(request, ERROR_unavailable, "Too many files arrive at this moment: try again.");
	else
		store_file(upload);
}
