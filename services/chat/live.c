/* live.c - what goes on now. */
#include "live.h"

struct live {
	struct chat *chat;
	struct bus_reader *reader;
};

const struct http_route live_routes[] = {{0}};

static void on_events(void *arg, struct bus_event *events, size_t count, struct bus_position last, int64_t watermark_us)
{
	(void)arg, (void)events, (void)count, (void)last, (void)watermark_us;
}

static void on_resync(void *arg, struct bus_position now)
{
	(void)arg, (void)now;
}

struct live *live_new(struct chat *chat)
{
	struct live *live = hilo_new(struct live);
	const struct bus_reader_options options = {.from_now = true, .on_events = on_events, .on_resync = on_resync, .arg = live};

	live->chat = chat;
	live->reader = bus_reader_new(chat->bus, &options);
	return live;
}

void live_free(struct live **live)
{
	if (*live)
		bus_reader_free(&(*live)->reader);
	free(HILO_STEAL(*live));
}

void live_drain(struct live *live)
{
	(void)live;
}

bool live_is_reading(const struct live *live)
{
	return bus_reader_is_live(live->reader);
}

void live_send(void *arg, struct channel_outbound *out)
{
	(void)arg;
	channel_outbound_done(out, CHANNEL_SENT, "");
}

void live_end_visitor(struct live *live, const struct uuid *visitor_id)
{
	(void)live, (void)visitor_id;
}

void live_state(struct live *live, const struct visitor *visitor,
		void (*on_state)(void *arg, const char *members_json, enum db_fault fault), void *arg)
{
	(void)live, (void)visitor;
	on_state(arg, "\"conversation\":null,\"seen\":0,\"queue\":null,\"agent\":null", DB_OK);
}
