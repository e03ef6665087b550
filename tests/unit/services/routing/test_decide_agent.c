/* test_decide_agent.c - what routing learns of agents: presence and rights, the newest version wins. */
#include "world.h"

static Hilo__V1__Envelope *presence(struct world *world, int agent, Hilo__V1__Presence status, uint64_t version)
{
	Hilo__V1__Envelope *envelope = arena_new_object(world->arena, Hilo__V1__Envelope);
	Hilo__V1__PresenceChanged *body = arena_new_object(world->arena, Hilo__V1__PresenceChanged);
	struct uuid agent_id = id(agent);

	hilo__v1__envelope__init(envelope);
	hilo__v1__presence_changed__init(body);
	body->agent_id = bus_id(world->arena, &agent_id);
	body->presence = status;
	envelope->type = (char *)"presence.changed";
	envelope->version = version;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_PRESENCE_CHANGED;
	envelope->presence_changed = body;
	return envelope;
}

static Hilo__V1__Envelope *updated(struct world *world, int agent, char **inboxes, size_t count, uint64_t version)
{
	Hilo__V1__Envelope *envelope = arena_new_object(world->arena, Hilo__V1__Envelope);
	Hilo__V1__AgentUpdated *body = arena_new_object(world->arena, Hilo__V1__AgentUpdated);
	struct uuid agent_id = id(agent);

	hilo__v1__envelope__init(envelope);
	hilo__v1__agent_updated__init(body);
	body->agent_id = bus_id(world->arena, &agent_id);
	body->active = true;
	body->capacity = 4;
	body->inbox_ids = inboxes;
	body->n_inbox_ids = count;
	envelope->type = (char *)"agent.updated";
	envelope->version = version;
	envelope->body_case = HILO__V1__ENVELOPE__BODY_AGENT_UPDATED;
	envelope->agent_updated = body;
	return envelope;
}

static void a_newer_presence_counts_and_an_older_does_not(void **state)
{
	struct world world = world_new();
	struct agent *agent = world_agent(&world, 11, 0, 3);

	agent->presence_version = 4;
	world_decide(&world, presence(&world, 11, HILO__V1__PRESENCE__PRESENCE_AWAY, 4));
	assert_int_equal(agent->presence, PRESENCE_AVAILABLE);
	assert_false(agent->presence_changed);
	world_decide(&world, presence(&world, 11, HILO__V1__PRESENCE__PRESENCE_AWAY, 5));
	assert_int_equal(agent->presence, PRESENCE_AWAY);
	assert_true(agent->presence_changed);
	assert_false(world.ws->has_room);
	world_decide(&world, presence(&world, 11, HILO__V1__PRESENCE__PRESENCE_AVAILABLE, 6));
	assert_true(world.ws->has_room);
	world_decide(&world, presence(&world, 11, (Hilo__V1__Presence)44, 7));
	assert_int_equal(agent->presence, PRESENCE_OFFLINE);
	assert_int_equal(agent->load, 3);
	assert_string_equal(world_events(&world), "");
	world_free(&world);
}

static void an_agent_may_be_present_before_being_known(void **state)
{
	struct world world = world_new();
	const struct need need = world_need(&world);
	struct uuid agent_id = id(11);
	char *inboxes[] = {bus_id(world.arena, &world.inbox), (char *)"not an id"};

	world_decide(&world, presence(&world, 11, HILO__V1__PRESENCE__PRESENCE_AVAILABLE, 1));
	assert_false(agent_can_take(ws_agent(world.ws, &agent_id), &need));
	world_decide(&world, updated(&world, 11, inboxes, 2, 1));
	const struct agent *agent = ws_agent(world.ws, &agent_id);
	assert_true(agent_can_take(agent, &need));
	assert_int_equal(agent->capacity, 4);
	assert_int_equal(agent->rights.inbox_count, 1);
	world_decide(&world, updated(&world, 11, NULL, 0, 1)); /* known already */
	assert_true(agent_can_take(agent, &need));
	world_decide(&world, updated(&world, 11, NULL, 0, 2));
	assert_false(agent_can_take(agent, &need));
	world_free(&world);
}

static void skills_teams_and_limits_are_the_newest_record_s(void **state)
{
	struct world world = world_new();
	struct agent *agent = world_agent(&world, 11, 0, 0);
	struct uuid team = id(70);
	Hilo__V1__ChannelCapacity chat = HILO__V1__CHANNEL_CAPACITY__INIT, unknown = HILO__V1__CHANNEL_CAPACITY__INIT;
	Hilo__V1__Envelope *envelope = updated(&world, 11, NULL, 0, 2);

	chat.channel = HILO__V1__CHANNEL__CHANNEL_CHAT;
	chat.capacity = 3;
	unknown.channel = (Hilo__V1__Channel)99;
	unknown.capacity = 5;
	envelope->agent_updated->channel_capacities = (Hilo__V1__ChannelCapacity *[]){&chat, &unknown};
	envelope->agent_updated->n_channel_capacities = 2;
	envelope->agent_updated->skills = (char *[]){(char *)"french"};
	envelope->agent_updated->n_skills = 1;
	envelope->agent_updated->team_ids = (char *[]){bus_id(world.arena, &team)};
	envelope->agent_updated->n_team_ids = 1;
	world_decide(&world, envelope);
	assert_int_equal(agent->capacities[HILO__V1__CHANNEL__CHANNEL_CHAT], 3);
	assert_int_equal(agent->capacities[HILO__V1__CHANNEL__CHANNEL_EMAIL], 0);
	assert_int_equal(agent->skills.count, 1);
	assert_string_equal(agent->skills.words[0], "french");
	assert_int_equal(agent->team_count, 1);
	assert_true(uuid_equal(&agent->team_ids[0], &team));
	world_decide(&world, updated(&world, 11, NULL, 0, 3));
	assert_int_equal(agent->capacities[HILO__V1__CHANNEL__CHANNEL_CHAT], 0);
	assert_int_equal(agent->skills.count, 0);
	assert_int_equal(agent->team_count, 0);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(a_newer_presence_counts_and_an_older_does_not),
	        testing_case(an_agent_may_be_present_before_being_known),
	        testing_case(skills_teams_and_limits_are_the_newest_record_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
