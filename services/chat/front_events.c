/* front_events.c - what the front tells the suite: proofs of identity, and mails of its own. */
#include "base/hash.h"
#include "front_internal.h"

static char *point_key(struct arena *arena, const struct front_point *point)
{
	return arena_printf(arena, "%s:%s", point->channel, point->address);
}

/* the same locks under which messages of these contact points are taken in, so that the log has them in order */
void front_lock(struct db_tx *tx, struct arena *arena, const struct front_point *points, size_t count)
{
	int64_t *locks = arena_new_array(arena, int64_t, count);

	for (size_t i = 0; i < count; i++) {
		const char *key = point_key(arena, &points[i]);
		locks[i] = hash_object64("contact_point", key, strlen(key));
	}
	db_tx_lock(tx, locks, count);
}

int front_add_confirmed(struct bus_outbox *outbox, struct arena *arena, const struct visitor *visitor, Hilo__V1__Channel channel,
			const char *address)
{
	const struct front_point point = {"chat", visitor->address};
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__ContactConfirmed body = HILO__V1__CONTACT_CONFIRMED__INIT;
	Hilo__V1__Evidence proven = HILO__V1__EVIDENCE__INIT;

	proven.channel = channel;
	proven.address = (char *)address;
	proven.level = HILO__V1__LEVEL__LEVEL_CONFIRMED;
	body.channel = HILO__V1__CHANNEL__CHANNEL_CHAT;
	body.address = (char *)visitor->address;
	body.inbox_id = bus_id(arena, &visitor->inbox_id);
	body.name = (char *)visitor->name;
	body.proven = &proven;
	envelope.subject = bus_id(arena, &visitor->id);
	envelope.key = point_key(arena, &point);
	envelope.inbox_id = body.inbox_id;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_CONTACT_CONFIRMED;
	envelope.contact_confirmed = &body;
	return bus_outbox_add(outbox, &envelope);
}

int front_add_notice(struct bus_outbox *outbox, struct arena *arena, const struct front_notice *notice)
{
	const struct front_point point = {"email", notice->to};
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
	Hilo__V1__NoticeSubmitted body = HILO__V1__NOTICE_SUBMITTED__INIT;
	struct uuid id = uuid_new();

	body.notice_id = envelope.subject = bus_id(arena, &id);
	body.from_inbox_id = envelope.inbox_id = bus_id(arena, notice->mail_inbox_id);
	body.to_address = (char *)notice->to;
	body.to_name = (char *)notice->name;
	body.subject = (char *)notice->subject;
	body.text = (char *)notice->text;
	envelope.key = point_key(arena, &point);
	envelope.actor = (char *)"system";
	envelope.body_case = HILO__V1__ENVELOPE__BODY_NOTICE_SUBMITTED;
	envelope.notice_submitted = &body;
	return bus_outbox_add(outbox, &envelope);
}
