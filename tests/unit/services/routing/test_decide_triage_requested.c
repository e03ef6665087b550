/* test_decide_triage_requested.c - priority, tags and subject change one by one, and only told when they do. */
#include "world.h"

#define BEN 11

static Hilo__V1__TriageRequested *triage(struct world *world, const struct conversation *c, Hilo__V1__Envelope **ret)
{
	Hilo__V1__TriageRequested *body = arena_new_object(world->arena, Hilo__V1__TriageRequested);

	hilo__v1__triage_requested__init(body);
	*ret = world_request(world, BEN, "triage.requested", &body->agent_id, &body->request_id);
	body->conversation_id = bus_id(world->arena, &c->id);
	(*ret)->body_case = HILO__V1__ENVELOPE__BODY_TRIAGE_REQUESTED;
	(*ret)->triage_requested = body;
	return body;
}

static const char *joined(struct world *world, const struct conversation *c)
{
	const char *text = "";

	for (size_t i = 0; i < c->tag_count; i++)
		text = arena_printf(world->arena, "%s%s%s", text, i ? " " : "", c->tags[i]);
	return text;
}

static void tags_are_added_and_removed_one_by_one(void **state)
{
	static const struct {
		const char *had, *add, *remove, *want;
		bool changes;
	} rows[] = {
	        {"", "a", "", "a", true},       {"a", "b", "", "a b", true}, {"a b", "", "a", "b", true},
	        {"a", "a", "", "a", false},     {"a", "", "b", "a", false},  {"a b", "c", "a", "b c", true},
	        {"a", "b b", "", "a b", true},  {"a", "a", "a", "a", false}, {"", "", "", "", false},
	        {"a b", "a", "a", "b a", true},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct world world = world_new();
		struct conversation *c = world_conversation(&world, 50);
		Hilo__V1__Envelope *envelope;
		Hilo__V1__TriageRequested *body = triage(&world, c, &envelope);
		world_staff(&world, BEN, true);
		c->tags = world_words(&world, rows[i].had, &c->tag_count);
		body->add_tags = world_words(&world, rows[i].add, &body->n_add_tags);
		body->remove_tags = world_words(&world, rows[i].remove, &body->n_remove_tags);
		world_decide(&world, envelope);
		assert_string_equal(joined(&world, c), rows[i].want);
		assert_string_equal(world_events(&world),
		                    rows[i].changes ? "conversation.triaged request.done" : "request.done");
		assert_int_equal(c->is_triaged, rows[i].changes);
		world_free(&world);
	}
}

static void a_twenty_first_tag_is_refused_and_nothing_changes(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	Hilo__V1__Envelope *envelope;
	Hilo__V1__TriageRequested *body = triage(&world, c, &envelope);

	world_staff(&world, BEN, true);
	c->tags = world_words(&world, "a b c d e f g h i j k l m n o p q r s t", &c->tag_count);
	assert_int_equal(c->tag_count, CONVERSATION_TAGS_MAX);
	body->add_tags = world_words(&world, "u", &body->n_add_tags);
	body->priority = HILO__V1__PRIORITY__PRIORITY_URGENT;
	world_decide(&world, envelope);
	assert_string_equal(world_last(&world)->request_refused->code, "too_many_tags");
	assert_int_equal(c->tag_count, CONVERSATION_TAGS_MAX);
	assert_int_equal(c->priority, 0);
	body->remove_tags = world_words(&world, "a", &body->n_remove_tags);
	world_decide(&world, envelope);
	assert_int_equal(c->tag_count, CONVERSATION_TAGS_MAX);
	assert_int_equal(c->priority, 2);
	world_free(&world);
}

static void priority_and_subject_stay_unless_they_are_named(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	Hilo__V1__Envelope *envelope;
	Hilo__V1__TriageRequested *body = triage(&world, c, &envelope);
	struct uuid ben = id(BEN);

	world_staff(&world, BEN, true);
	body->priority = HILO__V1__PRIORITY__PRIORITY_LOW;
	world_decide(&world, envelope);
	assert_int_equal(c->priority, -1);
	assert_string_equal(c->subject, "Broken lamp");
	body->priority = HILO__V1__PRIORITY__PRIORITY_UNSPECIFIED;
	body->sets_subject = true;
	body->subject = (char *)"Broken shade";
	world_decide(&world, envelope);
	const Hilo__V1__ConversationTriaged *told = world_event(&world, "conversation.triaged")->conversation_triaged;
	assert_int_equal(told->priority, HILO__V1__PRIORITY__PRIORITY_LOW);
	assert_string_equal(told->subject, "Broken shade");
	assert_string_equal(told->by_agent_id, bus_id(world.arena, &ben));
	world_free(&world);
}

static void it_needs_the_inbox_and_the_version_seen(void **state)
{
	static const struct {
		bool may;
		uint64_t expected_version;
		const char *code;
	} rows[] = {{false, 0, "forbidden"}, {true, 4, "stale_version"}};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct world world = world_new();
		struct conversation *c = world_conversation(&world, 50);
		Hilo__V1__Envelope *envelope;
		Hilo__V1__TriageRequested *body = triage(&world, c, &envelope);
		world_staff(&world, BEN, rows[i].may);
		body->priority = HILO__V1__PRIORITY__PRIORITY_HIGH;
		body->expected_version = rows[i].expected_version;
		world_decide(&world, envelope);
		assert_string_equal(world_last(&world)->request_refused->code, rows[i].code);
		assert_int_equal(c->priority, 0);
		world_free(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(tags_are_added_and_removed_one_by_one),
	        testing_case(a_twenty_first_tag_is_refused_and_nothing_changes),
	        testing_case(priority_and_subject_stay_unless_they_are_named),
	        testing_case(it_needs_the_inbox_and_the_version_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
