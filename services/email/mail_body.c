/* mail_body.c - walking a mail's MIME tree: bodies, files, and what a bounce speaks of. Pure over GMime. */
#include <strings.h>

#include "base/text.h"
#include "mail_parse.h"
#include "mail_text.h"
#include "mail_words.h"

/* One stretch of what people read: a text, an HTML, or both ways of saying the same. */
struct segment {
	const char *text, *html;
};

struct walk {
	struct arena *arena;
	const struct mail_limits *limits;
	const char *raw;
	size_t raw_size;
	struct segment *segments;
	size_t segments_count;
	struct mail_file *files;
	size_t files_count;
	const char *bounced_id;
	size_t text_left, html_left; /* bytes that may still be taken */
};

/* where a part stands */
struct place {
	size_t depth;
	bool in_related;
	struct segment *alternative; /* the choice it belongs to, NULL: none */
	bool may_text, may_html;     /* no earlier branch of that choice gave one */
};

static bool is_full(const struct walk *w)
{
	return w->segments_count + w->files_count >= w->limits->parts;
}

/* ---- bytes ---- */

/* skip_uu_begin - behind "begin 644 name": the decoder wants the lines below it. */
static size_t skip_uu_begin(const char *bytes, size_t size)
{
	const char *begin = size > 6 && memcmp(bytes, "begin ", 6) == 0 ? bytes : memmem(bytes, size, "\nbegin ", 7);
	const char *end = begin ? memchr(begin + 1, '\n', size - (size_t)(begin + 1 - bytes)) : NULL;
	return end ? (size_t)(end + 1 - bytes) : 0;
}

/* part_bytes - the content without its transfer encoding: borrowed from the raw mail where there is none. */
static const char *part_bytes(struct walk *w, GMimePart *part, size_t *ret_size)
{
	*ret_size = 0;
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream = content ? g_mime_data_wrapper_get_stream(content) : NULL;
	if (!stream || stream->bound_start < 0 || (size_t)stream->bound_start > w->raw_size)
		return "";
	size_t start = (size_t)stream->bound_start;
	size_t end = stream->bound_end < 0 ? w->raw_size : (size_t)stream->bound_end;
	if (end < start || end > w->raw_size)
		return "";
	GMimeContentEncoding encoding = g_mime_data_wrapper_get_encoding(content);
	if (encoding != GMIME_CONTENT_ENCODING_BASE64 && encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
	    encoding != GMIME_CONTENT_ENCODING_UUENCODE) {
		*ret_size = end - start;
		return w->raw + start;
	}
	if (encoding == GMIME_CONTENT_ENCODING_UUENCODE)
		start += skip_uu_begin(w->raw + start, end - start);
	GMimeEncoding decoder;
	g_mime_encoding_init_decode(&decoder, encoding);
	char *bytes = arena_alloc(w->arena, g_mime_encoding_outlen(&decoder, end - start) + 1);
	*ret_size = g_mime_encoding_flush(&decoder, w->raw + start, end - start, bytes);
	return bytes;
}

/* part_text - a text part as UTF-8. */
static char *part_text(struct walk *w, GMimeObject *object, size_t limit)
{
	size_t size;
	const char *bytes = part_bytes(w, GMIME_PART(object), &size);
	const char *charset = g_mime_object_get_content_type_parameter(object, "charset");
	return mail_text_decode(w->arena, charset, bytes, size, limit);
}

/* ---- files ---- */

static bool is_token(const char *text)
{
	return text && *text &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_")] == '\0';
}

static const char *type_name(struct walk *w, GMimeContentType *type)
{
	const char *media = g_mime_content_type_get_media_type(type),
	           *sub = g_mime_content_type_get_media_subtype(type);
	if (!is_token(media) || !is_token(sub) || strlen(media) + strlen(sub) > 120)
		return "application/octet-stream";
	return text_lower(w->arena, arena_printf(w->arena, "%s/%s", media, sub));
}

/* a name for what came without one */
static const char *default_name(struct walk *w, GMimeContentType *type)
{
	static const struct {
		const char *media, *sub, *name;
	} names[] = {
	        {"text", "calendar", "invite.ics"},
	        {"message", "rfc822", "message.eml"},
	        {"text", "rfc822-headers", "headers.txt"},
	        {"message", "delivery-status", "delivery-status.txt"},
	        {"application", "ms-tnef", "winmail.dat"},
	        {"application", "pgp-signature", "signature.asc"},
	        {"application", "pkcs7-signature", "smime.p7s"},
	        {"application", "pkcs7-mime", "smime.p7m"},
	        {"text", "html", "text.html"},
	        {"text", "plain", "text.txt"},
	};
	for (size_t i = 0; i < HILO_COUNT(names); i++)
		if (g_mime_content_type_is_type(type, names[i].media, names[i].sub))
			return names[i].name;
	return arena_printf(w->arena, "file-%zu", w->files_count + 1);
}

static const char *content_id(struct walk *w, GMimeObject *object)
{
	const char *id = g_mime_object_get_content_id(object);
	if (!id || !*id)
		return NULL;
	char *mended = text_mend(w->arena, id, strnlen(id, MAIL_ID_MAX), MAIL_ID_MAX);
	return *mended ? mended : NULL;
}

