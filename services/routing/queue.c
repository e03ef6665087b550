/* queue.c - the queues' copy in Redis: kept up after each commit, rebuilt every 5 s, read for ticks. */
#include "queue.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "names.h"
#include "store.h"

#define REBUILD_EVERY_US (5 * INT64_C(1000000))
#define REBUILD_MAX 100000 /* waiting conversations copied */
#define ADD_MAX 500        /* members in one ZADD */
#define HEADS_OF_LANE 64
/* What was queued this short before a rebuild may have been committed after its snapshot: it stays. */
#define RECENT_US (10 * INT64_C(1000000))

/* the new sets take the old ones' place; ARGV: recent since, generation */
static const char swap_script[] = "local lanes = {} "
                                  "for _, key in ipairs({'hilo:queue:lanes', 'hilo:queue:new:lanes'}) do "
                                  "  for _, lane in ipairs(redis.call('SMEMBERS', key)) do lanes[lane] = true end "
                                  "end "
                                  "for lane in pairs(lanes) do "
                                  "  local old, new = 'hilo:queue:' .. lane, 'hilo:queue:new:' .. lane "
                                  "  local recent = redis.call('ZRANGEBYSCORE', old, ARGV[1], '+inf', 'WITHSCORES') "
                                  "  for n = 1, #recent, 2 do redis.call('ZADD', new, recent[n + 1], recent[n]) end "
                                  "  if redis.call('EXISTS', new) == 1 then "
                                  "    redis.call('RENAME', new, old) redis.call('SADD', 'hilo:queue:lanes', lane) "
                                  "  else "
                                  "    redis.call('DEL', old) redis.call('SREM', 'hilo:queue:lanes', lane) "
                                  "  end "
                                  "end "
                                  "redis.call('DEL', 'hilo:queue:new:lanes') "
                                  "redis.call('SET', 'hilo:queue:generation', ARGV[2], 'PX', 15000) "
                                  "return 1";

/* what an earlier rebuild left behind when it died */
static const char begin_script[] = "for _, lane in ipairs(redis.call('SMEMBERS', 'hilo:queue:new:lanes')) do "
                                   "  redis.call('DEL', 'hilo:queue:new:' .. lane) "
                                   "end "
                                   "redis.call('DEL', 'hilo:queue:new:lanes') return 1";

/* nil while the sets are not complete; ARGV: how many of each lane */
static const char heads_script[] = "if redis.call('EXISTS', 'hilo:queue:generation') == 0 then return false end "
                                   "local heads = {} "
                                   "for _, lane in ipairs(redis.call('SMEMBERS', 'hilo:queue:lanes')) do "
                                   "  for _, id in ipairs(redis.call('ZRANGE', 'hilo:queue:' .. lane, 0, ARGV[1] - "
                                   "1)) do heads[#heads + 1] = id end "
                                   "end "
                                   "return heads";

struct queue {
	struct kv *kv;
	struct db *db;
	struct timer *rebuild;
	void (*on_heads)(void *arg);
	void *arg;
	char replica[UUID_TEXT];
	struct uuid heads[QUEUE_HEADS_MAX];
	size_t heads_count;
};

#define LANE_TEXT (2 * UUID_TEXT + 16)

static const char *lane_format(const struct lane *lane, char ret[LANE_TEXT])
{
	char inbox[UUID_TEXT], team[UUID_TEXT];

	snprintf(ret, LANE_TEXT, "%s:%s:%s:%d", uuid_format(&lane->inbox_id, inbox), uuid_format(&lane->team_id, team),
	         channel_name(lane->channel), lane->priority);
	return ret;
}

void queue_add(struct queue *queue, const struct lane *lane, const struct uuid *conversation_id, int64_t queued_us)
{
	char name[LANE_TEXT], id[UUID_TEXT];

	if (!kv_is_ready(queue->kv))
		return;
	lane_format(lane, name);
	kv_run(queue->kv, NULL, NULL, "ZADD hilo:queue:%s %lld %s", name, (long long)queued_us,
	       uuid_format(conversation_id, id));
	kv_run(queue->kv, NULL, NULL, "SADD hilo:queue:lanes %s", name);
}

void queue_remove(struct queue *queue, const struct lane *lane, const struct uuid *conversation_id)
{
	char name[LANE_TEXT], id[UUID_TEXT];

	if (kv_is_ready(queue->kv))
		kv_run(queue->kv, NULL, NULL, "ZREM hilo:queue:%s %s", lane_format(lane, name),
		       uuid_format(conversation_id, id));
}

static void run_script(struct queue *queue, const char *script, const char *first, const char *second,
                       void (*on_reply)(void *arg, const struct kv_reply *reply))
{
	struct kv_argument arguments[5] = {{"EVAL", 4}, {script, strlen(script)}, {"0", 1}};
	size_t count = 3;

	if (first)
		arguments[count++] = (struct kv_argument){first, strlen(first)};
	if (second)
		arguments[count++] = (struct kv_argument){second, strlen(second)};
	kv_command(queue->kv, arguments, count, on_reply, queue);
}

/* ---- rebuilding ---- */

