/* test_conversation.c - the table of states walked, and loads, queue and versions that follow. */
#include "conversation.h"
#include "world.h"

static void the_table_is_whole(void **state)
{
	HILO_AUTO(buf) struct buf fault = {0};

	if (fsm_check(&conversation_fsm, &fault) < 0)
		fail_msg("%s", fault.data);
}

static void every_state_knows_what_the_customer_agent_and_machine_can_do(void **state)
{
	for (int from = STATUS_OPEN; from <= STATUS_RESOLVED; from++)
		for (int input = INPUT_CUSTOMER_WROTE; input <= INPUT_ASKED_RESOLVED; input++)
			assert_non_null(fsm_step(&conversation_fsm, from, input));
	assert_null(fsm_step(&conversation_fsm, STATUS_OPEN, INPUT_SNOOZE_ENDED));
	assert_null(fsm_step(&conversation_fsm, STATUS_PENDING, INPUT_SNOOZE_ENDED));
	assert_null(fsm_step(&conversation_fsm, STATUS_RESOLVED, INPUT_SNOOZE_ENDED));
}

static bool takes_room(enum conversation_status status)
{
	return status == STATUS_OPEN || status == STATUS_PENDING;
}

/* every transition of the table, with an assignee: load, interaction and queue must follow */
static void each_transition_keeps_load_and_interaction_right(void **state)
{
	for (size_t i = 0; i < conversation_fsm.count; i++) {
		const struct fsm_transition *t = &conversation_fsm.transitions[i];
		struct world world = world_new();
		struct agent *agent = world_agent(&world, 11, 0, 5);
		struct conversation *c = world_conversation(&world, 50);
		struct uuid interaction = c->interaction_id;

		c->status = (enum conversation_status)t->from;
		c->assignee_id = agent->id;
		c->waiting_since_us = 1;
		assert_true(conversation_step(world.ws, c, (enum conversation_input)t->event));
		assert_int_equal(c->status, t->to);
		assert_int_equal(agent->load - 5, takes_room((enum conversation_status)t->to) -
		                                          takes_room((enum conversation_status)t->from));
		assert_int_equal(agent->load_change, agent->load - 5);
		bool has_begun = t->from == STATUS_RESOLVED && t->to != STATUS_RESOLVED;
		bool has_ended = t->from != STATUS_RESOLVED && t->to == STATUS_RESOLVED;
		assert_int_equal(world.ws->interactions.count, has_begun);
		assert_int_equal(!uuid_equal(&interaction, &c->interaction_id), has_begun);
		assert_int_equal(world.ws->ended.count, has_ended);
		assert_int_equal(c->resolved_us, has_ended ? WORLD_NOW : 0);
		if (has_ended)
			assert_int_equal(c->waiting_since_us, 0);
		world_free(&world);
	}
}

static void leaving_open_leaves_the_queue(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);

	c->queued_us = 5;
	conversation_step(world.ws, c, INPUT_ASKED_PENDING);
	assert_int_equal(c->queued_us, 0);
	world_free(&world);
}

static void moving_between_agents_moves_the_load(void **state)
{
	struct world world = world_new();
	struct agent *a = world_agent(&world, 11, 0, 3), *b = world_agent(&world, 12, 0, 3);
	struct conversation *c = world_conversation(&world, 50);

	c->queued_us = 7;
	conversation_assign(world.ws, c, &a->id, NULL);
	assert_int_equal(a->load, 4);
	assert_int_equal(a->assigned_us, WORLD_NOW);
	assert_int_equal(c->queued_us, 0);
	conversation_assign(world.ws, c, &b->id, &a->id);
	assert_int_equal(a->load, 3);
	assert_int_equal(b->load, 4);
	conversation_assign(world.ws, c, NULL, &b->id);
	assert_int_equal(b->load, 3);
	assert_string_equal(world_events(&world), "conversation.assigned conversation.assigned conversation.assigned");
	assert_int_equal(c->version, 8);
	assert_true(c->is_changed);
	world_free(&world);
}

static void an_agent_who_was_not_loaded_still_has_their_load_changed(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);

	c->assignee_id = id(99);
	conversation_step(world.ws, c, INPUT_ASKED_RESOLVED);
	assert_int_equal(ws_agent(world.ws, &c->assignee_id)->load_change, -1);
	world_free(&world);
}

