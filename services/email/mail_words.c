/* mail_words.c - joining neighbouring base64 words of header values. Pure. */
#include "mail_words.h"

#include <gmime/gmime.h>
#include <strings.h>

#include "base/buf.h"

/* one "=?charset?B?text?=" */
struct word {
	const char *charset, *text, *end; /* end: behind it */
	size_t charset_size, text_size;
};

/* read_word - Returns: false if no base64 word stands at `at`. */
static bool read_word(const char *at, struct word *ret)
{
	if (strncmp(at, "=?", 2) != 0)
		return false;
	ret->charset = at + 2;
	ret->charset_size = strcspn(ret->charset, "? \t\r\n=");
	const char *encoding = ret->charset + ret->charset_size;
	if (ret->charset_size == 0 || encoding[0] != '?' || (encoding[1] != 'B' && encoding[1] != 'b') ||
	    encoding[2] != '?')
		return false;
	ret->text = encoding + 3;
	ret->text_size = strcspn(ret->text, "? \t\r\n");
	ret->end = ret->text + ret->text_size + 2;
	return strncmp(ret->text + ret->text_size, "?=", 2) == 0;
}

static bool is_same_charset(const struct word *a, const struct word *b)
{
	return a->charset_size == b->charset_size && strncasecmp(a->charset, b->charset, a->charset_size) == 0;
}

static void decode(struct buf *out, const struct word *word)
{
	GMimeEncoding decoder;
	g_mime_encoding_init_decode(&decoder, GMIME_CONTENT_ENCODING_BASE64);
	char *room = buf_reserve(out, g_mime_encoding_outlen(&decoder, word->text_size) + 1);
	out->len += g_mime_encoding_flush(&decoder, word->text, word->text_size, room);
}

/* put_run - the word at `at` and those that follow it with nothing but white space between. Returns: behind them. */
static const char *put_run(struct buf *out, const struct word *first)
{
	HILO_AUTO(buf) struct buf bytes = {0};
	struct word word = *first, next;
	decode(&bytes, &word);
	while (read_word(word.end + strspn(word.end, " \t\r\n"), &next) && is_same_charset(first, &next)) {
		decode(&bytes, &next);
		word = next;
	}
	if (word.end == first->end) {
		buf_append(out, first->charset - 2, (size_t)(first->end - first->charset + 2));
		return first->end;
	}
	gchar *text = g_base64_encode((const guchar *)(bytes.data ? bytes.data : ""), bytes.len);
	buf_append(out, first->charset - 2, (size_t)(first->text - first->charset + 2));
	buf_puts(out, text);
	buf_puts(out, "?=");
	g_free(text);
	return word.end;
}

char *mail_words_join(struct arena *arena, const char *value)
{
	HILO_AUTO(buf) struct buf out = {0};
	struct word word;
	if (!value)
		return NULL;
	while (*value) {
		if (read_word(value, &word))
			value = put_run(&out, &word);
		else
			buf_putc(&out, *value++);
	}
	return arena_strndup(arena, out.data ? out.data : "", out.len);
}
