/* frame_page.c - the document in the widget's iframe: nothing but the places of its script and style. */
#include "frame_page.h"

#include "base/text.h"
#include "front_internal.h"

/* nothing that could end the directive, or the header */
static bool is_origin(const char *text)
{
	const char *host = text_starts(text, "https://") ? text + 8 : text_starts(text, "http://") ? text + 7 : NULL;

	return host && *host && strlen(host) <= 260 &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]*") == strlen(host);
}

static void put_origins(struct buf *out, const char *const *origins)
{
	for (; *origins; origins++)
		if (is_origin(*origins))
			buf_printf(out, " %s", *origins);
}

void frame_page_policy(struct buf *out, const char *const *origins, const char *own_origin, const char *content_url)
{
	const char *host = strstr(content_url, "://");

	buf_puts(out, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'");
	if (text_starts(own_origin, "http"))
		buf_printf(out, " ws%s", own_origin + 4);
	buf_puts(out, "; img-src 'self' data: blob:");
	if (host)
		buf_printf(out, " %.*s", (int)(host + 3 - content_url) + (int)strcspn(host + 3, "/?#"), content_url);
	buf_puts(out, "; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'");
	put_origins(out, origins);
}

const char frame_page_html[] =
	"<!doctype html>\n<html><head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Chat</title>\n"
	"<link rel=\"stylesheet\" href=\"/widget/widget.css\">\n<script src=\"/widget/widget.js\" defer></script></head>\n"
	"<body><div id=\"hilo\"></div></body></html>\n";

static const char no_page_html[] = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Not found</title></head>"
				   "<body><p>There is no such inbox.</p></body></html>\n";

static void reply_html(struct http_request *request, int status, const char *html)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add(body, html, strlen(html));
	http_reply_header(request, "Referrer-Policy", "same-origin");
	http_reply_header(request, "Cache-Control", "no-cache");
	http_reply_buffer(request, status, "text/html; charset=utf-8", body);
	evbuffer_free(body);
}

void handle_frame_get(struct http_request *request, void *arg)
{
	struct chat *chat = arg;
	const char *public_id = http_request_query(request, "inbox");
	const struct chat_inbox *inbox = public_id ? inboxes_by_public_id(chat->inboxes, public_id) : NULL;
	HILO_AUTO(buf) struct buf policy = {0};

	if (!inboxes_are_read(chat->inboxes)) {
		front_reply_fault(request, DB_RETRY);
		return;
	}
	if (inbox)
		frame_page_policy(&policy, inbox->origins, chat->origin, chat->settings.content_url);
	else
		buf_puts(&policy, "default-src 'none'; frame-ancestors 'none'");
	http_reply_header(request, "Content-Security-Policy", policy.data);
	reply_html(request, inbox ? 200 : 404, inbox ? frame_page_html : no_page_html);
}
