/* ring.c - a ring buffer with two limits. */
#include "ring.h"

static void drop_first(struct ring *ring)
{
	struct stream_event *event = ring->events[ring->first];

	ring->base = event->position;
	ring->bytes -= event->size;
	ring->events[ring->first] = NULL;
	ring->first = (ring->first + 1) % RING_EVENTS;
	ring->count--;
	stream_event_free(&event);
}

void ring_free(struct ring *ring)
{
	while (ring->count)
		drop_first(ring);
	free(ring->events);
	*ring = (struct ring){0};
}

void ring_start(struct ring *ring, struct bus_position base)
{
	while (ring->count)
		drop_first(ring);
	if (!ring->events)
		ring->events = hilo_alloc_array(RING_EVENTS, sizeof(struct stream_event *));
	ring->base = ring->last = base;
	ring->is_open = true;
}

void ring_push(struct ring *ring, struct stream_event *event)
{
	while (ring->count && (ring->count == RING_EVENTS || ring->bytes + event->size > RING_BYTES))
		drop_first(ring);
	ring->events[(ring->first + ring->count++) % RING_EVENTS] = event;
	ring->bytes += event->size;
	ring->last = event->position;
}

const struct stream_event *ring_at(const struct ring *ring, size_t number)
{
	return ring->events[(ring->first + number) % RING_EVENTS];
}

size_t ring_find(const struct ring *ring, const struct bus_position *position)
{
	size_t low = 0, high = ring->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (bus_position_compare(&ring_at(ring, middle)->position, position) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