/* what is inside a message/rfc822 part, as it would be sent on */
static const char *nested_bytes(struct walk *w, GMimeObject *object, size_t *ret_size)
{
	GMimeMessage *nested = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
	*ret_size = 0;
	if (!nested)
		return "";
	GMimeStream *out = g_mime_stream_mem_new();
	g_mime_object_write_to_stream(GMIME_OBJECT(nested), NULL, out);
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
	*ret_size = bytes->len;
	const char *copy = arena_memdup(w->arena, bytes->data, bytes->len);
	g_object_unref(out);
	return copy;
}

/* parameter - of a structured field, its words joined. Returns: in the arena, NULL if it has none. */
static const char *parameter(struct walk *w, GMimeObject *object, const char *field, const char *name)
{
	GMimeHeader *header = g_mime_header_list_get_header(g_mime_object_get_header_list(object), field);
	const char *value = header ? mail_words_join(w->arena, g_mime_header_get_raw_value(header)) : NULL;
	const char *rest = value ? strchr(value, ';') : NULL;
	GMimeParamList *list = rest ? g_mime_param_list_parse(NULL, rest + 1) : NULL;
	GMimeParam *param = list ? g_mime_param_list_get_parameter(list, name) : NULL;
	const char *copy = param ? arena_strdup(w->arena, g_mime_param_get_value(param)) : NULL;
	if (list)
		g_object_unref(list);
	return copy;
}

static const char *file_name(struct walk *w, GMimeObject *object)
{
	const char *name = parameter(w, object, "Content-Disposition", "filename");
	if (!name)
		name = parameter(w, object, "Content-Type", "name");
	return mail_text_file_name(w->arena, name);
}

static void take_file(struct walk *w, GMimeObject *object, const struct place *place)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	const char *disposition = g_mime_object_get_disposition(object);
	bool is_attached = disposition && strcasecmp(disposition, GMIME_DISPOSITION_ATTACHMENT) == 0;
	bool is_image = g_mime_content_type_is_type(type, "image", "*");
	struct mail_file *file = &w->files[w->files_count];
	*file = (struct mail_file){.content_type = type_name(w, type), .content_id = content_id(w, object)};
	if (GMIME_IS_MESSAGE_PART(object)) {
		file->data = nested_bytes(w, object, &file->size);
	} else {
		file->data = part_bytes(w, GMIME_PART(object), &file->size);
		file->name = file_name(w, object);
	}
	if (!file->name)
		file->name = default_name(w, type);
	file->is_inline = !is_attached && is_image && file->content_id && (place->in_related || disposition);
	w->files_count++;
}

/* ---- bodies ---- */

static struct segment *new_segment(struct walk *w)
{
	return &w->segments[w->segments_count++];
}

static void take_text(struct walk *w, GMimeObject *object, const struct place *place)
{
	struct segment *segment = place->alternative ? place->alternative : new_segment(w);
	char *text = part_text(w, object, w->text_left);
	w->text_left -= strlen(text);
	segment->text = segment->text ? arena_printf(w->arena, "%s\n%s", segment->text, text) : text;
}

static void take_html(struct walk *w, GMimeObject *object, const struct place *place)
{
	struct segment *segment = place->alternative ? place->alternative : new_segment(w);
	char *html = part_text(w, object, w->html_left);
	w->html_left -= strlen(html);
	segment->html = segment->html ? arena_printf(w->arena, "%s\n%s", segment->html, html) : html;
}

/* is_body - a text people read, not one that was attached. */
static bool is_body(GMimeObject *object)
{
	const char *disposition = g_mime_object_get_disposition(object);
	return GMIME_IS_PART(object) && !(disposition && strcasecmp(disposition, GMIME_DISPOSITION_ATTACHMENT) == 0) &&
	       !g_mime_part_get_filename(GMIME_PART(object));
}

/* read_returned - the Message-ID in the part of a bounce that gives the mail back, or only its header. */
static void read_returned(struct walk *w, GMimeObject *object)
{
	const char *ids[1];
	if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *nested = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
		const char *id = nested ? g_mime_object_get_header(GMIME_OBJECT(nested), "Message-ID") : NULL;
		if (id && mail_text_ids(w->arena, id, ids, 1) == 1)
			w->bounced_id = ids[0];
	} else if (g_mime_content_type_is_type(g_mime_object_get_content_type(object), "text", "rfc822-headers")) {
		enum { HEADERS_BYTES = 65536 };
		const char *line = part_text(w, object, HEADERS_BYTES);
		while (line && strncasecmp(line, "Message-ID:", 11) != 0) {
			line = strchr(line, '\n');
			line = line ? line + 1 : NULL;
		}
		if (line && mail_text_ids(w->arena, line, ids, 1) == 1)
			w->bounced_id = ids[0];
	}
}

