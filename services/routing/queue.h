/* queue.h - the waiting conversations in Redis: one sorted set a lane, hilo:queue:<inbox>:<team>:<channel>:<priority>,
 * score = since when in microseconds.
 *
 * A copy for speed: PostgreSQL (queued_at) is the truth. Written after COMMIT; every 5 s one replica rebuilds all sets
 * from PostgreSQL and says so in hilo:queue:generation; while that key is missing (Redis empty, nobody rebuilt) nobody
 * reads them. Without Redis every function does nothing, and ticks read the queues from PostgreSQL. */
#pragma once

#include "conversation.h"
#include "db/db.h"
#include "kv/kv.h"

#define QUEUE_HEADS_MAX 256

struct queue;

/* queue_new - on_heads: called whenever queue_read_heads() is through, with or without heads. Returns: owned,
 * queue_free(). */
struct queue *queue_new(struct loop *loop, struct kv *kv, struct db *db, void (*on_heads)(void *arg), void *arg);
void queue_free(struct queue **queue);
void queue_add(struct queue *queue, const struct lane *lane, const struct uuid *conversation_id, int64_t queued_us);
void queue_remove(struct queue *queue, const struct lane *lane, const struct uuid *conversation_id);
/* queue_read_heads - asks for those who wait longest in each lane. */
void queue_read_heads(struct queue *queue);
/* queue_take_heads - what was read last, once. Returns: how many; 0: nothing known, ask PostgreSQL. */
size_t queue_take_heads(struct queue *queue, struct uuid ids[QUEUE_HEADS_MAX]);
