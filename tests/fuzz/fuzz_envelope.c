/* fuzz_envelope.c - whatever bytes come, an envelope that is taken can be packed again into one that is taken too. */
#include "bus/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const Hilo__V1__Envelope *envelope, *again;
	size_t packed;
	uint8_t *bytes;

	if (bus_envelope_decode(arena, data, size, &envelope) < 0)
		return 0;
	packed = hilo__v1__envelope__get_packed_size(envelope);
	bytes = arena_alloc(arena, packed);
	hilo__v1__envelope__pack(envelope, bytes);
	if (packed <= BUS_PAYLOAD_MAX &&
	    (bus_envelope_decode(arena, bytes, packed, &again) < 0 || again->body_case != envelope->body_case ||
	     strcmp(again->id, envelope->id) != 0))
		abort();
	return 0;
}
