/* audit.c - see audit.h; and GET /audit. */
#include "audit.h"

#include "base/clock.h"
#include "conversations.h"
#include "handlers.h"
#include "store_furniture.h"

#define END_OF_TIME_US INT64_C(253402300799000000)
enum { PAGE_DEFAULT = 50, PAGE_MAX = 200 };

/* ---- writing ---- */

static void on_audited(void *arg, const struct db_result *result)
{
	struct write *write = arg;

	write->before = arena_strdup(write->arena, db_get_text(result, 0, 0));
}

void audit_before(struct write *write, const char *kind, const char *key)
{
	store_read_audited(&write->gateway->store, write->tx, kind, key, on_audited, write);
}

void audit_add(struct write *write, const char *action, const char *key)
{
	const struct audit_record record = {
	        .id = uuid_new(),
	        .actor_id = &write->who->id,
	        .action = action,
	        .key = key,
	        .before = write->before,
	        .peer = http_request_peer(write->request),
	};

	store_insert_audit(&write->gateway->store, write->tx, &record);
}

void audit_note(struct gateway *gateway, struct db_tx *tx, const struct uuid *actor, const char *action,
                const char *key, const char *name, const char *peer)
{
	const struct audit_record record = {
	        .id = uuid_new(), .actor_id = actor, .action = action, .key = key, .name = name, .peer = peer};

	store_insert_audit(&gateway->store, tx, &record);
}

int audit_event(struct bus_outbox *outbox, struct arena *arena, const char *kind, const char *key,
                const struct uuid *owner, const char *actor)
{
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__ConfigurationChanged body = HILO__V1__CONFIGURATION_CHANGED__INIT;
	struct uuid id;

	body.kind = (char *)kind;
	body.id = (char *)key;
	if (owner)
		body.agent_id = bus_id(arena, owner);
	if (uuid_parse(key, &id) == 0)
		envelope.subject = (char *)key;
	envelope.key = arena_printf(arena, "%s:%s", kind, key);
	envelope.actor = (char *)actor;
	envelope.time_us = clock_now_us();
	envelope.body_case = HILO__V1__ENVELOPE__BODY_CONFIGURATION_CHANGED;
	envelope.configuration_changed = &body;
	return bus_outbox_add(outbox, &envelope);
}

void audit_announce(struct write *write, const char *kind, const char *key, const struct uuid *owner)
{
	const char *actor = arena_printf(write->arena, "agent:%s", bus_id(write->arena, &write->who->id));

	write_check(write, audit_event(write->outbox, write->arena, kind, key, owner, actor));
}

/* ---- reading ---- */

void handle_audit_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct audit_query query = {.before_us = END_OF_TIME_US, .action = http_request_query(request, "action")};
	const char *after = http_request_query(request, "after"), *agent = http_request_query(request, "agent");
	struct uuid actor;

	memset(query.before_id.bytes, 0xff, sizeof(query.before_id.bytes));
	if (after && page_key_parse(after, &query.before_us, &query.before_id) < 0)
		reply_error(request, ERROR_invalid_parameter, "after must be the `next` of an earlier page");
	else if (agent && uuid_parse(agent, &actor) < 0)
		reply_error(request, ERROR_invalid_parameter, "agent must be a UUID");
	else if (query_limit(request, PAGE_MAX, PAGE_DEFAULT, &query.limit)) {
		query.actor_id = agent ? &actor : NULL;
		store_list_audit(&gateway->store, &query, reply_on_read, request);
	}
}
