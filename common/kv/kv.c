/* kv/kv.c - one connection to Redis, kept up for ever; a command is answered within a second or not at all. */
#include "kv/kv.h"

#include <event2/dns.h>
#include <event2/util.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <hiredis/adapters/libevent.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "kv/address.h"

enum {
	ANSWER_US = 1000 * 1000,
	CONNECT_US = 2 * 1000 * 1000, /* name, connection and greeting together */
	TICK_US = 50 * 1000,
	BACKOFF_FIRST_US = 50 * 1000,
	BACKOFF_LAST_US = 2 * 1000 * 1000,
};

/* A command that was not answered yet. Redis answers in order, so the oldest is always the next. */
struct command {
	struct command *next;
	struct kv *kv;
	void (*on_reply)(void *arg, const struct kv_reply *reply);
	void *arg;
	int64_t sent_us;
};

struct queue {
	struct command *first, **end;
};

/* A name being looked up; it outlives the kv, whose pointer is then NULL. */
struct lookup {
	struct kv *kv;
};

struct kv {
	struct loop *loop;
	struct address address;
	void (*on_connected)(void *arg, uint64_t generation);
	void *arg;
	redisAsyncContext *context; /* NULL while away */
	struct evdns_base *dns;     /* getaddrinfo() would stop the loop */
	struct lookup *lookup;
	struct timer *reconnect, *tick, *refuse;
	struct queue sent, refused; /* refused: answered with NULL in the next turn, never from within kv_command() */
	struct arena *arena;        /* the reply being handed out */
	uint64_t generation;
	int64_t backoff_us, since_us; /* since_us: the attempt to connect began */
	unsigned attempts;            /* since the last connection, for names with several addresses */
	int greetings_left;
	int callbacks; /* depth: the object must stay while its callbacks run */
	bool is_ready, is_closed, is_loss_logged;
};

static void lose(struct kv *kv, const char *why);

static void queue_put(struct queue *queue, struct command *command)
{
	*queue->end = command;
	queue->end = &command->next;
}

static struct command *queue_take(struct queue *queue)
{
	struct command *command = queue->first;

	if (!command)
		return NULL;
	queue->first = command->next;
	if (!queue->first)
		queue->end = &queue->first;
	return command;
}

static struct metric *connected_gauge(void)
{
	return metric_gauge("hilo_kv_connected", "1 while Redis answers.", NULL);
}

static struct metric *failed_commands(void)
{
	return metric_counter("hilo_kv_failed_commands_total", "Commands without an answer from Redis.", NULL);
}

/* Redis's reply as ours, in the arena. Depth is bounded by hiredis's reader. */
static void convert(struct arena *arena, const redisReply *from, struct kv_reply *to)
{
	struct kv_reply *items;

	switch (from->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_ERROR:
		to->type = from->type == REDIS_REPLY_ERROR ? KV_ERROR : KV_TEXT;
		to->text = from->str;
		to->size = (size_t)from->len;
		break;
	case REDIS_REPLY_INTEGER:
		to->type = KV_INTEGER;
		to->integer = from->integer;
		break;
	case REDIS_REPLY_ARRAY:
		items = arena_new_array(arena, struct kv_reply, from->elements);
		for (size_t i = 0; i < from->elements; i++)
			convert(arena, from->element[i], &items[i]);
		to->type = KV_LIST;
		to->count = from->elements;
		to->items = items;
		break;
	default: /* nil; other types only come to those who ask for protocol 3 */
		to->type = KV_NIL;
	}
}

static void answer(struct command *command, const struct kv_reply *reply)
{
	struct kv *kv = command->kv;

	if (!reply)
		metric_add(failed_commands(), 1);
	kv->callbacks++;
	if (command->on_reply)
		command->on_reply(command->arg, reply);
	kv->callbacks--;
	free(command);
}

static void answer_refused(void *arg)
{
	struct kv *kv = arg;
	struct queue due = kv->refused;
	struct command *command;

	if (!due.first)
		return;
	kv->refused = (struct queue){.end = &kv->refused.first}; /* what a callback asks now waits for the next turn */
	kv->callbacks++;
	while ((command = queue_take(&due)))
		answer(command, NULL);
	kv->callbacks--;
}

static struct command *command_new(struct kv *kv, void (*on_reply)(void *arg, const struct kv_reply *reply), void *arg)
{
	struct command *command = hilo_new(struct command);

	*command = (struct command){.kv = kv, .on_reply = on_reply, .arg = arg, .sent_us = clock_monotonic_us()};
	return command;
}

static void refuse(struct kv *kv, struct command *command)
{
	queue_put(&kv->refused, command);
	timer_in(kv->refuse, 0);
}

static void on_redis_reply(redisAsyncContext *context HILO_UNUSED, void *raw, void *arg)
{
	struct kv *kv = ((struct command *)arg)->kv;
	struct command *command = queue_take(&kv->sent);
	struct kv_reply reply = {.type = KV_NIL};

	if (!raw) {
		kv->is_ready = false; /* the connection is going: callbacks that ask again are refused */
		answer(command, NULL);
		return;
	}
	convert(kv->arena, raw, &reply);
	answer(command, &reply);
	arena_reset(kv->arena);
}

