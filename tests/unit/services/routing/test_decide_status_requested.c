/* test_decide_status_requested.c - agents resolve, snooze and reopen. */
#include "world.h"

#define BEN 11
#define OPEN HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_OPEN
#define PENDING HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_PENDING
#define SNOOZED HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_SNOOZED
#define RESOLVED HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_RESOLVED

static struct conversation *bens(struct world *world)
{
	struct conversation *c = world_conversation(world, 50);

	world_staff(world, BEN, true);
	world_agent(world, BEN, 0, 1);
	c->assignee_id = id(BEN);
	return c;
}

static void resolving_frees_room_and_ends_the_interaction(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	struct uuid ben = id(BEN);

	world_decide(&world, world_status(&world, c, BEN, RESOLVED));
	assert_string_equal(world_events(&world), "interaction.ended conversation.status_changed request.done");
	const Hilo__V1__ConversationStatusChanged *changed =
	        world_event(&world, "conversation.status_changed")->conversation_status_changed;
	assert_int_equal(changed->status, RESOLVED);
	assert_int_equal(changed->previous, OPEN);
	assert_string_equal(changed->by_agent_id, bus_id(world.arena, &ben));
	assert_int_equal(ws_agent(world.ws, &ben)->load, 0);
	assert_int_equal(world.ws->ended.count, 1);
	assert_true(world.ws->has_room);
	assert_true(uuid_equal(&c->assignee_id, &ben)); /* it comes back to them */
	world_free(&world);
}

static void a_snooze_has_an_end_that_can_be_moved(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	Hilo__V1__Envelope *asked = world_status(&world, c, BEN, SNOOZED);

	asked->status_requested->until_us = WORLD_NOW + DAY;
	world_decide(&world, asked);
	assert_string_equal(world_events(&world), "conversation.status_changed request.done");
	assert_int_equal(c->snoozed_until_us, WORLD_NOW + DAY);
	asked = world_status(&world, c, BEN, SNOOZED);
	asked->status_requested->until_us = WORLD_NOW + 2 * DAY;
	world_decide(&world, asked);
	assert_string_equal(world_events(&world), "conversation.status_changed request.done");
	world_decide(&world, asked);
	assert_string_equal(world_events(&world), "request.done"); /* as it was */
	world_decide(&world, world_status(&world, c, BEN, OPEN));
	assert_int_equal(c->snoozed_until_us, 0);
	world_free(&world);
}

static void an_open_conversation_of_nobody_waits(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	struct uuid ben = id(BEN);

	c->assignee_id = (struct uuid){0};
	c->status = STATUS_RESOLVED;
	ws_agent(world.ws, &ben)->presence = PRESENCE_AWAY;
	world_decide(&world, world_status(&world, c, BEN, OPEN));
	assert_string_equal(world_events(&world),
	                    "interaction.started conversation.status_changed conversation.queued request.done");
	assert_int_equal(world.ws->interactions.count, 1);
	world_decide(&world, world_status(&world, c, BEN, PENDING));
	assert_int_equal(c->queued_us, 0);
	world_free(&world);
}

static void unknown_states_and_stale_versions_are_refused(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world);
	Hilo__V1__Envelope *asked = world_status(&world, c, BEN, (Hilo__V1__ConversationStatus)17);

	world_decide(&world, asked);
	assert_string_equal(world_last(&world)->request_refused->code, "invalid_status");
	world_decide(&world,
	             world_status(&world, c, BEN, HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_UNSPECIFIED));
	assert_string_equal(world_last(&world)->request_refused->code, "invalid_status");
	asked = world_status(&world, c, BEN, RESOLVED);
	asked->status_requested->expected_version = 5; /* two refusals ago */
	world_decide(&world, asked);
	assert_string_equal(world_last(&world)->request_refused->code, "stale_version");
	assert_int_equal(c->status, STATUS_OPEN);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(resolving_frees_room_and_ends_the_interaction),
	        testing_case(a_snooze_has_an_end_that_can_be_moved),
	        testing_case(an_open_conversation_of_nobody_waits),
	        testing_case(unknown_states_and_stale_versions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
