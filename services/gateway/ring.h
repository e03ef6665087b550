/* ring.h - the newest events of the log that clients may care for, shared by all sockets. Pure. */
#pragma once

#include "stream_event.h"

#define RING_EVENTS 20000
#define RING_BYTES ((size_t)16 * 1024 * 1024)

struct ring {
	struct stream_event **events; /* RING_EVENTS places, used round and round */
	size_t first, count;
	size_t bytes;
	struct bus_position base; /* every wanted event above it, up to last, is here */
	struct bus_position last; /* how far the log has been read */
	bool is_open;             /* base and last are known */
};

void ring_free(struct ring *ring);
/* ring_start - forgets everything: from here on. */
void ring_start(struct ring *ring, struct bus_position base);
/* ring_push - takes the event over; the oldest go when there are too many. Requires: the ring is open. */
void ring_push(struct ring *ring, struct stream_event *event);
/* ring_find - the number of the first event after this position, ring->count when there is none. */
size_t ring_find(const struct ring *ring, const struct bus_position *position);
const struct stream_event *ring_at(const struct ring *ring, size_t number);