static void send_argv(struct kv *kv, struct command *command, const struct kv_argument *arguments, size_t count)
{
	HILO_AUTO_FREE const char **data = hilo_alloc_array(count, sizeof(*data));
	HILO_AUTO_FREE size_t *sizes = hilo_alloc_array(count, sizeof(*sizes));

	for (size_t i = 0; i < count; i++) {
		data[i] = arguments[i].data;
		sizes[i] = arguments[i].size;
	}
	if (redisAsyncCommandArgv(kv->context, on_redis_reply, command, (int)count, data, sizes) == REDIS_OK)
		queue_put(&kv->sent, command);
	else
		refuse(kv, command);
}

void kv_command(struct kv *kv, const struct kv_argument *arguments, size_t count,
                void (*on_reply)(void *arg, const struct kv_reply *reply), void *arg)
{
	struct command *command = command_new(kv, on_reply, arg);

	if (kv->is_ready && count)
		send_argv(kv, command, arguments, count);
	else
		refuse(kv, command);
}

void kv_run(struct kv *kv, void (*on_reply)(void *arg, const struct kv_reply *reply), void *arg, const char *format,
            ...)
{
	struct command *command = command_new(kv, on_reply, arg);
	char *text = NULL;
	va_list args;
	int length = -1;

	if (kv->is_ready) {
		va_start(args, format);
		length = redisvFormatCommand(&text, format, args);
		va_end(args);
	}
	const bool has_words = length > 0 && text[1] != '0'; /* hiredis asserts that there is a first word */
	if (has_words &&
	    redisAsyncFormattedCommand(kv->context, on_redis_reply, command, text, (size_t)length) == REDIS_OK)
		queue_put(&kv->sent, command);
	else
		refuse(kv, command);
	if (length > 0)
		redisFreeCommand(text);
}

bool kv_is_ready(const struct kv *kv)
{
	return kv->is_ready;
}

static void on_greeting(void *arg, const struct kv_reply *reply)
{
	struct kv *kv = arg;

	if (!reply)
		return;                /* the loss is told elsewhere */
	if (reply->type == KV_ERROR) { /* wrong password, no such database, still loading */
		lose(kv, reply->text);
		return;
	}
	if (--kv->greetings_left)
		return;
	kv->is_ready = true;
	kv->is_loss_logged = false;
	kv->attempts = 0;
	kv->backoff_us = BACKOFF_FIRST_US;
	kv->generation++;
	metric_set(connected_gauge(), 1);
	log_info("kv.connected", "generation=%llu", (unsigned long long)kv->generation);
	if (kv->on_connected)
		kv->on_connected(kv->arg, kv->generation);
}

static void greet_with(struct kv *kv, const struct kv_argument *arguments, size_t count)
{
	kv->greetings_left++;
	send_argv(kv, command_new(kv, on_greeting, kv), arguments, count);
}

/* PING too: a server that takes connections but does not answer is not there */
static void greet(struct kv *kv)
{
	const struct address *to = &kv->address;
	struct kv_argument words[3] = {{"AUTH", 4}};
	char database[24];
	size_t count = 1;

	kv->greetings_left = 0;
	if (to->user)
		words[count++] = (struct kv_argument){to->user, strlen(to->user)};
	if (to->password) {
		words[count++] = (struct kv_argument){to->password, strlen(to->password)};
		greet_with(kv, words, count);
	}
	if (to->database) {
		snprintf(database, sizeof(database), "%lld", (long long)to->database);
		words[0] = (struct kv_argument){"SELECT", 6};
		words[1] = (struct kv_argument){database, strlen(database)};
		greet_with(kv, words, 2);
	}
	words[0] = (struct kv_argument){"PING", 4};
	greet_with(kv, words, 1);
}

/* hiredis frees the context itself after this one and the next */
static void on_redis_connect(const redisAsyncContext *context, int status)
{
	struct kv *kv = context->data;

	if (kv->context != context)
		return; /* given up by us */
	if (status == REDIS_OK) {
		greet(kv);
		return;
	}
	kv->context = NULL;
	lose(kv, context->errstr);
}

static void on_redis_disconnect(const redisAsyncContext *context, int status HILO_UNUSED)
{
	struct kv *kv = context->data;

	if (kv->context != context)
		return;
	kv->context = NULL;
	lose(kv, context->err ? context->errstr : "closed");
}

static void start(struct kv *kv, redisAsyncContext *context)
{
	kv->context = context;
	if (!context || context->err) {
		lose(kv, context ? context->errstr : "no memory");
		return;
	}
	context->data = kv;
	redisLibeventAttach(context, loop_base(kv->loop));
	redisAsyncSetConnectCallback(context, on_redis_connect);
	redisAsyncSetDisconnectCallback(context, on_redis_disconnect);
}

