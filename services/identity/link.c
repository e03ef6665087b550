/* link.c - the rules that make two contact points one customer's. */
#include "link.h"

#define SIGNED_PREFIX (2 + UUID_TEXT) /* bytes of "u:<inbox id>:" */

static bool is_signed(const struct contact_point *point)
{
	return strcmp(point->channel, "chat") == 0 && strncmp(point->address, "u:", 2) == 0;
}

static bool is_confirmed_email(const struct contact_point *point)
{
	return strcmp(point->channel, "email") == 0 && point->level == HILO__V1__LEVEL__LEVEL_CONFIRMED;
}

/* points of two customers that one person cannot have */
static bool exclude(const struct contact_point *a, const struct contact_point *b)
{
	if (a == b)
		return false;
	if (is_signed(a) && is_signed(b))
		return strncmp(a->address, b->address, SIGNED_PREFIX) == 0;
	return is_confirmed_email(a) && is_confirmed_email(b);
}

static bool excludes_any(const struct contact_point *point, const struct customer *customer)
{
	for (size_t i = 0; customer && i < customer->points.count; i++)
		if (exclude(point, customer->points.items[i]))
			return true;
	return false;
}

static bool are_two_people(const struct contact_point *sender, const struct customer *owner)
{
	const struct customer *mine = sender->customer;

	if (excludes_any(sender, owner))
		return true;
	for (size_t i = 0; mine && i < mine->points.count; i++)
		if (excludes_any(mine->points.items[i], owner))
			return true;
	return false;
}

enum link_action link_decide(const struct contact_point *sender, const struct contact_point *proven,
                             Hilo__V1__Level level)
{
	const struct customer *owner = proven->customer;

	if (level < HILO__V1__LEVEL__LEVEL_CONFIRMED)
		return LINK_CLAIM;
	if (proven == sender)
		return LINK_NOTHING;
	if (!owner) /* somebody may confirm a second e-mail, but not sign in under a second name */
		return is_signed(proven) && (exclude(sender, proven) || excludes_any(proven, sender->customer))
		               ? LINK_NOTHING
		               : LINK_ADD;
	if (owner == sender->customer)
		return proven->level < HILO__V1__LEVEL__LEVEL_CONFIRMED ? LINK_RAISE : LINK_NOTHING;
	if (are_two_people(sender, owner))
		return LINK_NOTHING;
	return sender->customer ? LINK_MOVE : LINK_ATTACH;
}
