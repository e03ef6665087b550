/* decide_unseen.c - answers that a customer who left the chat has not seen go on by mail, once. Pure. */
#include "continuity.h"
#include "decide.h"
#include "reply.h"

static void submit(struct working_set *ws, struct conversation *c, const struct unseen *unseen,
                   const struct message *line, uint64_t sequence)
{
	const struct target *target = &unseen->target;
	Hilo__V1__MessageSubmitted *body = arena_new_object(ws->arena, Hilo__V1__MessageSubmitted);
	Hilo__V1__Envelope *envelope = ws_emit(ws, c, &line->id, NULL);
	char tag[TOKEN_TAG_TEXT];

	hilo__v1__message_submitted__init(body);
	body->conversation_id = envelope->key;
	body->message_id = envelope->subject;
	body->interaction_id = bus_id(ws->arena, &c->interaction_id);
	body->channel = c->channel;
	body->sequence = sequence;
	body->to_address = (char *)line->to_address;
	body->to_name = (char *)line->to_name;
	body->author_name = (char *)unseen->author_name;
	body->subject = (char *)line->subject;
	body->text = continuity_text(ws->arena, unseen->entries, unseen->entry_count, target->locale);
	body->rfc_message_id = (char *)line->rfc_message_id;
	body->reply_tag = arena_strdup(
	        ws->arena, token_tag_format(ws->settings->secret, c->ref, &c->id, &target->way.contact_point_id, tag));
	if (unseen->answers) {
		body->in_reply_to = (char *)unseen->answers;
		body->n_references =
		        reply_references(ws->arena, unseen->answers, unseen->answers_thread, &body->references);
	}
	body->n_attachments = unseen->file_count;
	body->attachments = unseen->files;
	if (!uuid_equal(&target->way.inbox_id, &c->inbox_id))
		body->from_inbox_id = bus_id(ws->arena, &target->way.inbox_id);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_SUBMITTED;
	envelope->message_submitted = body;
}

static void go_on(struct working_set *ws, struct conversation *c, const struct unseen *unseen)
{
	const struct target *target = &unseen->target;
	char rfc_message_id[TOKEN_MESSAGE_ID_TEXT];
	const bool goes_by_mail = c->channel == target->way.channel; /* it was moved while the answer waited */
	const struct uuid id = ws->new_id();
	struct message *line;

	c->told_sequence = c->sequence;
	conversation_plan(c);
	line = goes_by_mail
	               ? conversation_line(ws, c, &id, "Sent by email what was not seen in the chat")
	               : conversation_move(ws, c, &target->way, HILO__V1__MOVE_REASON__MOVE_REASON_CUSTOMER_LEFT, NULL);
	line->subject = continuity_subject(ws->arena, c->subject, c->ref, target->locale);
	line->to_address = target->address;
	line->to_name = target->name;
	line->rfc_message_id =
	        arena_strdup(ws->arena, token_message_id_format(ws->settings->secret, &line->id,
	                                                        reply_domain(target->inbox_address), rfc_message_id));
	submit(ws, c, unseen, line, c->sequence);
}

void decide_unseen(struct working_set *ws)
{
	for (size_t i = 0; i < ws->unseen.count; i++) {
		const struct unseen *unseen = ws->unseen.items[i];
		struct conversation *c = ws_conversation(ws, &unseen->conversation_id);
		if (!c || !c->continue_us || c->continue_us > ws->now_us)
			continue; /* they came back */
		if (unseen->target.is_found && unseen->author_name) {
			go_on(ws, c, unseen);
		} else {
			conversation_plan_later(c, ws->now_us);
		}
	}
}