static void placing_gives_to_the_least_loaded_or_queues(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50), *d = world_conversation(&world, 51);
	struct agent *agent = world_agent(&world, 11, 1, 0);

	conversation_place(world.ws, c);
	assert_true(uuid_equal(&c->assignee_id, &agent->id));
	conversation_place(world.ws, d);
	assert_int_equal(d->queued_us, WORLD_NOW);
	assert_string_equal(world_events(&world), "conversation.assigned conversation.queued");
	conversation_place(world.ws, c); /* nothing to be done any more */
	conversation_place(world.ws, d);
	assert_string_equal(world_events(&world), "");
	world_free(&world);
}

static void nobody_overtakes_those_who_wait(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);

	world_agent(&world, 11, 0, 0);
	world.known->is_waiting = true;
	conversation_place(world.ws, c);
	assert_int_equal(c->queued_us, WORLD_NOW);
	world_free(&world);
}

static void an_assignee_keeps_it_unless_they_lost_the_inbox(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct agent *agent = world_agent(&world, 11, 0, 1);

	c->assignee_id = agent->id;
	agent->presence = PRESENCE_OFFLINE;
	conversation_place(world.ws, c);
	assert_string_equal(world_events(&world), "");
	agent->rights.active = false;
	conversation_place(world.ws, c);
	assert_string_equal(world_events(&world), "conversation.assigned conversation.queued");
	assert_true(uuid_is_nil(&c->assignee_id));
	assert_int_equal(agent->load, 0);
	world_free(&world);
}

static void entries_are_numbered_and_remembered(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct entry in = {.message_id = id(61),
	                   .direction = HILO__V1__DIRECTION__DIRECTION_IN,
	                   .at_us = 1000,
	                   .author_name = "Ann",
	                   .preview = "one"};
	struct entry automatic = in, out = in;

	automatic.message_id = id(60);
	automatic.automatic = true;
	out.message_id = id(62);
	out.direction = HILO__V1__DIRECTION__DIRECTION_OUT;
	out.at_us = 3000;
	conversation_attach(world.ws, c, &automatic);
	assert_int_equal(c->waiting_since_us, 0);
	conversation_attach(world.ws, c, &in);
	assert_int_equal(in.sequence, 5);
	assert_int_equal(c->waiting_since_us, 1000);
	assert_true(uuid_equal(&in.interaction_id, &c->interaction_id));
	conversation_attach(world.ws, c, &out);
	assert_int_equal(c->waiting_since_us, 0);
	assert_true(uuid_equal(&c->last_message_id, &out.message_id) &&
	            uuid_equal(&c->last_inbound_id, &in.message_id));
	assert_int_equal(c->last_activity_us, 3000);
	assert_int_equal(c->sequence, 6);
	assert_string_equal(world_events(&world), "message.attached message.attached message.attached");
	world_free(&world);
}

static void long_texts_are_cut_between_characters(void **state)
{
	struct world world = world_new();
	char subject[1200];

	for (size_t i = 0; i + 3 < sizeof(subject); i += 3)
		memcpy(subject + i, "\xe2\x82\xac", 4);
	const struct conversation_start start = {
	        .inbox_id = id(1), .customer_id = id(2), .customer_name = "", .subject = subject};
	const struct conversation *c = conversation_open(world.ws, &start);
	assert_int_equal(strlen(c->subject), 498);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(the_table_is_whole),
	        testing_case(every_state_knows_what_the_customer_agent_and_machine_can_do),
	        testing_case(each_transition_keeps_load_and_interaction_right),
	        testing_case(leaving_open_leaves_the_queue),
	        testing_case(moving_between_agents_moves_the_load),
	        testing_case(an_agent_who_was_not_loaded_still_has_their_load_changed),
	        testing_case(placing_gives_to_the_least_loaded_or_queues),
	        testing_case(nobody_overtakes_those_who_wait),
	        testing_case(an_assignee_keeps_it_unless_they_lost_the_inbox),
	        testing_case(entries_are_numbered_and_remembered),
	        testing_case(long_texts_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
