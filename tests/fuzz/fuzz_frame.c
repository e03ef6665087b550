/* fuzz_frame.c - whatever bytes come, a frame that is taken holds rising positions between its ends; signals do no
 * harm. */
#include "bus/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const Hilo__V1__LiveSignal *signal;
	const Hilo__V1__LogFrame *frame;
	struct bus_position at, last;

	bus_signal_decode(arena, data, size, &signal);
	if (bus_frame_decode(arena, data, size, &frame) < 0)
		return 0;
	at = bus_position_of(frame->previous);
	last = bus_position_of(frame->last);
	for (size_t i = 0; i < frame->n_events; i++) {
		struct bus_event event = bus_event_of(frame->events[i], last.epoch);
		if (bus_position_compare(&event.position, &at) <= 0 || strlen(event.key) > size)
			abort();
		at = event.position;
		bus_event_open(&event, arena);
	}
	if (bus_position_compare(&at, &last) > 0)
		abort();
	return 0;
}
