/* continuity.c - when an unseen answer is mailed, and the mail's words. */
#include "continuity.h"

#include <strings.h>

#include "base/buf.h"
#include "base/text.h"

#define LATER_FOR_US (24 * 3600 * INT64_C(1000000))
#define ANSWERS_MAX (192 * 1024) /* bytes */
#define QUOTED_ENTRIES 8
#define QUOTED_MAX 1000 /* bytes of an entry */

struct words {
	const char *language, *your_chat, *goes_on;
};

static const struct words all_words[] = {
        {"en", "Your chat",
         "You left our chat before this answer came. Reply to this e-mail, or come back to the chat: it is the same "
         "conversation."},
        {"es", "Tu chat",
         "Saliste de nuestro chat antes de que llegara esta respuesta. Responde a este correo o vuelve al chat: es la "
         "misma conversación."},
};

static const struct words *words_in(const char *locale)
{
	for (size_t i = 0; i < HILO_COUNT(all_words); i++)
		if (strncasecmp(locale, all_words[i].language, 2) == 0 &&
		    (!locale[2] || locale[2] == '-' || locale[2] == '_'))
			return &all_words[i];
	return &all_words[0];
}

int64_t continuity_due(const struct continuity *state)
{
	if (state->is_present || state->reply_sequence <= HILO_MAX(state->seen_sequence, state->told_sequence))
		return 0;
	return HILO_MAX(state->reply_us, state->absent_us) + CONTINUITY_WAIT_US;
}

int64_t continuity_later(const struct continuity *state, int64_t now_us)
{
	int64_t waited_us = now_us - HILO_MAX(state->reply_us, state->absent_us);

	return waited_us < LATER_FOR_US ? now_us + HILO_MAX(waited_us, CONTINUITY_WAIT_US) : 0;
}

char *continuity_subject(struct arena *arena, const char *subject, const char *ref, const char *locale)
{
	if (strcasestr(subject, ref))
		return arena_strdup(arena, subject);
	return arena_printf(arena, "%s [#%s]", *subject ? subject : words_in(locale)->your_chat, ref);
}

static void put_cut(struct buf *out, const char *text, size_t limit)
{
	size_t length = strlen(text), kept = text_cut(text, length, limit);

	buf_append(out, text, kept);
	if (kept < length)
		buf_puts(out, " …");
}

static void put_quoted(struct buf *out, const struct continuity_entry *entry)
{
	HILO_AUTO(buf) struct buf text = {0};

	put_cut(&text, entry->text, QUOTED_MAX);
	buf_printf(out, "\n> %s:\n> ", entry->author);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\r')
			continue;
		buf_putc(out, text.data[i]);
		if (text.data[i] == '\n')
			buf_puts(out, "> ");
	}
	buf_puts(out, "\n>");
}

char *continuity_text(struct arena *arena, const struct continuity_entry *entries, size_t count, const char *locale)
{
	HILO_AUTO(buf) struct buf out = {0};
	size_t others = 0;

	for (size_t i = 0; i < count; i++) {
		others += !entries[i].is_answer;
		if (!entries[i].is_answer || out.len >= ANSWERS_MAX)
			continue;
		put_cut(&out, entries[i].text, ANSWERS_MAX - out.len);
		buf_puts(&out, "\n\n");
	}
	buf_printf(&out, "%s\n", words_in(locale)->goes_on);
	for (size_t i = 0; i < count; i++) {
		if (entries[i].is_answer || others-- > QUOTED_ENTRIES)
			continue;
		put_quoted(&out, &entries[i]);
	}
	return arena_strndup(arena, out.data, out.len);
}
