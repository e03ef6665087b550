/* names.c - enumerations of the events as they stand in the database. */
#include "names.h"

#include "base/base.h"

static const char *const channel_names[] = {"", "email", "chat", "social", "sms", "voice"};
static const char *const kind_names[] = {"system", "message", "note", "call", "system"};

const char *channel_name(Hilo__V1__Channel channel)
{
	return (size_t)channel < HILO_COUNT(channel_names) ? channel_names[channel] : "";
}

Hilo__V1__Channel channel_parse(const char *name)
{
	for (size_t i = 1; i < HILO_COUNT(channel_names); i++)
		if (strcmp(name, channel_names[i]) == 0)
			return (Hilo__V1__Channel)i;
	return HILO__V1__CHANNEL__CHANNEL_UNSPECIFIED;
}

const char *direction_name(Hilo__V1__Direction direction)
{
	switch (direction) {
	case HILO__V1__DIRECTION__DIRECTION_IN:
		return "in";
	case HILO__V1__DIRECTION__DIRECTION_OUT:
		return "out";
	default:
		return NULL;
	}
}

Hilo__V1__Direction direction_parse(const char *name)
{
	if (!name)
		return HILO__V1__DIRECTION__DIRECTION_UNSPECIFIED;
	return strcmp(name, "in") == 0 ? HILO__V1__DIRECTION__DIRECTION_IN : HILO__V1__DIRECTION__DIRECTION_OUT;
}

const char *kind_name(Hilo__V1__MessageKind kind)
{
	return (size_t)kind < HILO_COUNT(kind_names) ? kind_names[kind] : "system";
}

const char *move_reason_name(Hilo__V1__MoveReason reason)
{
	switch (reason) {
	case HILO__V1__MOVE_REASON__MOVE_REASON_CUSTOMER_LEFT:
		return "customer_left";
	case HILO__V1__MOVE_REASON__MOVE_REASON_AGENT:
		return "agent";
	default:
		return "customer_wrote";
	}
}
