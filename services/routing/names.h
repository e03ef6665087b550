/* names.h - enumerations of the events as they stand in the database. Pure. */
#pragma once

#include "hilo/v1/conversation.pb-c.h"

/* channel_name - "email" …; "" for one this release does not know. channel_parse: CHANNEL_UNSPECIFIED for such. */
const char *channel_name(Hilo__V1__Channel channel);
Hilo__V1__Channel channel_parse(const char *name);
/* direction_name - "in", "out", NULL for neither. direction_parse: NULL is neither. */
const char *direction_name(Hilo__V1__Direction direction);
Hilo__V1__Direction direction_parse(const char *name);
/* move_reason_name - "customer_wrote", "customer_left", "agent". */
const char *move_reason_name(Hilo__V1__MoveReason reason);
/* kind_name - "message", "note", "call", "system". */
const char *kind_name(Hilo__V1__MessageKind kind);
