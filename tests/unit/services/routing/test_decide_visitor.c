/* test_decide_visitor.c - a visitor comes, goes, sees, ends, is somebody else; and what nobody saw goes on by mail. */
#include "world.h"

static struct conversation *chat(struct world *world, int number)
{
	struct conversation *c = world_conversation(world, number);

	c->channel = HILO__V1__CHANNEL__CHANNEL_CHAT;
	c->reply_sequence = 3;
	c->reply_us = WORLD_NOW - 60 * SECOND;
	return c;
}

static void present(struct world *world, const struct conversation *c, bool is_present)
{
	Hilo__V1__Envelope *envelope = world_envelope(world, "visitor.presence_changed");
	Hilo__V1__VisitorPresenceChanged *body = arena_new_object(world->arena, Hilo__V1__VisitorPresenceChanged);

	hilo__v1__visitor_presence_changed__init(body);
	body->conversation_id = bus_id(world->arena, &c->id);
	body->present = is_present;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_VISITOR_PRESENCE_CHANGED;
	envelope->visitor_presence_changed = body;
	assert_int_equal(world_decide(world, envelope), 0);
}

static void saw(struct world *world, const struct conversation *c, uint64_t sequence)
{
	Hilo__V1__Envelope *envelope = world_envelope(world, "message.read");
	Hilo__V1__MessageRead *body = arena_new_object(world->arena, Hilo__V1__MessageRead);

	hilo__v1__message_read__init(body);
	body->conversation_id = bus_id(world->arena, &c->id);
	body->sequence = sequence;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_READ;
	envelope->message_read = body;
	assert_int_equal(world_decide(world, envelope), 0);
}

static void coming_going_and_seeing_move_the_due_time(void **state)
{
	struct world world = world_new();
	struct conversation *c = chat(&world, 20);

	present(&world, c, true);
	assert_int_equal(c->continue_us, 0);
	present(&world, c, false);
	assert_int_equal(c->absent_us, WORLD_NOW - SECOND);
	assert_int_equal(c->continue_us, WORLD_NOW + 14 * SECOND);
	saw(&world, c, 2);
	assert_true(c->continue_us != 0);
	saw(&world, c, 99); /* more than there is */
	assert_int_equal(c->seen_sequence, 3);
	assert_int_equal(c->continue_us, 0);
	saw(&world, c, 1);
	assert_int_equal(c->seen_sequence, 3);
	assert_string_equal(world_events(&world), "");
	assert_true(c->is_live_changed && !c->is_moved && !c->is_changed);
	world_free(&world);
}

static struct uuid owner;

static void load_owner(struct input *in)
{
	in->owner_id = owner;
}

static void end(struct world *world, const struct conversation *c)
{
	Hilo__V1__Envelope *envelope = world_envelope(world, "end.requested");
	Hilo__V1__EndRequested *body = arena_new_object(world->arena, Hilo__V1__EndRequested);

	hilo__v1__end_requested__init(body);
	body->conversation_id = bus_id(world->arena, &c->id);
	body->contact_point_id = bus_id(world->arena, &world->contact_point);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_END_REQUESTED;
	envelope->end_requested = body;
	envelope->actor = (char *)"customer:ann";
	world_on_load(load_owner);
	assert_int_equal(world_decide(world, envelope), 0);
}

static void only_its_customer_ends_a_conversation(void **state)
{
	struct world world = world_new();
	struct conversation *c = chat(&world, 20);

	owner = id(77);
	end(&world, c);
	assert_string_equal(world_events(&world), "");
	owner = world.customer;
	end(&world, c);
	assert_string_equal(world_events(&world), "interaction.ended conversation.status_changed");
	assert_string_equal(world_last(&world)->actor, "customer:ann");
	assert_int_equal(c->status, STATUS_RESOLVED);
	end(&world, c);
	assert_string_equal(world_events(&world), "");
	world_free(&world);
}

static struct conversation *merged_conversation;

static void load_merged(struct input *in)
{
	static void *items[1];

	items[0] = &merged_conversation->id;
	in->found = (struct list){.items = items, .count = 1};
}

static void a_merge_takes_the_conversation_along_once(void **state)
{
	struct world world = world_new();
	struct uuid other = id(77);
	Hilo__V1__CustomerMerged *body = arena_new_object(world.arena, Hilo__V1__CustomerMerged);

	merged_conversation = chat(&world, 20);
	hilo__v1__customer_merged__init(body);
	body->customer_id = bus_id(world.arena, &other);
	body->customer_name = (char *)"Ann";
	body->from_customer_id = bus_id(world.arena, &world.customer);
	body->contact_point_id = bus_id(world.arena, &world.contact_point);
	world_on_load(load_merged);
	for (int times = 0; times < 2; times++) {
		Hilo__V1__Envelope *envelope = world_envelope(&world, "customer.merged");
		envelope->body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED;
		envelope->customer_merged = body;
		assert_int_equal(world_decide(&world, envelope), 0);
		assert_string_equal(world_events(&world), times ? "" : "conversation.customer_changed");
	}
	assert_true(uuid_equal(&merged_conversation->customer_id, &other));
	assert_true(merged_conversation->is_moved);
	world_free(&world);
}

