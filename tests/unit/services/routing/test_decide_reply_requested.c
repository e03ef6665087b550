/* test_decide_reply_requested.c - an agent's reply is recorded and submitted, or refused with a reason. */
#include "world.h"

#define BEN 11

static void add_context(struct world *world, const struct conversation *c, int message)
{
	struct reply_context *context = arena_new_object(world->arena, struct reply_context);

	*context = (struct reply_context){.message_id = id(message),
	                                  .interaction_id = c->interaction_id,
	                                  .contact_point_id = c->contact_point_id,
	                                  .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL,
	                                  .to_address = "ann@mail.example",
	                                  .to_name = "Ann",
	                                  .inbox_address = "support@example.com",
	                                  .answers = "second@mail.example",
	                                  .answers_thread = "first@mail.example"};
	map_put(world->ws->replies, &context->message_id, sizeof(context->message_id), context);
}

/* Ben, with the inbox, and an open conversation assigned to him */
static struct conversation *bens(struct world *world)
{
	struct conversation *c = world_conversation(world, 50);

	world_staff(world, BEN, true);
	world_agent(world, BEN, 0, 1);
	c->assignee_id = id(BEN);
	c->waiting_since_us = 1000;
	add_context(world, c, 70);
	return c;
}

static void a_reply_is_recorded_and_submitted(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	Hilo__V1__Envelope *asked = world_reply(&world, c, BEN, 70);

	world_decide(&world, asked);
	assert_string_equal(world_events(&world), "message.attached message.submitted request.done");
	assert_int_equal(c->waiting_since_us, 0);
	assert_int_equal(c->status, STATUS_OPEN);
	assert_string_equal(c->last_preview, "Have you tried turning it on?");

	const Hilo__V1__MessageSubmitted *submitted = world_event(&world, "message.submitted")->message_submitted;
	struct uuid parsed, expected = id(70);
	struct token_tag tag;
	assert_string_equal(submitted->to_address, "ann@mail.example");
	assert_string_equal(submitted->in_reply_to, "second@mail.example");
	assert_int_equal(submitted->n_references, 2);
	assert_string_equal(submitted->references[0], "first@mail.example");
	assert_int_equal(submitted->sequence, 4);
	assert_string_equal(submitted->subject, arena_printf(world.arena, "Re: Broken lamp [#%s]", c->ref));
	assert_int_equal(token_message_id_parse(world.ws->settings->secret, submitted->rfc_message_id, &parsed), 0);
	assert_true(uuid_equal(&parsed, &expected));
	assert_int_equal(token_tag_parse(submitted->reply_tag, &tag), 0);
	assert_true(token_tag_is_valid(world.ws->settings->secret, &tag, &c->id, &c->contact_point_id));

	const struct message *message = world.ws->messages.items[0];
	assert_string_equal(message->rfc_message_id, submitted->rfc_message_id);
	assert_string_equal(message->subject, submitted->subject);
	const Hilo__V1__Envelope *done = world_last(&world);
	assert_string_equal(done->causation_id, asked->id);
	assert_string_equal(done->request_done->request_id, asked->reply_requested->request_id);
	assert_string_equal(done->request_done->message_id, asked->reply_requested->message_id);
	assert_int_equal(done->request_done->conversation_version, c->version);
	assert_int_equal(done->version, c->version);
	world_free(&world);
}

static void the_first_who_answers_gets_it(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);

	c->assignee_id = (struct uuid){0};
	c->queued_us = 5;
	world_decide(&world, world_reply(&world, c, BEN, 70));
	assert_string_equal(world_events(&world),
	                    "conversation.assigned message.attached message.submitted request.done");
	const Hilo__V1__ConversationAssigned *assigned =
	        world_event(&world, "conversation.assigned")->conversation_assigned;
	assert_string_equal(assigned->by_agent_id, assigned->assignee_id);
	assert_int_equal(c->queued_us, 0);
	world_free(&world);
}

static void a_colleagues_reply_leaves_the_assignee(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	struct uuid other = id(12);

	c->assignee_id = other;
	world_decide(&world, world_reply(&world, c, BEN, 70));
	assert_string_equal(world_events(&world), "message.attached message.submitted request.done");
	assert_true(uuid_equal(&c->assignee_id, &other));
	world_free(&world);
}

static void a_reply_to_a_resolved_conversation_reopens_it(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	struct uuid interaction = c->interaction_id;

	c->status = STATUS_RESOLVED;
	world_decide(&world, world_reply(&world, c, BEN, 70));
	assert_string_equal(
	        world_events(&world),
	        "interaction.started conversation.reopened message.attached message.submitted request.done");
	const struct entry *entry = world.ws->entries.items[0];
	assert_false(uuid_equal(&entry->interaction_id, &interaction));
	assert_true(uuid_equal(&entry->interaction_id, &c->interaction_id));
	world_free(&world);
}

static void a_note_is_attached_and_nothing_else(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	Hilo__V1__Envelope *asked = world_reply(&world, c, BEN, 70);

	c->status = STATUS_RESOLVED;
	asked->reply_requested->kind = HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE;
	world_decide(&world, asked);
	assert_string_equal(world_events(&world), "message.attached request.done");
	assert_int_equal(c->status, STATUS_RESOLVED);
	assert_int_equal(c->waiting_since_us, 1000);
	assert_int_equal(world_event(&world, "message.attached")->message_attached->kind,
	                 HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE);
	const struct message *message = world.ws->messages.items[0];
	assert_null(message->to_address);
	assert_null(message->rfc_message_id);
	world_free(&world);
}

