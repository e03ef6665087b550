/* limit.c - see limit.h. */
#include "limit.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"

enum { LOCAL_SLOTS = 4096, LOCAL_PROBES = 8, KEY_TEXT = 64 };

#define SECOND INT64_C(1000000)
static const struct {
	const char *word;
	int64_t count, window_us;
} rules[LIMITS] = {
	[LIMIT_SESSIONS] = {"sessions", 60, 60 * SECOND},
	[LIMIT_CONVERSATIONS] = {"conversations", 5, 3600 * SECOND},
	[LIMIT_MESSAGES] = {"messages", 10, 10 * SECOND},
	[LIMIT_PROFILES] = {"profiles", 20, 60 * SECOND},
	[LIMIT_UPLOADS] = {"uploads", 20, 60 * SECOND},
	[LIMIT_UPLOADS_ADDRESS] = {"uploads_address", 200, 3600 * SECOND},
	[LIMIT_LINKS] = {"links", 3, 3600 * SECOND},
	[LIMIT_LINKS_ASKED] = {"links_asked", 20, 3600 * SECOND},
	[LIMIT_TRANSCRIPTS] = {"transcripts", 3, 3600 * SECOND},
};

/* limits_bucket_take() by Redis' clock: 1 taken, 0 not */
static const char script[] =
	"local t = redis.call('TIME') local now = t[1] * 1000000 + t[2] "
	"local at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + ARGV[2] / ARGV[1] "
	"if at - now > tonumber(ARGV[2]) then return 0 end "
	"redis.call('SET', KEYS[1], string.format('%.0f', at), 'PX', math.ceil(ARGV[2] / 1000)) return 1";

struct local {
	uint8_t key[16];
	int64_t at_us; /* monotonic; past: free */
};

struct limits {
	struct kv *kv;
	struct local local[LOCAL_SLOTS];
};

struct limits *limits_new(struct kv *kv)
{
	struct limits *limits = hilo_new(struct limits);

	limits->kv = kv;
	return limits;
}

void limits_free(struct limits **limits)
{
	free(HILO_STEAL(*limits));
}

bool limits_bucket_take(int64_t *at_us, int64_t now_us, int64_t count, int64_t window_us)
{
	int64_t at = HILO_MAX(*at_us, now_us) + window_us / count;

	if (at - now_us > window_us)
		return false;
	*at_us = at;
	return true;
}

/* the slot of a key: its own, else the one of its neighbourhood that is, or will first be, free */
static struct local *local_slot(struct limits *limits, const uint8_t key[16], int64_t now_us)
{
	struct local *best = NULL;
	uint32_t start;

	memcpy(&start, key, sizeof(start));
	for (uint32_t i = 0; i < LOCAL_PROBES; i++) {
		struct local *slot = &limits->local[(start + i) % LOCAL_SLOTS];
		if (slot->at_us > now_us && memcmp(slot->key, key, sizeof(slot->key)) == 0)
			return slot;
		if (!best || slot->at_us < best->at_us)
			best = slot;
	}
	memcpy(best->key, key, sizeof(best->key));
	best->at_us = 0;
	return best;
}

struct question {
	struct limits *limits;
	enum limit limit;
	uint8_t key[16];
	void (*on_answer)(void *arg, bool may);
	void *arg;
};

static void on_reply(void *arg, const struct kv_reply *reply)
{
	struct question *question = arg;
	int64_t now = clock_monotonic_us();
	bool may;

	if (reply && reply->type == KV_INTEGER)
		may = reply->integer == 1;
	else
		may = limits_bucket_take(&local_slot(question->limits, question->key, now)->at_us, now, rules[question->limit].count,
					 rules[question->limit].window_us);
	question->on_answer(question->arg, may);
	free(question);
}

void limits_take(struct limits *limits, enum limit limit, const char *name, void (*on_answer)(void *arg, bool may), void *arg)
{
	struct question *question = hilo_new(struct question);
	crypto_generichash_state state;
	char hex[33];

	*question = (struct question){.limits = limits, .limit = limit, .on_answer = on_answer, .arg = arg};
	/* names are hashed: no addresses of people in Redis, and no odd bytes */
	crypto_generichash_init(&state, NULL, 0, sizeof(question->key));
	crypto_generichash_update(&state, (const unsigned char *)rules[limit].word, strlen(rules[limit].word) + 1);
	crypto_generichash_update(&state, (const unsigned char *)name, strlen(name));
	crypto_generichash_final(&state, question->key, sizeof(question->key));
	kv_run(limits->kv, on_reply, question, "EVAL %b 1 hilo:chat:limit:%s %lld %lld", script, sizeof(script) - 1,
	       text_hex(question->key, sizeof(question->key), hex), (long long)rules[limit].count, (long long)rules[limit].window_us);
}