/* one of a name's addresses after the other: "localhost" may be ::1 first where Redis listens on 127.0.0.1 */
static void pick_address(struct kv *kv, const struct evutil_addrinfo *found, char host[NI_MAXHOST])
{
	const struct evutil_addrinfo *picked = found;

	for (unsigned i = 0; i < kv->attempts; i++)
		picked = picked->ai_next ? picked->ai_next : found;
	kv->attempts++;
	getnameinfo(picked->ai_addr, picked->ai_addrlen, host, NI_MAXHOST, NULL, 0, NI_NUMERICHOST);
}

static void on_resolved(int error, struct evutil_addrinfo *found, void *arg)
{
	HILO_AUTO_FREE struct lookup *lookup = arg;
	struct kv *kv = lookup->kv;
	char host[NI_MAXHOST] = "";

	if (found && kv)
		pick_address(kv, found, host);
	if (found)
		evutil_freeaddrinfo(found);
	if (!kv)
		return; /* closed, or given up */
	kv->lookup = NULL;
	if (error)
		lose(kv, evutil_gai_strerror(error));
	else
		start(kv, redisAsyncConnect(host, kv->address.port));
}

static void resolve(struct kv *kv)
{
	const struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

	if (!kv->dns) {
		kv->dns = evdns_base_new(loop_base(kv->loop), EVDNS_BASE_DISABLE_WHEN_INACTIVE);
		evdns_base_resolv_conf_parse(kv->dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
	}
	kv->lookup = hilo_new(struct lookup);
	kv->lookup->kv = kv;
	/* answers from within the call when the host is a number */
	evdns_getaddrinfo(kv->dns, kv->address.host, NULL, &hints, on_resolved, kv->lookup);
}

static void on_reconnect_due(void *arg)
{
	struct kv *kv = arg;

	kv->since_us = clock_monotonic_us();
	if (kv->address.path)
		start(kv, redisAsyncConnectUnix(kv->address.path));
	else
		resolve(kv);
}

/* The connection is over, or none came about: every waiting command gets NULL; the next attempt is set. */
static void lose(struct kv *kv, const char *why)
{
	uint32_t random;

	if (!kv->is_loss_logged && !kv->is_closed)
		log_warn("kv.lost", "error=%s", why); /* before the context goes, whose text this may be */
	kv->is_loss_logged = true;
	kv->is_ready = false;
	metric_set(connected_gauge(), 0);
	if (kv->lookup)
		HILO_STEAL(kv->lookup)->kv = NULL;
	if (kv->context)
		redisAsyncFree(HILO_STEAL(kv->context));
	if (kv->is_closed)
		return;
	evutil_secure_rng_get_bytes(&random, sizeof(random));
	timer_in(kv->reconnect, kv->backoff_us / 2 + random % kv->backoff_us);
	kv->backoff_us = HILO_MIN(2 * kv->backoff_us, BACKOFF_LAST_US);
}

/* A Redis that is late is cut off: what it would do with commands of long ago is worse than doing without it. */
static void on_tick(void *arg)
{
	struct kv *kv = arg;
	const int64_t now_us = clock_monotonic_us();

	if (kv->is_ready && kv->sent.first && now_us - kv->sent.first->sent_us > ANSWER_US)
		lose(kv, "no answer for 1 s");
	else if (!kv->is_ready && (kv->context || kv->lookup) && now_us - kv->since_us > CONNECT_US)
		lose(kv, "no connection for 2 s");
}

struct kv *kv_open(struct loop *loop, const char *url, void (*on_connected)(void *arg, uint64_t generation), void *arg)
{
	struct address address;

	if (address_parse(url, &address) < 0)
		return NULL;
	struct kv *kv = hilo_new(struct kv);
	*kv = (struct kv){.loop = loop, .address = address, .on_connected = on_connected, .arg = arg};
	kv->backoff_us = BACKOFF_FIRST_US;
	kv->sent.end = &kv->sent.first;
	kv->refused.end = &kv->refused.first;
	kv->arena = arena_new(0);
	kv->reconnect = timer_new(loop, on_reconnect_due, kv);
	kv->refuse = timer_new(loop, answer_refused, kv);
	kv->tick = timer_new(loop, on_tick, kv);
	failed_commands(); /* shown from the start, as 0 */
	metric_set(connected_gauge(), 0);
	timer_every(kv->tick, TICK_US);
	timer_in(kv->reconnect, 0);
	return kv;
}

static void kv_destroy(void *arg)
{
	struct kv *kv = arg;

	answer_refused(kv);
	timer_free(&kv->reconnect);
	timer_free(&kv->tick);
	timer_free(&kv->refuse);
	if (kv->dns)
		evdns_base_free(kv->dns, 1);
	address_free(&kv->address);
	arena_free(&kv->arena);
	free(kv);
}

void kv_close(struct kv **kv)
{
	struct kv *old = kv ? HILO_STEAL(*kv) : NULL;

	if (!old)
		return;
	old->is_closed = true;
	lose(old, "closed");
	timer_stop(old->reconnect);
	timer_stop(old->tick);
	if (old->callbacks) /* called from one: hiredis and we are still standing on it */
		loop_defer(old->loop, kv_destroy, old);
	else
		kv_destroy(old);
}
