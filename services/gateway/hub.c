/* hub.c - from the reader to the sockets. */
#include "hub.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "presence.h"
#include "requests.h"
#include "stream.h"

#define TICK_US 1000000
#define CATCH_UP_US 5000
enum { SESSION_TICKS = 5, PRESENCE_TICKS = 20, BEAT_TICKS = 15 };

/* ---- agents ---- */

const struct colleague *hub_find(const struct hub *hub, const struct uuid *agent_id)
{
	return index_get(&hub->colleagues, agent_id);
}

const struct rights *hub_subject(const struct hub *hub, const struct stream_event *event)
{
	const struct colleague *colleague = hub_find(hub, &event->agent_id);

	return colleague ? &colleague->rights : NULL;
}

static void colleague_free(struct colleague *colleague)
{
	free(colleague->name);
	free(colleague->inboxes);
	free(colleague);
}

static void tell_streams(struct colleague *colleague, const struct rights *before)
{
	struct stream *next;

	for (struct stream *stream = colleague->streams; stream; stream = next) {
		next = stream->next_of_agent;
		if (!colleague->is_active)
			stream_close(stream, 4401, "signed out");
		else
			stream_rights_changed(stream, before);
	}
}

struct colleague *hub_colleague(struct hub *hub, const struct uuid *id, const char *name, enum role role,
                                const struct rights *rights, bool is_active, int64_t version)
{
	struct colleague *colleague = index_get(&hub->colleagues, id);
	struct colleague before;

	if (!colleague) {
		colleague = hilo_new(struct colleague);
		colleague->id = *id;
		index_put(&hub->colleagues, id, colleague);
	} else if (colleague->version >= version) {
		return colleague;
	}
	before = *colleague;
	colleague->name = hilo_strdup(name);
	colleague->role = role;
	colleague->inboxes = hilo_alloc_array(rights->count + 1, sizeof(struct uuid));
	if (rights->count)
		memcpy(colleague->inboxes, rights->inboxes, rights->count * sizeof(struct uuid));
	colleague->rights = (struct rights){.all = rights->all, .count = rights->count, .inboxes = colleague->inboxes};
	colleague->is_active = is_active;
	colleague->version = version;
	if (!is_active || !rights_equal(&before.rights, &colleague->rights))
		tell_streams(colleague, &before.rights);
	free(before.name);
	free(before.inboxes);
	return colleague;
}

static void on_agent_updated(struct hub *hub, const Hilo__V1__Envelope *envelope)
{
	const Hilo__V1__AgentUpdated *body = envelope->agent_updated;
	struct rights rights = {.all = body->all_inboxes};
	struct uuid id, *inboxes = arena_new_array(hub->arena, struct uuid, body->n_inbox_ids + 1);
	enum role role = body->role == HILO__V1__ROLE__ROLE_ADMINISTRATOR ? ROLE_ADMINISTRATOR
	                 : body->role == HILO__V1__ROLE__ROLE_SUPERVISOR  ? ROLE_SUPERVISOR
	                                                                  : ROLE_AGENT;

	for (size_t i = 0; i < body->n_inbox_ids; i++)
		if (uuid_parse(body->inbox_ids[i], &inboxes[rights.count]) == 0)
			rights.count++;
	rights.count = rights_sort(inboxes, rights.count);
	rights.inboxes = inboxes;
	if (uuid_parse(body->agent_id, &id) == 0)
		hub_colleague(hub, &id, body->name, role, &rights, body->active, (int64_t)envelope->version);
}

static void on_directory(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct hub *hub = arg;
	HILO_AUTO(arena) struct arena *arena = arena_new(0);

	hub->is_reading_directory = false;
	if (outcome->fault != DB_OK)
		return; /* read again at the next tick: the ring is open, and nobody is known */
	for (size_t i = 0; i < db_rows(result); i++) {
		struct uuid id = db_get_uuid(result, i, 0);
		struct rights rights = store_get_rights(result, i, 3, 6, arena);
		enum role role = ROLE_ADMINISTRATOR;
		while (strcmp(role_words[role], db_get_text(result, i, 2)) != 0)
			role++;
		hub_colleague(hub, &id, db_get_text(result, i, 1), role, &rights, db_get_bool(result, i, 4),
		              db_get_int(result, i, 5));
	}
}