static struct unseen *unseen(struct world *world, const struct conversation *c, bool is_found)
{
	struct unseen *made = arena_new_object(world->arena, struct unseen);

	*made = (struct unseen){.conversation_id = c->id,
	                        .target = {.is_found = is_found,
	                                   .way = {HILO__V1__CHANNEL__CHANNEL_EMAIL, id(8), id(9)},
	                                   .address = "ann@mail.example",
	                                   .name = "Ann",
	                                   .locale = "",
	                                   .inbox_address = "support@example.com"},
	                        .author_name = "Ben"};
	made->entries = arena_new_array(world->arena, struct continuity_entry, 1);
	made->entries[made->entry_count++] = (struct continuity_entry){3, true, "Ben", "On its way."};
	list_add(&world->ws->unseen, world->arena, made);
	return made;
}

static void an_unseen_answer_is_mailed_once(void **state)
{
	struct world world = world_new();
	struct conversation *c = chat(&world, 20);
	struct uuid mail_inbox = id(8);

	conversation_plan(c);
	unseen(&world, c, true);
	unseen(&world, c, true);
	decide_tick(world.ws);
	assert_string_equal(
	        world_events(&world),
	        "interaction.ended interaction.started conversation.moved message.attached message.submitted");
	assert_int_equal(c->told_sequence, 3);
	assert_int_equal(c->continue_us, 0);
	assert_int_equal(c->channel, HILO__V1__CHANNEL__CHANNEL_EMAIL);
	const Hilo__V1__MessageSubmitted *mail = world_event(&world, "message.submitted")->message_submitted;
	assert_int_equal(mail->sequence, 4);
	assert_string_equal(mail->message_id,
	                    world_event(&world, "conversation.moved")->conversation_moved->message_id);
	assert_string_equal(mail->to_address, "ann@mail.example");
	assert_string_equal(mail->from_inbox_id, bus_id(world.arena, &mail_inbox));
	assert_string_equal(mail->in_reply_to, "");
	assert_int_equal(mail->n_references, 0);
	assert_string_equal(c->last_preview, ""); /* a line says nothing */
	world_free(&world);
}

static void where_there_were_mails_it_hangs_on_the_newest(void **state)
{
	struct world world = world_new();
	struct conversation *c = chat(&world, 20);
	struct unseen *answer = unseen(&world, c, true);

	conversation_plan(c);
	answer->answers = "second@mail.example";
	answer->answers_thread = "reply@example.com first@mail.example";
	decide_tick(world.ws);
	const Hilo__V1__MessageSubmitted *mail = world_event(&world, "message.submitted")->message_submitted;
	assert_string_equal(mail->in_reply_to, "second@mail.example");
	assert_int_equal(mail->n_references, 3);
	assert_string_equal(mail->references[0], "first@mail.example");
	assert_string_equal(mail->references[2], "second@mail.example");
	world_free(&world);
}

static void one_that_was_moved_meanwhile_is_told_where_it_is(void **state)
{
	struct world world = world_new();
	struct conversation *c = chat(&world, 20);

	conversation_plan(c);
	conversation_move(world.ws, c, &(struct way){HILO__V1__CHANNEL__CHANNEL_EMAIL, id(8), id(9)},
	                  HILO__V1__MOVE_REASON__MOVE_REASON_AGENT, NULL);
	assert_true(c->continue_us != 0);
	world_events(&world);
	unseen(&world, c, true);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "message.attached message.submitted");
	assert_int_equal(c->told_sequence, 4);
	assert_int_equal(c->continue_us, 0);
	world_free(&world);
}

static void without_an_address_it_waits_and_without_need_it_does_not(void **state)
{
	struct world world = world_new();
	struct conversation *c = chat(&world, 20), *back = chat(&world, 21), *early = chat(&world, 22);

	conversation_plan(c);
	unseen(&world, c, false);
	unseen(&world, back, true);
	early->reply_us = WORLD_NOW;
	conversation_plan(early);
	unseen(&world, early, true);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "");
	assert_int_equal(c->continue_us, WORLD_NOW + 60 * SECOND);
	world_free(&world);
}

static void a_resolved_conversation_is_told_and_stays_resolved(void **state)
{
	struct world world = world_new();
	struct conversation *c = chat(&world, 20);

	c->status = STATUS_RESOLVED;
	conversation_plan(c);
	unseen(&world, c, true);
	decide_tick(world.ws);
	assert_string_equal(
	        world_events(&world),
	        "interaction.started interaction.ended conversation.moved message.attached message.submitted");
	assert_int_equal(c->status, STATUS_RESOLVED);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(coming_going_and_seeing_move_the_due_time),
	        testing_case(only_its_customer_ends_a_conversation),
	        testing_case(a_merge_takes_the_conversation_along_once),
	        testing_case(an_unseen_answer_is_mailed_once),
	        testing_case(where_there_were_mails_it_hangs_on_the_newest),
	        testing_case(one_that_was_moved_meanwhile_is_told_where_it_is),
	        testing_case(without_an_address_it_waits_and_without_need_it_does_not),
	        testing_case(a_resolved_conversation_is_told_and_stays_resolved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
