/* digest.c - see digest.h. */
#include "digest.h"

#include <stdio.h>

#include "base/hash.h"
#include "bus/consumer.h"
#include "bus_sql.h"
#include "gateway_store_sql.h"
#include "store_digest.h"

enum {
	CHANGED_MAX = 2, /* conversations and customers an event names, each */
	TIDY_US = 2 * 1000 * 1000,
	BATCH_MAX = 64, /* short writes: what is searched for may come later, what is waited for may not */
};

struct digest {
	struct gateway *gateway;
	struct db *db; /* of the consumer's batches, and beside them to tidy */
	struct timer *tidy;
	bool is_untidy, is_tidying;
	struct consumer *consumer;
	struct metric *indexed, *mentioned;
};

/* what a batch brings; arrays in its arena */
struct gathered {
	struct digest_words words;
	struct uuid *moved;
	size_t moved_count;
	struct digest_mention *mentions;
	size_t mentions_count;
};

static void add(struct uuid *list, size_t *count, const char *text)
{
	if (text && uuid_parse(text, &list[*count]) == 0)
		++*count;
}

static void add_line(struct gathered *out, const Hilo__V1__MessageAttached *body)
{
	struct digest_words *words = &out->words;

	if (body->kind != HILO__V1__MESSAGE_KIND__MESSAGE_KIND_SYSTEM &&
	    uuid_parse(body->conversation_id, &words->line_conversations[words->lines]) == 0 &&
	    uuid_parse(body->message_id, &words->line_messages[words->lines]) == 0)
		words->lines++;
}

static void add_mentions(struct gathered *out, const struct bus_event *event)
{
	const Hilo__V1__MessageAttached *body = event->envelope->message_attached;

	for (size_t i = 0; i < body->n_mentions; i++) {
		struct digest_mention *mention = &out->mentions[out->mentions_count];
		*mention = (struct digest_mention){.id = uuid_new(), .event = event, .excerpt = body->preview};
		if (uuid_parse(body->mentions[i], &mention->agent_id) < 0 ||
		    uuid_parse(body->conversation_id, &mention->conversation_id) < 0 ||
		    uuid_parse(body->message_id, &mention->message_id) < 0 ||
		    bus_id_parse(body->author_id, &mention->by_agent_id) < 0 ||
		    uuid_equal(&mention->agent_id, &mention->by_agent_id))
			continue;
		out->mentions_count++;
	}
}

