/* actor.h - what the roles of bus-actor share: settings, database, bus. */
#pragma once

#include "base/log.h"
#include "bus/consumer.h"

struct actor {
	struct bus_settings keys;
	char *dsn, *service, *out, *stop_file;
	int64_t seed, connections, conversations, high_water_mark, delay_ms, rate, batch, pad;
	bool takes_id_first;          /* writer: the mistake the order forbids */
	bool hears_signals, from_now; /* reader */
	char *start;                  /* reader: a cursor */
	struct loop *loop;
	struct db *db;
	struct bus *bus;
};

/* the conversation of that number: a UUID made of it, so that programs and tests agree */
struct uuid actor_conversation(int64_t number);
/* actor_event - a conversation.status_changed with this version. */
void actor_add_event(struct bus_outbox *outbox, const struct uuid *conversation, int64_t version, int64_t pad);

extern const struct db_catalogue writer_catalogue, replica_catalogue;
void writer_start(struct actor *actor);
void reader_start(struct actor *actor);
void typist_start(struct actor *actor);
void replica_start(struct actor *actor);
/* replica_drain - gives its shards back, then ends the loop. */
void replica_drain(struct actor *actor);
