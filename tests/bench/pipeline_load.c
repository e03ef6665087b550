/* pipeline_load.c - open-loop load for the pipeline benchmark: mails into channel_accept(), arrival counted at the agents'
 * sockets, latency from the time each message was due. Prints one JSON object.
 *
 *   pipeline_load prepare N           opens N conversations, prep 0 … N-1
 *   pipeline_load run RATE SECONDS KNOWN NEW_PERCENT HOST PORT TOKENS_FILE
 *   pipeline_load raw SECONDS         message + event rows, multi-row insert, nothing else
 * Settings (database, bus keys, files) come from the environment as the email daemon's do; HILO_BENCH_INBOX names the inbox. */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "bench_sql.h"
#include "bus_sql.h"
#include "channel/channel.h"
#include "channel_sql.h"
#include "pipeline_sockets.h"

#define PREPARE_WINDOW 512  /* messages under way while preparing */
#define LINGER_US 15000000  /* how long the last messages may take */
#define RAW_ROWS 500        /* rows a raw statement */

struct settings {
	char *dsn;
	char *inbox;
	char *stamp;
};

struct bench {
	struct settings settings;
	struct bus_settings bus_settings;
	struct channel_settings channel_settings;
	struct loop *loop;
	struct db *db;
	struct bus *bus;
	struct channel *channel;
	struct uuid inbox;
	struct arena *arena;
	struct timer *timer;

	int64_t rate, seconds, known, new_percent;
	struct sockets *sockets;
	int64_t total, sent, stored, refused, received, duplicates, strangers;
	int64_t start_us, clock_offset_us; /* monotonic start; realtime - monotonic */
	int64_t last_progress_us;
	int32_t *latency_us, *accept_us, *routed_us; /* by number; -1 not yet */
	uint64_t random;
	bool finished;
};

/* one message under way to its acknowledgement */
struct ticket {
	struct bench *bench;
	int64_t number;
};

static const struct conf_option own_options[] = {
	{"HILO_DATABASE_URL", CONF_SECRET, offsetof(struct settings, dsn), NULL, "Database, as role hilo_email", 0, 0, CONF_REQUIRED},
	{"HILO_BENCH_INBOX", CONF_TEXT, offsetof(struct settings, inbox), NULL, "Inbox the mails come to", 0, 0, CONF_REQUIRED},
	{"HILO_BENCH_STAMP", CONF_TEXT, offsetof(struct settings, stamp), "run", "Makes Message-IDs of runs differ", 0, 0, 0},
	{0},
};

static const char filler[] =
	"Dear team, the parcel that should have come on Tuesday has still not arrived, and the page says it is on its way. "
	"Could you please find out where it is and tell me when I may expect it? I am at home in the afternoons only. ";

static uint64_t next_random(struct bench *b)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return b->random;
}

static int64_t due_us(const struct bench *b, int64_t number)
{
	return b->start_us + number * 1000000 / b->rate;
}

static void on_accepted(void *arg, enum channel_result result, const struct uuid *message_id);

/* a parsed mail of about 1 kB: to a known conversation (its customer follows up on their first mail) or from a stranger */
static void send_one(struct bench *b, int64_t number, bool prepare)
{
	bool is_new = prepare || (int64_t)(next_random(b) % 100) < b->new_percent;
	int64_t who = is_new ? number : (int64_t)(next_random(b) % (uint64_t)b->known);
	const char *stamp = b->settings.stamp;
	arena_reset(b->arena);
	char *text = arena_printf(b->arena, "bench %" PRId64 " %s%s%s%s", number, filler, filler, filler, filler);
	char *id = arena_printf(b->arena, "%s-%" PRId64 "@bench.example", prepare ? "prep" : stamp, number);
	char *parent = arena_printf(b->arena, "prep-%" PRId64 "@bench.example", who);
	char *address = is_new && !prepare ? arena_printf(b->arena, "%s-%" PRId64 "@new.example", stamp, who)
					   : arena_printf(b->arena, "c%" PRId64 "@known.example", who);
	char *raw = arena_printf(b->arena, "From: %s\r\nMessage-ID: <%s>\r\n\r\n%s", address, id, text);
	const char *thread[] = {parent};
	struct channel_inbound in = {
		.channel = HILO__V1__CHANNEL__CHANNEL_EMAIL,
		.inbox_id = b->inbox,
		.dedupe_key = id,
		.contact_address = address,
		.contact_name = "Ann Customer",
		.level = HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED,
		.subject = "Where is my parcel?",
		.text = text,
		.rfc_message_id = id,
		.thread_ids = thread,
		.thread_ids_count = is_new ? 0 : 1,
		.raw = raw,
		.raw_size = strlen(raw),
	};
	struct ticket *ticket = hilo_new(struct ticket);
	*ticket = (struct ticket){b, number};
	b->sent++;
	channel_accept(b->channel, &in, on_accepted, ticket);
}

static void finish(struct bench *b)
{
	b->finished = true;
	loop_stop(b->loop);
}

