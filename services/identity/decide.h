/* decide.h - what an event means for who its sender is. Pure. */
#pragma once

#include "working_set.h"

/* decide - the sender is the customer of the contact point, of what is proven to be theirs as well, or a new one; emits
 * customer.created for a new one, customer.changed for one whose name is learned, contact.added for what it has
 * besides, customer.merged when the contact point goes to another, and for a message message.identified. The contact
 * point's level only rises. */
void decide(struct working_set *ws, const struct input *in);
/* decide_customer_change_requested - what an agent asks for is done and told (customer.changed, request.done), or refused. */
void decide_customer_change_requested(struct working_set *ws, const struct input *in);
/* tell_changed - emits customer.changed: the customer as it is now. */
void tell_changed(struct working_set *ws, struct customer *customer, const struct input *in);
/* evidence_attach - a sender without a customer gets the one who has what is proven, if there is one; emits contact.added. */
void evidence_attach(struct working_set *ws, const struct input *in);
/* evidence_apply - what the event's evidence says of a sender with a customer; emits contact.added and customer.merged. */
void evidence_apply(struct working_set *ws, const struct input *in);
/* emit - an envelope of the customer with its next version, to be given a body. */
Hilo__V1__Envelope *emit(struct working_set *ws, struct customer *customer, const struct input *in);
