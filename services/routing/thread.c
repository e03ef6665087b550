/* thread.c - the rules that find a message's conversation. */
#include "thread.h"

#include "conversation.h"

static void read_thread_ids(const char *secret, const Hilo__V1__MessageReceived *message, struct thread_hints *ret)
{
	for (size_t i = 0; i < message->n_thread_ids && i < THREAD_IDS_MAX; i++) {
		const char *id = message->thread_ids[i];
		int rc = token_message_id_parse(secret, id, &ret->own_ids[ret->own_count]);
		if (rc == 0)
			ret->own_count++;
		else if (rc == -EINVAL && *id)
			ret->foreign_ids[ret->foreign_count++] = id;
	}
	if (ret->own_count)
		ret->foreign_count = 0; /* the earlier rule will hit */
}

void thread_read_hints(const char *secret, const Hilo__V1__MessageReceived *message, struct thread_hints *ret)
{
	*ret = (struct thread_hints){0};
	ret->has_tag = token_tag_parse(message->recipient_tag, &ret->tag) == 0;
	read_thread_ids(secret, message, ret);
	ret->has_ref = reference_find(message->subject, ret->ref) == 0;
}

bool thread_points_somewhere(const struct thread_hints *hints)
{
	return hints->has_tag || hints->own_count;
}

static bool is_resolved_too_long(const struct conversation *c, int64_t now_us, int64_t reopen_within_us)
{
	return c->status == STATUS_RESOLVED && now_us - c->resolved_us > reopen_within_us;
}

bool thread_is_own(const struct conversation *c, const struct thread_sender *sender)
{
	return uuid_equal(&c->customer_id, &sender->customer_id) || uuid_equal(&c->customer_id, &sender->owner_id);
}

static bool was_in(const struct conversation *c, const struct uuid *inbox_id)
{
	for (size_t i = 0; i < c->former_inbox_count; i++)
		if (uuid_equal(&c->former_inbox_ids[i], inbox_id))
			return true;
	return false;
}

bool thread_may_hold(const struct conversation *c, const struct thread_sender *sender)
{
	return uuid_equal(&c->inbox_id, &sender->inbox_id) || uuid_equal(&c->via_inbox_id, &sender->inbox_id) ||
	       uuid_equal(&c->mail_inbox_id, &sender->inbox_id) || uuid_equal(&c->inbox_id, &sender->mail_inbox_id) ||
	       was_in(c, &sender->inbox_id);
}

struct thread_match thread_match(const struct thread_found *found, const struct thread_sender *sender,
                                 int64_t reopen_within_us)
{
	for (int rule = 0; rule < THREAD_RULES; rule++) {
		struct conversation *c = found->by[rule];
		if (!c || (rule == THREAD_SHOWN && !thread_is_own(c, sender)))
			continue;
		if ((rule != THREAD_TAG && !thread_is_own(c, sender)) || !thread_may_hold(c, sender) ||
		    is_resolved_too_long(c, sender->now_us, reopen_within_us))
			return (struct thread_match){.linked_from = c};
		return (struct thread_match){.conversation = c};
	}
	return (struct thread_match){0};
}
