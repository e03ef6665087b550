/* bus/position.c - comparing positions, writing them as cursors and reading them back. Pure. */
#include "bus/position.h"

#include <inttypes.h>
#include <stdio.h>

#define HALF_DIGITS 16 /* of xid and of id */

int bus_position_compare(const struct bus_position *a, const struct bus_position *b)
{
	if (a->xid != b->xid)
		return a->xid < b->xid ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

char *bus_cursor_format(const struct bus_position *position, char text[BUS_CURSOR_TEXT])
{
	snprintf(text, BUS_CURSOR_TEXT, "%" PRIx64 ".%016" PRIx64 "%016" PRIx64, position->epoch, position->xid,
	         (uint64_t)position->id);
	return text;
}

static int parse_hex(const char *text, size_t digits, uint64_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < digits; i++) {
		const char c = text[i];
		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			return -EINVAL;
	}
	*ret = value;
	return 0;
}

int bus_cursor_parse(const char *text, struct bus_position *ret)
{
	const char *dot = text ? strchr(text, '.') : NULL;
	const size_t epoch_digits = dot ? (size_t)(dot - text) : 0;
	struct bus_position position;
	uint64_t id;

	if (epoch_digits < 1 || epoch_digits > 16 || strlen(dot + 1) != 2 * (size_t)HALF_DIGITS)
		return -EINVAL;
	if (parse_hex(text, epoch_digits, &position.epoch) < 0 || parse_hex(dot + 1, HALF_DIGITS, &position.xid) < 0 ||
	    parse_hex(dot + 1 + HALF_DIGITS, HALF_DIGITS, &id) < 0 || id > INT64_MAX)
		return -EINVAL;
	position.id = (int64_t)id;
	*ret = position;
	return 0;
}
