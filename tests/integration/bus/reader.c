/* reader.c - writes down every event it is given: xid, id, conversation, version. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "actor.h"

static FILE *out;
static struct actor *the_actor;
static struct arena *arena;

static void on_events(void *arg HILO_UNUSED, struct bus_event *events, size_t count,
                      struct bus_position last HILO_UNUSED, int64_t watermark_us HILO_UNUSED)
{
	char id[UUID_TEXT];

	arena_reset(arena);
	for (size_t i = 0; i < count; i++) {
		const struct bus_event *event = &events[i];
		const int rc = bus_event_open(&events[i], arena);
		fprintf(out, "%" PRIu64 " %" PRId64 " %s %" PRIu64 "\n", event->position.xid, event->position.id,
		        uuid_format(&event->conversation_id, id), rc < 0 ? 0 : event->envelope->version);
	}
	if (count)
		fflush(out);
	if (count && the_actor->delay_ms)
		usleep((useconds_t)the_actor->delay_ms * 1000);
}

static void on_resync(void *arg HILO_UNUSED, struct bus_position now)
{
	char cursor[BUS_CURSOR_TEXT];

	fprintf(out, "resync %s\n", bus_cursor_format(&now, cursor));
	fflush(out);
}

static void on_signal(void *arg HILO_UNUSED, const Hilo__V1__LiveSignal *signal)
{
	fprintf(out, "signal %s %s %s\n", signal->type, signal->conversation_id, signal->active ? "on" : "off");
	fflush(out);
}

void reader_start(struct actor *actor)
{
	struct bus_reader_options options = {
	        .from_now = actor->from_now,
	        .on_events = on_events,
	        .on_resync = on_resync,
	        .on_signal = actor->hears_signals ? on_signal : NULL,
	};

	the_actor = actor;
	arena = arena_new(0);
	out = fopen(actor->out, "w");
	if (!out || (actor->start && *actor->start && bus_cursor_parse(actor->start, &options.start) < 0))
		abort();
	bus_reader_new(actor->bus, &options);
}