static void read_directory(struct hub *hub)
{
	if (hub->is_reading_directory)
		return;
	hub->is_reading_directory = true;
	store_read_directory(&hub->gateway->store, on_directory, hub);
}

/* ---- events ---- */

static void touch(struct hub *hub, struct stream *stream)
{
	if (hub->touched_count == hub->touched_size) {
		hub->touched_size = hub->touched_size ? hub->touched_size * 2 : 64;
		hub->touched = hilo_realloc(hub->touched, hub->touched_size * sizeof(*hub->touched));
	}
	hub->touched[hub->touched_count++] = stream;
}

static void offer(struct hub *hub, struct stream *stream, const struct stream_event *event)
{
	if (stream->state != STREAM_LIVE || stream->serial == hub->serial)
		return;
	stream->serial = hub->serial;
	if (bus_position_compare(&event->position, &stream->position) <= 0)
		return; /* its client has read further than we */
	if (!stream->pending_count)
		touch(hub, stream);
	stream_offer(stream, event);
}

static void offer_agent(struct hub *hub, const struct uuid *agent_id, const struct stream_event *event)
{
	const struct colleague *colleague = hub_find(hub, agent_id);

	for (struct stream *s = colleague ? colleague->streams : NULL; s; s = s->next_of_agent)
		offer(hub, s, event);
}

static void fan_out(struct hub *hub, const struct stream_event *event)
{
	const struct watched *watched;

	hub->serial++;
	if (event->audience != AUDIENCE_CONVERSATION) {
		for (struct stream *s = hub->streams; s; s = s->next)
			offer(hub, s, event);
		return;
	}
	offer_agent(hub, &event->assignee_id, event);
	offer_agent(hub, &event->previous_id, event);
	watched = index_get(&hub->watched, &event->conversation_id);
	for (struct watch *w = watched ? watched->watchers : NULL; w; w = w->next_watcher) {
		if (!uuid_is_nil(&event->previous_inbox_id))
			w->inbox_id = event->inbox_id; /* who looks at it is told to its agents now */
		offer(hub, w->stream, event);
	}
	for (struct stream *s = hub->broad; s; s = s->next_broad)
		offer(hub, s, event);
}

static void flush_all(struct hub *hub)
{
	hub->shared.count = 0;
	for (size_t i = 0; i < hub->touched_count; i++)
		if (hub->touched[i]->state == STREAM_LIVE)
			stream_flush(hub->touched[i], &hub->ring.last);
	hub->touched_count = 0;
}

static bool is_outcome(const char *type)
{
	return !strcmp(type, "request.done") || !strcmp(type, "request.refused") || !strcmp(type, "inbox.tested");
}

static void take(struct hub *hub, struct bus_event *event)
{
	bool wanted = stream_event_is_wanted(event->type), outcome = is_outcome(event->type);
	struct stream_event *shown;

	if (!wanted && !outcome)
		return;
	if (bus_event_open(event, hub->arena) < 0) {
		log_error("stream.bad_event", "type=%s id=%" PRId64, event->type, event->position.id);
		return;
	}
	if (outcome) {
		requests_outcome(hub->gateway->requests, event);
		return;
	}
	if (event->envelope->body_case == HILO__V1__ENVELOPE__BODY_AGENT_UPDATED)
		on_agent_updated(hub, event->envelope);
	if (event->envelope->body_case == HILO__V1__ENVELOPE__BODY_CONFIGURATION_CHANGED &&
	    hub_ends_sessions(event->envelope->configuration_changed->kind))
		hub_check_sessions(hub);
	shown = stream_event_of(event);
	ring_push(&hub->ring, shown);
	metric_add(hub->events_metric, 1);
	fan_out(hub, shown);
}

/* another epoch may number lower: what was known of places in the old one is forgotten */
static void open_ring(struct hub *hub, struct bus_position base)
{
	hub->touched_count = 0; /* what is pending points into the ring */
	ring_start(&hub->ring, base);
	read_directory(hub);
	for (struct stream *s = hub->streams; s; s = s->next) {
		s->pending_count = 0;
		s->told = (struct bus_position){0};
		if (s->state == STREAM_LIVE)
			s->position = base;
	}
}

