/* http/gate.c - a byte-wise automaton: one function a state, none looks back. */
#include "http/gate.h"

#include <strings.h>

enum state {
	METHOD_START,
	METHOD,
	TARGET,
	VERSION,
	VERSION_LF,
	LINE_START,
	NAME,
	VALUE_START,
	VALUE,
	VALUE_LF,
	HEADER_LF,
	BODY,
	CHUNK_SIZE_START,
	CHUNK_SIZE,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_CR,
	CHUNK_LF,
	LAST_CR,
	LAST_LF,
	REFUSED
};

enum method { OTHER, GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS };
static const char *const methods[] = {"", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

typedef const struct gate_refusal *verdict;
#define REFUSAL(name, status, reason, detail) static const struct gate_refusal name = {(status), (reason), (detail)}

REFUSAL(bad_request_line, 400, "request_line", "The request line is malformed.");
REFUSAL(unknown_method, 501, "method", "The method is not implemented.");
REFUSAL(bad_target, 400, "target", "The request target is malformed.");
REFUSAL(long_target, 414, "target_size", "The request target is too long.");
REFUSAL(bad_version, 505, "version", "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
REFUSAL(large_header, 431, "header_size", "The request header is too large.");
REFUSAL(many_headers, 431, "header_count", "The request header has too many fields.");
REFUSAL(bad_header, 400, "header", "A header field is malformed.");
REFUSAL(folded_header, 400, "folding", "Folded header fields are not accepted.");
REFUSAL(bad_host, 400, "host", "Exactly one Host field is needed.");
REFUSAL(bad_length, 400, "length", "Content-Length is malformed or repeated.");
REFUSAL(bad_encoding, 400, "encoding", "Transfer-Encoding is repeated, or stands where it may not.");
REFUSAL(unknown_encoding, 501, "encoding", "The only transfer coding accepted is \"chunked\".");
REFUSAL(two_framings, 400, "framing", "Content-Length and Transfer-Encoding exclude each other.");
REFUSAL(body_not_allowed, 400, "framing", "HEAD carries no body.");
REFUSAL(unknown_expectation, 417, "expect", "The only expectation met is \"100-continue\".");
REFUSAL(large_body, 413, "body_size", "The request body is too large.");
REFUSAL(bad_chunk, 400, "chunk", "The chunked body is malformed.");

/* tchar of RFC 9110 section 5.6.2, one bit a character. */
static bool is_token(uint8_t c)
{
	static const uint32_t bits[4] = {0x00000000, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};

	return c < 0x80 && (bits[c / 32] >> (c % 32) & 1);
}

/* A name or value is kept only as far as a known one reaches; the length tells "longer" apart. */
static void keep(char *text, uint8_t *length, size_t size, uint8_t c)
{
	if (*length < size)
		text[*length] = (char)c;
	if (*length <= size)
		(*length)++;
}

static void keep_name(struct gate *g, uint8_t c)
{
	keep(g->name, &g->name_length, sizeof(g->name), c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static void keep_value(struct gate *g, uint8_t c)
{
	keep(g->value, &g->value_length, sizeof(g->value), c);
}

static bool name_is(const struct gate *g, const char *name)
{
	return g->name_length == strlen(name) && memcmp(g->name, name, g->name_length) == 0;
}

static bool value_is(const struct gate *g, const char *value)
{
	return g->value_length == strlen(value) && strncasecmp(g->value, value, g->value_length) == 0;
}

/* ---- request line ---- */

static verdict on_method_start(struct gate *g, uint8_t c)
{
	const struct gate_limits *limits = g->limits;
	uint64_t passed = g->passed;

	if (c < 'A' || c > 'Z')
		return &bad_request_line;
	gate_init(g, limits);
	g->passed = passed;
	g->header_bytes = 1;
	keep(g->name, &g->name_length, sizeof(g->name), c);
	g->state = METHOD;
	return NULL;
}

static verdict on_method(struct gate *g, uint8_t c)
{
	if (is_token(c)) {
		keep(g->name, &g->name_length, sizeof(g->name), c);
		return NULL;
	}
	if (c != ' ')
		return &bad_request_line;
	for (uint8_t i = 1; i < HILO_COUNT(methods); i++)
		if (name_is(g, methods[i]))
			g->method = i;
	g->state = TARGET;
	return g->method == OTHER ? &unknown_method : NULL;
}

/* origin-form, absolute-form, and "*" for OPTIONS. "//" would be read as an authority by some. */
static bool is_target(const struct gate *g)
{
	size_t kept = HILO_MIN((size_t)g->value_length, sizeof(g->value));

	if (g->value[0] == '/')
		return g->value_length < 2 || g->value[1] != '/';
	if (g->value[0] == '*')
		return g->value_length == 1 && g->method == OPTIONS;
	return (kept > 7 && strncasecmp(g->value, "http://", 7) == 0) ||
	       (kept > 8 && strncasecmp(g->value, "https://", 8) == 0);
}

static verdict on_target(struct gate *g, uint8_t c)
{
	if (c > 0x20 && c < 0x7f && c != '#') {
		keep_value(g, c);
		return NULL;
	}
	if (c != ' ' || g->value_length == 0 || !is_target(g))
		return &bad_target;
	g->value_length = 0;
	g->state = VERSION;
	return NULL;
}

static verdict on_version(struct gate *g, uint8_t c)
{
	if (c != '\r') {
		keep_value(g, c);
		return g->value_length > 8 ? &bad_request_line : NULL;
	}
	if (g->value_length != 8 || memcmp(g->value, "HTTP/", 5) != 0)
		return &bad_request_line;
	if (memcmp(g->value, "HTTP/1.0", 8) != 0 && memcmp(g->value, "HTTP/1.1", 8) != 0)
		return &bad_version;
	g->minor_version = (uint8_t)(g->value[7] - '0');
	g->state = VERSION_LF;
	return NULL;
}

static verdict on_version_lf(struct gate *g, uint8_t c)
{
	g->state = LINE_START;
	return c == '\n' ? NULL : &bad_request_line;
}

/* ---- header lines ---- */

static verdict on_line_start(struct gate *g, uint8_t c)
{
	if (c == '\r') {
		g->state = HEADER_LF;
		return NULL;
	}
	if (c == ' ' || c == '\t')
		return &folded_header;
	if (!is_token(c))
		return &bad_header;
	if (++g->headers > g->limits->headers)
		return &many_headers;
	g->name_length = g->value_length = 0;
	keep_name(g, c);
	g->state = NAME;
	return NULL;
}

static verdict on_name(struct gate *g, uint8_t c)
{
	if (is_token(c)) {
		keep_name(g, c);
		return NULL;
	}
	g->state = VALUE_START;
	return c == ':' ? NULL : &bad_header;
}

static verdict take_length(struct gate *g)
{
	if (g->has_length || g->value_length == 0)
		return &bad_length;
	g->has_length = true;
	for (size_t i = 0; i < HILO_MIN((size_t)g->value_length, sizeof(g->value)); i++) {
		if (g->value[i] < '0' || g->value[i] > '9')
			return &bad_length;
		if (i < 18)
			g->body_left = g->body_left * 10 + (uint64_t)(g->value[i] - '0');
	}
	return g->value_length > 18 || g->body_left > g->limits->body_bytes ? &large_body : NULL;
}

static verdict take_encoding(struct gate *g)
{
	if (g->is_chunked || g->minor_version == 0)
		return &bad_encoding;
	g->is_chunked = true;
	return value_is(g, "chunked") ? NULL : &unknown_encoding;
}

static verdict take_host(struct gate *g)
{
	bool is_second = g->has_host;

	g->has_host = true;
	return is_second ? &bad_host : NULL;
}

/* Only spaces are trimmed: a tab beside a framing value is legal, but not every parser trims it. */
static verdict on_header(struct gate *g)
{
	while (g->value_length > 0 && g->value_length <= sizeof(g->value) && g->value[g->value_length - 1] == ' ')
		g->value_length--;
	if (name_is(g, "content-length"))
		return take_length(g);
	if (name_is(g, "transfer-encoding"))
		return take_encoding(g);
	if (name_is(g, "host"))
		return take_host(g);
	if (name_is(g, "expect") && !value_is(g, "100-continue"))
		return &unknown_expectation;
	return NULL;
}

static verdict on_value(struct gate *g, uint8_t c)
{
	g->state = VALUE;
	if (c == '\r') {
		g->state = VALUE_LF;
		return on_header(g);
	}
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		return &bad_header;
	keep_value(g, c);
	return NULL;
}

static verdict on_value_start(struct gate *g, uint8_t c)
{
	return c == ' ' ? NULL : on_value(g, c);
}

static verdict on_value_lf(struct gate *g, uint8_t c)
{
	g->state = LINE_START;
	return c == '\n' ? NULL : &bad_header;
}

static verdict on_header_lf(struct gate *g, uint8_t c)
{
	if (c != '\n')
		return &bad_header;
	if (!g->has_host && g->minor_version == 1)
		return &bad_host;
	if (g->has_length && g->is_chunked)
		return &two_framings;
	if (g->method == HEAD && (g->is_chunked || g->body_left > 0))
		return &body_not_allowed;
	if (g->is_chunked) {
		g->state = CHUNK_SIZE_START;
	} else if (g->body_left > 0) {
		g->state = BODY;
	} else {
		g->state = METHOD_START;
		g->passed++;
	}
	return NULL;
}

/* ---- chunked body ---- */

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static verdict on_chunk_size(struct gate *g, uint8_t c)
{
	int digit = hex_digit(c);

	if (g->state == CHUNK_SIZE_START)
		g->value_length = 0;
	if (digit >= 0) {
		g->state = CHUNK_SIZE;
		if (++g->value_length > 8)
			return &bad_chunk;
		g->body_left = g->body_left << 4 | (uint64_t)digit;
		return g->body_bytes + g->body_left > g->limits->body_bytes ? &large_body : NULL;
	}
	if (c != '\r' || g->value_length == 0)
		return &bad_chunk;
	g->body_bytes += g->body_left;
	g->state = CHUNK_SIZE_LF;
	return NULL;
}

static verdict on_chunk_size_lf(struct gate *g, uint8_t c)
{
	g->state = g->body_left > 0 ? CHUNK_DATA : LAST_CR;
	return c == '\n' ? NULL : &bad_chunk;
}

static verdict on_chunk_cr(struct gate *g, uint8_t c)
{
	g->state = CHUNK_LF;
	return c == '\r' ? NULL : &bad_chunk;
}

static verdict on_chunk_lf(struct gate *g, uint8_t c)
{
	g->state = CHUNK_SIZE_START;
	return c == '\n' ? NULL : &bad_chunk;
}

static verdict on_last_cr(struct gate *g, uint8_t c)
{
	g->state = LAST_LF;
	return c == '\r' ? NULL : &bad_chunk;
}

static verdict on_last_lf(struct gate *g, uint8_t c)
{
	if (c != '\n')
		return &bad_chunk;
	g->state = METHOD_START;
	g->passed++;
	return NULL;
}

/* ---- the automaton ---- */

static verdict (*const on_byte[])(struct gate *, uint8_t) = {
        [METHOD_START] = on_method_start,
        [METHOD] = on_method,
        [TARGET] = on_target,
        [VERSION] = on_version,
        [VERSION_LF] = on_version_lf,
        [LINE_START] = on_line_start,
        [NAME] = on_name,
        [VALUE_START] = on_value_start,
        [VALUE] = on_value,
        [VALUE_LF] = on_value_lf,
        [HEADER_LF] = on_header_lf,
        [CHUNK_SIZE_START] = on_chunk_size,
        [CHUNK_SIZE] = on_chunk_size,
        [CHUNK_SIZE_LF] = on_chunk_size_lf,
        [CHUNK_CR] = on_chunk_cr,
        [CHUNK_LF] = on_chunk_lf,
        [LAST_CR] = on_last_cr,
        [LAST_LF] = on_last_lf,
};

void gate_init(struct gate *gate, const struct gate_limits *limits)
{
	*gate = (struct gate){.limits = limits};
}

enum gate_phase gate_phase(const struct gate *gate)
{
	if (gate->state == METHOD_START)
		return GATE_IDLE;
	if (gate->state == REFUSED)
		return GATE_REFUSED;
	return gate->state < BODY ? GATE_HEADER : GATE_BODY;
}

/* Bytes of a body are skipped in one step. Returns: how many. */
static size_t skip_body(struct gate *g, size_t size)
{
	size_t skipped = g->body_left < size ? (size_t)g->body_left : size;

	g->body_left -= skipped;
	if (g->body_left > 0)
		return skipped;
	if (g->state == BODY)
		g->passed++;
	g->state = g->state == BODY ? METHOD_START : CHUNK_CR;
	return skipped;
}

static verdict on_header_byte(struct gate *g, uint8_t c)
{
	uint8_t state = g->state;
	verdict refusal = on_byte[state](g, c);

	if (state == METHOD_START || state >= BODY || refusal)
		return refusal;
	if (++g->header_bytes > g->limits->header_bytes)
		return state <= TARGET ? &long_target : &large_header;
	return NULL;
}

enum gate_phase gate_feed(struct gate *gate, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size && gate->state != REFUSED;) {
		if (gate->state == BODY || gate->state == CHUNK_DATA) {
			i += skip_body(gate, size - i);
			continue;
		}
		gate->refusal = on_header_byte(gate, bytes[i++]);
		if (gate->refusal)
			gate->state = REFUSED;
	}
	return gate_phase(gate);
}
