/* mail_parse.h - a mail's bytes as what the suite needs of it. Pure over GMime: no clock, database, bus or files.
 * Requires: g_mime_init() was called. Works in any thread, one mail at a time each.
 * Source: RFC 5322, 2045-2047, 2231, 3464 (bounces), 3834 (automatic mail), 8601 (Authentication-Results). */
#pragma once

#include <gmime/gmime.h>

#include "base/arena.h"

struct mail_limits {
	size_t header_bytes; /* of the mail's own header; more: error */
	size_t headers;      /* fields in it; more: error */
	size_t boundaries;   /* "boundary" parameters anywhere in it; more: error (mail_outline.h) */
	size_t delimiters;   /* lines that part parts; more: error */
	size_t parts;        /* attachments and bodies taken; the rest stays in the raw bytes only */
	size_t depth;        /* levels of multiparts entered */
	size_t text_bytes, html_bytes;
};
extern const struct mail_limits mail_default_limits; /* 256 KiB, 1000, 256, 10000, 100, 32, 256 KiB, 512 KiB */

struct mail_trust {
	const char *authserv_id; /* whose Authentication-Results are believed; NULL: nobody's */
	const char *loop_mark;   /* value of X-Hilo-Loop in what this installation sends */
};

/* an attachment; data is borrowed from the raw bytes or lies in the arena */
struct mail_file {
	const char *name, *content_type, *content_id; /* content_id NULL: none */
	bool is_inline;
	const void *data;
	size_t size;
};

struct mail {
	const char *error;                    /* set: cannot be used; only dedupe_key is set besides */
	const char *dedupe_key;               /* hex */
	const char *from_address, *from_name; /* normalised; name NULL: none */
	bool is_verified;                     /* the domain in From vouched for it, says a server we believe */
	bool is_automatic;                    /* sent by a machine */
	const char *subject, *text, *html;    /* NULL: none */
	size_t text_quote, html_quote;        /* characters before the quote in them; 0: not known */
	const char *message_id;               /* without brackets; NULL: none */
	const char **thread_ids;              /* In-Reply-To, then References, newest first */
	size_t thread_ids_count;
	const char *to_json, *cc_json;
	const char *
	        *tagged; /* normalised addresses with a tag it says it was for: Delivered-To, X-Original-To, To, Cc */
	size_t tagged_count;
	int64_t sent_us; /* 0: unknown */
	struct mail_file *files;
	size_t files_count;
};
#define MAIL_THREAD_IDS 20
#define MAIL_TAGGED 20

/* mail_parse - reads size bytes at raw. sender: the envelope's, "" for the null path, NULL when not known.
 * Ensures: every text is valid UTF-8 without NUL and within its limit; the mail lives in arena, but for file data which
 * may lie in raw. Never fails otherwise than by ret->error. */
void mail_parse(struct arena *arena, const struct mail_limits *limits, const struct mail_trust *trust,
                const char *sender, const void *raw, size_t size, struct mail *ret);

/* ---- its parts ---- */

/* mail_body_read - walks the MIME tree: best text, HTML, files, and the identifier of the mail a bounce speaks of. A
 * mail whose parts cannot be told apart is shown as the text it is. */
struct mail_body {
	const char *text, *html;
	struct mail_file *files;
	size_t files_count;
	const char *bounced_id; /* NULL: not a bounce, or it does not say */
	bool is_report;         /* multipart/report */
};
void mail_body_read(struct arena *arena, const struct mail_limits *limits, GMimeMessage *message, const char *raw,
                    size_t size, size_t body_at, struct mail_body *ret);

/* mail_is_automatic - by its header and envelope sender (NULL: not known). */
bool mail_is_automatic(GMimeHeaderList *headers, const char *sender, const char *from_address, const char *loop_mark);

/* mail_is_verified - dmarc=pass for the domain of from_address, or without a DMARC result an aligned dkim=pass, in the
 * topmost block of Authentication-Results that authserv_id wrote. Anybody can write one lower down. */
bool mail_is_verified(GMimeHeaderList *headers, const char *authserv_id, const char *from_address);
