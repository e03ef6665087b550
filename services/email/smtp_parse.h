/* smtp_parse.h - what a relay's address and its answers mean. Pure. */
#pragma once

#include <curl/curl.h>

#include "base/arena.h"
#include "base/buf.h"
#include "channel/channel.h"

enum smtp_tls {
	SMTP_TLS_NONE,     /* this machine's own relay without a password */
	SMTP_TLS_MAYBE,    /* encrypted if offered, whoever it is (RFC 7435): no secret is sent but the mail */
	SMTP_TLS_REQUIRED, /* encrypted and checked, else nothing is sent: there is a password */
};

struct smtp_relay {
	const char *url;             /* "smtp://relay:587/our.host.name" */
	const char *user, *password; /* NULL: none */
	enum smtp_tls tls;           /* for smtp://; smtps:// is always checked */
};

/* smtp_relay_parse - "smtp[s]://[user:password@]host[:port]" with hostname as our name.
 * Returns: 0, everything in the arena; -EINVAL. */
int smtp_relay_parse(struct arena *arena, const char *url, const char *hostname, struct smtp_relay *ret);

enum smtp_phase {
	SMTP_CONNECTING, /* nothing of this mail was said */
	SMTP_ENVELOPE,   /* MAIL, RCPT or DATA was said */
	SMTP_BODY,       /* the mail itself was begun */
};

/* the course of one transfer, as curl's callbacks see it */
struct smtp_course {
	enum smtp_phase phase;
	bool is_leaving;   /* QUIT was said: what comes now is no answer to the mail */
	struct buf answer; /* the last reply, its lines joined */
};

/* smtp_course_said, smtp_course_heard - a line we sent, a line that came. */
void smtp_course_said(struct smtp_course *course, const char *line, size_t size);
void smtp_course_heard(struct smtp_course *course, const char *line, size_t size);

/* smtp_delivery - how the try ended. response: curl's last response code. A final answer is one about this mail; what
 * the relay has against us (no password, no TLS, not now) is for later, when somebody has mended it. */
enum channel_delivery smtp_delivery(CURLcode code, long response, enum smtp_phase phase);
