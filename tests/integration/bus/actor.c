/* actor.c - bus-actor: plays a writer, a reader, a consumer's replica or someone who types, until SIGTERM. */
#include "actor.h"

#include <signal.h>
#include <stdio.h>

#include "bus_sql.h"

#define NUMBER(field) offsetof(struct actor, field)

static const struct conf_option options[] = {
        {.name = "HILO_DSN", .type = CONF_TEXT, .offset = NUMBER(dsn), .flags = CONF_REQUIRED, .help = "Database."},
        {.name = "HILO_SERVICE",
         .type = CONF_TEXT,
         .offset = NUMBER(service),
         .flags = CONF_REQUIRED,
         .help = "Who it is."},
        {.name = "HILO_OUT", .type = CONF_TEXT, .offset = NUMBER(out), .help = "Reader: file for what it saw."},
        {.name = "HILO_STOP_FILE",
         .type = CONF_TEXT,
         .offset = NUMBER(stop_file),
         .help = "Replica: freezes within a batch once this exists."},
        {.name = "HILO_SEED", .type = CONF_INTEGER, .offset = NUMBER(seed), .fallback = "1", .help = "Of chance."},
        {.name = "HILO_CONNECTIONS",
         .type = CONF_INTEGER,
         .offset = NUMBER(connections),
         .fallback = "4",
         .help = "Writer: transactions at a time."},
        {.name = "HILO_CONVERSATIONS",
         .type = CONF_INTEGER,
         .offset = NUMBER(conversations),
         .fallback = "8",
         .help = "Writer: how many."},
        {.name = "HILO_HIGH_WATER_MARK", .type = CONF_INTEGER, .offset = NUMBER(high_water_mark), .help = "Frames."},
        {.name = "HILO_DELAY_MS",
         .type = CONF_INTEGER,
         .offset = NUMBER(delay_ms),
         .help = "Reader: pause at each delivery; writer: between trips; replica: rest after a batch."},
        {.name = "HILO_RATE",
         .type = CONF_INTEGER,
         .offset = NUMBER(rate),
         .help = "Writer: events a second at most; 0: any."},
        {.name = "HILO_BATCH",
         .type = CONF_INTEGER,
         .offset = NUMBER(batch),
         .fallback = "3",
         .help = "Writer: conversations a transaction, at most."},
        {.name = "HILO_PAD", .type = CONF_INTEGER, .offset = NUMBER(pad), .help = "Writer: bytes more an event."},
        {.name = "HILO_TAKES_ID_FIRST",
         .type = CONF_BOOL,
         .offset = NUMBER(takes_id_first),
         .help = "Writer: writes before it locks."},
        {.name = "HILO_HEARS_SIGNALS",
         .type = CONF_BOOL,
         .offset = NUMBER(hears_signals),
         .help = "Reader: writes down live signals too."},
        {.name = "HILO_FROM_NOW",
         .type = CONF_BOOL,
         .offset = NUMBER(from_now),
         .help = "Reader: leaves out what was there before."},
        {.name = "HILO_START", .type = CONF_TEXT, .offset = NUMBER(start), .help = "Reader: cursor to go on from."},
        {0},
};

static const char *role;

struct uuid actor_conversation(int64_t number)
{
	struct uuid id = {0};

	id.bytes[0] = 0xc0;
	for (int i = 0; i < 8; i++)
		id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
	return id;
}

void actor_add_event(struct bus_outbox *outbox, const struct uuid *conversation, int64_t version, int64_t pad)
{
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__ConversationStatusChanged body = HILO__V1__CONVERSATION_STATUS_CHANGED__INIT;
	char id[UUID_TEXT];
	HILO_AUTO_FREE char *padding = hilo_alloc((size_t)pad + 1);
	int rc;

	memset(padding, 'x', (size_t)pad);
	uuid_format(conversation, id);
	body.conversation_id = id;
	body.by_agent_id = padding;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_STATUS_CHANGED;
	envelope.conversation_status_changed = &body;
	envelope.key = envelope.correlation_id = envelope.subject = id;
	envelope.version = (uint64_t)version;
	rc = bus_outbox_add(outbox, &envelope);
	if (rc < 0) {
		log_error("actor.refused", "error=%s", strerror(-rc));
		abort();
	}
}

static void on_term(void *arg, int signal_number HILO_UNUSED)
{
	struct actor *actor = arg;

	if (strcmp(role, "replica") == 0)
		replica_drain(actor);
	else
		loop_stop(actor->loop);
}

static void open_layers(struct actor *actor)
{
	const bool is_writer = strcmp(role, "writer") == 0;
	const struct db_catalogue catalogues[] = {
	        {bus_catalogue, bus_catalogue_count}, is_writer ? writer_catalogue : replica_catalogue, {0}};
	const struct db_options db = {.dsn = actor->dsn,
	                              .catalogues = catalogues,
	                              .connections = is_writer ? (int)actor->connections + 1 : 2,
	                              .application_name = role};

	actor->loop = loop_new();
	loop_on_signal(actor->loop, SIGTERM, on_term, actor);
	actor->db = db_open(actor->loop, &db);
	actor->bus = bus_open(&(struct bus_options){.loop = actor->loop,
	                                            .db = actor->db,
	                                            .service = actor->service,
	                                            .settings = &actor->keys,
	                                            .receive_high_water_mark = (int)actor->high_water_mark});
}

int main(int argc, char **argv)
{
	static struct actor actor;
	const struct conf_table tables[] = {{"Actor", options, &actor}, {"Bus", bus_conf_options, &actor.keys}, {0}};
	HILO_AUTO(buf) struct buf errors = {0};

	if (argc < 2 || conf_load(tables, argc - 1, argv + 1, &errors) < 0) {
		fprintf(stderr, "bus-actor writer|reader|replica|typist --dsn=…\n%s", errors.data ? errors.data : "");
		return 64;
	}
	role = argv[1];
	log_open(role, LOG_INFO_LEVEL);
	open_layers(&actor);
	if (strcmp(role, "writer") == 0)
		writer_start(&actor);
	else if (strcmp(role, "reader") == 0)
		reader_start(&actor);
	else if (strcmp(role, "typist") == 0)
		typist_start(&actor);
	else
		replica_start(&actor);
	loop_run(actor.loop);
	return 0;
}
