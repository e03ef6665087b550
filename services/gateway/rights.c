/* rights.c - sets of inboxes, compared. */
#include "rights.h"

const char *const role_words[] = {"administrator", "supervisor", "agent", NULL};

size_t rights_sort(struct uuid *inboxes, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(inboxes, count, sizeof(*inboxes), uuid_compare);
	for (size_t i = 0; i < count; i++)
		if (!kept || !uuid_equal(&inboxes[kept - 1], &inboxes[i]))
			inboxes[kept++] = inboxes[i];
	return kept;
}

bool rights_allow(const struct rights *rights, const struct uuid *inbox_id)
{
	if (rights->all)
		return true;
	return rights->count &&
	       bsearch(inbox_id, rights->inboxes, rights->count, sizeof(*rights->inboxes), uuid_compare) != NULL;
}

bool rights_share(const struct rights *a, const struct rights *b)
{
	if (a->all || b->all)
		return (a->all || a->count) && (b->all || b->count);
	for (size_t i = 0; i < a->count; i++)
		if (rights_allow(b, &a->inboxes[i]))
			return true;
	return false;
}

bool rights_cover(const struct rights *outer, const struct rights *inner)
{
	if (outer->all || inner->all)
		return outer->all;
	for (size_t i = 0; i < inner->count; i++)
		if (!rights_allow(outer, &inner->inboxes[i]))
			return false;
	return true;
}

bool rights_equal(const struct rights *a, const struct rights *b)
{
	return a->all == b->all && (a->all || (a->count == b->count && rights_cover(a, b)));
}
