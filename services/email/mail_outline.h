/* mail_outline.h - what a mail would cost to parse, read in one pass before GMime sees it. Pure.
 * GMime compares each line that begins with "--" with every open boundary and makes an object of some hundred bytes and
 * 5 µs for each delimiter: measured, 25 MB of them took 16 s and 3 GB. */
#pragma once

#include "base/base.h"

struct mail_outline {
	size_t body;       /* where the body begins: behind the first empty line; size when there is none */
	size_t headers;    /* fields in the mail's own header */
	size_t boundaries; /* boundary parameters anywhere in it */
	size_t dashed;     /* lines that begin with "--" */
	size_t delimiters; /* those of them that begin with a boundary */
};

#define MAIL_BOUNDARIES_MAX 256

/* mail_outline_read - Requires: ret not NULL. Delimiters are counted up to MAIL_BOUNDARIES_MAX boundaries; work stays
 * linear in size times the boundaries found, and stops at MAIL_OUTLINE_WORK comparisons, leaving delimiters at
 * SIZE_MAX. */
#define MAIL_OUTLINE_WORK 20000000
void mail_outline_read(const char *raw, size_t size, struct mail_outline *ret);
