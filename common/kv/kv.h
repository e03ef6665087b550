/* kv/kv.h - Redis on the event loop. Holds only what can be rebuilt: every caller works, slower, without it. */
#pragma once

#include "base/base.h"
#include "loop/loop.h"

struct kv;

enum kv_type { KV_NIL, KV_TEXT, KV_INTEGER, KV_LIST, KV_ERROR };
struct kv_reply { /* borrowed, during the callback only */
	enum kv_type type;
	const char *text; /* KV_TEXT, KV_ERROR; NUL-terminated, size bytes */
	size_t size;
	int64_t integer;
	size_t count; /* KV_LIST */
	const struct kv_reply *items;
};

/* kv_open - redis://[[user]:password@]host[:port][/db] or unix:///path[?db=n]. Reconnects for ever with jittered
 * back-off. generation: 1 at the first connection, bumped at each reconnect, so that callers can rebuild what is gone.
 * Returns: owned, kv_close(); NULL if the URL is malformed. */
struct kv *kv_open(struct loop *loop, const char *url, void (*on_connected)(void *arg, uint64_t generation), void *arg);
/* kv_close - what still waits is answered with NULL. Also from within a callback. */
void kv_close(struct kv **kv);
bool kv_is_ready(const struct kv *kv);
/* kv_command - arguments as binary-safe strings. on_reply (may be NULL) is called exactly once; reply is NULL when
 * Redis is away, the command waited longer than 1 s, or the connection broke; never from within this call. An answer
 * that takes longer than 1 s breaks the connection. */
struct kv_argument {
	const char *data;
	size_t size;
};
void kv_command(struct kv *kv, const struct kv_argument *arguments, size_t count,
                void (*on_reply)(void *arg, const struct kv_reply *reply), void *arg);
/* kv_run - the same with a format: %s NUL-terminated text, %b data and size_t, %lld; split at spaces. */
void kv_run(struct kv *kv, void (*on_reply)(void *arg, const struct kv_reply *reply), void *arg, const char *format,
            ...);
