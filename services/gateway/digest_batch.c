/* digest_batch.c - see digest_batch.h. */
#include "digest_batch.h"

enum { CHANGED_MAX = 2 /* conversations and customers an event names, each */ };

static void add(struct uuid *list, size_t *count, const char *text)
{
	if (text && uuid_parse(text, &list[*count]) == 0)
		++*count;
}

static void add_line(struct digest_batch *out, const Hilo__V1__MessageAttached *body)
{
	struct digest_words *words = &out->words;

	if (body->kind != HILO__V1__MESSAGE_KIND__MESSAGE_KIND_SYSTEM &&
	    uuid_parse(body->conversation_id, &words->line_conversations[words->lines]) == 0 &&
	    uuid_parse(body->message_id, &words->line_messages[words->lines]) == 0)
		words->lines++;
}

static void add_mentions(struct digest_batch *out, const struct bus_event *event)
{
	const Hilo__V1__MessageAttached *body = event->envelope->message_attached;

	for (size_t i = 0; i < body->n_mentions; i++) {
		struct digest_mention *mention = &out->mentions[out->mentions_count];
		*mention = (struct digest_mention){.event = event, .excerpt = body->preview};
		if (uuid_parse(body->mentions[i], &mention->agent_id) < 0 ||
		    uuid_parse(body->conversation_id, &mention->conversation_id) < 0 ||
		    uuid_parse(body->message_id, &mention->message_id) < 0 ||
		    bus_id_parse(body->author_id, &mention->by_agent_id) < 0 ||
		    uuid_equal(&mention->agent_id, &mention->by_agent_id))
			continue;
		out->mentions_count++;
	}
}

static void add_change(struct digest_batch *out, const struct bus_event *event)
{
	struct digest_change *change = &out->changes[out->changes_count];

	change->event = event;
	if (uuid_parse(event->envelope->customer_changed->customer_id, &change->customer_id) == 0)
		out->changes_count++;
}

static void gather_event(struct digest_batch *out, const struct bus_event *event)
{
	const Hilo__V1__Envelope *envelope = event->envelope;
	struct digest_words *words = &out->words;

	switch (envelope->body_case) {
	case HILO__V1__ENVELOPE__BODY_MESSAGE_ATTACHED:
		add_line(out, envelope->message_attached);
		add_mentions(out, event);
		break;
	case HILO__V1__ENVELOPE__BODY_CONVERSATION_INBOX_CHANGED:
		add(out->moved, &out->moved_count, envelope->correlation_id);
		add(words->conversations, &words->conversations_count, envelope->correlation_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED:
		add(words->customers, &words->customers_count, envelope->customer_created->customer_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED:
		add(words->customers, &words->customers_count, envelope->customer_changed->customer_id);
		add_change(out, event);
		break;
	case HILO__V1__ENVELOPE__BODY_CONTACT_ADDED:
		add(words->customers, &words->customers_count, envelope->contact_added->customer_id);
		break;
	case HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED:
		add(words->customers, &words->customers_count, envelope->customer_merged->customer_id);
		add(words->customers, &words->customers_count, envelope->customer_merged->from_customer_id);
		break;
	default: /* what a conversation is called, whose it is */
		add(words->conversations, &words->conversations_count, envelope->correlation_id);
	}
}

static size_t count_mentions(const struct bus_event *events, size_t count)
{
	size_t mentions = 0;

	for (size_t i = 0; i < count; i++)
		if (events[i].envelope->body_case == HILO__V1__ENVELOPE__BODY_MESSAGE_ATTACHED)
			mentions += events[i].envelope->message_attached->n_mentions;
	return mentions;
}

struct digest_batch *digest_batch_of(struct arena *arena, const struct bus_event *events, size_t count)
{
	struct digest_batch *out = arena_new_object(arena, struct digest_batch);
	size_t size = count * CHANGED_MAX + 1;

	out->words.line_conversations = arena_new_array(arena, struct uuid, size);
	out->words.line_messages = arena_new_array(arena, struct uuid, size);
	out->words.conversations = arena_new_array(arena, struct uuid, size);
	out->words.customers = arena_new_array(arena, struct uuid, size);
	out->moved = arena_new_array(arena, struct uuid, size);
	out->changes = arena_new_array(arena, struct digest_change, count + 1);
	out->mentions = arena_new_array(arena, struct digest_mention, count_mentions(events, count) + 1);
	for (size_t i = 0; i < count; i++)
		gather_event(out, &events[i]);
	return out;
}

static Hilo__V1__Envelope *follow(struct arena *arena, const Hilo__V1__Envelope *cause)
{
	Hilo__V1__Envelope *envelope = arena_new_object(arena, Hilo__V1__Envelope);

	hilo__v1__envelope__init(envelope);
	envelope->causation_id = cause->id;
	envelope->traceparent = cause->traceparent;
	envelope->hop = cause->hop + 1;
	envelope->time_us = cause->time_us;
	return envelope;
}

Hilo__V1__Envelope *digest_mentioned(struct arena *arena, const struct digest_mention *mention)
{
	const Hilo__V1__Envelope *cause = mention->event->envelope;
	Hilo__V1__Envelope *envelope = follow(arena, cause);
	Hilo__V1__AgentMentioned *body = arena_new_object(arena, Hilo__V1__AgentMentioned);

	hilo__v1__agent_mentioned__init(body);
	body->mention_id = bus_id(arena, &mention->id);
	body->agent_id = bus_id(arena, &mention->agent_id);
	body->conversation_id = cause->message_attached->conversation_id;
	body->message_id = cause->message_attached->message_id;
	body->by_agent_id = cause->message_attached->author_id;
	body->by_agent_name = cause->message_attached->author_name;
	body->excerpt = cause->message_attached->preview;
	envelope->key = envelope->subject = body->agent_id;
	envelope->inbox_id = cause->inbox_id;
	envelope->correlation_id = body->conversation_id;
	envelope->actor = cause->actor;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_AGENT_MENTIONED;
	envelope->agent_mentioned = body;
	return envelope;
}

/* names nobody: whoever did it may be unknown in this inbox */
Hilo__V1__Envelope *digest_changed_elsewhere(struct arena *arena, const struct digest_elsewhere *place)
{
	const Hilo__V1__Envelope *cause = place->change->event->envelope;
	Hilo__V1__Envelope *envelope = follow(arena, cause);
	Hilo__V1__CustomerChangedElsewhere *body = arena_new_object(arena, Hilo__V1__CustomerChangedElsewhere);

	hilo__v1__customer_changed_elsewhere__init(body);
	body->customer_id = cause->customer_changed->customer_id;
	body->name = cause->customer_changed->name;
	envelope->key = envelope->subject = body->customer_id;
	envelope->inbox_id = bus_id(arena, &place->inbox_id);
	envelope->actor = (char *)"system";
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED_ELSEWHERE;
	envelope->customer_changed_elsewhere = body;
	return envelope;
}
