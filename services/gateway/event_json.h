/* event_json.h - an event as the stream shows it. Pure. */
#pragma once

#include "base/buf.h"
#include "bus/event.h"

/* event_json_write - {"id","type","conversation_id","inbox_id","assignee_id","version","occurred_at","data":{…}}, without
 * blanks. assignee_id is a conversation's, so null without one: who may not see the conversation is not told whose it is.
 * data is the body by its own field names: enums as lower-case words, "" of …_id and …_from fields as null, times
 * (…_us) as RFC 3339 under the name without "_us" (0: null), repeated fields as arrays. Requires: the envelope was
 * decoded by bus_envelope_decode(). */
void event_json_write(struct buf *out, const Hilo__V1__Envelope *envelope);
