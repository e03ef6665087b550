/* test_agent.c - who may take a conversation, and who is next. */
#include "agent.h"
#include "world.h"

static void only_an_available_agent_with_the_inbox_and_room_can_take(void **state)
{
	struct uuid inbox = id(1), other = id(2);
	static const struct {
		bool active, all, has_inbox;
		enum presence presence;
		int capacity, load;
		bool can;
	} rows[] = {
	        {true, false, true, PRESENCE_AVAILABLE, 0, 1000, true},
	        {true, true, false, PRESENCE_AVAILABLE, 0, 0, true},
	        {true, false, false, PRESENCE_AVAILABLE, 0, 0, false},
	        {false, true, true, PRESENCE_AVAILABLE, 0, 0, false},
	        {true, true, true, PRESENCE_BUSY, 0, 0, false},
	        {true, true, true, PRESENCE_AWAY, 0, 0, false},
	        {true, true, true, PRESENCE_OFFLINE, 0, 0, false},
	        {true, true, true, PRESENCE_AVAILABLE, 3, 2, true},
	        {true, true, true, PRESENCE_AVAILABLE, 3, 3, false},
	        {true, true, true, PRESENCE_AVAILABLE, 3, 4, false},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		const struct agent agent = {.rights = {.active = rows[i].active,
		                                       .all_inboxes = rows[i].all,
		                                       .inbox_ids = rows[i].has_inbox ? &inbox : &other,
		                                       .inbox_count = 1},
		                            .presence = rows[i].presence,
		                            .capacity = rows[i].capacity,
		                            .load = rows[i].load};
		const struct need need = {.inbox_id = inbox, .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL};
		assert_int_equal(agent_can_take(&agent, &need), rows[i].can);
	}
}

static void skills_teams_and_channels_are_all_asked_for(void **state)
{
	static const char *const french[] = {"french"}, *const both[] = {"billing", "french"};
	enum { EMAIL = HILO__V1__CHANNEL__CHANNEL_EMAIL, CHAT = HILO__V1__CHANNEL__CHANNEL_CHAT };
	const struct uuid teams[] = {id(7), id(8)};
	static const struct {
		struct skills has, needs;
		size_t teams;
		int team; /* 0: none is asked for */
		int channel, chat_capacity, chats, mails, capacity;
		bool can;
	} rows[] = {
	        {{0}, {0}, 0, 0, EMAIL, 0, 9, 9, 0, true},
	        {{0}, {french, 1}, 0, 0, EMAIL, 0, 0, 0, 0, false},
	        {{french, 1}, {0}, 0, 0, EMAIL, 0, 0, 0, 0, true},
	        {{french, 1}, {french, 1}, 0, 0, EMAIL, 0, 0, 0, 0, true},
	        {{french, 1}, {both, 2}, 0, 0, EMAIL, 0, 0, 0, 0, false},
	        {{both, 2}, {french, 1}, 0, 0, EMAIL, 0, 0, 0, 0, true},
	        {{0}, {0}, 0, 7, EMAIL, 0, 0, 0, 0, false},
	        {{0}, {0}, 1, 7, EMAIL, 0, 0, 0, 0, true},
	        {{0}, {0}, 1, 8, EMAIL, 0, 0, 0, 0, false},
	        {{0}, {0}, 2, 8, EMAIL, 0, 0, 0, 0, true},
	        {{0}, {0}, 0, 0, CHAT, 2, 1, 50, 0, true},
	        {{0}, {0}, 0, 0, CHAT, 2, 2, 0, 0, false},
	        {{0}, {0}, 0, 0, CHAT, 2, 3, 0, 0, false},
	        {{0}, {0}, 0, 0, EMAIL, 2, 2, 50, 0, true}, /* chats are full, mails are not */
	        {{0}, {0}, 0, 0, EMAIL, 2, 2, 3, 5, false}, /* full in all */
	        {{0}, {0}, 0, 0, 99, 2, 2, 3, 0, true},     /* a channel of a later release */
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct agent agent = {.rights = {.active = true, .all_inboxes = true},
		                      .presence = PRESENCE_AVAILABLE,
		                      .skills = rows[i].has,
		                      .team_ids = teams,
		                      .team_count = rows[i].teams,
		                      .capacity = rows[i].capacity,
		                      .capacities = {[CHAT] = rows[i].chat_capacity}};
		const struct need need = {.inbox_id = id(1),
		                          .team_id = rows[i].team ? id(rows[i].team) : (struct uuid){{0}},
		                          .channel = (Hilo__V1__Channel)rows[i].channel,
		                          .skills = rows[i].needs};
		agent_add_load(&agent, HILO__V1__CHANNEL__CHANNEL_CHAT, rows[i].chats);
		agent_add_load(&agent, HILO__V1__CHANNEL__CHANNEL_EMAIL, rows[i].mails);
		assert_int_equal(agent.load, rows[i].chats + rows[i].mails);
		assert_int_equal(agent_can_take(&agent, &need), rows[i].can);
	}
}

static void the_least_loaded_comes_first_then_the_longest_idle_then_the_lowest_id(void **state)
{
	struct world world = world_new();
	const struct need need = world_need(&world);
	struct agent *a = world_agent(&world, 11, 0, 2), *b = world_agent(&world, 12, 0, 1),
	             *c = world_agent(&world, 13, 0, 1);
	struct agent *agents[] = {c, a, b};

	b->assigned_us = 500;
	c->assigned_us = 400;
	assert_ptr_equal(agent_choose(agents, 3, &need, NULL), c);
	c->assigned_us = 0; /* never had one */
	assert_ptr_equal(agent_choose(agents, 3, &need, NULL), c);
	b->assigned_us = 0;
	assert_ptr_equal(agent_choose(agents, 3, &need, NULL), b);
	assert_ptr_equal(agent_choose(agents, 3, &need, &b->id), c);
	b->presence = c->presence = PRESENCE_AWAY;
	assert_ptr_equal(agent_choose(agents, 3, &need, NULL), a);
	a->capacity = 2;
	assert_null(agent_choose(agents, 3, &need, NULL));
	assert_null(agent_choose(agents, 0, &need, NULL));
	world_free(&world);
}

static void work_is_spread_evenly(void **state)
{
	struct world world = world_new();
	const struct need need = world_need(&world);
	struct agent *agents[7];

	for (int i = 0; i < 7; i++)
		agents[i] = world_agent(&world, 20 + i, 0, 0);
	for (int i = 0; i < 700; i++) {
		struct agent *agent = agent_choose(agents, 7, &need, NULL);
		agent_add_load(agent, HILO__V1__CHANNEL__CHANNEL_EMAIL, 1);
		agent->assigned_us = i + 1;
	}
	for (int i = 0; i < 7; i++)
		assert_int_equal(agents[i]->load, 100);
	world_free(&world);
}

static void presences_have_names(void **state)
{
	for (int i = PRESENCE_OFFLINE; i <= PRESENCE_AVAILABLE; i++) {
		enum presence parsed;
		assert_int_equal(presence_parse(presence_name((enum presence)i), &parsed), 0);
		assert_int_equal(parsed, i);
	}
	enum presence parsed;
	assert_int_equal(presence_parse("asleep", &parsed), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(only_an_available_agent_with_the_inbox_and_room_can_take),
	        testing_case(skills_teams_and_channels_are_all_asked_for),
	        testing_case(the_least_loaded_comes_first_then_the_longest_idle_then_the_lowest_id),
	        testing_case(work_is_spread_evenly),
	        testing_case(presences_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
