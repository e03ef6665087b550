/* digest.c - see digest.h. */
#include "digest.h"

#include <stdio.h>

#include "base/hash.h"
#include "bus/consumer.h"
#include "bus_sql.h"
#include "digest_batch.h"
#include "gateway_store_sql.h"

enum {
	TIDY_US = 2 * 1000 * 1000,
	BATCH_MAX = 64, /* short and few writes: what is searched for may come later, what is waited for may not */
	REST_US = 50 * 1000,
};

struct digest {
	struct gateway *gateway;
	struct db *db; /* of the consumer's batches, and beside them to tidy */
	struct timer *tidy;
	bool is_untidy, is_tidying;
	struct consumer *consumer;
	struct metric *indexed, *mentioned;
};

/* two replicas may know the same customer's conversations: they write one after the other */
static void load(void *arg, struct consumer_batch *batch)
{
	int64_t lock = hash_object64("digest", "", 0);

	(void)arg;
	db_tx_lock(batch->tx, &lock, 1);
}

static void decide(void *arg, struct consumer_batch *batch)
{
	struct digest_batch *brought = digest_batch_of(batch->arena, batch->events, batch->count);

	(void)arg;
	for (size_t i = 0; i < brought->mentions_count; i++)
		brought->mentions[i].id = uuid_new();
	batch->working_set = brought;
}

static void tell(struct consumer_batch *batch, const struct digest_mention *mention)
{
	if (bus_outbox_add(batch->outbox, digest_mentioned(batch->arena, mention)) < 0) {
		batch->failed_event = (size_t)(mention->event - batch->events) + 1;
		snprintf(batch->failed_reason, sizeof(batch->failed_reason), "a mention cannot be told");
	}
}

static void flush(void *arg, struct consumer_batch *batch)
{
	const struct digest_batch *brought = batch->working_set;
	const struct store_digest store = {.tx = batch->tx, .params = batch->params};

	(void)arg;
	store_index_words(&store, &brought->words);
	store_move_lines(&store, brought->moved, brought->moved_count);
	store_insert_mentions(&store, brought->mentions, brought->mentions_count);
	for (size_t i = 0; i < brought->mentions_count; i++)
		tell(batch, &brought->mentions[i]);
}

static void committed(void *arg, struct consumer_batch *batch)
{
	struct digest *digest = arg;
	const struct digest_batch *brought = batch->working_set;

	digest->is_untidy = true;
	metric_add(digest->indexed, (double)brought->words.lines);
	metric_add(digest->mentioned, (double)brought->mentions_count);
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
	                                                           .rest_us = REST_US,
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
