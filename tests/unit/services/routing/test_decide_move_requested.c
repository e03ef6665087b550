/* test_decide_move_requested.c - an agent moves a conversation, within their rights and where it can be answered. */
#include "world.h"

static bool is_found;

static void load_target(struct input *in)
{
	if (!in->target)
		return;
	in->target->is_found = is_found;
	in->target->way = (struct way){in->target->channel, id(8), id(9)};
}

static void ask(struct world *world, const struct conversation *c, Hilo__V1__Channel channel)
{
	Hilo__V1__Envelope *envelope = world_envelope(world, "move.requested");
	Hilo__V1__MoveRequested *body = arena_new_object(world->arena, Hilo__V1__MoveRequested);
	struct uuid agent = id(11), request = id(12);

	hilo__v1__move_requested__init(body);
	body->request_id = bus_id(world->arena, &request);
	body->conversation_id = bus_id(world->arena, &c->id);
	body->agent_id = bus_id(world->arena, &agent);
	body->channel = channel;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_MOVE_REQUESTED;
	envelope->move_requested = body;
	envelope->actor = (char *)"agent:ben";
	world_on_load(load_target);
	assert_int_equal(world_decide(world, envelope), 0);
}

static struct conversation *bens(struct world *world, Hilo__V1__Channel channel)
{
	struct conversation *c = world_conversation(world, 20);

	world_agent(world, 11, 0, 1);
	world_staff(world, 11, true);
	c->assignee_id = id(11);
	c->channel = channel;
	is_found = true;
	return c;
}

#define MOVED "interaction.ended interaction.started conversation.moved message.attached request.done"

static void it_moves_where_the_customer_is_reached(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world, HILO__V1__CHANNEL__CHANNEL_CHAT);
	struct uuid ben = id(11), mail_inbox = id(8);

	ask(&world, c, HILO__V1__CHANNEL__CHANNEL_EMAIL);
	assert_string_equal(world_events(&world), MOVED);
	assert_true(uuid_equal(conversation_inbox(c), &mail_inbox));
	assert_int_equal(world.ws->moves.count, 1);
	const struct move *move = world.ws->moves.items[0];
	assert_int_equal(move->reason, HILO__V1__MOVE_REASON__MOVE_REASON_AGENT);
	assert_true(uuid_equal(&move->by_agent_id, &ben));
	ask(&world, c, HILO__V1__CHANNEL__CHANNEL_EMAIL); /* it is there */
	assert_string_equal(world_events(&world), "request.done");
	world_free(&world);
}

static void it_does_not_move_where_nobody_is(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world, HILO__V1__CHANNEL__CHANNEL_EMAIL);

	ask(&world, c, HILO__V1__CHANNEL__CHANNEL_CHAT); /* not there now */
	assert_string_equal(world_events(&world), "request.refused");
	assert_string_equal(world_last(&world)->request_refused->code, "no_reachable_channel");
	c->is_present = true;
	is_found = false; /* never chatted */
	ask(&world, c, HILO__V1__CHANNEL__CHANNEL_CHAT);
	assert_string_equal(world_events(&world), "request.refused");
	is_found = true;
	ask(&world, c, HILO__V1__CHANNEL__CHANNEL_CHAT);
	assert_string_equal(world_events(&world), MOVED);
	world_free(&world);
}

static void without_the_inbox_it_is_forbidden(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world, HILO__V1__CHANNEL__CHANNEL_CHAT);

	world_staff(&world, 11, false);
	ask(&world, c, HILO__V1__CHANNEL__CHANNEL_EMAIL);
	assert_string_equal(world_events(&world), "request.refused");
	assert_string_equal(world_last(&world)->request_refused->code, "forbidden");
	world_free(&world);
}

static void a_resolved_one_is_reopened_there(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world, HILO__V1__CHANNEL__CHANNEL_CHAT);

	c->status = STATUS_RESOLVED;
	ask(&world, c, HILO__V1__CHANNEL__CHANNEL_EMAIL);
	assert_string_equal(
	        world_events(&world),
	        "interaction.started conversation.reopened conversation.moved message.attached request.done");
	assert_int_equal(world.ws->interactions.count, 1);
	world_free(&world);
}

static void a_reply_that_a_move_of_its_batch_overtook_is_decided_alone(void **state)
{
	struct world world = world_new();
	struct conversation *c = bens(&world, HILO__V1__CHANNEL__CHANNEL_CHAT);
	struct uuid message = id(70);
	struct reply_context context = {
	        .message_id = message, .interaction_id = c->interaction_id, .channel = c->channel, .to_address = "v:1"};

	map_put(world.ws->replies, &context.message_id, sizeof(context.message_id), &context);
	ask(&world, c, HILO__V1__CHANNEL__CHANNEL_EMAIL);
	world_events(&world);
	world_decide(&world, world_reply(&world, c, 11, 70));
	assert_true(world.ws->is_stale);
	assert_string_equal(world_events(&world), "");
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(it_moves_where_the_customer_is_reached),
	        testing_case(it_does_not_move_where_nobody_is),
	        testing_case(without_the_inbox_it_is_forbidden),
	        testing_case(a_resolved_one_is_reopened_there),
	        testing_case(a_reply_that_a_move_of_its_batch_overtook_is_decided_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
