/* decide_presence_changed.c - an agent comes, goes, or takes no more work; what they have stays theirs. Pure. */
#include "decide.h"

static enum presence presence_of(Hilo__V1__Presence presence)
{
	switch (presence) {
	case HILO__V1__PRESENCE__PRESENCE_AVAILABLE:
		return PRESENCE_AVAILABLE;
	case HILO__V1__PRESENCE__PRESENCE_BUSY:
		return PRESENCE_BUSY;
	case HILO__V1__PRESENCE__PRESENCE_AWAY:
		return PRESENCE_AWAY;
	default: /* a presence this release does not know takes no work */
		return PRESENCE_OFFLINE;
	}
}

void decide_presence_changed(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__PresenceChanged *body = in->event->envelope->presence_changed;
	struct agent *agent = ws_agent_or_stub(ws, &in->subject_id);

	if (agent->presence_version >= in->event->envelope->version)
		return; /* we know better */
	agent->presence = presence_of(body->presence);
	agent->presence_version = in->event->envelope->version;
	agent->presence_changed = true;
	if (agent->presence == PRESENCE_AVAILABLE)
		ws->has_room = true;
}
