/* viewers_list.c - see viewers_list.h. */
#include "viewers_list.h"

static int find(const struct viewers *viewers, const struct uuid *agent_id)
{
	for (int i = 0; i < viewers->count; i++)
		if (uuid_equal(&viewers->list[i].agent_id, agent_id))
			return i;
	return -1;
}

static void drop(struct viewers *viewers, int at)
{
	viewers->list[at] = viewers->list[--viewers->count];
}

enum viewers_news viewers_note(struct viewers *viewers, const struct uuid *agent_id, enum viewers_sign sign,
                               int64_t now_us)
{
	int at = find(viewers, agent_id);
	bool is_new = at < 0, was_typing = !is_new && viewers->list[at].is_typing, is_typing;

	if (sign == VIEWERS_LEAVES) {
		if (!is_new)
			drop(viewers, at);
		return is_new ? VIEWERS_KNOWN : VIEWERS_CHANGED;
	}
	if (is_new && viewers->count == VIEWERS_MAX)
		return VIEWERS_KNOWN;
	is_typing = sign == VIEWERS_VIEWS ? was_typing : sign == VIEWERS_TYPES;
	at = is_new ? viewers->count++ : at;
	viewers->list[at].agent_id = *agent_id;
	viewers->list[at].is_typing = is_typing;
	viewers->list[at].until_us = now_us + VIEWERS_KEEP_US;
	return is_new ? VIEWERS_CAME : is_typing != was_typing ? VIEWERS_CHANGED : VIEWERS_KNOWN;
}

bool viewers_expire(struct viewers *viewers, int64_t now_us)
{
	int before = viewers->count;

	for (int i = viewers->count - 1; i >= 0; i--)
		if (viewers->list[i].until_us < now_us)
			drop(viewers, i);
	return viewers->count != before;
}
