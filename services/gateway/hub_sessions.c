/* hub_sessions.c - streams end with the session or token that opened them: here, on other replicas, or by time. */
#include "stream.h"

void hub_session_ended(struct hub *hub, const uint8_t token_hash[STORE_HASH])
{
	for (struct stream *s = hub->streams; s; s = s->next)
		if (s->colleague && memcmp(s->token_hash, token_hash, STORE_HASH) == 0)
			stream_close(s, 4401, "signed out");
}

static void on_lost_sessions(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct hub *hub = arg;

	for (size_t i = 0; outcome->fault == DB_OK && i < db_rows(result); i++) {
		size_t size;
		const void *hash = db_get_bytes(result, i, 0, &size);
		if (size == STORE_HASH)
			hub_session_ended(hub, hash);
	}
}

void hub_check_sessions(struct hub *hub)
{
	uint8_t *hashes = hilo_alloc_array(hub->streams_count + 1, STORE_HASH);
	size_t count = 0;

	for (struct stream *s = hub->streams; s; s = s->next)
		if (s->state == STREAM_LIVE || s->state == STREAM_BEHIND)
			memcpy(hashes + STORE_HASH * count++, s->token_hash, STORE_HASH);
	if (count) {
		store_read_lost_sessions(&hub->gateway->store, hashes, count, on_lost_sessions, hub);
		store_touch_sessions(&hub->gateway->store, hashes, count);
	}
	free(hashes);
}

/* what may have ended some of them, here or elsewhere: they are not to outlive it until the next look */
bool hub_ends_sessions(const char *kind)
{
	return !strcmp(kind, "session") || !strcmp(kind, "token") || !strcmp(kind, "agent");
}
