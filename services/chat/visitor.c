/* visitor.c - see visitor.h. */
#include "visitor.h"

#include "base/text.h"

static bool has_controls(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

const char *visitor_name(struct arena *arena, const char *text)
{
	const char *name;

	if (has_controls(text))
		return NULL;
	name = text_preview(arena, text, VISITOR_NAME_MAX);
	return *name ? name : NULL;
}

static bool is_local_part(const char *text, size_t size)
{
	if (!size || size > 64 || text[0] == '.' || text[size - 1] == '.')
		return false;
	for (size_t i = 0; i < size; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.", text[i]) || (text[i] == '.' && text[i + 1] == '.'))
			return false;
	return true;
}

/* two labels at least: mail goes through the internet */
static bool is_host(const char *text)
{
	size_t labels = 0;

	for (;; labels++) {
		size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
		if (!size || size > 63 || text[0] == '-' || text[size - 1] == '-')
			return false;
		text += size;
		if (!*text)
			return labels > 0;
		if (*text++ != '.')
			return false;
	}
}

const char *visitor_email(struct arena *arena, const char *text)
{
	size_t size;
	char *email, *at;

	text += strspn(text, " ");
	size = strlen(text);
	while (size && text[size - 1] == ' ')
		size--;
	if (size && text[size - 1] == '.')
		size--;
	if (!size || size > VISITOR_EMAIL_MAX)
		return NULL;
	email = text_lower(arena, arena_strndup(arena, text, size));
	at = strchr(email, '@');
	return at && is_local_part(email, (size_t)(at - email)) && is_host(at + 1) ? email : NULL;
}

const char *visitor_locale(struct arena *arena, const char *text)
{
	size_t size = strlen(text);

	if (size < 2 || size > VISITOR_LOCALE_MAX ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != size)
		return "";
	return arena_strdup(arena, text);
}

bool visitor_is_spanish(const char *locale)
{
	return (locale[0] == 'e' || locale[0] == 'E') && (locale[1] == 's' || locale[1] == 'S') && (!locale[2] || locale[2] == '-');
}

const char *visitor_file_name(struct arena *arena, const char *text)
{
	const char *name = text;
	size_t size;

	for (; *text; text++)
		if (*text == '/' || *text == '\\')
			name = text + 1;
	size = strlen(name);
	if (!size || !strcmp(name, ".") || !strcmp(name, "..") || !text_is_utf8(name, size) || has_controls(name))
		return NULL;
	return arena_strndup(arena, name, text_cut(name, size, 200));
}

static void text_member(struct buf *out, const char *key, const char *text)
{
	buf_json_key(out, key);
	buf_json_string(out, *text ? text : NULL);
}

void visitor_json(struct buf *out, const struct visitor *visitor)
{
	char id[UUID_TEXT];
	const char *level = visitor->email_level == HILO__V1__LEVEL__LEVEL_CONFIRMED ? "confirmed"
			    : *visitor->email					     ? "claimed"
										     : "none";

	buf_putc(out, '{');
	text_member(out, "id", uuid_format(&visitor->id, id));
	text_member(out, "name", visitor->name);
	text_member(out, "email", visitor->email);
	text_member(out, "email_level", level);
	buf_json_key(out, "signed_in");
	buf_puts(out, visitor->is_signed_in ? "true}" : "false}");
}
