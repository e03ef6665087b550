/* stream_rights.c - who is shown what. Pure. */
#include "stream_event.h"

static enum verdict conversation_verdict(const struct viewer *viewer, const struct stream_event *event, bool is_watched)
{
	bool was_mine = uuid_equal(&event->previous_id, &viewer->agent_id);
	bool was_seen = (viewer->scope == SCOPE_ALL || is_watched) && !uuid_is_nil(&event->previous_inbox_id) &&
	                rights_allow(viewer->rights, &event->previous_inbox_id);

	if (!rights_allow(viewer->rights, &event->inbox_id))
		return was_mine || was_seen ? VERDICT_LEFT : VERDICT_HIDE;
	if (viewer->scope == SCOPE_ALL || is_watched || uuid_equal(&event->assignee_id, &viewer->agent_id))
		return VERDICT_SHOW;
	return was_mine ? VERDICT_LEFT : VERDICT_HIDE;
}

/* a record names the inboxes of its agent, so it goes to those only who may know them all */
static bool may_see_agent(const struct viewer *viewer, const struct stream_event *event, const struct rights *subject)
{
	if (viewer->role == ROLE_ADMINISTRATOR || uuid_equal(&viewer->agent_id, &event->agent_id))
		return true;
	if (!subject)
		return false;
	if (event->audience == AUDIENCE_PRESENCE)
		return rights_share(viewer->rights, subject);
	return viewer->role == ROLE_SUPERVISOR && rights_cover(viewer->rights, subject);
}

enum verdict stream_verdict(const struct viewer *viewer, const struct stream_event *event, bool is_watched,
                            const struct rights *subject_rights)
{
	switch (event->audience) {
	case AUDIENCE_CONVERSATION:
		return conversation_verdict(viewer, event, is_watched);
	case AUDIENCE_SELF:
		if (!uuid_equal(&viewer->agent_id, &event->agent_id))
			return VERDICT_HIDE;
		/* fall through */
	case AUDIENCE_INBOX:
		return rights_allow(viewer->rights, &event->inbox_id) ? VERDICT_SHOW : VERDICT_HIDE;
	case AUDIENCE_ALL:
		return VERDICT_SHOW;
	case AUDIENCE_PRESENCE:
	case AUDIENCE_AGENT:
		return may_see_agent(viewer, event, subject_rights) ? VERDICT_SHOW : VERDICT_HIDE;
	}
	return VERDICT_HIDE;
}
