/* decide_reply_requested.c - an agent answers the customer, or notes something for colleagues. Pure. */
#include "base/text.h"
#include "reply.h"
#include "request.h"
#include "status.h"

#define PREVIEW_MAX 200

static struct message *stored_message(struct working_set *ws, const struct input *in, const struct conversation *c)
{
	const Hilo__V1__ReplyRequested *body = in->event->envelope->reply_requested;
	struct message *message = arena_new_object(ws->arena, struct message);

	*message = (struct message){.id = in->subject_id,
	                            .conversation_id = c->id,
	                            .inbox_id = c->inbox_id,
	                            .author_id = in->agent_id,
	                            .author_name = body->agent_name,
	                            .text = body->text,
	                            .html = *body->html ? body->html : NULL,
	                            .attachments_json =
	                                    reply_attachments_json(ws->arena, body->attachments, body->n_attachments),
	                            .at_us = ws->now_us};
	list_add(&ws->messages, ws->arena, message);
	return message;
}

static struct entry *attach(struct working_set *ws, const struct input *in, struct conversation *c,
                            struct uuid interaction_id, Hilo__V1__Direction direction)
{
	const Hilo__V1__ReplyRequested *body = in->event->envelope->reply_requested;
	struct entry *entry = arena_new_object(ws->arena, struct entry);

	*entry = (struct entry){.message_id = in->subject_id,
	                        .interaction_id = interaction_id,
	                        .kind = direction == HILO__V1__DIRECTION__DIRECTION_OUT
	                                        ? HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE
	                                        : HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE,
	                        .direction = direction,
	                        .at_us = ws->now_us,
	                        .author_type = HILO__V1__AUTHOR_TYPE__AUTHOR_TYPE_AGENT,
	                        .author_id = in->agent_id,
	                        .author_name = body->agent_name,
	                        .preview = text_preview(ws->arena, body->text, PREVIEW_MAX),
	                        .mentions = body->mentions,
	                        .mention_count = body->n_mentions};
	conversation_attach(ws, c, entry);
	return entry;
}

static void thread_mail(struct working_set *ws, const struct conversation *c, const struct reply_context *context,
                        const struct message *message, Hilo__V1__MessageSubmitted *body)
{
	char tag[TOKEN_TAG_TEXT];

	body->subject = (char *)message->subject;
	body->rfc_message_id = (char *)message->rfc_message_id;
	body->reply_tag = arena_strdup(
	        ws->arena, token_tag_format(ws->settings->secret, c->ref, &c->id, &context->contact_point_id, tag));
	if (!context->answers)
		return;
	body->in_reply_to = (char *)context->answers;
	body->n_references = reply_references(ws->arena, context->answers, context->answers_thread, &body->references);
}

static void name_mail(struct working_set *ws, const struct conversation *c, const struct reply_context *context,
                      struct message *message)
{
	char rfc_message_id[TOKEN_MESSAGE_ID_TEXT];

	message->subject = reply_subject(ws->arena, c->subject, c->ref);
	message->rfc_message_id =
	        arena_strdup(ws->arena, token_message_id_format(ws->settings->secret, &message->id,
	                                                        reply_domain(context->inbox_address), rfc_message_id));
}

static void submit(struct working_set *ws, const struct input *in, struct conversation *c, const struct entry *entry,
                   const struct reply_context *context, const struct message *message)
{
	const Hilo__V1__ReplyRequested *asked = in->event->envelope->reply_requested;
	Hilo__V1__MessageSubmitted *body = arena_new_object(ws->arena, Hilo__V1__MessageSubmitted);
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &message->id, ws->cause_actor);

	hilo__v1__message_submitted__init(body);
	body->conversation_id = envelope->key;
	body->message_id = envelope->subject;
	body->interaction_id = bus_id(ws->arena, &entry->interaction_id);
	body->channel = context->channel;
	if (!uuid_equal(&context->inbox_id, &c->inbox_id))
		body->from_inbox_id = bus_id(ws->arena, &context->inbox_id);
	body->sequence = entry->sequence;
	body->to_address = (char *)message->to_address;
	body->to_name = (char *)message->to_name;
	body->author_name = asked->agent_name;
	body->text = asked->text;
	body->html = asked->html;
	if (message->rfc_message_id)
		thread_mail(ws, c, context, message, body);
	body->n_attachments = asked->n_attachments;
	body->attachments = asked->attachments;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_SUBMITTED;
	envelope->message_submitted = body;
}

