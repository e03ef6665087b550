/* reply.c - headers and files of answers. */
#include "reply.h"

#include <strings.h>

#include "base/buf.h"
#include "base/text.h"

#define REFERENCES_LAST 20

char *reply_subject(struct arena *arena, const char *subject, const char *ref)
{
	const char *prefix = strncasecmp(subject, "re:", 3) == 0 ? "" : "Re: ";

	if (strcasestr(subject, ref))
		return arena_printf(arena, "%s%s", prefix, subject);
	return arena_printf(arena, "%s%s%s[#%s]", prefix, subject, *subject ? " " : "", ref);
}

static bool holds(char *const *ids, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

size_t reply_references(struct arena *arena, const char *answers, const char *thread, char ***ret)
{
	enum { MAX = 1000 }; /* more than any header line holds */
	char **ids = arena_new_array(arena, char *, MAX + 1);
	char *rest = NULL;
	size_t count = 0;

	ids[count++] = arena_strdup(arena, answers);
	for (char *id = strtok_r(arena_strdup(arena, thread ? thread : ""), " ", &rest); id && count < MAX;
	     id = strtok_r(NULL, " ", &rest))
		if (!holds(ids, count, id))
			ids[count++] = id;
	for (size_t i = 0; i < count / 2; i++) {
		char *swapped = ids[i];
		ids[i] = ids[count - 1 - i];
		ids[count - 1 - i] = swapped;
	}
	if (count > REFERENCES_LAST + 1) {
		memmove(ids + 1, ids + count - REFERENCES_LAST, REFERENCES_LAST * sizeof(*ids));
		count = REFERENCES_LAST + 1;
	}
	*ret = ids;
	return count;
}

const char *reply_domain(const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;

	return at && at[1] ? at + 1 : "localhost";
}

char *reply_attachments_json(struct arena *arena, Hilo__V1__Attachment *const *attachments, size_t count)
{
	HILO_AUTO(buf) struct buf json = {0};

	buf_putc(&json, '[');
	for (size_t i = 0; i < count; i++) {
		const Hilo__V1__Attachment *file = attachments[i];
		buf_puts(&json, i ? ",{" : "{");
		buf_json_key(&json, "id");
		buf_json_string(&json, file->id);
		buf_json_key(&json, "name");
		buf_json_string(&json, file->name);
		buf_json_key(&json, "content_type");
		buf_json_string(&json, file->content_type);
		buf_json_key(&json, "size_bytes");
		buf_printf(&json, "%llu", (unsigned long long)file->size_bytes);
		buf_json_key(&json, "sha256");
		buf_json_string(&json, file->sha256);
		buf_json_key(&json, "inline");
		buf_puts(&json, file->inline_ ? "true" : "false");
		buf_json_key(&json, "content_id");
		buf_json_string(&json, file->content_id);
		buf_putc(&json, '}');
	}
	buf_putc(&json, ']');
	return arena_strndup(arena, json.data, json.len);
}
