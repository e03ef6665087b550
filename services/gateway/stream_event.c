/* stream_event.c - from the log's event to the one clients get: rendered once, shared by all. */
#include "stream_event.h"

#include "event_json.h"

const char *const stream_event_types[] = {
        "conversation.opened",
        "conversation.reopened",
        "conversation.queued",
        "conversation.assigned",
        "conversation.status_changed",
        "conversation.triaged",
        "conversation.inbox_changed",
        "conversation.moved",
        "conversation.customer_changed",
        "interaction.started",
        "interaction.ended",
        "visitor.presence_changed",
        "message.attached",
        "message.sent",
        "message.failed",
        "message.retried",
        "message.read",
        "customer.merged",
        "customer.changed",
        "customer.changed_elsewhere",
        "customer.note_changed",
        "agent.mentioned",
        "presence.changed",
        "agent.updated",
        "inbox.updated",
        "configuration.changed",
        NULL,
};

bool stream_event_is_wanted(const char *type)
{
	for (size_t i = 0; stream_event_types[i]; i++)
		if (!strcmp(stream_event_types[i], type))
			return true;
	return false;
}

/* ids were checked when the event was appended; a bad one is nobody's */
static struct uuid id_of(const char *text)
{
	struct uuid id = {0};

	(void)bus_id_parse(text, &id);
	return id;
}

struct stream_event *stream_event_of(const struct bus_event *event)
{
	const Hilo__V1__Envelope *envelope = event->envelope;
	struct stream_event *out = hilo_new(struct stream_event);
	struct buf json = {0};

	out->position = event->position;
	out->inbox_id = id_of(envelope->inbox_id);
	switch (envelope->body_case) {
	case HILO__V1__ENVELOPE__BODY_PRESENCE_CHANGED:
		out->audience = AUDIENCE_PRESENCE;
		out->agent_id = id_of(envelope->presence_changed->agent_id);
		break;
	case HILO__V1__ENVELOPE__BODY_AGENT_UPDATED:
		out->audience = AUDIENCE_AGENT;
		out->agent_id = id_of(envelope->agent_updated->agent_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CONFIGURATION_CHANGED:
		out->agent_id = id_of(envelope->configuration_changed->agent_id);
		out->audience = uuid_is_nil(&out->agent_id) ? AUDIENCE_ALL : AUDIENCE_AGENT;
		break;
	case HILO__V1__ENVELOPE__BODY_AGENT_MENTIONED:
		out->audience = AUDIENCE_SELF;
		out->agent_id = id_of(envelope->agent_mentioned->agent_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED: /* the inbox of who asked for it */
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED_ELSEWHERE: /* each other where the customer has a conversation */
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_NOTE_CHANGED:      /* each of all of them */
	case HILO__V1__ENVELOPE__BODY_INBOX_UPDATED:
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED: /* the inbox where it was proven */
		out->audience = AUDIENCE_INBOX;
		break;
	default:
		out->audience = AUDIENCE_CONVERSATION;
		out->conversation_id = id_of(envelope->correlation_id);
		out->assignee_id = id_of(envelope->assignee_id);
		if (envelope->body_case == HILO__V1__ENVELOPE__BODY_CONVERSATION_ASSIGNED)
			out->previous_id = id_of(envelope->conversation_assigned->previous_assignee_id);
		if (envelope->body_case == HILO__V1__ENVELOPE__BODY_CONVERSATION_INBOX_CHANGED)
			out->previous_inbox_id = id_of(envelope->conversation_inbox_changed->previous_inbox_id);
	}
	event_json_write(&json, envelope);
	out->size = json.len;
	out->json = buf_steal(&json);
	return out;
}

void stream_event_free(struct stream_event **pointer)
{
	struct stream_event *event = HILO_STEAL(*pointer);

	if (!event)
		return;
	free(event->json);
	free(event);
}
