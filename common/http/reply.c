/* http/reply.c - the ends of a request. */
#include "http/server.h"

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{101, "Switching Protocols"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{206, "Partial Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{422, "Unprocessable Content"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
};

const char *http_status_phrase(int status)
{
	for (size_t i = 0; i < HILO_COUNT(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Status";
}

/* Values may carry text of customers (a file name), and evhttp lets a folded line through. */
void http_reply_header(struct http_request *request, const char *name, const char *value)
{
	char *clean = arena_strdup(request->arena, value);

	for (char *c = clean; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	evhttp_add_header(evhttp_request_get_output_headers(request->evreq), name, clean);
}

static void set_default(struct evkeyvalq *headers, const char *name, const char *value)
{
	if (!evhttp_find_header(headers, name))
		evhttp_add_header(headers, name, value);
}

static void finish(struct http_request *request, int status, struct evbuffer *body)
{
	struct evhttp_request *evreq = request->evreq;
	struct evkeyvalq *headers = evhttp_request_get_output_headers(evreq);
	bool is_gone = http_request_is_gone(request);
	char length[24];

	set_default(headers, "X-Content-Type-Options", "nosniff");
	set_default(headers, "Cache-Control", "no-store");
	if (request->server && request->server->is_draining)
		evhttp_add_header(headers, "Connection", "close");
	if (status != 204 && status != 304) { /* evhttp leaves it out for HEAD, and sends its body */
		snprintf(length, sizeof(length), "%zu", body ? evbuffer_get_length(body) : 0);
		evhttp_add_header(headers, "Content-Length", length);
	}
	if (body && (request->method == HTTP_HEAD || status == 204 || status == 304))
		evbuffer_drain(body, evbuffer_get_length(body));
	http_request_end(request, status);
	if (is_gone)
		evhttp_request_free(evreq);
	else
		evhttp_send_reply(evreq, status, http_status_phrase(status), body);
}

void http_reply_buffer(struct http_request *request, int status, const char *content_type, struct evbuffer *body)
{
	http_reply_header(request, "Content-Type", content_type);
	finish(request, status, body);
	evbuffer_drain(body, evbuffer_get_length(body));
}

static void reply_text(struct http_request *request, int status, const char *content_type, const char *text,
                       size_t size)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add(body, text, size);
	http_reply_buffer(request, status, content_type, body);
	evbuffer_free(body);
}

void http_reply_json(struct http_request *request, int status, const char *json, size_t size)
{
	reply_text(request, status, "application/json", json, size);
}

void http_reply_empty(struct http_request *request, int status)
{
	finish(request, status, NULL);
}

void http_problem_json(struct buf *out, int status, const char *code, const char *detail, const char *field)
{
	buf_puts(out, "{\"type\":\"about:blank\",\"title\":");
	buf_json_string(out, http_status_phrase(status));
	buf_printf(out, ",\"status\":%d,\"code\":", status);
	buf_json_string(out, code);
	buf_puts(out, ",\"detail\":");
	buf_json_string(out, detail);
	if (field) {
		buf_puts(out, ",\"field\":");
		buf_json_string(out, field);
	}
	buf_putc(out, '}');
}

static void reply_problem(struct http_request *request, int status, const char *code, const char *detail,
                          const char *field)
{
	HILO_AUTO(buf) struct buf body = {0};

	http_problem_json(&body, status, code, detail, field);
	reply_text(request, status, "application/problem+json", body.data, body.len);
}

void http_reply_problem(struct http_request *request, int status, const char *code, const char *detail)
{
	reply_problem(request, status, code, detail, NULL);
}

void http_reply_invalid_field(struct http_request *request, const char *field, const char *fault)
{
	reply_problem(request, 422, "invalid_field", fault, field);
}
