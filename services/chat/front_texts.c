/* front_texts.c - see front_texts.h. */
#include "front_texts.h"

#include "base/clock.h"

struct front_mail text_confirmation_mail(struct arena *arena, bool is_spanish, const char *inbox_name, const char *link)
{
	if (is_spanish)
		return (struct front_mail){
			"Confirme su dirección de correo",
			arena_printf(arena,
				     "Hola:\n\nAlguien, esperamos que usted, ha dado esta dirección en el chat de %s.\n"
				     "Para confirmar que es suya, abra este enlace:\n\n%s\n\n"
				     "El enlace funciona una sola vez, durante 24 horas. Si no ha sido usted, no haga nada: "
				     "no enviaremos nada más a esta dirección.\n",
				     inbox_name, link)};
	return (struct front_mail){
		"Please confirm your e-mail address",
		arena_printf(arena,
			     "Hello,\n\nsomebody – we hope it was you – gave this address in the chat of %s.\n"
			     "To confirm that it is yours, open this link:\n\n%s\n\n"
			     "The link works once, for 24 hours. If it was not you, do nothing: "
			     "we will send nothing else to this address.\n",
			     inbox_name, link)};
}

struct front_mail text_transcript_mail(struct arena *arena, bool is_spanish, const char *inbox_name, const char *ref, const char *lines)
{
	if (is_spanish)
		return (struct front_mail){arena_printf(arena, "Su conversación %s", ref),
					   arena_printf(arena, "Esta es su conversación con %s:\n\n%s", inbox_name, lines)};
	return (struct front_mail){arena_printf(arena, "Your conversation %s", ref),
				   arena_printf(arena, "This is your conversation with %s:\n\n%s", inbox_name, lines)};
}

static void put_indented(struct buf *out, const char *text)
{
	for (; *text; text++) {
		buf_putc(out, *text);
		if (*text == '\n')
			buf_puts(out, "    ");
	}
}

void text_transcript_line(struct buf *out, bool is_spanish, int64_t at_us, const char *author, const char *text, const char *files)
{
	char at[CLOCK_TEXT];

	clock_format(at_us, at);
	buf_printf(out, "[%.10s %.5s UTC] %s: ", at, at + 11, author && *author ? author : is_spanish ? "Usted" : "You");
	put_indented(out, text ? text : "");
	if (files && *files) {
		buf_puts(out, is_spanish ? "\n    Archivos: " : "\n    Files: ");
		put_indented(out, files);
	}
	buf_puts(out, "\n\n");
}

void text_html(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			buf_puts(out, "&amp;");
		else if (*text == '<')
			buf_puts(out, "&lt;");
		else if (*text == '>')
			buf_puts(out, "&gt;");
		else if (*text == '"')
			buf_puts(out, "&quot;");
		else if (*text == '\'')
			buf_puts(out, "&#39;");
		else
			buf_putc(out, *text);
	}
}

static const struct {
	const char *title, *text, *button;
} pages[2][3] = {
	{
		[CONFIRM_ASK] = {"Confirm your e-mail address", "Is this your address? Your conversation in the chat will be linked with it.",
				 "Yes, it is mine"},
		[CONFIRM_DONE] = {"Thank you", "Your e-mail address is confirmed. You can close this page and go back to the chat.", NULL},
		[CONFIRM_VOID] = {"This link no longer works", "It has been used before, or is older than 24 hours. "
							      "Give your address in the chat again to get a new one.", NULL},
	},
	{
		[CONFIRM_ASK] = {"Confirme su dirección de correo", "¿Es suya esta dirección? Su conversación en el chat quedará unida a ella.",
				 "Sí, es mía"},
		[CONFIRM_DONE] = {"Gracias", "Su dirección de correo está confirmada. Puede cerrar esta página y volver al chat.", NULL},
		[CONFIRM_VOID] = {"Este enlace ya no funciona", "Ya se ha usado, o tiene más de 24 horas. "
							       "Dé su dirección otra vez en el chat para recibir uno nuevo.", NULL},
	},
};

/* Plain on purpose: the page runs nothing, loads nothing and fits every screen as browsers show it. */
void text_confirm_page(struct buf *out, bool is_spanish, enum confirm_page page, const char *email)
{
	buf_printf(out,
		   "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
		   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">"
		   "<title>%s</title></head>\n<body><main><h1>%s</h1>\n<p>%s</p>\n",
		   is_spanish ? "es" : "en", pages[is_spanish][page].title, pages[is_spanish][page].title, pages[is_spanish][page].text);
	if (page == CONFIRM_ASK) {
		buf_puts(out, "<p><strong>");
		text_html(out, email);
		buf_printf(out, "</strong></p>\n<form method=\"post\"><button type=\"submit\">%s</button></form>\n",
			   pages[is_spanish][page].button);
	}
	buf_puts(out, "</main></body></html>\n");
}
