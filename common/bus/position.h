/* bus/position.h - places in the event log, and the cursor text clients hold. Pure. */
#pragma once

#include "base/base.h"

#define BUS_CURSOR_TEXT 64 /* bytes of a cursor with its NUL */

/* Positions of one epoch are ordered by (xid, id). {0} lies before everything. */
struct bus_position {
	uint64_t epoch; /* random number of the log's epoch; 0: none yet */
	uint64_t xid;
	int64_t id;
};

/* bus_position_compare - by (xid, id) only; the caller compares epochs first. Returns: <0, 0, >0. */
int bus_position_compare(const struct bus_position *a, const struct bus_position *b);
/* bus_cursor_format - "<epoch in hex>.<16 hex digits of xid><16 of id>": compares as text within one epoch. Returns:
 * text. */
char *bus_cursor_format(const struct bus_position *position, char text[BUS_CURSOR_TEXT]);
/* bus_cursor_parse - Returns: 0, or -EINVAL with *ret untouched. */
int bus_cursor_parse(const char *text, struct bus_position *ret);