/* streams that wait for the first news begin; in a new epoch those that read the past of the old one start over */
static void begin_behind(struct hub *hub, bool is_first)
{
	for (struct stream *s = hub->streams; s; s = s->next)
		if (s->state == STREAM_BEHIND && is_first)
			stream_begin(s);
		else if (s->state == STREAM_BEHIND)
			stream_resync(s);
}

static void on_events(void *arg, struct bus_event *events, size_t count, struct bus_position last, int64_t watermark_us)
{
	struct hub *hub = arg;
	struct bus_position before = last;

	(void)watermark_us;
	if (count) { /* all that lies between where the reader began and `last` is here */
		before = events[0].position;
		before.id--;
	}
	if (!hub->ring.is_open || hub->ring.last.epoch != last.epoch) {
		bool is_first = !hub->ring.is_open;
		open_ring(hub, before);
		begin_behind(hub, is_first);
	}
	for (size_t i = 0; i < count; i++)
		take(hub, &events[i]);
	hub->ring.last = last;
	flush_all(hub);
	requests_flush(hub->gateway->requests);
	arena_reset(hub->arena);
}

static void on_resync(void *arg, struct bus_position now)
{
	struct hub *hub = arg;

	log_warn("stream.resync", "xid=%" PRIu64, now.xid);
	open_ring(hub, now);
	for (struct stream *s = hub->streams; s; s = s->next)
		if (s->state == STREAM_LIVE || s->state == STREAM_BEHIND)
			stream_resync(s);
}

/* ---- signals ---- */

static const char *actor_id(const char *actor)
{
	const char *colon = strchr(actor, ':');

	return colon ? colon + 1 : "";
}

static void write_typing(struct hub *hub, const Hilo__V1__LiveSignal *signal, const struct uuid *agent_id,
                         struct buf *out)
{
	const struct colleague *colleague = hub_find(hub, agent_id);
	bool is_agent = !strncmp(signal->actor, "agent:", 6);

	buf_puts(out, "{\"typing\":{\"conversation_id\":");
	buf_json_string(out, signal->conversation_id);
	buf_printf(out, ",\"author\":{\"type\":\"%s\",\"id\":", is_agent ? "agent" : "customer");
	buf_json_string(out, actor_id(signal->actor));
	buf_puts(out, ",\"name\":");
	buf_json_string(out, is_agent && colleague ? colleague->name : "");
	buf_printf(out, "},\"active\":%s}}", signal->active ? "true" : "false");
}

static void on_signal(void *arg, const Hilo__V1__LiveSignal *signal)
{
	struct hub *hub = arg;
	struct uuid conversation, inbox, agent = {0};
	struct watched *watched;
	struct buf text = {0};
	bool is_typing = !strcmp(signal->type, "typing");

	if ((!is_typing && strcmp(signal->type, "viewing") != 0) || uuid_parse(signal->conversation_id, &conversation) < 0 ||
	    uuid_parse(signal->inbox_id, &inbox) < 0)
		return;
	watched = index_get(&hub->watched, &conversation);
	if (!watched)
		return;
	if (uuid_parse(actor_id(signal->actor), &agent) == 0 && !strncmp(signal->actor, "agent:", 6))
		viewers_hear(hub, watched, &inbox, &agent, signal);
	if (!is_typing)
		return;
	write_typing(hub, signal, &agent, &text);
	for (struct watch *w = watched->watchers; w; w = w->next_watcher)
		if (w->stream->state == STREAM_LIVE && !uuid_equal(&w->stream->colleague->id, &agent) &&
		    rights_allow(&w->stream->colleague->rights, &inbox))
			stream_signal(w->stream, text.data, text.len);
	buf_free(&text);
}

/* ---- time ---- */

static void send_cursors(struct hub *hub)
{
	/* browsers do not see pings: now and then a frame without news tells them that the connection lives */
	bool is_beat = hub->ticks % BEAT_TICKS == 0;

	if (!hub->ring.is_open)
		return;
	for (struct stream *s = hub->streams; s; s = s->next)
		if (s->state == STREAM_LIVE && (is_beat || bus_position_compare(&s->told, &hub->ring.last) < 0))
			stream_send_cursor(s, &hub->ring.last);
}

