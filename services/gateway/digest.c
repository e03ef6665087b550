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

static void on_inboxes(void *arg, const struct db_result *result)
{
	struct consumer_batch *batch = arg;
	struct digest_batch *brought = batch->working_set;

	brought->elsewhere = arena_new_array(batch->arena, struct digest_elsewhere, db_rows(result) + 1);
	for (size_t row = 0; row < db_rows(result); row++) {
		struct digest_elsewhere *place = &brought->elsewhere[brought->elsewhere_count];
		place->change = &brought->changes[db_get_int(result, row, 0) - 1];
		place->inbox_id = db_get_uuid(result, row, 1);
		if (!uuid_equal(&place->inbox_id, &place->change->event->inbox_id)) /* it was told there */
			brought->elsewhere_count++;
	}
}

/* two replicas may know the same customer's conversations: they write one after the other */
static void load(void *arg, struct consumer_batch *batch)
{
	const struct store_digest store = {.tx = batch->tx, .params = batch->params};
	struct digest_batch *brought = digest_batch_of(batch->arena, batch->events, batch->count);
	int64_t lock = hash_object64("digest", "", 0);

	(void)arg;
	batch->working_set = brought;
	db_tx_lock(batch->tx, &lock, 1);
	store_read_customers_inboxes(&store, brought->changes, brought->changes_count, on_inboxes, batch);
}

static void decide(void *arg, struct consumer_batch *batch)
{
	struct digest_batch *brought = batch->working_set;

	(void)arg;
	for (size_t i = 0; i < brought->mentions_count; i++)
		brought->mentions[i].id = uuid_new();
}

static void tell(struct consumer_batch *batch, const struct bus_event *cause, Hilo__V1__Envelope *envelope)
{
	if (bus_outbox_add(batch->outbox, envelope) < 0) {
		batch->failed_event = (size_t)(cause - batch->events) + 1;
		snprintf(batch->failed_reason, sizeof(batch->failed_reason), "what follows from it cannot be told");
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
		tell(batch, brought->mentions[i].event, digest_mentioned(batch->arena, &brought->mentions[i]));
	for (size_t i = 0; i < brought->elsewhere_count; i++)
		tell(batch, brought->elsewhere[i].change->event,
		     digest_changed_elsewhere(batch->arena, &brought->elsewhere[i]));
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
