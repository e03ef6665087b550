/* bus_stages.c - one process of the log's own benchmark: `source` appends events on time, `stage N` hands each on to
 * the next stage in its batch, the last stage measures from the time an event was due. Run by tests/bench/stages. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "bus/consumer.h"
#include "bus_sql.h"

enum { STAGES = 3, LATENCIES = 1 << 22 };

static struct settings {
	struct bus_settings keys;
	char *dsn, *service;
	int64_t rate, seconds, stage, pad, keys_count;
} settings;

static const struct conf_option options[] = {
        {.name = "HILO_DSN", .type = CONF_TEXT, .offset = offsetof(struct settings, dsn), .help = "Database."},
        {.name = "HILO_SERVICE",
         .type = CONF_TEXT,
         .offset = offsetof(struct settings, service),
         .help = "Consumer group."},
        {.name = "HILO_RATE",
         .type = CONF_INTEGER,
         .offset = offsetof(struct settings, rate),
         .fallback = "1000",
         .help = "Events a second."},
        {.name = "HILO_SECONDS",
         .type = CONF_INTEGER,
         .offset = offsetof(struct settings, seconds),
         .fallback = "10",
         .help = "How long."},
        {.name = "HILO_STAGE", .type = CONF_INTEGER, .offset = offsetof(struct settings, stage), .help = "0: source."},
        {.name = "HILO_PAD",
         .type = CONF_INTEGER,
         .offset = offsetof(struct settings, pad),
         .fallback = "700",
         .help = "Bytes an event."},
        {.name = "HILO_KEYS",
         .type = CONF_INTEGER,
         .offset = offsetof(struct settings, keys_count),
         .fallback = "20000",
         .help = "Keys."},
        {0},
};

static const struct db_statement record = {
        .name = "stages.record",
        .parameters = 3,
        .sql = "INSERT INTO test.stage (stage, key, number) SELECT $1::smallint, * FROM unnest($2::text[], "
               "$3::bigint[])",
};
static const struct db_statement *const statements[] = {&record};

static const Hilo__V1__Envelope__BodyCase bodies[] = {
        HILO__V1__ENVELOPE__BODY_CONVERSATION_OPENED,
        HILO__V1__ENVELOPE__BODY_CONVERSATION_QUEUED,
        HILO__V1__ENVELOPE__BODY_CONVERSATION_REOPENED,
        HILO__V1__ENVELOPE__BODY_CONVERSATION_ASSIGNED,
};
static const char *types[2];

static struct loop *loop;
static struct db *db;
static struct bus *bus;
static struct db_params *params;
static char *padding;

/* what the stages hand on: subject carries the text, so that every body may stay empty */
static void add(struct bus_outbox *outbox, int64_t stage, const char *key, const char *subject, int64_t due_us,
                int64_t number)
{
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__ConversationOpened opened = HILO__V1__CONVERSATION_OPENED__INIT;
	Hilo__V1__ConversationQueued queued = HILO__V1__CONVERSATION_QUEUED__INIT;
	Hilo__V1__ConversationReopened reopened = HILO__V1__CONVERSATION_REOPENED__INIT;
	Hilo__V1__ConversationAssigned assigned = HILO__V1__CONVERSATION_ASSIGNED__INIT;

	envelope.body_case = bodies[stage];
	switch (stage) {
	case 0:
		envelope.conversation_opened = &opened;
		break;
	case 1:
		envelope.conversation_queued = &queued;
		break;
	case 2:
		envelope.conversation_reopened = &reopened;
		break;
	default:
		envelope.conversation_assigned = &assigned;
	}
	envelope.key = (char *)key;
	envelope.subject = (char *)subject;
	envelope.time_us = due_us;
	envelope.version = (uint64_t)number;
	if (bus_outbox_add(outbox, &envelope) < 0)
		abort();
}

