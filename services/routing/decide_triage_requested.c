/* decide_triage_requested.c - an agent says how urgent a conversation is, what it is about, and labels it. Pure. */
#include "base/text.h"
#include "request.h"

#define SUBJECT_MAX 500 /* bytes kept */

static bool holds(char *const *tags, size_t count, const char *tag)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(tags[i], tag) == 0)
			return true;
	return false;
}

/* its tags without those to be removed, then those to be added. Returns: false: they are too many. */
static bool change_tags(struct working_set *ws, struct conversation *c, const Hilo__V1__TriageRequested *body)
{
	char **tags = arena_new_array(ws->arena, char *, c->tag_count + body->n_add_tags + 1);
	size_t count = 0;

	for (size_t i = 0; i < c->tag_count; i++)
		if (!holds(body->remove_tags, body->n_remove_tags, c->tags[i]))
			tags[count++] = c->tags[i];
	for (size_t i = 0; i < body->n_add_tags; i++)
		if (!holds(tags, count, body->add_tags[i]))
			tags[count++] = body->add_tags[i];
	if (count > CONVERSATION_TAGS_MAX)
		return false;
	c->tags = tags;
	c->tag_count = count;
	return true;
}

static void tell_triaged(struct working_set *ws, struct conversation *c, const struct uuid *by)
{
	Hilo__V1__ConversationTriaged *body = arena_new_object(ws->arena, Hilo__V1__ConversationTriaged);
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &c->id, ws->cause_actor);

	hilo__v1__conversation_triaged__init(body);
	body->conversation_id = envelope->key;
	body->priority = conversation_priority_proto(c->priority);
	body->tags = c->tags;
	body->n_tags = c->tag_count;
	body->subject = (char *)c->subject;
	body->by_agent_id = bus_id(ws->arena, by);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_TRIAGED;
	envelope->conversation_triaged = body;
}

/* its tags have an order, which a change keeps: those in the same places are the same */
static bool is_same(const struct conversation *a, const struct conversation *b)
{
	if (a->priority != b->priority || a->tag_count != b->tag_count || strcmp(a->subject, b->subject) != 0)
		return false;
	for (size_t i = 0; i < a->tag_count; i++)
		if (strcmp(a->tags[i], b->tags[i]) != 0)
			return false;
	return true;
}

void decide_triage_requested(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__TriageRequested *body = in->event->envelope->triage_requested;
	struct request request = {.id = body->request_id,
	                          .conversation_id = body->conversation_id,
	                          .deadline_us = body->deadline_us,
	                          .expected_version = body->expected_version};
	struct conversation *c = request_check(ws, in, &request);

	if (!c)
		return;
	const struct conversation before = *c;
	if (!change_tags(ws, c, body)) {
		request_refuse(ws, c, &request, "too_many_tags", "A conversation has at most 20 tags.");
		return;
	}
	if (body->priority != HILO__V1__PRIORITY__PRIORITY_UNSPECIFIED)
		c->priority = conversation_priority(body->priority);
	if (body->sets_subject)
		c->subject = arena_strndup(ws->arena, body->subject,
		                           text_cut(body->subject, strlen(body->subject), SUBJECT_MAX));
	if (!is_same(c, &before)) {
		c->is_triaged = true;
		tell_triaged(ws, c, &in->agent_id);
	}
	request_done(ws, c, &request, NULL);
}
