/* fuzz_visitor.c - whatever a browser says of its visitor, of files and in messages: what is kept is bounded text, and
 * the policy of the widget's page holds no words of anybody else's. A line each: name, address, language, file, origin;
 * then the message. */
#include "base/text.h"
#include "frame_page.h"
#include "message_text.h"
#include "visitor.h"

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static bool is_line(const char *text, size_t limit)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return size && size <= limit && text_is_utf8(text, size);
}

/* take_line - the next line, in the arena. take_member - as JSON gives it: without what is not UTF-8. */
static const char *take_line(struct arena *arena, const char **at, const char *end)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at)), *until = newline ? newline : end;
	const char *line = arena_strndup(arena, *at, (size_t)(until - *at));

	*at = newline ? newline + 1 : end;
	return line;
}

static const char *take_member(struct arena *arena, const char **at, const char *end)
{
	const char *line = take_line(arena, at, end);

	return text_mend(arena, line, strlen(line), strlen(line));
}

static void check_policy(const char *origin)
{
	HILO_AUTO(buf) struct buf policy = {0};
	size_t directives = 0;

	frame_page_policy(&policy, (const char *const[]){origin, NULL}, "https://own.example",
	                  "https://content.example");
	must(is_line(policy.data, 64 * 1024));
	for (const char *c = policy.data; *c; c++)
		directives += *c == ';';
	must(directives == 8); /* an origin ends none and begins none */
	must(!strchr(policy.data, ','));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const char *at = (const char *)data, *end = at + size;
	const char *name = visitor_name(arena, take_member(arena, &at, end));
	const char *email = visitor_email(arena, take_member(arena, &at, end));
	const char *locale = visitor_locale(arena, take_member(arena, &at, end));
	const char *file = visitor_file_name(arena, take_line(arena, &at, end));
	const char *message;

	must(!name || is_line(name, VISITOR_NAME_MAX));
	must(!email || (is_line(email, VISITOR_EMAIL_MAX) && strchr(email, '@') && !strpbrk(email, " <>\",;")));
	must(!*locale || is_line(locale, VISITOR_LOCALE_MAX));
	visitor_is_spanish(locale);
	must(!file || (is_line(file, 200) && !strpbrk(file, "/\\")));
	check_policy(take_member(arena, &at, end));
	must(message_text(arena, arena_strndup(arena, at, (size_t)(end - at)), &message) <= strlen(message));
	must(text_is_utf8(message, strlen(message)) && !strchr(message, 0x1b));
	return 0;
}
