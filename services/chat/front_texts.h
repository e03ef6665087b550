/* front_texts.h - the front's own words to people, in English and Spanish: mails and pages. Pure. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

struct front_mail {
	const char *subject, *text;
};

/* text_confirmation_mail - to an address that a visitor says is theirs: none of the visitor's words are in it. */
struct front_mail text_confirmation_mail(struct arena *arena, bool is_spanish, const char *inbox_name, const char *link);
/* text_transcript_mail - lines: what text_transcript_line() wrote. */
struct front_mail text_transcript_mail(struct arena *arena, bool is_spanish, const char *inbox_name, const char *ref, const char *lines);
/* text_transcript_line - "[2026-01-02 03:04 UTC] Ana: text", further lines of the text indented. files: names, one a line, or NULL. */
void text_transcript_line(struct buf *out, bool is_spanish, int64_t at_us, const char *author, const char *text, const char *files);

enum confirm_page { CONFIRM_ASK, CONFIRM_DONE, CONFIRM_VOID };
/* text_confirm_page - HTML, whole; email is escaped; NULL but for CONFIRM_ASK. */
void text_confirm_page(struct buf *out, bool is_spanish, enum confirm_page page, const char *email);
/* text_html - text escaped for HTML and quoted attributes. */
void text_html(struct buf *out, const char *text);
