/* base/clock.h - the two clocks, and times as text. Pure code takes times as arguments instead. */
#pragma once

#include "base/base.h"

#define CLOCK_TEXT 32 /* bytes of an RFC 3339 text with its NUL */

/* clock_now_us - microseconds since 1970-01-01 UTC; may step. */
int64_t clock_now_us(void);
/* clock_monotonic_us - microseconds since some point; never steps back. Time-outs use this one. */
int64_t clock_monotonic_us(void);
/* clock_format - "2026-08-01T10:00:00.123456Z". Returns: text. */
char *clock_format(int64_t time_us, char text[CLOCK_TEXT]);
/* clock_parse - RFC 3339 with Z or an offset. Returns: 0 or -EINVAL with *ret_us untouched. */
int clock_parse(const char *text, int64_t *ret_us);
