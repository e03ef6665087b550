/* decide_message_identified.c - a customer's message: into the conversation it belongs to, or a new one. Pure. */
#include "decide.h"

#include "base/text.h"

#define CHAT_REOPEN_WITHIN_US (24 * 3600 * INT64_C(1000000))

static struct conversation *found(const struct working_set *ws, const struct map *map, const void *key, size_t size)
{
	const struct uuid *id = map_get(map, key, size);

	return id ? ws_conversation(ws, id) : NULL;
}

static struct conversation *found_by_foreign_id(struct working_set *ws, const struct input *in)
{
	for (size_t i = 0; i < in->hints->foreign_count; i++) {
		size_t size;
		const void *key = ws_foreign_key(ws, &in->inbox_id, in->hints->foreign_ids[i], &size);
		struct conversation *c = map_get(ws->attached, key, size); /* earlier in this very batch */
		if (!c)
			c = found(ws, ws->found_by_foreign, key, size);
		if (c)
			return c;
	}
	return NULL;
}

/* A chat's messages find what stands open, and what was resolved lately. The working set holds the customer's latest
 * conversation as it was read, and those this batch opened. */
static struct conversation *latest(const struct working_set *ws, const struct thread_sender *sender)
{
	struct conversation *best = NULL;

	for (size_t i = 0; i < ws->all_conversations.count; i++) {
		struct conversation *c = ws->all_conversations.items[i];
		if (!thread_is_own(c, sender) || !thread_may_hold(c, sender) ||
		    (c->status == STATUS_RESOLVED && sender->now_us - c->resolved_us > CHAT_REOPEN_WITHIN_US))
			continue;
		if (!best || (c->status != STATUS_RESOLVED) > (best->status != STATUS_RESOLVED) ||
		    ((c->status != STATUS_RESOLVED) == (best->status != STATUS_RESOLVED) &&
		     c->last_activity_us > best->last_activity_us))
			best = c;
	}
	return best;
}

static void find_thread(struct working_set *ws, const struct input *in, struct thread_found *ret)
{
	const struct thread_hints *hints = in->hints;
	struct conversation *tagged = NULL;

	*ret = (struct thread_found){0};
	if (hints->has_tag)
		tagged = found(ws, ws->found_by_ref, hints->tag.ref, strlen(hints->tag.ref));
	if (tagged && token_tag_is_valid(ws->settings->secret, &hints->tag, &tagged->id, &in->contact_point_id))
		ret->by[THREAD_TAG] = tagged;
	for (size_t i = 0; i < hints->own_count && !ret->by[THREAD_OWN_ID]; i++)
		ret->by[THREAD_OWN_ID] = found(ws, ws->found_by_message, &hints->own_ids[i], sizeof(struct uuid));
	ret->by[THREAD_FOREIGN_ID] = found_by_foreign_id(ws, in);
	if (hints->has_ref)
		ret->by[THREAD_SUBJECT] = found(ws, ws->found_by_ref, hints->ref, strlen(hints->ref));
}

static struct conversation *conversation_of(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__MessageIdentified *message = in->event->envelope->message_identified;
	const Hilo__V1__MessageReceived *received = message->received;
	struct thread_sender sender = {.inbox_id = in->inbox_id,
	                               .customer_id = in->customer_id,
	                               .owner_id = in->owner_id,
	                               .mail_inbox_id = in->mail_inbox_id,
	                               .now_us = ws->now_us};
	const struct inbox *inbox = ws_inbox(ws, &in->inbox_id);
	struct thread_found found_threads;

	find_thread(ws, in, &found_threads);
	if (in->is_chat) {
		found_threads.by[THREAD_SHOWN] = ws_conversation(ws, &in->shown_id);
		found_threads.by[THREAD_LATEST] = latest(ws, &sender);
	}
	struct thread_match match = thread_match(&found_threads, &sender,
	                                         in->is_chat ? CHAT_REOPEN_WITHIN_US : ws->settings->reopen_within_us);
	if (!match.conversation)
		return conversation_open(
		        ws, &(struct conversation_start){.inbox_id = in->inbox_id,
		                                         .team_id = inbox ? inbox->team_id : (struct uuid){{0}},
		                                         .customer_id = uuid_is_nil(&in->owner_id) ? in->customer_id
		                                                                                   : in->owner_id,
		                                         .contact_point_id = in->contact_point_id,
		                                         .customer_name = message->customer_name,
		                                         .subject = received->subject,
		                                         .channel = received->channel,
		                                         .linked_from = match.linked_from,
		                                         .at_us = in->event->occurred_us});
	if (received->automatic)
		conversation_wake(ws, match.conversation, INPUT_MACHINE_WROTE);
	else
		conversation_wake_on(ws, match.conversation, INPUT_CUSTOMER_WROTE,
		                     &(struct way){received->channel, in->inbox_id, in->contact_point_id},
		                     HILO__V1__MOVE_REASON__MOVE_REASON_CUSTOMER_WROTE, NULL);
	return match.conversation;
}

void decide_message_identified(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__MessageIdentified *message = in->event->envelope->message_identified;
	const Hilo__V1__MessageReceived *received = message->received;
	struct conversation *c = conversation_of(ws, in);
	struct entry *entry = arena_new_object(ws->arena, struct entry);

	conversation_place(ws, c);
	*entry = (struct entry){.message_id = in->subject_id,
	                        .kind = HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE,
	                        .direction = HILO__V1__DIRECTION__DIRECTION_IN,
	                        .at_us = in->event->occurred_us,
	                        .author_type = HILO__V1__AUTHOR_TYPE__AUTHOR_TYPE_CUSTOMER,
	                        .author_id = in->customer_id,
	                        .author_name = message->customer_name,
	                        .preview = received->preview,
	                        .automatic = received->automatic};
	conversation_attach(ws, c, entry);
	if (*received->rfc_message_id) {
		size_t size;
		const void *key = ws_foreign_key(ws, &in->inbox_id, received->rfc_message_id, &size);
		map_put(ws->attached, key, size, c);
	}
}