static void on_accepted(void *arg, enum channel_result result, const struct uuid *message_id)
{
	struct ticket *ticket = arg;
	struct bench *b = ticket->bench;
	(void)message_id;
	if (result == CHANNEL_STORED)
		b->stored++;
	else
		b->refused++;
	if (b->accept_us && result == CHANNEL_STORED)
		b->accept_us[ticket->number] = (int32_t)(clock_monotonic_us() - due_us(b, ticket->number));
	free(ticket);
	if (b->accept_us)
		return;
	if (b->sent < b->total)
		send_one(b, b->sent, true);
	else if (b->stored + b->refused == b->total)
		finish(b);
}

static void on_message(void *arg, int64_t number, int64_t routed_us)
{
	struct bench *b = arg;
	if (number < 0 || number >= b->total) {
		b->strangers++;
		return;
	}
	int64_t now = clock_monotonic_us();
	b->last_progress_us = now;
	if (b->latency_us[number] >= 0) {
		b->duplicates++;
		return;
	}
	b->received++;
	b->latency_us[number] = (int32_t)(now - due_us(b, number));
	b->routed_us[number] = (int32_t)(routed_us - b->clock_offset_us - due_us(b, number));
	if (b->received == b->total)
		finish(b);
}

static void on_tick(void *arg)
{
	struct bench *b = arg;
	int64_t now = clock_monotonic_us();
	if (!b->start_us) {
		if (!sockets_ready(b->sockets))
			return;
		b->start_us = now;
		b->clock_offset_us = clock_now_us() - now;
	}
	while (b->sent < b->total && due_us(b, b->sent) <= now)
		send_one(b, b->sent, false);
	if (b->sent == b->total && now - HILO_MAX(b->last_progress_us, due_us(b, b->total)) > LINGER_US)
		finish(b);
}

static int compare_i32(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

/* Returns: count of the values that are known, sorted to the front */
static size_t sort_known(int32_t *values, int64_t count)
{
	size_t known = 0;
	for (int64_t i = 0; i < count; i++)
		if (values[i] != -1)
			values[known++] = values[i];
	qsort(values, known, sizeof(*values), compare_i32);
	return known;
}

static void print_percentiles(const char *name, int32_t *values, int64_t count)
{
	size_t n = sort_known(values, count);
	double p50 = n ? values[n / 2] / 1000.0 : 0, p99 = n ? values[n * 99 / 100] / 1000.0 : 0;
	double top = n ? values[n - 1] / 1000.0 : 0;
	printf(",\"%s\":{\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}", name, p50, p99, top);
}

static char **read_tokens(const char *path, size_t *ret_count)
{
	FILE *file = fopen(path, "re");
	if (!file) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(1);
	}
	char **tokens = NULL, line[256];
	size_t count = 0;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		tokens = hilo_realloc(tokens, (count + 1) * sizeof(*tokens));
		tokens[count++] = hilo_strdup(line);
	}
	fclose(file);
	*ret_count = count;
	return tokens;
}

static void run(struct bench *b, char **argv)
{
	b->rate = atoll(argv[0]);
	b->seconds = atoll(argv[1]);
	b->known = atoll(argv[2]);
	b->new_percent = atoll(argv[3]);
	b->total = b->rate * b->seconds;
	size_t bytes = (size_t)b->total * sizeof(int32_t), tokens_count;
	b->latency_us = memset(hilo_alloc(bytes), 0xff, bytes);
	b->accept_us = memset(hilo_alloc(bytes), 0xff, bytes);
	b->routed_us = memset(hilo_alloc(bytes), 0xff, bytes);
	char **tokens = read_tokens(argv[6], &tokens_count);
	struct sockets_options options = {b->loop, argv[4], atoi(argv[5]), (const char *const *)tokens, tokens_count, on_message, b};
	b->sockets = sockets_open(&options);
	timer_every(b->timer, 1000);
	loop_run(b->loop);
	double took = (double)(clock_monotonic_us() - b->start_us) / 1e6;
	printf("{\"rate\":%" PRId64 ",\"seconds\":%" PRId64 ",\"sent\":%" PRId64 ",\"accepted\":%" PRId64 ",\"received\":%" PRId64
	       ",\"missing\":%" PRId64 ",\"duplicates\":%" PRId64 ",\"strangers\":%" PRId64 ",\"took_s\":%.3f",
	       b->rate, b->seconds, b->sent, b->stored, b->received, b->total - b->received, b->duplicates, b->strangers, took);
	print_percentiles("accept", b->accept_us, b->total);
	print_percentiles("routed", b->routed_us, b->total);
	print_percentiles("screen", b->latency_us, b->total);
	printf("}\n");
	for (size_t i = 0; i < tokens_count; i++)
		free(tokens[i]);
	free(tokens);
	sockets_close(&b->sockets);
}

static void prepare(struct bench *b, char **argv)
{
	b->total = atoll(argv[0]);
	int64_t from = clock_monotonic_us();
	while (b->sent < b->total && b->sent < PREPARE_WINDOW)
		send_one(b, b->sent, true);
	loop_run(b->loop);
	printf("{\"prepared\":%" PRId64 ",\"refused\":%" PRId64 ",\"took_s\":%.3f}\n", b->stored, b->refused,
	       (double)(clock_monotonic_us() - from) / 1e6);
}