static void on_swapped(void *arg, const struct kv_reply *reply)
{
	(void)arg;
	if (reply && reply->type == KV_ERROR)
		log_warn("queue.rebuild_failed", "error=%s", reply->text);
}

static struct lane lane_of(const struct db_result *result, size_t row)
{
	return (struct lane){.inbox_id = db_get_uuid(result, row, 0),
	                     .team_id = db_get_uuid(result, row, 1),
	                     .channel = channel_parse(db_get_text(result, row, 2)),
	                     .priority = (int)db_get_int(result, row, 3)};
}

/* rows [from, until) are of one lane */
static void add_rows(struct queue *queue, const struct db_result *result, size_t from, size_t until)
{
	struct kv_argument arguments[2 + 2 * ADD_MAX];
	char key[LANE_TEXT + 16], name[LANE_TEXT], scores[ADD_MAX][24], ids[ADD_MAX][UUID_TEXT];
	const struct lane lane = lane_of(result, from);
	size_t count = 2;

	snprintf(key, sizeof(key), "hilo:queue:new:%s", lane_format(&lane, name));
	arguments[0] = (struct kv_argument){"ZADD", 4};
	arguments[1] = (struct kv_argument){key, strlen(key)};
	for (size_t row = from; row < until; row++) {
		struct uuid id = db_get_uuid(result, row, 4);
		char *score = scores[row - from];
		snprintf(score, sizeof(scores[0]), "%" PRId64, db_get_time(result, row, 5));
		arguments[count++] = (struct kv_argument){score, strlen(score)};
		arguments[count++] = (struct kv_argument){uuid_format(&id, ids[row - from]), UUID_TEXT - 1};
	}
	kv_command(queue->kv, arguments, count, NULL, NULL);
	kv_run(queue->kv, NULL, NULL, "SADD hilo:queue:new:lanes %s", name);
}

static void on_waiting(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct queue *queue = arg;
	char since[24], generation[UUID_TEXT];
	struct uuid random = uuid_random();

	if (outcome->fault != DB_OK)
		return; /* the next round will do it */
	run_script(queue, begin_script, NULL, NULL, on_swapped);
	for (size_t from = 0, until; from < db_rows(result); from = until) {
		const struct lane lane = lane_of(result, from);
		for (until = from + 1; until < db_rows(result) && until - from < ADD_MAX; until++) {
			const struct lane other = lane_of(result, until);
			if (!lane_equal(&lane, &other))
				break;
		}
		add_rows(queue, result, from, until);
	}
	snprintf(since, sizeof(since), "%" PRId64, clock_now_us() - RECENT_US);
	run_script(queue, swap_script, since, uuid_format(&random, generation), on_swapped);
}

static void on_turn(void *arg, const struct kv_reply *reply)
{
	struct queue *queue = arg;

	if (reply && reply->type == KV_TEXT) /* OK: this replica's turn */
		store_list_waiting(queue->db, REBUILD_MAX, on_waiting, queue);
}

static void on_rebuild(void *arg)
{
	struct queue *queue = arg;

	if (kv_is_ready(queue->kv))
		kv_run(queue->kv, on_turn, queue, "SET hilo:queue:rebuilder %s NX PX 4500", queue->replica);
}

/* ---- reading ---- */

static void on_heads(void *arg, const struct kv_reply *reply)
{
	struct queue *queue = arg;

	queue->heads_count = 0;
	if (reply && reply->type == KV_LIST && reply->count <= QUEUE_HEADS_MAX) {
		for (size_t i = 0; i < reply->count; i++)
			if (uuid_parse(reply->items[i].text, &queue->heads[queue->heads_count]) == 0)
				queue->heads_count++;
	} else if (reply && reply->type == KV_NIL) {
		on_rebuild(queue);
	}
	queue->on_heads(queue->arg);
}

void queue_read_heads(struct queue *queue)
{
	char limit[8];

	snprintf(limit, sizeof(limit), "%d", HEADS_OF_LANE);
	if (kv_is_ready(queue->kv))
		run_script(queue, heads_script, limit, NULL, on_heads);
	else
		on_heads(queue, NULL);
}

size_t queue_take_heads(struct queue *queue, struct uuid ids[QUEUE_HEADS_MAX])
{
	size_t count = queue->heads_count;

	memcpy(ids, queue->heads, count * sizeof(*ids));
	queue->heads_count = 0;
	return count;
}

struct queue *queue_new(struct loop *loop, struct kv *kv, struct db *db, void (*call)(void *arg), void *arg)
{
	struct queue *queue = hilo_new(struct queue);
	struct uuid replica = uuid_random();

	queue->kv = kv;
	queue->db = db;
	queue->on_heads = call;
	queue->arg = arg;
	uuid_format(&replica, queue->replica);
	queue->rebuild = timer_new(loop, on_rebuild, queue);
	timer_every(queue->rebuild, REBUILD_EVERY_US);
	return queue;
}

void queue_free(struct queue **queue)
{
	if (!*queue)
		return;
	timer_free(&(*queue)->rebuild);
	free(*queue);
	*queue = NULL;
}
