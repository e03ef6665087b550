/* smtp_parse.c - relay addresses, replies and outcomes. Pure. */
#include "smtp_parse.h"

#include <strings.h>

enum { ANSWER_BYTES = 1000 };

/* part_of - one part of a URL, decoded, in the arena. Returns: NULL if it has none. */
static char *part_of(struct arena *arena, CURLU *url, CURLUPart part, unsigned flags)
{
	char *text = NULL;
	if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
		return NULL;
	char *copy = arena_strdup(arena, text);
	curl_free(text);
	return copy;
}

static bool is_this_machine(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

static int read_relay(struct arena *arena, CURLU *parsed, const char *hostname, struct smtp_relay *ret)
{
	char *scheme = part_of(arena, parsed, CURLUPART_SCHEME, 0);
	char *host = part_of(arena, parsed, CURLUPART_HOST, 0);
	char *port = part_of(arena, parsed, CURLUPART_PORT, 0);
	char *user = part_of(arena, parsed, CURLUPART_USER, CURLU_URLDECODE);
	if (!scheme || !host || (strcmp(scheme, "smtp") != 0 && strcmp(scheme, "smtps") != 0))
		return -EINVAL;
	*ret = (struct smtp_relay){
	        .url = arena_printf(arena, "%s://%s%s%s/%s", scheme, host, port ? ":" : "", port ? port : "", hostname),
	        .user = user,
	        .password = part_of(arena, parsed, CURLUPART_PASSWORD, CURLU_URLDECODE),
	        .tls = user                    ? SMTP_TLS_REQUIRED
	               : is_this_machine(host) ? SMTP_TLS_NONE
	                                       : SMTP_TLS_MAYBE,
	};
	return 0;
}

int smtp_relay_parse(struct arena *arena, const char *url, const char *hostname, struct smtp_relay *ret)
{
	CURLU *parsed = curl_url();
	int rc = -EINVAL;
	if (url && curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		rc = read_relay(arena, parsed, hostname, ret);
	curl_url_cleanup(parsed);
	return rc;
}

static bool starts(const char *line, size_t size, const char *word)
{
	size_t length = strlen(word);
	return size >= length && strncasecmp(line, word, length) == 0;
}

void smtp_course_said(struct smtp_course *course, const char *line, size_t size)
{
	if (starts(line, size, "QUIT"))
		course->is_leaving = true;
	else if (course->phase == SMTP_CONNECTING && starts(line, size, "MAIL "))
		course->phase = SMTP_ENVELOPE;
}

void smtp_course_heard(struct smtp_course *course, const char *line, size_t size)
{
	struct buf *answer = &course->answer;
	while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == '\n'))
		size--;
	if (course->is_leaving || size < 3)
		return;
	bool is_full = answer->len > ANSWER_BYTES;
	bool goes_on = answer->len > 3 && answer->data[3] == '-' && size > 3 && memcmp(answer->data, line, 3) == 0;
	if (goes_on) {
		answer->data[3] = line[3];
		if (is_full)
			return;
		buf_putc(answer, ' ');
		line += 4;
		size -= 4;
	} else {
		buf_clear(answer);
	}
	buf_append(answer, line, HILO_MIN(size, (size_t)ANSWER_BYTES));
}

enum channel_delivery smtp_delivery(CURLcode code, long response, enum smtp_phase phase)
{
	if (code == CURLE_OK)
		return CHANNEL_SENT;
	bool is_about_us = response == 530 || response == 534 || response == 535 || response == 538;
	bool is_answer = code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_RECV_ERROR;
	if (phase != SMTP_CONNECTING && is_answer && response >= 500 && response < 600 && !is_about_us)
		return CHANNEL_FAILED;
	return CHANNEL_LATER;
}