/* ---- the raw limit ---- */

struct raw {
	struct bench *bench;
	struct db_params *params;
	int64_t until_us;
	int64_t rows;
	size_t open;
};

static void raw_next(struct raw *raw);

static void on_raw_commit(void *arg, const struct db_outcome *outcome)
{
	struct raw *raw = arg;
	if (outcome->fault) {
		fprintf(stderr, "raw insert failed: %s\n", outcome->message);
		exit(1);
	}
	raw->rows += RAW_ROWS;
	raw->open--;
	if (clock_monotonic_us() < raw->until_us)
		raw_next(raw);
	else if (!raw->open)
		loop_stop(raw->bench->loop);
}

static void raw_next(struct raw *raw)
{
	struct bench *b = raw->bench;
	struct db_params *p = raw->params;
	struct uuid ids[RAW_ROWS];
	char text[1200];
	snprintf(text, sizeof(text), "bench raw %s%s%s%s", filler, filler, filler, filler);
	for (size_t i = 0; i < RAW_ROWS; i++)
		ids[i] = uuid_new();
	struct db_tx *tx = db_begin(b->db);
	for (int statement = 0; statement < 2; statement++) {
		db_params_reset(p);
		db_array_begin(p, DB_UUID);
		for (size_t i = 0; i < RAW_ROWS; i++)
			db_array_uuid(p, &ids[i]);
		db_array_end(p);
		db_bind_uuid(p, &b->inbox);
		db_array_begin(p, DB_TEXT);
		for (size_t i = 0; i < RAW_ROWS; i++)
			db_array_text(p, "somebody@raw.example");
		db_array_end(p);
		db_array_begin(p, statement ? DB_BYTES : DB_TEXT);
		for (size_t i = 0; i < RAW_ROWS; i++) {
			if (statement)
				db_array_bytes(p, text, 500);
			else
				db_array_text(p, text);
		}
		db_array_end(p);
		db_tx_exec(tx, statement ? &bench_sql_insert_events : &bench_sql_insert_messages, p, NULL, NULL);
	}
	raw->open++;
	db_tx_commit(tx, on_raw_commit, raw);
}

static void raw_limit(struct bench *b, char **argv)
{
	int64_t from = clock_monotonic_us();
	struct raw raw = {.bench = b, .params = db_params_new(), .until_us = from + atoll(argv[0]) * 1000000};
	for (int i = 0; i < 4; i++)
		raw_next(&raw);
	loop_run(b->loop);
	printf("{\"raw_rows_per_s\":%.0f}\n", (double)raw.rows / ((double)(clock_monotonic_us() - from) / 1e6));
	db_params_free(&raw.params);
}

static void on_ready(void *arg, bool ready)
{
	struct bench *b = arg;
	if (ready)
		loop_stop(b->loop);
}


int main(int argc, char **argv)
{
	static struct bench b = {.random = 0x9e3779b97f4a7c15};
	const struct conf_table tables[] = {{"bench", own_options, &b.settings},
					    {"bus", bus_conf_options, &b.bus_settings},
					    {"channel", channel_conf_options, &b.channel_settings},
					    {0}};
	HILO_AUTO(buf) struct buf errors = {0};
	bool ok = (argc == 3 && (!strcmp(argv[1], "prepare") || !strcmp(argv[1], "raw"))) || (argc == 9 && !strcmp(argv[1], "run"));
	log_open("bench", LOG_WARN_LEVEL);
	if (!ok || conf_load(tables, 1, argv, &errors) || uuid_parse(b.settings.inbox, &b.inbox)) {
		fprintf(stderr, "usage: see the top of pipeline_load.c\n%s", errors.data ? errors.data : "");
		return 64;
	}
	b.loop = loop_new();
	b.arena = arena_new(0);
	b.timer = timer_new(b.loop, on_tick, &b);
	const struct db_catalogue catalogues[] = {{bench_catalogue, bench_catalogue_count},
						  {bus_catalogue, bus_catalogue_count},
						  {channel_catalogue, channel_catalogue_count},
						  {0}};
	struct db_options database = {.dsn = b.settings.dsn, .catalogues = catalogues, .connections = 4,
				      .application_name = "hilo-bench", .on_ready = on_ready, .arg = &b};
	b.db = db_open(b.loop, &database);
	loop_run(b.loop); /* until the database is ready */
	struct bus_options bus = {.loop = b.loop, .db = b.db, .service = "email", .settings = &b.bus_settings};
	b.bus = bus_open(&bus);
	struct channel_options channel = {.loop = b.loop, .db = b.db, .bus = b.bus, .settings = &b.channel_settings};
	b.channel = channel_open(&channel);
	if (!strcmp(argv[1], "prepare"))
		prepare(&b, argv + 2);
	else if (!strcmp(argv[1], "run"))
		run(&b, argv + 2);
	else
		raw_limit(&b, argv + 2);
	channel_close(&b.channel);
	bus_close(&b.bus);
	db_close(&b.db);
	timer_free(&b.timer);
	arena_free(&b.arena);
	conf_free(tables);
	loop_free(&b.loop);
	return 0;
}
