/* decide.h - what a received message means for who its sender is. Pure. */
#pragma once

#include "working_set.h"

/* decide_message_received - the sender is the customer of the contact point, or a new one; emits customer.created for a
 * new one and message.identified. The contact point's level only rises. */
void decide_message_received(struct working_set *ws, const struct input *in);
