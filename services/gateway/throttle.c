/* throttle.c - counters with an end, in Redis, else in a small table. */
#include "throttle.h"

#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"

enum { LOCAL_SLOTS = 4096, LOCAL_PROBES = 8, KEY_TEXT = 64 };

struct local {
	uint8_t key[16];
	int count;
	int64_t until_us; /* monotonic; past: free */
};

struct throttle {
	struct kv *kv;
	struct local local[LOCAL_SLOTS];
};

struct throttle *throttle_new(struct kv *kv)
{
	struct throttle *throttle = hilo_new(struct throttle);

	throttle->kv = kv;
	return throttle;
}

void throttle_free(struct throttle **throttle)
{
	free(HILO_STEAL(*throttle));
}

/* names are hashed: no addresses of people in Redis, and no odd bytes */
static void key_make(const char *kind, const char *name, char ret[KEY_TEXT])
{
	uint8_t hash[16];
	char hex[33];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)name, strlen(name), NULL, 0);
	snprintf(ret, KEY_TEXT, "hilo:throttle:%s:%s", kind, text_hex(hash, sizeof(hash), hex));
}

/* the slot of a key: its own, else a free one, else the one of its neighbourhood that ends first */
static struct local *local_slot(struct throttle *throttle, const char *key)
{
	int64_t now = clock_monotonic_us();
	struct local *best = NULL;
	uint8_t hash[16];
	uint32_t start;

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)key, strlen(key), NULL, 0);
	memcpy(&start, hash, sizeof(start));
	for (uint32_t i = 0; i < LOCAL_PROBES; i++) {
		struct local *slot = &throttle->local[(start + i) % LOCAL_SLOTS];
		if (slot->until_us > now && memcmp(slot->key, hash, sizeof(hash)) == 0)
			return slot;
		if (!best || slot->until_us < best->until_us)
			best = slot;
	}
	memcpy(best->key, hash, sizeof(hash));
	best->count = 0;
	best->until_us = now + (int64_t)THROTTLE_WINDOW_S * 1000000;
	return best;
}

struct attempt {
	struct throttle *throttle;
	char account[KEY_TEXT], address[KEY_TEXT];
	int64_t by_account, by_address;
	void (*on_answer)(void *arg, bool may);
	void *arg;
};

static int64_t count_of(struct attempt *attempt, const struct kv_reply *reply, const char *key)
{
	if (reply && reply->type == KV_INTEGER)
		return reply->integer;
	return ++local_slot(attempt->throttle, key)->count;
}

static void on_account(void *arg, const struct kv_reply *reply)
{
	struct attempt *attempt = arg;

	attempt->by_account = count_of(attempt, reply, attempt->account);
}

/* Redis answers in order: the account's count is there */
static void on_address(void *arg, const struct kv_reply *reply)
{
	struct attempt *attempt = arg;

	attempt->by_address = count_of(attempt, reply, attempt->address);
	attempt->on_answer(attempt->arg,
	                   attempt->by_account <= THROTTLE_ACCOUNT && attempt->by_address <= THROTTLE_ADDRESS);
	free(attempt);
}

void throttle_try(struct throttle *throttle, const char *account, const char *address,
                  void (*on_answer)(void *arg, bool may), void *arg)
{
	struct attempt *attempt = hilo_new(struct attempt);

	*attempt = (struct attempt){.throttle = throttle, .on_answer = on_answer, .arg = arg};
	key_make("account", account, attempt->account);
	key_make("address", address, attempt->address);
	/* the first attempt sets the window's end, later ones keep it */
	kv_run(throttle->kv, NULL, NULL, "SET %s 0 EX %d NX", attempt->account, THROTTLE_WINDOW_S);
	kv_run(throttle->kv, on_account, attempt, "INCR %s", attempt->account);
	kv_run(throttle->kv, NULL, NULL, "SET %s 0 EX %d NX", attempt->address, THROTTLE_WINDOW_S);
	kv_run(throttle->kv, on_address, attempt, "INCR %s", attempt->address);
}

void throttle_succeeded(struct throttle *throttle, const char *account, const char *address)
{
	char by_account[KEY_TEXT], by_address[KEY_TEXT];
	struct local *slot;

	key_make("account", account, by_account);
	key_make("address", address, by_address);
	kv_run(throttle->kv, NULL, NULL, "DEL %s", by_account);
	kv_run(throttle->kv, NULL, NULL, "DECR %s", by_address);
	local_slot(throttle, by_account)->count = 0;
	slot = local_slot(throttle, by_address);
	slot->count -= slot->count > 0;
}
