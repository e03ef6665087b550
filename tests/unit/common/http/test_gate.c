/* tests/unit/common/http/test_gate.c - what the gate lets through and what it refuses, one row each; every row is fed whole
 * and byte by byte. */
#include "testing/testing.h"

#include <stdio.h>

#include "http/gate.h"

static const struct gate_limits limits = {.header_bytes = 1024, .headers = 10, .body_bytes = 100};

struct row {
	const char *name;
	const char *text;
	size_t size; /* 0: strlen(text) */
	int status;  /* 0: passes */
	uint64_t passed;
	enum gate_phase phase; /* of those that pass */
};

#define H "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" H
#define POST "POST / HTTP/1.1\r\n" H

static const struct row rows[] = {
	{"nothing", "", 0, 0, 0, GATE_IDLE},
	{"plain get", GET "\r\n", 0, 0, 1, GATE_IDLE},
	{"old version without host", "GET / HTTP/1.0\r\n\r\n", 0, 0, 1, GATE_IDLE},
	{"half a line", "GET / HT", 0, 0, 0, GATE_HEADER},
	{"half a header", GET "X-A: b\r\n", 0, 0, 0, GATE_HEADER},
	{"two in a row", GET "\r\n" GET "\r\n", 0, 0, 2, GATE_IDLE},
	{"one and a half", GET "\r\n" GET, 0, 0, 1, GATE_HEADER},
	{"absolute form", "GET http://a/b?c HTTP/1.1\r\n" H "\r\n", 0, 0, 1, GATE_IDLE},
	{"absolute form with tls", "GET HTTPS://a HTTP/1.1\r\n" H "\r\n", 0, 0, 1, GATE_IDLE},
	{"asterisk", "OPTIONS * HTTP/1.1\r\n" H "\r\n", 0, 0, 1, GATE_IDLE},
	{"empty value", GET "X-A:\r\n\r\n", 0, 0, 1, GATE_IDLE},
	{"no space after the colon", GET "X-A:b\r\n\r\n", 0, 0, 1, GATE_IDLE},
	{"latin-1 value", GET "X-A: caf\xe9\r\n\r\n", 0, 0, 1, GATE_IDLE},
	{"tab inside a value", GET "X-A: b\tc\r\n\r\n", 0, 0, 1, GATE_IDLE},
	{"body", POST "Content-Length: 5\r\n\r\nhello", 0, 0, 1, GATE_IDLE},
	{"body under way", POST "Content-Length: 5\r\n\r\nhell", 0, 0, 0, GATE_BODY},
	{"body with padding", POST "content-length:   5  \r\n\r\nhello", 0, 0, 1, GATE_IDLE},
	{"body, then another", POST "Content-Length: 5\r\n\r\nhello" GET "\r\n", 0, 0, 2, GATE_IDLE},
	{"empty body", POST "Content-Length: 0\r\n\r\n", 0, 0, 1, GATE_IDLE},
	{"largest body", POST "Content-Length: 100\r\n\r\n", 0, 0, 0, GATE_BODY},
	{"chunks", POST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0A\r\n0123456789\r\n0\r\n\r\n", 0, 0, 1, GATE_IDLE},
	{"chunks, upper case", POST "TRANSFER-ENCODING: Chunked\r\n\r\n0\r\n\r\n", 0, 0, 1, GATE_IDLE},
	{"chunks under way", POST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", 0, 0, 0, GATE_BODY},
	{"expectation", POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n", 0, 0, 0, GATE_BODY},
	{"head with an empty length", "HEAD / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", 0, 0, 1, GATE_IDLE},

	/* the request line */
	{"http/0.9", "GET /\r\n", 0, 400, 0, 0},
	{"leading empty line", "\r\nGET / HTTP/1.1\r\n", 0, 400, 0, 0},
	{"tls client hello", "\x16\x03\x01\x02", 4, 400, 0, 0},
	{"lower-case method", "get / HTTP/1.1\r\n", 0, 400, 0, 0},
	{"unknown method", "BREW / HTTP/1.1\r\n", 0, 501, 0, 0},
	{"method of another case", "GeT / HTTP/1.1\r\n", 0, 501, 0, 0},
	{"connect", "CONNECT a:1 HTTP/1.1\r\n", 0, 501, 0, 0},
	{"http/2 preface", "PRI * HTTP/2.0\r\n\r\n", 0, 501, 0, 0},
	{"endless method", "GETGETGETGETGETGETGETGETGETGETGET", 0, 0, 0, GATE_HEADER},
	{"tab for space", "GET\t/ HTTP/1.1\r\n", 0, 400, 0, 0},
	{"two spaces", "GET  / HTTP/1.1\r\n", 0, 400, 0, 0},
	{"space in the target", "GET /a b HTTP/1.1\r\n", 0, 400, 0, 0},
	{"non-ascii target", "GET /caf\xc3\xa9 HTTP/1.1\r\n", 0, 400, 0, 0},
	{"fragment", "GET /#a HTTP/1.1\r\n", 0, 400, 0, 0},
	{"authority without scheme", "GET //evil/ HTTP/1.1\r\n", 0, 400, 0, 0},
	{"other scheme", "GET ftp://a/ HTTP/1.1\r\n", 0, 400, 0, 0},
	{"relative target", "GET a HTTP/1.1\r\n", 0, 400, 0, 0},
	{"asterisk for get", "GET * HTTP/1.1\r\n", 0, 400, 0, 0},
	{"version 2", "GET / HTTP/2.0\r\n", 0, 505, 0, 0},
	{"version 1.2", "GET / HTTP/1.2\r\n", 0, 505, 0, 0},
	{"version in lower case", "GET / http/1.1\r\n", 0, 400, 0, 0},
	{"version with a tail", "GET / HTTP/1.1 \r\n", 0, 400, 0, 0},
	{"bare lf after the version", "GET / HTTP/1.1\nHost: a\n\n", 0, 400, 0, 0},
	{"bare cr after the version", "GET / HTTP/1.1\rHost", 0, 400, 0, 0},

	/* header lines */
	{"no host", "GET / HTTP/1.1\r\n\r\n", 0, 400, 0, 0},
	{"two hosts", GET H "\r\n", 0, 400, 0, 0},
	{"space before the colon", GET "X-A : b\r\n\r\n", 0, 400, 0, 0},
	{"tab before the colon", GET "Transfer-Encoding\t: chunked\r\n\r\n", 0, 400, 0, 0},
	{"folded with a space", GET "X-A: b\r\n c\r\n\r\n", 0, 400, 0, 0},
	{"folded with a tab", GET "X-A: b\r\n\tc\r\n\r\n", 0, 400, 0, 0},
	{"folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 0, 400, 0, 0},
	{"no colon", GET "X-A\r\n\r\n", 0, 400, 0, 0},
	{"no name", GET ": b\r\n\r\n", 0, 400, 0, 0},
	{"quote in a name", GET "X\"A: b\r\n\r\n", 0, 400, 0, 0},
	{"non-ascii name", GET "X-\xc3\xa9: b\r\n\r\n", 0, 400, 0, 0},
	{"nul in a name", GET "X-\0A: b\r\n\r\n", sizeof(GET "X-\0A: b\r\n\r\n") - 1, 400, 0, 0},
	{"nul in a value", GET "X-A: b\0c\r\n\r\n", sizeof(GET "X-A: b\0c\r\n\r\n") - 1, 400, 0, 0},
	{"escape in a value", GET "X-A: \x1b[0m\r\n\r\n", 0, 400, 0, 0},
	{"bare lf after a value", GET "X-A: b\nX-C: d\r\n\r\n", 0, 400, 0, 0},
	{"bare cr in a value", GET "X-A: b\rX-C: d\r\n\r\n", 0, 400, 0, 0},
	{"bare lf as the end", GET "\n", 0, 400, 0, 0},
	{"cr without lf as the end", GET "\rG", 0, 400, 0, 0},
	{"eleven fields", GET "A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n", 0, 431, 0, 0},

	/* framing */
	{"length and encoding", POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400, 0, 0},
	{"encoding and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 0, 400, 0, 0},
	{"two equal lengths", POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 0, 400, 0, 0},
	{"two lengths", POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 0, 400, 0, 0},
	{"two lengths, one line", POST "Content-Length: 5, 5\r\n\r\nhello", 0, 400, 0, 0},
	{"signed length", POST "Content-Length: +5\r\n\r\nhello", 0, 400, 0, 0},
	{"negative length", POST "Content-Length: -5\r\n\r\nhello", 0, 400, 0, 0},
	{"hexadecimal length", POST "Content-Length: 0x5\r\n\r\nhello", 0, 400, 0, 0},
	{"no length in the length", POST "Content-Length: \r\n\r\nhello", 0, 400, 0, 0},
	{"length after a tab", POST "Content-Length:\t5\r\n\r\nhello", 0, 400, 0, 0},
	{"length before a tab", POST "Content-Length: 5\t\r\n\r\nhello", 0, 400, 0, 0},
	{"length with a vertical tab", POST "Content-Length: \v5\r\n\r\nhello", 0, 400, 0, 0},
	{"huge length", POST "Content-Length: 18446744073709551617\r\n\r\n", 0, 413, 0, 0},
	{"endless length", POST "Content-Length: 00000000000000000000000000000000000001\r\n\r\n", 0, 413, 0, 0},
	{"body too large", POST "Content-Length: 101\r\n\r\n", 0, 413, 0, 0},
	{"xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 0, 501, 0, 0},
	{"identity", POST "Transfer-Encoding: identity\r\n\r\n", 0, 501, 0, 0},
	{"chunked twice, one line", POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 0, 501, 0, 0},
	{"chunked twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400, 0, 0},
	{"chunked and identity", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 0, 400, 0, 0},
	{"gzip and chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 0, 501, 0, 0},
	{"chunked with a parameter", POST "Transfer-Encoding: chunked;a=b\r\n\r\n", 0, 501, 0, 0},
	{"chunked in quotes", POST "Transfer-Encoding: \"chunked\"\r\n\r\n", 0, 501, 0, 0},
	{"chunked after a tab", POST "Transfer-Encoding:\tchunked\r\n\r\n", 0, 501, 0, 0},
	{"chunked with a tail", POST "Transfer-Encoding: chunked chunked chunked\r\n\r\n", 0, 501, 0, 0},
	{"empty encoding", POST "Transfer-Encoding:\r\n\r\n", 0, 501, 0, 0},
	{"chunks on 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400, 0, 0},
	{"head with a body", "HEAD / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello", 0, 400, 0, 0},
	{"head with chunks", "HEAD / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 0, 400, 0, 0},
	{"other expectation", POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n", 0, 417, 0, 0},

	/* chunks */
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
	{"no chunk size", CHUNKED "\r\n", 0, 400, 0, 0},
	{"chunk extension", CHUNKED "1;a=b\r\n", 0, 400, 0, 0},
	{"space after a chunk size", CHUNKED "1 \r\n", 0, 400, 0, 0},
	{"chunk size with 0x", CHUNKED "0x1\r\n", 0, 400, 0, 0},
	{"negative chunk size", CHUNKED "-1\r\n", 0, 400, 0, 0},
	{"endless chunk size", CHUNKED "000000000", 0, 400, 0, 0},
	{"chunk too large", CHUNKED "65\r\n", 0, 413, 0, 0},
	{"chunk size overflows", CHUNKED "FFFFFFFF\r\n", 0, 413, 0, 0},
	{"chunks too large together", CHUNKED "1\r\na\r\n64\r\n", 0, 413, 0, 0},
	{"chunk longer than said", CHUNKED "1\r\nab\r\n", 0, 400, 0, 0},
	{"bare lf after a chunk size", CHUNKED "1\na\r\n", 0, 400, 0, 0},
	{"bare lf after a chunk", CHUNKED "1\r\na\n0\r\n\r\n", 0, 400, 0, 0},
	{"trailer field", CHUNKED "0\r\nX-A: b\r\n\r\n", 0, 400, 0, 0},
	{"bare lf as the end of chunks", CHUNKED "0\r\n\n", 0, 400, 0, 0},
	{"bare cr as the end of chunks", CHUNKED "0\r\n\r:", 0, 400, 0, 0},

	/* what was smuggled behind a good request */
	{"good, then bad", GET "\r\n" "GET / HTTP/1.1\r\nX : y\r\n\r\n", 0, 400, 1, 0},
	{"body longer than its length", POST "Content-Length: 5\r\n\r\nhello!", 0, 400, 1, 0},
};

static void check(const struct row *row, size_t step)
{
	size_t size = row->size ? row->size : strlen(row->text);
	struct gate gate;

	gate_init(&gate, &limits);
	for (size_t at = 0; at < size; at += step) {
		HILO_AUTO_FREE char *part = hilo_alloc(HILO_MIN(step, size - at)); /* a reader beyond its end is caught */

		memcpy(part, row->text + at, HILO_MIN(step, size - at));
		gate_feed(&gate, part, HILO_MIN(step, size - at));
	}
	if ((gate.refusal ? gate.refusal->status : 0) != row->status || gate.passed != row->passed ||
	    (!row->status && gate_phase(&gate) != row->phase))
		fail_msg("%s by %zu: status %d, passed %llu, phase %d", row->name, step,
			 gate.refusal ? gate.refusal->status : 0, (unsigned long long)gate.passed, gate_phase(&gate));
}

static void every_row_has_its_verdict_however_it_arrives(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		for (size_t step = 1; step < 9; step += step < 3 ? 1 : 4)
			check(&rows[i], step);
	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		check(&rows[i], 65536);
}

static void a_long_header_ends_at_its_limit(void **state)
{
	static const struct {
		const char *start;
		int status;
	} starts[] = {{"GET /", 414}, {"GETGET", 414}, {"GET / HTTP/1.1\r\nHost: ", 431}, {"GET / HTTP/1.1\r\nX", 431}};

	for (size_t i = 0; i < HILO_COUNT(starts); i++) {
		struct gate gate;
		size_t fed = strlen(starts[i].start);

		gate_init(&gate, &limits);
		gate_feed(&gate, starts[i].start, fed);
		while (gate_phase(&gate) == GATE_HEADER) {
			gate_feed(&gate, "A", 1);
			fed++;
		}
		assert_int_equal(gate.refusal->status, starts[i].status);
		assert_int_equal(fed, limits.header_bytes + 1);
	}
}

static void limits_begin_anew_with_each_request(void **state)
{
	struct gate gate;

	gate_init(&gate, &limits);
	for (size_t i = 0; i < 1000; i++) {
		gate_feed(&gate, GET "A: b\r\n\r\n", strlen(GET "A: b\r\n\r\n"));
		gate_feed(&gate, POST "Content-Length: 60\r\n\r\n", strlen(POST "Content-Length: 60\r\n\r\n"));
		gate_feed(&gate, "012345678901234567890123456789012345678901234567890123456789", 60);
		gate_feed(&gate, CHUNKED "5\r\nhello\r\n0\r\n\r\n", strlen(CHUNKED "5\r\nhello\r\n0\r\n\r\n"));
	}
	assert_null(gate.refusal);
	assert_int_equal(gate.passed, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(every_row_has_its_verdict_however_it_arrives),
		testing_case(a_long_header_ends_at_its_limit),
		testing_case(limits_begin_anew_with_each_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
