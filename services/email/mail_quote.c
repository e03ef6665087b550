/* mail_quote.c - where a reply begins to quote: by what mail programs put before it. Pure. */
#include "mail_quote.h"

#include <strings.h>

enum { ATTRIBUTION_LINES = 3, HEADER_LINES = 6 };

static size_t characters(const char *text, const char *end)
{
	size_t count = 0;

	for (; text < end; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* ---- text ---- */

struct line {
	const char *at;
	size_t size; /* without blanks at its ends and the line end */
};

/* take_line - Returns: behind it. */
static const char *take_line(const char *at, struct line *ret)
{
	const char *end = at + strcspn(at, "\n"), *next = *end ? end + 1 : end;

	at += strspn(at, " \t\r");
	while (end > at && strchr(" \t\r", end[-1]))
		end--;
	*ret = (struct line){at, end > at ? (size_t)(end - at) : 0};
	return next;
}

static bool begins_with(const struct line *line, const char *const *words)
{
	for (; *words; words++)
		if (line->size >= strlen(*words) && strncasecmp(line->at, *words, strlen(*words)) == 0)
			return true;
	return false;
}

static bool is_quoted(const struct line *line)
{
	return line->size > 0 && *line->at == '>';
}

/* find_tail - where the quoted and empty lines begin that go to the end. Returns: the end when none of them is quoted. */
static const char *find_tail(const char *text)
{
	const char *tail = text;
	struct line line;
	bool any = false;

	for (const char *at = text; *at;) {
		at = take_line(at, &line);
		if (line.size > 0 && !is_quoted(&line)) {
			tail = at;
			any = false;
		}
		any |= is_quoted(&line);
	}
	return any ? tail : text + strlen(text);
}

/* is_attribution - "On Monday Ann wrote:", perhaps broken over lines, right before the tail. */
static bool is_attribution(const char *at, const char *tail)
{
	static const char *const beginnings[] = {"On ", "El ", "Am ", "Le ", "Em ", "Il ", NULL};
	struct line line;
	bool may_go_on = true;

	for (int i = 0; i < ATTRIBUTION_LINES && may_go_on && *tail; i++) {
		at = take_line(at, &line);
		if (line.size == 0 || at > tail)
			return false;
		if (line.at[line.size - 1] == ':')
			return at == tail;
		may_go_on = i > 0 || begins_with(&line, beginnings);
	}
	return false;
}

static const char *const separators[] = {
        "-----Original Message-----",    "-----Mensaje original-----", "----- Original Message -----",
        "----- Mensaje original -----",  "-------- Original Message",  "-------- Mensaje original",
        "-----Urspr",                    "-----Message d'origine",     "---------- Forwarded message",
        "---------- Mensaje reenviado",  "-------- Forwarded Message", "-------- Mensaje reenviado",
        "Begin forwarded message:",      "Inicio del mensaje reenviado:", NULL};
static const char *const froms[] = {"From:", "De:", "Von:", "*From:", "*De:", NULL};
static const char *const dates[] = {"Sent:", "Date:", "Enviado", "Fecha:", "Gesendet:", "Datum:", "*Sent:", "*Date:",
                                    "*Enviado", NULL};
static const char *const recipients[] = {"To:", "Para:", "An:", "*To:", "*Para:", "*An:", NULL};

/* is_header - the lines in which Outlook names the mail it quotes: From, Sent, To. */
static bool is_header(const char *at)
{
	struct line line;
	bool has_date = false, has_recipient = false;

	at = take_line(at, &line);
	if (!begins_with(&line, froms))
		return false;
	for (int i = 0; i < HEADER_LINES && *at; i++) {
		at = take_line(at, &line);
		has_date |= begins_with(&line, dates);
		has_recipient |= begins_with(&line, recipients);
	}
	return has_date && has_recipient;
}

static bool is_rule(const struct line *line)
{
	return line->size >= 20 && strspn(line->at, "_") >= line->size;
}

size_t mail_quote_text(const char *text)
{
	const char *tail = find_tail(text);
	struct line line;
	bool has_own = false; /* something stands before it */

	for (const char *at = text, *next; *at; at = next) {
		next = take_line(at, &line);
		bool is_begin = begins_with(&line, separators) || (is_quoted(&line) && at >= tail) ||
		                is_attribution(at, tail) || is_header(at) || (is_rule(&line) && is_header(next));
		if (is_begin)
			return has_own ? characters(text, at) : 0;
		has_own |= line.size > 0;
	}
	return 0;
}

/* ---- HTML ---- */

/* in the tag with which the quote begins */
static const char *const marks[] = {
        "class=\"gmail_quote", "class=gmail_quote", "type=\"cite\"", "type=cite", "id=\"divRplyFwdMsg\"",
        "id=\"appendonsend\"", "class=\"moz-cite-prefix\"", "class=\"yahoo_quoted", "class=\"protonmail_quote",
        "id=\"mail-editor-reference-message-container\"", "class=\"OutlookMessageHeader\"",
        "border-top:solid #E1E1E1 1.0pt", "border-top:solid #B5C4DF 1.0pt", NULL};

static const char *const elements[] = {"div", "blockquote", "table", NULL};

/* holds - strcasestr within size bytes. */
static bool holds(const char *at, size_t size, const char *word)
{
	size_t length = strlen(word);

	for (; size >= length; at++, size--)
		if (strncasecmp(at, word, length) == 0)
			return true;
	return false;
}

static bool is_mark(const char *tag, size_t size)
{
	enum { TAG_BYTES = 1000 };
	const struct line name = {tag, size};

	if (!begins_with(&name, elements))
		return false;
	for (const char *const *mark = marks; *mark; mark++)
		if (holds(tag, HILO_MIN(size, (size_t)TAG_BYTES), *mark))
			return true;
	return false;
}

size_t mail_quote_html(const char *html)
{
	for (const char *tag = strchr(html, '<'); tag; tag = strchr(tag + 1, '<')) {
		size_t size = strcspn(tag + 1, "<>");

		if (is_mark(tag + 1, size))
			return characters(html, tag);
	}
	return 0;
}
