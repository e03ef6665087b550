/* base/uuid.c - UUIDv7 from a clock, a counter and random bytes drawn in batches. */
#include "base/uuid.h"

#include <pthread.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"

enum { COUNTER_BITS = 18 };

/* one getrandom() call serves hundreds of identifiers */
static struct {
	uint8_t bytes[4096];
	size_t left; /* unused bytes, at the end */
	bool knows_fork;
} pool;

static void pool_forget(void)
{
	pool.left = 0;
}

static void pool_fill(void)
{
	if (!pool.knows_fork)
		pool.knows_fork = pthread_atfork(NULL, NULL, pool_forget) == 0; /* parent and child must differ */
	for (size_t have = 0; have < sizeof(pool.bytes);) {
		ssize_t got = getrandom(pool.bytes + have, sizeof(pool.bytes) - have, 0);
		if (got < 0 && errno != EINTR) {
			log_error("random.unavailable", "error=%s", strerror(errno));
			abort();
		}
		have += got > 0 ? (size_t)got : 0;
	}
	pool.left = sizeof(pool.bytes);
}

static void random_bytes(void *ret, size_t size)
{
	if (pool.left < size)
		pool_fill();
	memcpy(ret, pool.bytes + sizeof(pool.bytes) - pool.left, size);
	pool.left -= size;
}

struct uuid uuid_new(void)
{
	static uint64_t last_ms;
	static uint32_t counter;
	uint64_t now_ms = (uint64_t)clock_now_us() / 1000;
	struct uuid id;

	if (now_ms > last_ms) {
		last_ms = now_ms;
		random_bytes(&counter, sizeof(counter));
		counter &= (1U << (COUNTER_BITS - 1)) - 1; /* the upper half is room to count */
	} else if (++counter >> COUNTER_BITS) {
		last_ms++; /* counted through a whole millisecond: borrow from the next */
		counter = 0;
	}
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(last_ms >> (40 - 8 * i));
	id.bytes[6] = (uint8_t)(0x70 | counter >> 14);
	id.bytes[7] = (uint8_t)(counter >> 6);
	id.bytes[8] = (uint8_t)(0x80 | (counter & 0x3f));
	random_bytes(id.bytes + 9, 7);
	return id;
}

struct uuid uuid_random(void)
{
	struct uuid id;

	random_bytes(id.bytes, sizeof(id.bytes));
	id.bytes[6] = (uint8_t)(0x40 | (id.bytes[6] & 0x0f));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
	return id;
}

static bool has_dash_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

char *uuid_format(const struct uuid *id, char text[UUID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	char *to = text;

	for (size_t i = 0; i < sizeof(id->bytes); i++, to += 2) {
		if (has_dash_before(i))
			*to++ = '-';
		to[0] = hex[id->bytes[i] >> 4];
		to[1] = hex[id->bytes[i] & 15];
	}
	*to = '\0';
	return text;
}

int uuid_parse(const char *text, struct uuid *ret)
{
	char digits[2 * sizeof(ret->bytes) + 1] = {0};
	size_t count = 0;

	if (!text || strnlen(text, UUID_TEXT) != UUID_TEXT - 1)
		return -EINVAL;
	for (size_t i = 0; i < UUID_TEXT - 1; i++) {
		const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (is_dash != (text[i] == '-'))
			return -EINVAL;
		if (!is_dash)
			digits[count++] = text[i];
	}
	return text_unhex(digits, ret->bytes, sizeof(ret->bytes));
}

bool uuid_is_nil(const struct uuid *id)
{
	static const struct uuid nil;

	return uuid_equal(id, &nil);
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return uuid_compare(a, b) == 0;
}

int uuid_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

uint64_t uuid_hash64(const struct uuid *id)
{
	return hash_mix64(hash_fnv1a64(id->bytes, sizeof(id->bytes)));
}