static void bind_record(int64_t stage, const char *const *keys, const int64_t *numbers, size_t count)
{
	db_params_reset(params);
	db_bind_i16(params, (int16_t)stage);
	db_array_begin(params, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(params, keys[i]);
	db_array_end(params);
	db_array_begin(params, DB_I64);
	for (size_t i = 0; i < count; i++)
		db_array_i64(params, numbers[i]);
	db_array_end(params);
}

/* ---- the source: whatever is due when a transaction ends goes into the next ---- */

enum { MAX_APPEND = 1000 };
static struct bus_outbox *outbox;
static struct timer *pace;
static int64_t begun_us, appended;

static void append(void *arg);

static void on_appended(void *arg HILO_UNUSED, const struct db_outcome *outcome)
{
	if (outcome->fault != DB_OK) {
		fprintf(stderr, "source: %s\n", outcome->message);
		exit(1);
	}
	bus_ring(bus);
	append(NULL);
}

static void append(void *arg HILO_UNUSED)
{
	const char *keys[MAX_APPEND];
	char texts[MAX_APPEND][32];
	int64_t numbers[MAX_APPEND];
	const int64_t due =
	        HILO_MIN((clock_now_us() - begun_us) * settings.rate / 1000000 + 1, settings.rate * settings.seconds);
	const size_t count = (size_t)HILO_MIN(due - appended, (int64_t)MAX_APPEND);
	struct db_tx *tx;

	if (appended == settings.rate * settings.seconds) {
		loop_stop(loop);
		return;
	}
	if (count == 0) {
		timer_in(pace, 200);
		return;
	}
	bus_outbox_clear(outbox);
	for (size_t i = 0; i < count; i++) {
		numbers[i] = appended++;
		snprintf(texts[i], sizeof(texts[i]), "key-%lld", (long long)(numbers[i] * 7919 % settings.keys_count));
		keys[i] = texts[i];
		add(outbox, 0, keys[i], padding, begun_us + numbers[i] * 1000000 / settings.rate, numbers[i]);
	}
	tx = db_begin(db);
	bind_record(0, keys, numbers, count);
	db_tx_exec(tx, &record, params, NULL, NULL);
	bus_outbox_append(outbox, tx);
	db_tx_commit(tx, on_appended, NULL);
}

static void begin(void *arg HILO_UNUSED)
{
	begun_us = clock_now_us();
	timer_free(&pace);
	pace = timer_new(loop, append, NULL);
	timer_in(pace, 0);
}

/* ---- a stage ---- */

static int64_t *latencies;
static size_t received;

static void load(void *arg HILO_UNUSED, struct consumer_batch *batch HILO_UNUSED)
{
}

static void decide(void *arg HILO_UNUSED, struct consumer_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const Hilo__V1__Envelope *in = batch->events[i].envelope;
		if (settings.stage < STAGES)
			add(batch->outbox, settings.stage, in->key, in->subject, in->time_us, (int64_t)in->version);
	}
}

static void flush(void *arg HILO_UNUSED, struct consumer_batch *batch)
{
	const char **keys = arena_new_array(batch->arena, const char *, batch->count);
	int64_t *numbers = arena_new_array(batch->arena, int64_t, batch->count);

	for (size_t i = 0; i < batch->count; i++) {
		keys[i] = batch->events[i].key;
		numbers[i] = (int64_t)batch->events[i].envelope->version;
	}
	bind_record(settings.stage, keys, numbers, batch->count);
	db_tx_exec(batch->tx, &record, params, NULL, NULL);
}

static int compare_i64(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(void)
{
	const struct metric *batches = metric_counter("hilo_consumer_batches_total", "", NULL);
	const struct metric *gaps = metric_counter("hilo_bus_gaps_total", "", NULL);

	qsort(latencies, received, sizeof(*latencies), compare_i64);
	printf("{\"stage\":%lld,\"received\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"batches\":%.0f,"
	       "\"gaps\":%.0f}\n",
	       (long long)settings.stage, received, (double)latencies[received / 2] / 1e3,
	       (double)latencies[received * 99 / 100] / 1e3, (double)latencies[received ? received - 1 : 0] / 1e3,
	       metric_value(batches), metric_value(gaps));
	fflush(stdout);
}

static void committed(void *arg HILO_UNUSED, struct consumer_batch *batch)
{
	const int64_t now_us = clock_now_us();

	for (size_t i = 0; i < batch->count && received < LATENCIES; i++)
		latencies[received++] = now_us - batch->events[i].envelope->time_us;
	if ((int64_t)received == settings.rate * settings.seconds) {
		report();
		loop_stop(loop);
	}
}

static void start_stage(void)
{
	types[0] = bus_event_type_by_body(bodies[settings.stage - 1])->type;
	latencies = hilo_alloc_array(LATENCIES, sizeof(*latencies));
	consumer_new(&(struct consumer_options){.bus = bus,
	                                        .db = db,
	                                        .types = types,
	                                        .load = load,
	                                        .decide = decide,
	                                        .flush = flush,
	                                        .committed = committed});
}

int main(int argc, char **argv)
{
	const struct conf_table tables[] = {
	        {"Stages", options, &settings}, {"Bus", bus_conf_options, &settings.keys}, {0}};
	const struct db_catalogue catalogues[] = {{bus_catalogue, bus_catalogue_count}, {statements, 1}, {0}};
	HILO_AUTO(buf) struct buf errors = {0};

	if (conf_load(tables, argc, argv, &errors) < 0) {
		fputs(errors.data, stderr);
		return 64;
	}
	log_open("stages", LOG_WARN_LEVEL);
	loop = loop_new();
	params = db_params_new();
	padding = hilo_alloc((size_t)settings.pad + 1);
	memset(padding, 'x', (size_t)settings.pad);
	db = db_open(loop,
	             &(struct db_options){.dsn = settings.dsn, .catalogues = catalogues, .application_name = "stages"});
	struct db *bus_pool = db_open(loop, &(struct db_options){.dsn = settings.dsn, .catalogues = catalogues});
	bus = bus_open(&(struct bus_options){
	        .loop = loop, .db = bus_pool, .service = settings.service, .settings = &settings.keys});
	if (settings.stage) {
		start_stage();
	} else {
		outbox = bus_outbox_new(settings.service);
		pace = timer_new(loop, begin, NULL);
		timer_in(pace, 2000000); /* the stages lease their shards meanwhile */
	}
	loop_run(loop);
	return 0;
}
