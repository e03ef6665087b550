/* fuzz_smtp.c - whatever a relay answers, a line at a time, is kept within its bound and means one of the ways a try
 * can end. The first line is the relay's address; of the others those that begin with '>' are ours. */
#include "base/text.h"
#include "smtp_parse.h"

enum { ANSWER_MAX = 8192 };

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_address(const char *url)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	struct smtp_relay relay = {0};

	if (smtp_relay_parse(arena, url, "our.host.example", &relay) < 0) {
		must(!relay.url && !relay.user && !relay.password);
		return;
	}
	must(text_starts(relay.url, "smtp://") || text_starts(relay.url, "smtps://"));
	must(!strchr(relay.url, '@')); /* secrets stay out of what is logged */
	must(!relay.password || relay.user);
	must(!relay.password || relay.tls == SMTP_TLS_REQUIRED || text_starts(relay.url, "smtps://"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_course course = {0};
	const char *at = (const char *)data, *end = at + size;
	HILO_AUTO_FREE char *url = NULL;

	for (bool is_first = true; at < end; is_first = false) {
		const char *newline = memchr(at, '\n', (size_t)(end - at)), *until = newline ? newline : end;
		if (is_first)
			url = hilo_strndup(at, (size_t)(until - at));
		else if (*at == '>')
			smtp_course_said(&course, at + 1, (size_t)(until - at - 1));
		else
			smtp_course_heard(&course, at, (size_t)(until - at));
		must(course.answer.len <= ANSWER_MAX);
		at = until + 1;
	}
	if (url)
		check_address(url);
	for (long response = 0; response < 700; response += 50) {
		enum channel_delivery delivery = smtp_delivery(CURLE_SEND_ERROR, response, course.phase);
		must(delivery == CHANNEL_FAILED || delivery == CHANNEL_LATER);
		must(delivery == CHANNEL_LATER || (response >= 500 && course.phase != SMTP_CONNECTING));
	}
	buf_free(&course.answer);
	return 0;
}