static void gather_event(struct gathered *out, const struct bus_event *event)
{
	const Hilo__V1__Envelope *envelope = event->envelope;
	struct digest_words *words = &out->words;

	switch (envelope->body_case) {
	case HILO__V1__ENVELOPE__BODY_MESSAGE_ATTACHED:
		add_line(out, envelope->message_attached);
		add_mentions(out, event);
		break;
	case HILO__V1__ENVELOPE__BODY_CONVERSATION_INBOX_CHANGED:
		add(out->moved, &out->moved_count, envelope->correlation_id);
		add(words->conversations, &words->conversations_count, envelope->correlation_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED:
		add(words->customers, &words->customers_count, envelope->customer_created->customer_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED:
		add(words->customers, &words->customers_count, envelope->customer_changed->customer_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CONTACT_ADDED:
		add(words->customers, &words->customers_count, envelope->contact_added->customer_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED:
		add(words->customers, &words->customers_count, envelope->customer_merged->customer_id);
		add(words->customers, &words->customers_count, envelope->customer_merged->from_customer_id);
		break;
	default: /* what a conversation is called, whose it is */
		add(words->conversations, &words->conversations_count, envelope->correlation_id);
	}
}

static size_t count_mentions(const struct consumer_batch *batch)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		if (batch->events[i].envelope->body_case == HILO__V1__ENVELOPE__BODY_MESSAGE_ATTACHED)
			count += batch->events[i].envelope->message_attached->n_mentions;
	return count;
}

/* two replicas may know the same customer's conversations: they write one after the other */
static void load(void *arg, struct consumer_batch *batch)
{
	int64_t lock = hash_object64("digest", "", 0);

	(void)arg;
	db_tx_lock(batch->tx, &lock, 1);
}

static void decide(void *arg, struct consumer_batch *batch)
{
	struct gathered *out = arena_new_object(batch->arena, struct gathered);
	size_t size = batch->count * CHANGED_MAX + 1;

	(void)arg;
	out->words.line_conversations = arena_new_array(batch->arena, struct uuid, size);
	out->words.line_messages = arena_new_array(batch->arena, struct uuid, size);
	out->words.conversations = arena_new_array(batch->arena, struct uuid, size);
	out->words.customers = arena_new_array(batch->arena, struct uuid, size);
	out->moved = arena_new_array(batch->arena, struct uuid, size);
	out->mentions = arena_new_array(batch->arena, struct digest_mention, count_mentions(batch) + 1);
	for (size_t i = 0; i < batch->count; i++)
		gather_event(out, &batch->events[i]);
	batch->working_set = out;
}

static void tell(struct consumer_batch *batch, const struct digest_mention *mention)
{
	const Hilo__V1__Envelope *cause = mention->event->envelope;
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__AgentMentioned body = HILO__V1__AGENT_MENTIONED__INIT;

	body.mention_id = bus_id(batch->arena, &mention->id);
	body.agent_id = bus_id(batch->arena, &mention->agent_id);
	body.conversation_id = cause->message_attached->conversation_id;
	body.message_id = cause->message_attached->message_id;
	body.by_agent_id = cause->message_attached->author_id;
	body.by_agent_name = cause->message_attached->author_name;
	body.excerpt = cause->message_attached->preview;
	envelope.key = envelope.subject = body.agent_id;
	envelope.inbox_id = cause->inbox_id;
	envelope.correlation_id = body.conversation_id;
	envelope.actor = cause->actor;
	envelope.causation_id = cause->id;
	envelope.traceparent = cause->traceparent;
	envelope.hop = cause->hop + 1;
	envelope.time_us = cause->time_us;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_AGENT_MENTIONED;
	envelope.agent_mentioned = &body;
	if (bus_outbox_add(batch->outbox, &envelope) < 0) {
		batch->failed_event = (size_t)(mention->event - batch->events) + 1;
		snprintf(batch->failed_reason, sizeof(batch->failed_reason), "a mention cannot be told");
	}
}

static void flush(void *arg, struct consumer_batch *batch)
{
	const struct gathered *out = batch->working_set;
	const struct store_digest store = {.tx = batch->tx, .params = batch->params};

	(void)arg;
	store_index_words(&store, &out->words);
	store_move_lines(&store, out->moved, out->moved_count);
	store_insert_mentions(&store, out->mentions, out->mentions_count);
	for (size_t i = 0; i < out->mentions_count; i++)
		tell(batch, &out->mentions[i]);
}

static void committed(void *arg, struct consumer_batch *batch)
{
	struct digest *digest = arg;
	const struct gathered *out = batch->working_set;

	digest->is_untidy = true;
	metric_add(digest->indexed, (double)out->words.lines);
	metric_add(digest->mentioned, (double)out->mentions_count);
}

static void on_tidied(void *arg, const struct db_outcome *outcome, const struct db_result *result HILO_UNUSED)
{
	struct digest *digest = arg;

	digest->is_tidying = false;
	if (outcome->fault != DB_OK)
		digest->is_untidy = true;
}

static void tidy(void *arg)
{
	struct digest *digest = arg;

	if (!digest->is_untidy || digest->is_tidying || !db_is_ready(digest->db))
		return;
	digest->is_untidy = false;
	digest->is_tidying = true;
	db_query(digest->db, &gateway_store_sql_tidy_search, NULL, on_tidied, digest);
}

struct digest *digest_new(struct gateway *gateway)
{
	static const char *const types[] = {
	        "message.attached",
	        "conversation.opened",
	        "conversation.triaged",
	        "conversation.customer_changed",
	        "conversation.inbox_changed",
	        "customer.created",
	        "customer.changed",
	        "customer.merged",
	        "contact.added",
	        NULL,
	};
	static struct db_catalogue catalogues[3];
	struct digest *digest = hilo_new(struct digest);

	catalogues[0] = (struct db_catalogue){gateway_store_catalogue, gateway_store_catalogue_count};
	catalogues[1] = (struct db_catalogue){bus_catalogue, bus_catalogue_count};
	digest->gateway = gateway;
	digest->indexed = metric_counter("hilo_gateway_indexed_total", "Messages made searchable.", NULL);
	digest->mentioned = metric_counter("hilo_gateway_mentions_total", "Mentions of agents in notes.", NULL);
	digest->db = db_open(gateway->loop, &(struct db_options){.dsn = daemon_dsn(gateway->daemon),
	                                                         .catalogues = catalogues,
	                                                         .connections = 2,
	                                                         .application_name = "hilo-gateway"});
	digest->consumer = consumer_new(&(struct consumer_options){.bus = gateway->bus,
	                                                           .db = digest->db,
	                                                           .types = types,
	                                                           .max_batch = BATCH_MAX,
	                                                           .load = load,
	                                                           .decide = decide,
	                                                           .flush = flush,
	                                                           .committed = committed,
	                                                           .arg = digest});
	digest->tidy = timer_new(gateway->loop, tidy, digest);
	timer_every(digest->tidy, TIDY_US);
	return digest;
}

void digest_drain(struct digest *digest, void (*on_drained)(void *arg), void *arg)
{
	consumer_drain(digest->consumer, on_drained, arg);
}

void digest_free(struct digest **pointer)
{
	struct digest *digest = HILO_STEAL(*pointer);

	if (!digest)
		return;
	timer_free(&digest->tidy);
	consumer_free(&digest->consumer);
	db_close(&digest->db);
	free(digest);
}
