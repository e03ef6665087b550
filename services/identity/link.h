/* link.h - what an address that somebody named or proved means for whose contact point they write from. Pure. */
#pragma once

#include "working_set.h"

enum link_action {
	LINK_NOTHING,
	LINK_CLAIM,  /* somebody's word: remembered, and nothing else */
	LINK_ADD,    /* nobody has the proven address: the sender's customer gets it */
	LINK_RAISE,  /* the sender's customer has it, and is now known to */
	LINK_ATTACH, /* the sender is new, and the customer who has it */
	LINK_MOVE,   /* the sender's contact point goes to the customer who has it */
};

/* link_decide - what evidence of this level, that the sender has the proven address, leads to.
 * Only confirmed evidence links. Two customers who are signed in at one inbox under different names, or who have each
 * confirmed an e-mail of their own, stay two whatever else is proven.
 * Requires: the points of both customers; sender->customer NULL: not known yet; proven->customer NULL: nobody's. */
enum link_action link_decide(const struct contact_point *sender, const struct contact_point *proven,
                             Hilo__V1__Level level);
