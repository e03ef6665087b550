/* presence.c - agents say whether they take work. */
#include "presence.h"

#include <stdio.h>

#include "base/log.h"
#include "handlers.h"
#include "http/json.h"

static const char *const words[] = {"available", "busy", "away", "offline", NULL};

char *presence_key(const struct uuid *agent_id, char ret[PRESENCE_KEY_TEXT])
{
	char id[UUID_TEXT];

	snprintf(ret, PRESENCE_KEY_TEXT, PRESENCE_PREFIX "%s", uuid_format(agent_id, id));
	return ret;
}

void presence_beat(struct kv *kv, const struct uuid *agent_id)
{
	char key[PRESENCE_KEY_TEXT];

	kv_run(kv, NULL, NULL, "SET %s 1 EX %d", presence_key(agent_id, key), PRESENCE_TTL_S);
}

static Hilo__V1__Presence presence_of(const char *word)
{
	static const Hilo__V1__Presence values[] = {
	        HILO__V1__PRESENCE__PRESENCE_AVAILABLE,
	        HILO__V1__PRESENCE__PRESENCE_BUSY,
	        HILO__V1__PRESENCE__PRESENCE_AWAY,
	        HILO__V1__PRESENCE__PRESENCE_OFFLINE,
	};

	for (size_t i = 0; i < HILO_COUNT(values); i++)
		if (!strcmp(words[i], word))
			return values[i];
	return HILO__V1__PRESENCE__PRESENCE_UNSPECIFIED;
}

Hilo__V1__Envelope *presence_changed(struct arena *arena, const struct presence_row *row, const char *previous,
                                     const char *actor, bool expired)
{
	Hilo__V1__Envelope *envelope = arena_new_object(arena, Hilo__V1__Envelope);
	Hilo__V1__PresenceChanged *body = arena_new_object(arena, Hilo__V1__PresenceChanged);

	hilo__v1__envelope__init(envelope);
	hilo__v1__presence_changed__init(body);
	body->agent_id = bus_id(arena, &row->agent_id);
	body->presence = presence_of(row->status);
	body->previous = presence_of(previous);
	body->expired = expired;
	envelope->key = envelope->subject = body->agent_id;
	envelope->actor = (char *)actor;
	envelope->version = (uint64_t)row->version;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_PRESENCE_CHANGED;
	envelope->presence_changed = body;
	return envelope;
}

void presence_tell(struct bus_outbox *outbox, Hilo__V1__Envelope *changed)
{
	int rc = bus_outbox_add(outbox, changed);

	if (rc < 0)
		log_error("event.refused", "type=%s error=%s", "presence.changed", strerror(-rc));
}

/* ---- PUT /presence ---- */

struct change {
	const char *status;   /* wanted */
	const char *previous; /* as it was */
	struct presence_row row;
};

static void on_presence(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct change *change = write->arg;

	change->previous = arena_strdup(write->arena, db_rows(result) ? db_get_text(result, 0, 0) : "offline");
	change->row.version = db_rows(result) ? db_get_int(result, 0, 1) : 0;
}

static void load(struct write *write)
{
	store_read_presence(&write->gateway->store, write->tx, &write->who->id, on_presence, write);
}

static void decide(struct write *write)
{
	struct change *change = write->arg;
	const char *actor;

	if (!strcmp(change->status, change->previous))
		return; /* a heartbeat */
	change->row.agent_id = write->who->id;
	change->row.status = change->status;
	change->row.version++;
	store_upsert_presence(&write->gateway->store, write->tx, &change->row);
	actor = arena_printf(write->arena, "agent:%s", bus_id(write->arena, &write->who->id));
	presence_tell(write->outbox, presence_changed(write->arena, &change->row, change->previous, actor, false));
}

static void committed(struct write *write)
{
	const struct change *change = write->arg;

	reply_text(write->request, 200, arena_printf(write->arena, "{\"status\":\"%s\"}", change->status));
}

void handle_presence_put(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct arena *arena = http_request_arena(request);
	struct change *change = arena_new_object(arena, struct change);
	json_t *body = json_body(request);
	struct write *write;
	bool is_bad;
	int word;

	if (!body)
		return;
	struct json_reader reader = {.object = body, .arena = arena};
	word = json_choice(&reader, "status", words, -1);
	is_bad = json_reader_reply(&reader, request);
	json_decref(body);
	if (is_bad)
		return;
	change->status = words[word];
	write = write_new(gateway, request, "presence");
	write->arg = change;
	write->load = load;
	write->decide = decide;
	write->committed = committed;
	write_lock(write, "agent", &write->who->id);
	/* before the transaction: a sweep that holds the lock now sees it, or is done when we get the lock */
	presence_beat(gateway->kv, &write->who->id);
	write_run(write);
}
