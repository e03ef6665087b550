/* test_decide_tick.c - snoozes end, and the queue is given out, the longest waiting first. */
#include "world.h"

static void add_head(struct world *world, const struct conversation *c)
{
	struct head *head = arena_new_object(world->arena, struct head);

	*head = (struct head){.conversation_id = c->id, .lane = conversation_lane(c), .queued_us = c->queued_us};
	list_add(&world->ws->heads, world->arena, head);
}

static void add_due(struct world *world, const struct conversation *c)
{
	list_add(&world->ws->due, world->arena, arena_memdup(world->arena, &c->id, sizeof(c->id)));
}

static struct conversation *waiting(struct world *world, int number, int64_t queued_us)
{
	struct conversation *c = world_conversation(world, number);

	c->queued_us = queued_us;
	c->was_queued = true;
	add_head(world, c);
	return c;
}

static void the_longest_waiting_go_to_those_with_room(void **state)
{
	struct world world = world_new();
	struct conversation *first = waiting(&world, 50, 100), *second = waiting(&world, 51, 200);
	struct agent *agent = world_agent(&world, 11, 3, 2);

	ws_cause(world.ws, NULL);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "conversation.assigned");
	assert_true(uuid_equal(&first->assignee_id, &agent->id));
	assert_int_equal(first->queued_us, 0);
	assert_int_equal(second->queued_us, 200);
	assert_int_equal(agent->load, 3);
	world_free(&world);
}

static void what_somebody_took_meanwhile_is_left_alone(void **state)
{
	struct world world = world_new();
	struct conversation *c = waiting(&world, 50, 100);

	world_agent(&world, 11, 0, 0);
	c->queued_us = 0;
	c->assignee_id = id(12);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "");
	world_free(&world);
}

static void who_gave_it_back_is_passed_over(void **state)
{
	struct world world = world_new();
	struct conversation *c = waiting(&world, 50, WORLD_NOW - SECOND);

	world_agent(&world, 11, 0, 0);
	c->released_from = id(11);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "");
	c->queued_us = WORLD_NOW - 61 * SECOND;
	ws_cause(world.ws, NULL);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "conversation.assigned");
	assert_true(uuid_is_nil(&c->released_from));
	world_free(&world);
}

static void what_an_agent_may_no_longer_see_is_taken_from_them(void **state)
{
	struct world world = world_new();
	struct conversation *open = world_conversation(&world, 50), *pending = world_conversation(&world, 51),
	                    *moved = world_conversation(&world, 52);
	struct agent *gone = world_agent(&world, 11, 0, 2), *other = world_agent(&world, 12, 0, 9);

	gone->rights.active = false;
	open->assignee_id = pending->assignee_id = gone->id;
	pending->status = STATUS_PENDING;
	moved->assignee_id = other->id; /* between gather and lock */
	for (int number = 50; number <= 52; number++) {
		struct uuid conversation_id = id(number);
		list_add(&world.ws->lost, world.arena,
		         arena_memdup(world.arena, &conversation_id, sizeof(conversation_id)));
	}
	ws_cause(world.ws, NULL);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "conversation.assigned conversation.assigned conversation.assigned");
	assert_true(uuid_equal(&open->assignee_id, &other->id));
	assert_true(uuid_is_nil(&pending->assignee_id));
	assert_int_equal(pending->queued_us, 0);
	assert_int_equal(moved->version, 5);
	assert_int_equal(gone->load, 0);
	assert_int_equal(other->load, 10);
	world_free(&world);
}

static void a_snooze_that_is_over_wakes(void **state)
{
	struct world world = world_new();
	struct conversation *due = world_conversation(&world, 50), *moved = world_conversation(&world, 51);
	struct agent *agent = world_agent(&world, 11, 0, 0);

	due->status = moved->status = STATUS_SNOOZED;
	due->assignee_id = moved->assignee_id = agent->id;
	due->snoozed_until_us = WORLD_NOW - 1;
	moved->snoozed_until_us = WORLD_NOW + DAY; /* between gather and lock */
	add_due(&world, due);
	add_due(&world, moved);
	ws_cause(world.ws, NULL);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "conversation.status_changed");
	assert_int_equal(due->status, STATUS_OPEN);
	assert_int_equal(moved->status, STATUS_SNOOZED);
	assert_int_equal(agent->load, 1);
	const Hilo__V1__Envelope *changed = world_last(&world);
	assert_string_equal(changed->actor, "system");
	assert_string_equal(changed->conversation_status_changed->by_agent_id, "");
	world_free(&world);
}

static void one_that_wakes_without_an_assignee_waits(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);

	c->status = STATUS_SNOOZED;
	c->snoozed_until_us = WORLD_NOW - 1;
	add_due(&world, c);
	ws_cause(world.ws, NULL);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "conversation.status_changed conversation.queued");
	world_free(&world);
}

static void a_lane_nobody_has_room_for_holds_up_no_other(void **state)
{
	struct world world = world_new();
	struct conversation *of_team = waiting(&world, 50, 100), *chat = waiting(&world, 51, 200),
	                    *mail = waiting(&world, 52, 300);
	struct agent *agent = world_agent(&world, 11, 0, 0), *member = world_agent(&world, 12, 1, 1);
	const struct uuid team = id(70);

	member->team_ids = &team;
	member->team_count = 1;
	agent->capacities[HILO__V1__CHANNEL__CHANNEL_CHAT] = agent->loads[HILO__V1__CHANNEL__CHANNEL_CHAT] = 1;
	of_team->team_id = team;
	chat->channel = HILO__V1__CHANNEL__CHANNEL_CHAT;
	ws_cause(world.ws, NULL);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "conversation.assigned");
	assert_true(uuid_equal(&mail->assignee_id, &agent->id));
	member->capacity = 2;
	world.known->skills = (struct skills){(const char *const[]){"french"}, 1};
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "");
	member->skills = world.known->skills;
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "conversation.assigned");
	assert_true(uuid_equal(&of_team->assignee_id, &member->id));
	assert_string_equal(world_last(&world)->conversation_assigned->team_id, bus_id(world.arena, &team));
	world_free(&world);
}

static void an_inbox_nothing_is_known_of_gets_nobody(void **state)
{
	struct world world = world_new();
	struct conversation *c = waiting(&world, 50, 100);

	world_agent(&world, 11, 0, 0)->rights.all_inboxes = true;
	c->inbox_id = id(9);
	decide_tick(world.ws);
	assert_string_equal(world_events(&world), "");
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(the_longest_waiting_go_to_those_with_room),
	        testing_case(a_lane_nobody_has_room_for_holds_up_no_other),
	        testing_case(an_inbox_nothing_is_known_of_gets_nobody),
	        testing_case(what_somebody_took_meanwhile_is_left_alone),
	        testing_case(who_gave_it_back_is_passed_over),
	        testing_case(what_an_agent_may_no_longer_see_is_taken_from_them),
	        testing_case(a_snooze_that_is_over_wakes),
	        testing_case(one_that_wakes_without_an_assignee_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
