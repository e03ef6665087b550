/* viewers.c - see viewers.h. */
#include "viewers.h"

#include "base/clock.h"
#include "store_readers.h"
#include "stream.h"

enum { REPEAT_TICKS = 5, SHOWN_MAX = 10 /* conversations a client can be said to view at a time */ };

/* ---- what is told ---- */

static void write_viewers(const struct hub *hub, const struct watched *watched, const struct uuid *reader,
                          struct buf *out)
{
	char id[UUID_TEXT];
	bool is_first = true;

	buf_printf(out, "{\"viewers\":{\"conversation_id\":\"%s\",\"viewers\":[", uuid_format(&watched->conversation_id, id));
	for (int i = 0; i < watched->viewers.count; i++) {
		const struct uuid *agent_id = &watched->viewers.list[i].agent_id;
		const struct colleague *colleague = hub_find(hub, agent_id);
		if (uuid_equal(agent_id, reader) || !colleague)
			continue;
		buf_printf(out, "%s{\"agent_id\":\"%s\",\"name\":", is_first ? "" : ",", uuid_format(agent_id, id));
		buf_json_string(out, colleague->name);
		buf_printf(out, ",\"state\":\"%s\"}", watched->viewers.list[i].is_typing ? "typing" : "viewing");
		is_first = false;
	}
	buf_puts(out, "]}}");
}

static void tell(struct hub *hub, const struct watched *watched)
{
	for (const struct watch *w = watched->watchers; w; w = w->next_watcher) {
		const struct colleague *reader = w->stream->colleague;
		HILO_AUTO(buf) struct buf out = {0};
		if (w->stream->state != STREAM_LIVE || !rights_allow(&reader->rights, &watched->viewers.inbox_id))
			continue;
		write_viewers(hub, watched, &reader->id, &out);
		stream_signal(w->stream, out.data, out.len);
	}
}

/* ---- what is said ---- */

static void say(const struct watch *watch, bool is_viewing)
{
	Hilo__V1__LiveSignal signal = HILO__V1__LIVE_SIGNAL__INIT;
	char inbox[UUID_TEXT], conversation[UUID_TEXT], actor[sizeof("agent:") + UUID_TEXT] = "agent:";

	if (uuid_is_nil(&watch->inbox_id) || !rights_allow(&watch->stream->colleague->rights, &watch->inbox_id))
		return;
	signal.type = (char *)"viewing";
	signal.inbox_id = uuid_format(&watch->inbox_id, inbox);
	signal.conversation_id = uuid_format(&watch->conversation_id, conversation);
	uuid_format(&watch->stream->colleague->id, actor + strlen(actor));
	signal.actor = actor;
	signal.active = is_viewing;
	signal.time_us = clock_now_us();
	bus_signal(watch->stream->hub->gateway->bus, &signal);
}

static void say_all(const struct stream *stream, bool is_viewing)
{
	for (size_t i = 0; i < stream->watches_count && i < SHOWN_MAX; i++)
		say(&stream->watches[i], is_viewing);
}

static void on_inboxes(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct stream *stream = arg;

	if (!stream_done(stream) || outcome->fault != DB_OK)
		return;
	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0);
		for (size_t i = 0; i < stream->watches_count; i++)
			if (uuid_equal(&stream->watches[i].conversation_id, &id))
				stream->watches[i].inbox_id = db_get_uuid(result, row, 1);
	}
	say_all(stream, true);
}

void viewers_announce(struct stream *stream)
{
	struct uuid ids[SHOWN_MAX];
	size_t count = 0;

	for (; count < stream->watches_count && count < SHOWN_MAX; count++)
		ids[count] = stream->watches[count].conversation_id;
	if (!count || stream->state != STREAM_LIVE)
		return;
	stream->under_way++;
	store_read_watched(&stream->hub->gateway->store, &stream->colleague->rights, ids, count, on_inboxes, stream);
}

void viewers_leave(struct stream *stream)
{
	if (stream->colleague)
		say_all(stream, false);
}

/* ---- what is heard ---- */

static void answer(const struct watched *watched, const struct uuid *newcomer)
{
	for (const struct watch *w = watched->watchers; w; w = w->next_watcher)
		if (w->stream->state == STREAM_LIVE && !uuid_equal(&w->stream->colleague->id, newcomer))
			say(w, true);
}

static enum viewers_sign sign_of(const Hilo__V1__LiveSignal *signal)
{
	if (!strcmp(signal->type, "typing"))
		return signal->active ? VIEWERS_TYPES : VIEWERS_PAUSES;
	return signal->active ? VIEWERS_VIEWS : VIEWERS_LEAVES;
}

void viewers_hear(struct hub *hub, struct watched *watched, const struct uuid *inbox_id, const struct uuid *agent_id,
                  const Hilo__V1__LiveSignal *signal)
{
	enum viewers_news news = viewers_note(&watched->viewers, agent_id, sign_of(signal), clock_monotonic_us());

	watched->viewers.inbox_id = *inbox_id;
	if (news == VIEWERS_CAME)
		answer(watched, agent_id);
	if (news != VIEWERS_KNOWN)
		tell(hub, watched);
}

void viewers_tick(struct hub *hub)
{
	int64_t now_us = clock_monotonic_us();
	struct watched *watched;

	for (size_t at = 0; (watched = index_next(&hub->watched, &at));) {
		bool is_less = viewers_expire(&watched->viewers, now_us);
		if (is_less || (hub->ticks % REPEAT_TICKS == 0 && watched->viewers.count))
			tell(hub, watched); /* clients forget what is not repeated */
	}
	if (hub->ticks % REPEAT_TICKS)
		return;
	for (struct stream *s = hub->streams; s; s = s->next)
		if (s->state == STREAM_LIVE)
			say_all(s, true);
}