static void it_stands_where_the_agent_wants_it_afterwards(void **state)
{
	enum {
		RESOLVED = HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_RESOLVED,
		PENDING = HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_PENDING,
		SNOOZED = HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_SNOOZED
	};
	static const struct {
		bool is_note;
		enum conversation_status from;
		int then;
		int64_t until_us;
		const char *events;
		enum conversation_status to;
	} rows[] = {
	        {false, STATUS_OPEN, RESOLVED, 0,
	         "message.attached message.submitted interaction.ended conversation.status_changed request.done",
	         STATUS_RESOLVED},
	        {false, STATUS_OPEN, SNOOZED, WORLD_NOW + DAY,
	         "message.attached message.submitted conversation.status_changed request.done", STATUS_SNOOZED},
	        {false, STATUS_SNOOZED, SNOOZED, 0,
	         "message.attached message.submitted conversation.status_changed request.done", STATUS_SNOOZED},
	        {false, STATUS_PENDING, PENDING, 0, "message.attached message.submitted request.done", STATUS_PENDING},
	        {true, STATUS_OPEN, PENDING, 0, "message.attached conversation.status_changed request.done",
	         STATUS_PENDING},
	        {true, STATUS_RESOLVED, RESOLVED, 0, "message.attached request.done", STATUS_RESOLVED},
	        {true, STATUS_OPEN, 77, 0, "request.refused", STATUS_OPEN},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct world world = world_new();
		struct conversation *c = bens(&world);
		Hilo__V1__Envelope *asked = world_reply(&world, c, BEN, 70);
		c->status = rows[i].from;
		c->snoozed_until_us = rows[i].from == STATUS_SNOOZED ? WORLD_NOW + 2 * DAY : 0;
		if (rows[i].is_note)
			asked->reply_requested->kind = HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE;
		asked->reply_requested->then = (Hilo__V1__ConversationStatus)rows[i].then;
		asked->reply_requested->until_us = rows[i].until_us;
		world_decide(&world, asked);
		assert_string_equal(world_events(&world), rows[i].events);
		assert_int_equal(c->status, rows[i].to);
		assert_int_equal(c->snoozed_until_us, rows[i].until_us);
		world_free(&world);
	}
}

static void only_agents_with_the_inbox_can_be_named(void **state)
{
	for (int has_inbox = 0; has_inbox <= 1; has_inbox++) {
		struct world world = world_new();
		struct conversation *c = bens(&world);
		Hilo__V1__Envelope *asked = world_reply(&world, c, BEN, 70);
		struct uuid eve = id(12);
		world_staff(&world, 12, has_inbox);
		asked->reply_requested->kind = HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE;
		asked->reply_requested->mentions = (char *[]){bus_id(world.arena, &eve)};
		asked->reply_requested->n_mentions = 1;
		world_decide(&world, asked);
		if (has_inbox) {
			const Hilo__V1__MessageAttached *attached =
			        world_event(&world, "message.attached")->message_attached;
			assert_int_equal(attached->n_mentions, 1);
			assert_string_equal(attached->mentions[0], bus_id(world.arena, &eve));
		} else {
			assert_string_equal(world_events(&world), "request.refused");
			assert_string_equal(world_last(&world)->request_refused->code, "forbidden");
		}
		world_free(&world);
	}
}

static void refusals_say_why(void **state)
{
	static const struct {
		bool has_inbox, is_known, has_address;
		int64_t deadline_us;
		const char *code;
	} rows[] = {
	        {true, false, true, 0, "not_found"},
	        {false, true, true, 0, "forbidden"},
	        {true, true, true, WORLD_NOW - 1, "expired"},
	        {true, true, false, 0, "no_reachable_channel"},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct world world = world_new();
		struct conversation *c = world_conversation(&world, 50), other = *c;
		world_staff(&world, BEN, rows[i].has_inbox);
		if (rows[i].has_address)
			add_context(&world, c, 70);
		other.id = id(51);
		Hilo__V1__Envelope *asked = world_reply(&world, rows[i].is_known ? c : &other, BEN, 70);
		asked->reply_requested->deadline_us = rows[i].deadline_us;
		world_decide(&world, asked);
		assert_string_equal(world_events(&world), "request.refused");
		const Hilo__V1__Envelope *refused = world_last(&world);
		assert_string_equal(refused->request_refused->code, rows[i].code);
		assert_string_equal(refused->key, asked->reply_requested->conversation_id);
		assert_int_equal(refused->version, rows[i].is_known ? 6 : 0);
		assert_int_equal(world.ws->entries.count + world.ws->messages.count, 0);
		world_free(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(a_reply_is_recorded_and_submitted),
	        testing_case(the_first_who_answers_gets_it),
	        testing_case(a_colleagues_reply_leaves_the_assignee),
	        testing_case(a_reply_to_a_resolved_conversation_reopens_it),
	        testing_case(a_note_is_attached_and_nothing_else),
	        testing_case(it_stands_where_the_agent_wants_it_afterwards),
	        testing_case(only_agents_with_the_inbox_can_be_named),
	        testing_case(refusals_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
