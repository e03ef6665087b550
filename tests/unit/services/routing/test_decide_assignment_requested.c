/* test_decide_assignment_requested.c - agents hand conversations around, within their rights. */
#include "world.h"

#define BEN 11
#define EVE 12

static struct conversation *bens(struct world *world)
{
	struct conversation *c = world_conversation(world, 50);

	world_staff(world, BEN, true);
	world_staff(world, EVE, true);
	world_agent(world, BEN, 0, 1);
	world_agent(world, EVE, 1, 1); /* what people decide may go beyond capacity */
	c->assignee_id = id(BEN);
	return c;
}

static void another_agent_gets_it(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	struct uuid ben = id(BEN), eve = id(EVE);

	world_decide(&world, world_assign(&world, c, BEN, &eve));
	assert_string_equal(world_events(&world), "conversation.assigned request.done");
	const Hilo__V1__Envelope *assigned = world_event(&world, "conversation.assigned");
	assert_string_equal(assigned->assignee_id, bus_id(world.arena, &eve));
	assert_string_equal(assigned->conversation_assigned->previous_assignee_id, bus_id(world.arena, &ben));
	assert_string_equal(assigned->conversation_assigned->by_agent_id, bus_id(world.arena, &ben));
	assert_int_equal(ws_agent(world.ws, &ben)->load, 0);
	assert_int_equal(ws_agent(world.ws, &eve)->load, 2);
	world_free(&world);
}

static void nobody_gets_it_back_into_the_queue(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	struct uuid ben = id(BEN);

	world_decide(&world, world_assign(&world, c, EVE, NULL));
	assert_string_equal(world_events(&world), "conversation.assigned conversation.queued request.done");
	assert_true(uuid_is_nil(&c->assignee_id));
	assert_true(uuid_equal(&c->released_from, &ben));
	assert_int_equal(c->queued_us, WORLD_NOW);
	world_free(&world);
}

static void one_that_is_not_open_is_released_without_a_queue(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);

	c->status = STATUS_PENDING;
	world_decide(&world, world_assign(&world, c, BEN, NULL));
	assert_string_equal(world_events(&world), "conversation.assigned request.done");
	assert_int_equal(c->queued_us, 0);
	world_free(&world);
}

static void a_team_gets_it(void **state)
{
	static const struct {
		int to; /* 0: nobody */
		bool sets_team, is_waiting;
		int had_team, team;
		const char *events;
		int want_team;
	} rows[] = {
	        {0, true, false, 0, 7, "conversation.assigned conversation.queued request.done", 7},
	        {0, true, true, 0, 7, "conversation.assigned request.done", 7}, /* it waits on, for others */
	        {0, true, true, 7, 0, "conversation.assigned request.done", 0},
	        {0, true, true, 7, 7, "request.done", 7},
	        {0, false, true, 7, 0, "request.done", 7}, /* the team stays */
	        {EVE, false, false, 7, 0, "conversation.assigned request.done", 7},
	        {EVE, true, false, 7, 8, "conversation.assigned request.done", 8},
	        {BEN, true, false, 7, 8, "conversation.assigned request.done", 8}, /* he keeps it */
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct world world = world_new();
		struct conversation *c = bens(&world);
		struct uuid to = id(rows[i].to), team = id(rows[i].team), want = id(rows[i].want_team);
		struct uuid ben = id(BEN);
		if (rows[i].had_team)
			c->team_id = id(rows[i].had_team);
		if (rows[i].is_waiting) {
			c->assignee_id = (struct uuid){0};
			c->queued_us = WORLD_NOW - SECOND;
		}
		Hilo__V1__Envelope *asked = world_assign(&world, c, BEN, rows[i].to ? &to : NULL);
		asked->assignment_requested->sets_team = rows[i].sets_team;
		if (rows[i].team)
			asked->assignment_requested->team_id = bus_id(world.arena, &team);
		world_decide(&world, asked);
		assert_string_equal(world_events(&world), rows[i].events);
		assert_true(rows[i].want_team ? uuid_equal(&c->team_id, &want) : uuid_is_nil(&c->team_id));
		if (rows[i].is_waiting)
			assert_int_equal(c->queued_us, WORLD_NOW - SECOND);
		assert_int_equal(ws_agent(world.ws, &ben)->load, rows[i].to == BEN || rows[i].is_waiting);
		world_free(&world);
	}
}

static void asking_for_what_is_so_changes_nothing(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	struct uuid ben = id(BEN);

	world_decide(&world, world_assign(&world, c, BEN, &ben));
	assert_string_equal(world_events(&world), "request.done");
	world_free(&world);
}

static void refusals_say_why(void **state)
{
	static const struct {
		bool asker_may, assignee_may;
		uint64_t expected_version;
		const char *code;
	} rows[] = {
	        {true, true, 5, NULL},         {true, true, 0, NULL},         {true, true, 4, "stale_version"},
	        {false, true, 0, "forbidden"}, {true, false, 0, "forbidden"},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct world world = world_new();
		struct conversation *c = world_conversation(&world, 50);
		struct uuid eve = id(EVE);
		world_staff(&world, BEN, rows[i].asker_may);
		world_staff(&world, EVE, rows[i].assignee_may);
		Hilo__V1__Envelope *asked = world_assign(&world, c, BEN, &eve);
		asked->assignment_requested->expected_version = rows[i].expected_version;
		world_decide(&world, asked);
		if (rows[i].code)
			assert_string_equal(world_last(&world)->request_refused->code, rows[i].code);
		else
			assert_string_equal(world_events(&world), "conversation.assigned request.done");
		assert_int_equal(uuid_is_nil(&c->assignee_id), rows[i].code != NULL);
		world_free(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(another_agent_gets_it),
	        testing_case(nobody_gets_it_back_into_the_queue),
	        testing_case(one_that_is_not_open_is_released_without_a_queue),
	        testing_case(a_team_gets_it),
	        testing_case(asking_for_what_is_so_changes_nothing),
	        testing_case(refusals_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
