/* test_plan.c - no more agents are locked than will be needed. */
#include "plan.h"
#include "world.h"

static void add_candidate(struct world *world, int number, int capacity, int load)
{
	struct agent *agent = arena_new_object(world->arena, struct agent);

	*agent = (struct agent){.id = id(number),
	                        .rights = {.active = true, .all_inboxes = true},
	                        .presence = PRESENCE_AVAILABLE,
	                        .capacity = capacity,
	                        .load = load};
	list_add(&world->ws->candidates, world->arena, agent);
}

static void add_head(struct world *world, int number, int64_t queued_us, struct uuid released_from)
{
	struct head *head = arena_new_object(world->arena, struct head);

	*head = (struct head){.conversation_id = id(number),
	                      .lane = {.inbox_id = world->inbox, .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL},
	                      .queued_us = queued_us,
	                      .released_from = released_from};
	list_add(&world->ws->heads, world->arena, head);
}

static void read_messages(struct world *world, struct message_event *const *events, size_t count)
{
	world->ws->inputs = arena_new_array(world->arena, struct input, count);
	world->ws->input_count = count;
	for (size_t i = 0; i < count; i++) {
		struct bus_event *event = arena_new_object(world->arena, struct bus_event);
		struct input *in = &world->ws->inputs[i];
		*event = (struct bus_event){.type = events[i]->envelope.type, .envelope = &events[i]->envelope};
		*in = (struct input){.event = event, .handler = event_handler_by_type(event->type)};
		assert_int_equal(in->handler->read(world->ws, in), 0);
	}
}

static void messages_that_point_nowhere_need_an_agent_each(void **state)
{
	struct world world = world_new();
	struct message_event *events[3];

	for (int i = 0; i < 3; i++)
		events[i] = world_message(&world, 60 + i);
	events[1]->received.thread_ids = (char *[]){(char *)"known@mail.example"};
	events[1]->received.n_thread_ids = 1;
	events[2]->received.thread_ids = (char *[]){(char *)"unknown@mail.example"};
	events[2]->received.n_thread_ids = 1;
	world_found_rfc_id(&world, "known@mail.example", world_conversation(&world, 50));
	for (int i = 0; i < 10; i++)
		add_candidate(&world, 20 + i, 0, i);
	read_messages(&world, events, 3);
	assert_int_equal(world.ws->wanted_inboxes.count, 3);
	plan_message_agents(world.ws);
	assert_int_equal(world.ws->agent_list.count, 2);
	struct uuid first = id(20), second = id(21);
	assert_true(uuid_equal(world.ws->agent_list.items[0],
	                       &first)); /* load 0, then 1 like the other, who comes first now */
	assert_true(uuid_equal(world.ws->agent_list.items[1], &second));
	world_free(&world);
}

static void heads_nobody_can_take_are_not_locked(void **state)
{
	struct world world = world_new();

	add_candidate(&world, 20, 2, 0);
	for (int i = 0; i < 5; i++)
		add_head(&world, 50 + i, 100 + i, (struct uuid){0});
	plan_heads(world.ws);
	assert_int_equal(world.ws->conversation_list.count, 2);
	struct uuid oldest = id(50);
	assert_true(uuid_equal(world.ws->conversation_list.items[0], &oldest));
	assert_int_equal(world.ws->agent_list.count, 1);
	world_free(&world);
}

static void who_gave_it_back_does_not_get_it_for_a_minute(void **state)
{
	struct uuid agent = id(20), nobody = {0};

	assert_null(plan_not_to(WORLD_NOW, &nobody, WORLD_NOW));
	assert_ptr_equal(plan_not_to(WORLD_NOW - 59 * SECOND, &agent, WORLD_NOW), &agent);
	assert_null(plan_not_to(WORLD_NOW - 61 * SECOND, &agent, WORLD_NOW));

	struct world world = world_new();
	add_candidate(&world, 20, 0, 0);
	add_candidate(&world, 21, 0, 7);
	add_head(&world, 50, WORLD_NOW - SECOND, agent);
	plan_heads(world.ws);
	struct uuid other = id(21);
	assert_int_equal(world.ws->agent_list.count, 1);
	assert_true(uuid_equal(world.ws->agent_list.items[0], &other));
	world_free(&world);
}

static void one_tick_gives_out_a_bounded_number(void **state)
{
	struct world world = world_new();

	add_candidate(&world, 20, 0, 0);
	for (int i = 0; i < 1000; i++)
		add_head(&world, 2000 + i, 100 + i, (struct uuid){0});
	plan_heads(world.ws);
	assert_int_equal(world.ws->conversation_list.count, 256);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(messages_that_point_nowhere_need_an_agent_each),
	        testing_case(heads_nobody_can_take_are_not_locked),
	        testing_case(who_gave_it_back_does_not_get_it_for_a_minute),
	        testing_case(one_tick_gives_out_a_bounded_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
