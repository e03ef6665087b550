/* fuzz_http_gate.c - the gate's verdict does not depend on how the bytes arrive. The first byte says where they are cut. */
#include "http/gate.h"

static const struct gate_limits limits = {.header_bytes = 512, .headers = 8, .body_bytes = 64};

static void check_equal(const struct gate *a, const struct gate *b)
{
	if (a->passed != b->passed || a->refusal != b->refusal || gate_phase(a) != gate_phase(b))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gate whole, bytes, cut;
	size_t at = size ? HILO_MIN(data[0], size - 1) : 0;

	if (size == 0)
		return 0;
	data++;
	size--;
	gate_init(&whole, &limits);
	gate_init(&bytes, &limits);
	gate_init(&cut, &limits);
	gate_feed(&whole, data, size);
	for (size_t i = 0; i < size; i++)
		gate_feed(&bytes, data + i, 1);
	gate_feed(&cut, data, at);
	gate_feed(&cut, data + at, size - at);
	check_equal(&whole, &bytes);
	check_equal(&whole, &cut);
	if (gate_phase(&whole) == GATE_REFUSED && (whole.refusal->status < 400 || whole.refusal->status > 599))
		abort();
	return 0;
}