static void take_leaf(struct walk *w, GMimeObject *object, const struct place *place)
{
	if (is_full(w))
		return;
	GMimeContentType *type = g_mime_object_get_content_type(object);
	bool is_readable = is_body(object);
	if (is_readable && g_mime_content_type_is_type(type, "text", "plain")) {
		if (place->may_text)
			take_text(w, object, place);
	} else if (is_readable && g_mime_content_type_is_type(type, "text", "html")) {
		if (place->may_html)
			take_html(w, object, place);
	} else if (GMIME_IS_PART(object) || GMIME_IS_MESSAGE_PART(object)) {
		take_file(w, object, place);
	}
}

static void walk_object(struct walk *w, GMimeObject *object, struct place place);

static void walk_alternative(struct walk *w, GMimeMultipart *multipart, struct place place)
{
	if (is_full(w))
		return;
	if (!place.alternative)
		place.alternative = new_segment(w);
	bool may_text = place.may_text, may_html = place.may_html;
	for (int i = 0; i < g_mime_multipart_get_count(multipart); i++) {
		place.may_text = may_text && !place.alternative->text;
		place.may_html = may_html && !place.alternative->html;
		walk_object(w, g_mime_multipart_get_part(multipart, i), place);
	}
}

/* walk_object - recursion is bounded by limits->depth. */
static void walk_object(struct walk *w, GMimeObject *object, struct place place)
{
	if (!object || !GMIME_IS_MULTIPART(object)) {
		if (object)
			take_leaf(w, object, &place);
		return;
	}
	if (++place.depth > w->limits->depth)
		return;
	GMimeMultipart *multipart = GMIME_MULTIPART(object);
	GMimeContentType *type = g_mime_object_get_content_type(object);
	if (g_mime_content_type_is_type(type, "multipart", "alternative")) {
		walk_alternative(w, multipart, place);
		return;
	}
	place.in_related = g_mime_content_type_is_type(type, "multipart", "related");
	bool is_report = g_mime_content_type_is_type(type, "multipart", "report");
	for (int i = 0; i < g_mime_multipart_get_count(multipart); i++) {
		GMimeObject *child = g_mime_multipart_get_part(multipart, i);
		if (is_report && i > 0 && !w->bounced_id)
			read_returned(w, child);
		walk_object(w, child, place);
	}
}

/* ---- putting together ---- */

static const char *joined_text(struct walk *w)
{
	HILO_AUTO(buf) struct buf out = {0};
	for (size_t i = 0; i < w->segments_count && out.len < w->limits->text_bytes; i++) {
		const struct segment *s = &w->segments[i];
		bool is_blank = !s->text || s->text[strspn(s->text, " \t\n")] == '\0';
		const char *text =
		        is_blank && s->html ? mail_text_from_html(w->arena, s->html, w->limits->text_bytes) : s->text;
		if (!text || !*text)
			continue;
		if (out.len > 0)
			buf_puts(&out, out.data[out.len - 1] == '\n' ? "\n" : "\n\n");
		buf_puts(&out, text);
	}
	return out.len > 0 ? arena_strndup(w->arena, out.data, text_cut(out.data, out.len, w->limits->text_bytes))
	                   : NULL;
}

static bool has_html(const struct walk *w)
{
	for (size_t i = 0; i < w->segments_count; i++)
		if (w->segments[i].html)
			return true;
	return false;
}

static const char *joined_html(struct walk *w)
{
	HILO_AUTO(buf) struct buf out = {0};
	if (!has_html(w))
		return NULL;
	for (size_t i = 0; i < w->segments_count && out.len < w->limits->html_bytes; i++) {
		const struct segment *s = &w->segments[i];
		if (s->html) {
			buf_puts(&out, s->html);
		} else if (s->text) {
			buf_puts(&out, "<pre>");
			mail_text_html_escape(&out, s->text);
			buf_puts(&out, "</pre>");
		}
	}
	return arena_strndup(w->arena, out.data, text_cut(out.data, out.len, w->limits->html_bytes));
}

void mail_body_read(struct arena *arena, const struct mail_limits *limits, GMimeMessage *message, const char *raw,
                    size_t size, size_t body_at, struct mail_body *ret)
{
	struct walk w = {
	        .arena = arena,
	        .limits = limits,
	        .raw = raw,
	        .raw_size = size,
	        .segments = arena_new_array(arena, struct segment, limits->parts + 1),
	        .files = arena_new_array(arena, struct mail_file, limits->parts + 1),
	        .text_left = limits->text_bytes,
	        .html_left = limits->html_bytes,
	};
	GMimeObject *root = g_mime_message_get_mime_part(message);
	walk_object(&w, root, (struct place){.may_text = true, .may_html = true});
	if (w.segments_count + w.files_count == 0 && body_at < size)
		new_segment(&w)->text = mail_text_decode(arena, NULL, raw + body_at, size - body_at, w.text_left);
	bool is_report =
	        root && g_mime_content_type_is_type(g_mime_object_get_content_type(root), "multipart", "report");
	*ret = (struct mail_body){
	        .text = joined_text(&w),
	        .html = joined_html(&w),
	        .files = w.files,
	        .files_count = w.files_count,
	        .bounced_id = w.bounced_id,
	        .is_report = is_report,
	};
}
