/* fuzz_lmtp.c - whatever a peer says, in whatever pieces: the machine eats it, its memory adds up, and each accepted
 * recipient of a message gets one reply. The first byte says how the rest is cut. */
#include <stdint.h>

#include "lmtp_parse.h"

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static size_t count_lines(const struct buf *out)
{
	size_t lines = 0;
	for (size_t i = 0; i < out->len; i++)
		lines += out->data[i] == '\n';
	return lines;
}

static void deliver(struct lmtp_session *s, struct buf *out)
{
	size_t before = count_lines(out), count = s->recipients_count;
	must(count > 0 && s->data.len <= s->limits->message_bytes);
	for (size_t i = count; i > 0; i--)
		must(lmtp_session_delivered(s, i - 1, i % 2 ? LMTP_ACCEPTED : LMTP_LATER, out) == (i == 1));
	must(count_lines(out) == before + count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	size_t memory = 0, step = data[0] ? data[0] : size;
	struct lmtp_limits limits = {"h", 500, 5, &memory, 700};
	struct lmtp_session session;
	HILO_AUTO(buf) struct buf out = {0};
	lmtp_session_init(&session, &limits);
	lmtp_session_greet(&session, &out);
	for (size_t at = 1; at < size && session.need != LMTP_NEED_CLOSE;) {
		size_t used, offered = HILO_MIN(step, size - at);
		enum lmtp_need need = lmtp_session_run(&session, (const char *)data + at, offered, &used, &out);
		must(used <= offered && (used > 0 || out.len >= LMTP_OUT_BYTES));
		at += used;
		if (need == LMTP_NEED_RECIPIENT)
			lmtp_session_recipient(&session, at % 3 ? LMTP_ACCEPTED : LMTP_UNKNOWN, NULL, &out);
		else if (need == LMTP_NEED_DELIVERY)
			deliver(&session, &out);
		if (out.len >= LMTP_OUT_BYTES)
			buf_clear(&out);
	}
	lmtp_session_deinit(&session);
	must(memory == 0);
	return 0;
}
