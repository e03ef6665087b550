/* test_presence.c - what is told of an agent who comes, goes or is not heard of any more. */
#include "presence.h"
#include "testing/testing.h"

#define ANA "00000000-0000-7000-8000-0000000000a1"

static const struct {
	const char *status, *previous;
	Hilo__V1__Presence now, was;
} rows[] = {
        {"available", "offline", HILO__V1__PRESENCE__PRESENCE_AVAILABLE, HILO__V1__PRESENCE__PRESENCE_OFFLINE},
        {"busy", "available", HILO__V1__PRESENCE__PRESENCE_BUSY, HILO__V1__PRESENCE__PRESENCE_AVAILABLE},
        {"away", "busy", HILO__V1__PRESENCE__PRESENCE_AWAY, HILO__V1__PRESENCE__PRESENCE_BUSY},
        {"offline", "away", HILO__V1__PRESENCE__PRESENCE_OFFLINE, HILO__V1__PRESENCE__PRESENCE_AWAY},
        /* routing gives work to nobody whose word it does not know */
        {"Available", "", HILO__V1__PRESENCE__PRESENCE_UNSPECIFIED, HILO__V1__PRESENCE__PRESENCE_UNSPECIFIED},
        {"lunch", "availabl", HILO__V1__PRESENCE__PRESENCE_UNSPECIFIED, HILO__V1__PRESENCE__PRESENCE_UNSPECIFIED},
};

static void test_every_word_has_its_value(void **state)
{
	struct presence_row row = {.version = 7};

	(void)state;
	assert_int_equal(uuid_parse(ANA, &row.agent_id), 0);
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct arena *arena = arena_new(0);
		struct bus_outbox *outbox = bus_outbox_new("gateway");
		Hilo__V1__Envelope *told;
		row.status = rows[i].status;
		told = presence_changed(arena, &row, rows[i].previous, "system", i % 2);
		assert_int_equal(told->presence_changed->presence, rows[i].now);
		assert_int_equal(told->presence_changed->previous, rows[i].was);
		assert_int_equal(told->presence_changed->expired, i % 2);
		assert_string_equal(told->presence_changed->agent_id, ANA);
		assert_string_equal(told->key, ANA); /* in the agent's own order */
		assert_int_equal(told->version, 7);
		presence_tell(outbox, told);
		assert_int_equal(bus_outbox_count(outbox), 1);
		bus_outbox_free(&outbox);
		arena_free(&arena);
	}
}

static void test_a_heartbeat_is_one_agents(void **state)
{
	char key[PRESENCE_KEY_TEXT];
	struct uuid id;

	(void)state;
	assert_int_equal(uuid_parse(ANA, &id), 0);
	assert_string_equal(presence_key(&id, key), "hilo:presence:" ANA);
}

static void test_what_is_no_event_is_logged_and_left_out(void **state)
{
	struct arena *arena = arena_new(0);
	struct bus_outbox *outbox = bus_outbox_new("gateway");
	struct presence_row row = {.status = "away"};

	(void)state;
	testing_expect_log("event.refused");
	presence_tell(outbox, presence_changed(arena, &row, "busy", "system", false)); /* of nobody */
	assert_int_equal(bus_outbox_count(outbox), 0);
	bus_outbox_free(&outbox);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_every_word_has_its_value),
	        testing_case(test_a_heartbeat_is_one_agents),
	        testing_case(test_what_is_no_event_is_logged_and_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