/* an older interaction of the same channel, if that was asked for; nil: the one that runs, or begins with this reply */
static struct uuid older_interaction(const struct conversation *c, const struct reply_context *context)
{
	return context && context->channel == c->channel && !uuid_equal(&context->interaction_id, &c->interaction_id)
	               ? context->interaction_id
	               : (struct uuid){0};
}

static void reply(struct working_set *ws, const struct input *in, struct conversation *c,
                  const struct reply_context *context)
{
	struct message *message = stored_message(ws, in, c);
	struct uuid interaction_id = older_interaction(c, context);
	const struct way way = {context->channel, context->inbox_id, context->contact_point_id};

	if (context->channel == HILO__V1__CHANNEL__CHANNEL_EMAIL)
		name_mail(ws, c, context, message);
	message->to_address = context->to_address;
	message->to_name = context->to_name ? context->to_name : "";
	if (uuid_is_nil(&interaction_id))
		conversation_wake_on(ws, c, INPUT_AGENT_REPLIED, &way, HILO__V1__MOVE_REASON__MOVE_REASON_AGENT,
		                     &in->agent_id);
	else
		conversation_wake(ws, c, INPUT_AGENT_REPLIED);
	if (uuid_is_nil(&c->assignee_id))
		conversation_assign(ws, c, &in->agent_id, &in->agent_id);
	conversation_place(ws, c);
	const struct entry *entry = attach(ws, in, c, interaction_id, HILO__V1__DIRECTION__DIRECTION_OUT);
	submit(ws, in, c, entry, context, message);
	if (c->channel == HILO__V1__CHANNEL__CHANNEL_CHAT) {
		c->reply_sequence = entry->sequence;
		c->reply_us = ws->now_us;
		conversation_plan(c);
	}
}

/* the customer went on elsewhere in this very batch, and the context does not know where */
static bool is_overtaken(const struct input *in, const struct conversation *c, const struct reply_context *context)
{
	return context && (uuid_is_nil(&in->interaction_id) || uuid_equal(&in->interaction_id, &c->interaction_id)) &&
	       (context->channel != c->channel || !uuid_equal(&context->contact_point_id, &c->contact_point_id));
}

/* why it may not be done although its agent may ask. Returns: false when refused. */
static bool check(struct working_set *ws, const struct input *in, struct conversation *c, const struct request *request)
{
	const Hilo__V1__ReplyRequested *body = in->event->envelope->reply_requested;
	struct uuid agent_id;

	for (size_t i = 0; i < body->n_mentions; i++)
		if (bus_id_parse(body->mentions[i], &agent_id) < 0 || !request_may_have(ws, &agent_id, &c->inbox_id)) {
			request_refuse(ws, c, request, "forbidden", "An agent it names does not have this inbox.");
			return false;
		}
	if (!body->then || status_is_known(body->then))
		return true;
	request_refuse(ws, c, request, "invalid_status", "It cannot go there from where it stands.");
	return false;
}

void decide_reply_requested(struct working_set *ws, const struct input *in)
{
	const Hilo__V1__ReplyRequested *body = in->event->envelope->reply_requested;
	struct request request = {
	        .id = body->request_id, .conversation_id = body->conversation_id, .deadline_us = body->deadline_us};
	const struct reply_context *context = map_get(ws->replies, &in->subject_id, sizeof(in->subject_id));
	struct conversation *c = request_check(ws, in, &request);

	if (!c || !check(ws, in, c, &request))
		return;
	if (is_overtaken(in, c, context)) {
		ws->is_stale = true;
		return;
	}
	if (body->kind == HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE) {
		stored_message(ws, in, c);
		attach(ws, in, c, older_interaction(c, context), HILO__V1__DIRECTION__DIRECTION_UNSPECIFIED);
	} else if (context && context->to_address) {
		reply(ws, in, c, context);
	} else {
		request_refuse(ws, c, &request, "no_reachable_channel", "There is no address to answer to.");
		return;
	}
	if (body->then)
		status_set(ws, c, body->then, body->until_us, &in->agent_id);
	request_done(ws, c, &request, body->message_id);
}
