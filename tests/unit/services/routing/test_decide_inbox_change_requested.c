/* test_decide_inbox_change_requested.c - a conversation goes to another inbox: who keeps it, and what it goes over. */
#include "world.h"

#define BEN 11
#define EVE 12
#define OTHER 4 /* inbox */
#define TEAM 70

static Hilo__V1__Envelope *change(struct world *world, const struct conversation *c)
{
	Hilo__V1__InboxChangeRequested *body = arena_new_object(world->arena, Hilo__V1__InboxChangeRequested);
	struct uuid inbox = id(OTHER);

	hilo__v1__inbox_change_requested__init(body);
	Hilo__V1__Envelope *envelope =
	        world_request(world, BEN, "inbox.change_requested", &body->agent_id, &body->request_id);
	body->conversation_id = bus_id(world->arena, &c->id);
	body->inbox_id = bus_id(world->arena, &inbox);
	envelope->body_case = HILO__V1__ENVELOPE__BODY_INBOX_CHANGE_REQUESTED;
	envelope->inbox_change_requested = body;
	return envelope;
}

/* Ben has every inbox, and there is another one, of a team */
static struct world two_inboxes(struct conversation **ret)
{
	struct world world = world_new();
	struct inbox *other = arena_new_object(world.arena, struct inbox);
	struct staff *staff = arena_new_object(world.arena, struct staff);

	*other = (struct inbox){.id = id(OTHER), .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL, .is_waiting = true};
	map_put(world.ws->inboxes, &other->id, sizeof(other->id), other);
	*staff = (struct staff){.id = id(BEN), .rights = {.active = true, .all_inboxes = true}};
	ws_add_staff(world.ws, staff);
	*ret = world_conversation(&world, 50);
	return world;
}

static struct inbox *other_inbox(struct world *world)
{
	struct uuid inbox = id(OTHER);

	return map_get(world->ws->inboxes, &inbox, sizeof(inbox));
}

static void a_mail_goes_over_the_new_inbox_and_its_assignee_keeps_it(void **state)
{
	struct conversation *c;
	struct world world = two_inboxes(&c);
	struct agent *agent = world_agent(&world, EVE, 0, 1);
	struct uuid before = world.inbox, old_interaction = c->interaction_id, other = id(OTHER);

	agent->rights.all_inboxes = true;
	c->assignee_id = agent->id;
	world_decide(&world, change(&world, c));
	assert_string_equal(world_events(&world),
	                    "conversation.inbox_changed interaction.ended interaction.started request.done");
	const Hilo__V1__Envelope *told = world_event(&world, "conversation.inbox_changed");
	assert_string_equal(told->inbox_id, bus_id(world.arena, &other));
	assert_string_equal(told->conversation_inbox_changed->previous_inbox_id, bus_id(world.arena, &before));
	assert_true(uuid_equal(&c->inbox_id, &other));
	assert_true(uuid_equal(&c->assignee_id, &agent->id));
	assert_int_equal(agent->load, 1);
	assert_false(uuid_equal(&c->interaction_id, &old_interaction));
	assert_true(uuid_equal(conversation_inbox(c), &other));
	struct thread_sender sender = {.inbox_id = before};
	assert_true(thread_may_hold(c, &sender)); /* an answer to a mail of the old inbox */
	world_decide(&world, change(&world, c));
	assert_string_equal(world_events(&world), "request.done"); /* there it is */
	world_free(&world);
}

static void whoever_does_not_have_the_inbox_loses_it_to_its_team(void **state)
{
	static const struct {
		enum conversation_status status;
		const char *events;
		int64_t queued_us;
		bool keeps;
	} rows[] = {
	        {STATUS_OPEN,
	         "conversation.inbox_changed interaction.ended interaction.started conversation.assigned "
	         "conversation.queued request.done",
	         WORLD_NOW, false},
	        {STATUS_PENDING,
	         "conversation.inbox_changed interaction.ended interaction.started conversation.assigned request.done",
	         0, false},
	        {STATUS_RESOLVED,
	         "conversation.inbox_changed interaction.started interaction.ended conversation.assigned request.done",
	         0, false},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct conversation *c;
		struct world world = two_inboxes(&c);
		struct agent *agent = world_agent(&world, EVE, 0, 0);
		struct uuid team = id(TEAM);
		other_inbox(&world)->team_id = team;
		c->assignee_id = agent->id;
		c->status = rows[i].status;
		world_decide(&world, change(&world, c));
		assert_string_equal(world_events(&world), rows[i].events);
		assert_true(uuid_is_nil(&c->assignee_id));
		assert_true(uuid_equal(&c->team_id, &team));
		assert_int_equal(c->queued_us, rows[i].queued_us);
		assert_int_equal(c->status, rows[i].status);
		world_free(&world);
	}
}

static void one_that_waits_goes_on_waiting_elsewhere(void **state)
{
	struct conversation *c;
	struct world world = two_inboxes(&c);

	c->queued_us = WORLD_NOW - DAY;
	c->was_queued = true;
	c->lane = conversation_lane(c);
	world_decide(&world, change(&world, c));
	assert_int_equal(c->queued_us, WORLD_NOW - DAY);
	struct lane lane = conversation_lane(c);
	assert_false(lane_equal(&lane, &c->lane));
	world_free(&world);
}

static void the_customer_of_a_chat_stays_where_they_are(void **state)
{
	struct conversation *c;
	struct world world = two_inboxes(&c);
	struct uuid before = world.inbox, interaction = c->interaction_id, other = id(OTHER);

	c->channel = HILO__V1__CHANNEL__CHANNEL_CHAT;
	c->queued_us = 1;
	world_decide(&world, change(&world, c));
	assert_string_equal(world_events(&world), "conversation.inbox_changed request.done");
	assert_true(uuid_equal(&c->inbox_id, &other));
	assert_true(uuid_equal(conversation_inbox(c), &before));
	assert_true(uuid_equal(&c->interaction_id, &interaction));
	assert_true(c->is_live_changed);
	world_free(&world);
}

static void it_needs_both_inboxes(void **state)
{
	struct conversation *c;
	struct world world = two_inboxes(&c);

	struct uuid ben = id(BEN);
	struct staff *staff = (struct staff *)ws_staff(world.ws, &ben);
	staff->rights = (struct rights){.active = true, .inbox_ids = &world.inbox, .inbox_count = 1};
	world_decide(&world, change(&world, c));
	assert_string_equal(world_last(&world)->request_refused->code, "forbidden");
	assert_true(uuid_equal(&c->inbox_id, &world.inbox));
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(a_mail_goes_over_the_new_inbox_and_its_assignee_keeps_it),
	        testing_case(whoever_does_not_have_the_inbox_loses_it_to_its_team),
	        testing_case(one_that_waits_goes_on_waiting_elsewhere),
	        testing_case(the_customer_of_a_chat_stays_where_they_are),
	        testing_case(it_needs_both_inboxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