/* a program that only reads takes no work */
static bool is_there(const struct colleague *colleague)
{
	for (const struct stream *s = colleague->streams; s; s = s->next_of_agent)
		if (!s->is_read_only)
			return true;
	return false;
}

static void beat(struct hub *hub)
{
	struct colleague *colleague;

	for (size_t at = 0; (colleague = index_next(&hub->colleagues, &at));)
		if (is_there(colleague))
			presence_beat(hub->gateway->kv, &colleague->id);
}

static void on_tick(void *arg)
{
	struct hub *hub = arg;

	hub->ticks++;
	viewers_tick(hub);
	send_cursors(hub);
	if (hub->ring.is_open && !hub->colleagues.count)
		read_directory(hub);
	if (hub->ticks % SESSION_TICKS == 0)
		hub_check_sessions(hub);
	if (hub->ticks % PRESENCE_TICKS == 0)
		beat(hub);
}

static void on_catch_up(void *arg)
{
	struct hub *hub = arg;

	bool is_any_behind = false;

	for (struct stream *s = hub->streams; s; s = s->next) {
		if (s->state == STREAM_BEHIND)
			stream_catch_up(s);
		is_any_behind |= s->state == STREAM_BEHIND;
	}
	if (is_any_behind)
		timer_in(hub->catcher, CATCH_UP_US);
}

void hub_catch_up_soon(struct hub *hub)
{
	if (!timer_is_running(hub->catcher))
		timer_in(hub->catcher, CATCH_UP_US);
}

/* ---- the hub ---- */

static void on_oldest_pending(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct hub *hub = arg;
	struct bus_reader_options options = {
	        .from_now = true,
	        .on_events = on_events,
	        .on_resync = on_resync,
	        .on_signal = on_signal,
	        .arg = hub,
	};

	if (hub->gateway->is_stopping)
		return;
	if (outcome->fault != DB_OK) { /* the database is on its way up */
		store_read_oldest_pending(&hub->gateway->store, on_oldest_pending, hub);
		return;
	}
	/* outcomes of requests that a gateway did not live to see */
	if (db_rows(result) && !db_is_null(result, 0, 0) && !db_is_null(result, 0, 1)) {
		options.from_now = false;
		options.start = (struct bus_position){
		        .epoch = (uint64_t)db_get_int(result, 0, 1),
		        .xid = db_get_xid(result, 0, 0) - 1,
		};
	}
	hub->reader = bus_reader_new(hub->gateway->bus, &options);
}

struct hub *hub_new(struct gateway *gateway)
{
	struct hub *hub = hilo_new(struct hub);

	hub->gateway = gateway;
	hub->arena = arena_new(0);
	hub->ticker = timer_new(gateway->loop, on_tick, hub);
	hub->catcher = timer_new(gateway->loop, on_catch_up, hub);
	hub->events_metric =
	        metric_counter("hilo_stream_events_total", "Events of the log that streams may show", NULL);
	hub->frames_metric = metric_counter("hilo_stream_frames_total", "Frames sent to streams", NULL);
	timer_every(hub->ticker, TICK_US);
	store_read_oldest_pending(&gateway->store, on_oldest_pending, hub);
	return hub;
}

void hub_drain(struct hub *hub)
{
	for (struct stream *s = hub->streams; s; s = s->next)
		stream_close(s, 1012, "restarting: come back with your cursor");
}

bool hub_is_live(const struct hub *hub)
{
	return hub->ring.is_open;
}

void hub_free(struct hub **pointer)
{
	struct hub *hub = HILO_STEAL(*pointer);
	struct colleague *colleague;

	if (!hub)
		return;
	bus_reader_free(&hub->reader);
	timer_free(&hub->ticker);
	timer_free(&hub->catcher);
	for (size_t at = 0; (colleague = index_next(&hub->colleagues, &at));)
		colleague_free(colleague);
	index_free(&hub->colleagues);
	index_free(&hub->watched);
	ring_free(&hub->ring);
	websocket_frame_drop(&hub->shared.frame);
	free(hub->shared.events);
	free(hub->touched);
	arena_free(&hub->arena);
	free(hub);
}
