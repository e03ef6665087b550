/* http/gate.h - the request gate: reads HTTP/1.x as it arrives, before the server library does, and refuses everything
 * on which two parsers could disagree (RFC 9112 sections 2.2, 5.1, 5.2, 6.1, 6.3, 7.1, 11.2). Pure: bytes in, verdict
 * out.
 *
 * What passes: "METHOD SP target SP HTTP/1.0|1.1 CRLF", header lines "token:value CRLF" without folding, bare CR, bare
 * LF or control characters, one Host, at most one framing (Content-Length once, in digits; or Transfer-Encoding exactly
 * "chunked" on HTTP/1.1), chunks without extensions or trailer fields. */
#pragma once

#include "base/base.h"

struct gate_limits {
	size_t header_bytes; /* request line and header lines together */
	size_t headers;      /* lines */
	size_t body_bytes;
};

/* gate_refusal - why a request is not let in. */
struct gate_refusal {
	int status;         /* HTTP status of the answer */
	const char *reason; /* stable word, label of a metric */
	const char *detail; /* one sentence for people */
};

enum gate_phase {
	GATE_IDLE,   /* no byte of the next request has arrived */
	GATE_HEADER, /* somewhere in its header */
	GATE_BODY,   /* header passed, body still arriving */
	GATE_REFUSED /* for ever: see refusal */
};

struct gate {
	const struct gate_limits *limits;   /* borrowed */
	const struct gate_refusal *refusal; /* NULL until refused */
	uint64_t passed;                    /* requests that arrived whole */
	uint8_t state;
	/* of the request under way */
	uint8_t method, minor_version;
	bool has_host, has_length, is_chunked;
	uint16_t headers;
	uint8_t name_length, value_length; /* one more than the array holds: longer, and so of no interest */
	char name[20];                     /* method, then header name in lower case */
	char value[22];                    /* start of the target, the version, then header value */
	size_t header_bytes;
	uint64_t body_left;  /* of the body or of the chunk */
	uint64_t body_bytes; /* so far announced */
};

void gate_init(struct gate *gate, const struct gate_limits *limits);
/* gate_feed - the next bytes of the connection; they may end one request and begin others. What follows a refusal is
 * not looked at. Returns: gate_phase() afterwards. */
enum gate_phase gate_feed(struct gate *gate, const void *data, size_t size);
enum gate_phase gate_phase(const struct gate *gate);
