/* mail_address.h - one spelling per mail address, so that the same sender is the same contact point. Pure. */
#pragma once

#include "base/arena.h"

#define MAIL_ADDRESS_MAX 320 /* bytes: 64 + @ + 255 */

/* mail_address_normalise - lower case, domain as A-labels, no trailing dot; a quoted local part that needs no quotes
 * loses them. Returns: the address in the arena; NULL if it is none: no or two @ outside quotes, an empty side, blanks,
 * controls, angle brackets, more than 64 (local part) or 255 (domain) bytes. Source:  RFC 5321 section 4.5.3.1; RFC
 * 5890. Local parts are compared without case as every large provider does. */
char *mail_address_normalise(struct arena *arena, const char *address);

/* mail_address_untag - splits "support+c-42@a.example" into "support@a.example" and "c-42" (the part behind the first
 * +). Requires: a normalised address. Returns: true and both in the arena, or false when it has no tag. */
bool mail_address_untag(struct arena *arena, const char *address, char **ret_plain, char **ret_tag);

/* mail_address_tag - the opposite. Requires: a normalised address. */
char *mail_address_tag(struct arena *arena, const char *address, const char *tag);

/* mail_address_domain - what stands behind the last @; "" without one. Borrowed. */
const char *mail_address_domain(const char *address);
