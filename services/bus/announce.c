/* announce.c - the relay's address in bus.relay, renewed while it reads and taken back when it stops. */
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "store.h"

#define SCHEME "tcp://"

int announce_address(const char *bound, const char *advertise, const char *host_name, char *ret, size_t size)
{
	const char *port = strrchr(bound, ':');
	const bool is_any = text_starts(bound, SCHEME "0.0.0.0:") || text_starts(bound, SCHEME "[::]:") ||
	                    text_starts(bound, SCHEME "*:");
	const char *host = advertise && *advertise ? advertise : is_any ? host_name : NULL;
	int length;

	if (!text_starts(bound, SCHEME) || !host)
		length = snprintf(ret, size, "%s", bound);
	else
		length = snprintf(ret, size, SCHEME "%s%s", host, port);
	return length > 0 && (size_t)length < size ? 0 : -EINVAL;
}

static void on_announced(void *arg HILO_UNUSED, const struct db_outcome *outcome,
                         const struct db_result *result HILO_UNUSED)
{
	if (outcome->fault != DB_OK)
		log_warn("bus.announce_failed", "error=%s", outcome->message);
}

void announce_now(struct relay *relay)
{
	if (relay->state == RELAY_READING && !daemon_is_draining(relay->daemon))
		store_announce(relay, on_announced);
}

static void on_withdrawn(void *arg, const struct db_outcome *outcome, const struct db_result *result HILO_UNUSED)
{
	struct relay *relay = arg;

	if (outcome->fault != DB_OK)
		log_warn("bus.withdraw_failed", "error=%s", outcome->message); /* it runs out by itself */
	daemon_drained(relay->daemon);
}

void announce_withdraw(struct relay *relay)
{
	store_withdraw(relay, on_withdrawn);
}
