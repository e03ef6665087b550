/* test_decide_message_identified.c - a customer's message finds its conversation, or opens one. */
#include "world.h"

static struct conversation *last_conversation(const struct world *world)
{
	return world->ws->all_conversations.items[world->ws->all_conversations.count - 1];
}

static void a_stranger_opens_a_conversation_that_is_assigned(void **state)
{
	struct world world = world_new();
	struct agent *agent = world_agent(&world, 11, 0, 0);
	struct message_event *event = world_message(&world, 60);

	assert_int_equal(world_decide(&world, &event->envelope), 0);
	assert_string_equal(world_events(&world),
	                    "conversation.opened interaction.started conversation.assigned message.attached");
	const struct conversation *c = last_conversation(&world);
	assert_true(c->is_new && uuid_equal(&c->assignee_id, &agent->id));
	assert_int_equal(c->version, 4);
	assert_int_equal(c->sequence, 1);
	assert_int_equal(c->waiting_since_us, WORLD_NOW - SECOND);
	assert_int_equal(agent->load, 1);
	assert_int_equal(world.ws->interactions.count, 1);
	assert_int_equal(world.ws->entries.count, 1);

	const Hilo__V1__Envelope *attached = world_last(&world);
	assert_string_equal(attached->assignee_id, bus_id(world.arena, &agent->id));
	assert_string_equal(attached->inbox_id, event->received.inbox_id);
	assert_string_equal(attached->key, bus_id(world.arena, &c->id));
	assert_string_equal(attached->correlation_id, attached->key);
	assert_string_equal(attached->actor, "customer:ann");
	assert_string_equal(attached->message_attached->author_name, "Ann");
	assert_string_equal(attached->message_attached->preview, "It does not shine");
	assert_int_equal(attached->message_attached->sequence, 1);
	const Hilo__V1__Envelope *assigned = world_event(&world, "conversation.assigned");
	assert_string_equal(assigned->actor, "system");
	assert_string_equal(assigned->conversation_assigned->by_agent_id, "");
	const Hilo__V1__Envelope *opened = world_event(&world, "conversation.opened");
	assert_string_equal(opened->assignee_id, "");
	assert_string_equal(opened->conversation_opened->customer_name, "Ann");
	assert_string_equal(opened->conversation_opened->ref, c->ref);
	world_free(&world);
}

static void without_an_agent_it_waits(void **state)
{
	struct world world = world_new();

	world_decide(&world, &world_message(&world, 60)->envelope);
	assert_string_equal(world_events(&world),
	                    "conversation.opened interaction.started conversation.queued message.attached");
	assert_true(world.ws->was_queued);
	assert_int_equal(last_conversation(&world)->queued_us, WORLD_NOW);
	world_free(&world);
}

static void two_in_one_batch_go_to_two_agents(void **state)
{
	struct world world = world_new();
	struct agent *a = world_agent(&world, 11, 0, 0), *b = world_agent(&world, 12, 0, 0);

	world_decide(&world, &world_message(&world, 60)->envelope);
	world_decide(&world, &world_message(&world, 61)->envelope);
	assert_int_equal(a->load, 1);
	assert_int_equal(b->load, 1);
	world_free(&world);
}

static void our_own_message_id_threads(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct message_event *event = world_message(&world, 60);
	struct uuid reply = id(70);
	char rfc_id[TOKEN_MESSAGE_ID_TEXT];

	token_message_id_format(world.ws->settings->secret, &reply, "example.com", rfc_id);
	event->received.thread_ids = (char *[]){rfc_id};
	event->received.n_thread_ids = 1;
	world_found_message(&world, &reply, c);
	c->queued_us = 1;
	world_decide(&world, &event->envelope);
	assert_string_equal(world_events(&world), "message.attached");
	assert_int_equal(c->sequence, 4);
	assert_int_equal(c->version, 6);
	assert_true(c->is_changed && !c->is_moved); /* the narrow statement will do */
	world_free(&world);
}

static void a_reply_tag_threads_for_its_contact_point_only(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct message_event *event = world_message(&world, 60), *stolen = world_message(&world, 61);
	struct uuid thief = id(9);
	char tag[TOKEN_TAG_TEXT];

	token_tag_format(world.ws->settings->secret, c->ref, &c->id, &world.contact_point, tag);
	event->received.recipient_tag = stolen->received.recipient_tag = tag;
	stolen->identified.contact_point_id = bus_id(world.arena, &thief);
	world_found_ref(&world, c);
	c->queued_us = 1;
	world_decide(&world, &event->envelope);
	assert_string_equal(world_events(&world), "message.attached");
	world_decide(&world, &stolen->envelope);
	assert_string_equal(world_events(&world),
	                    "conversation.opened interaction.started conversation.queued message.attached");
	assert_true(uuid_is_nil(&last_conversation(&world)->linked_from)); /* a forged tag points nowhere */
	world_free(&world);
}

static void a_subject_reference_threads(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct message_event *event = world_message(&world, 60);

	event->received.subject = arena_printf(world.arena, "Re: lamp [#%s]", c->ref);
	world_found_ref(&world, c);
	c->queued_us = 1;
	world_decide(&world, &event->envelope);
	assert_string_equal(world_events(&world), "message.attached");
	world_free(&world);
}

static void another_customers_answer_opens_a_linked_conversation(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct message_event *event = world_message(&world, 60);
	struct uuid stranger = id(8);

	event->received.thread_ids = (char *[]){(char *)"first@mail.example"};
	event->received.n_thread_ids = 1;
	event->identified.customer_id = bus_id(world.arena, &stranger);
	world_found_rfc_id(&world, "first@mail.example", c);
	world_decide(&world, &event->envelope);
	assert_string_equal(world_events(&world),
	                    "conversation.opened interaction.started conversation.queued message.attached");
	assert_int_equal(c->version, 5);
	assert_true(uuid_equal(&last_conversation(&world)->linked_from, &c->id));
	assert_string_equal(world_event(&world, "conversation.opened")->conversation_opened->linked_from,
	                    bus_id(world.arena, &c->id));
	world_free(&world);
}

static void an_answer_to_a_message_of_the_same_batch_threads(void **state)
{
	struct world world = world_new();
	struct message_event *first = world_message(&world, 60), *second = world_message(&world, 61);

	first->received.rfc_message_id = (char *)"first@mail.example";
	second->received.thread_ids = (char *[]){(char *)"first@mail.example"};
	second->received.n_thread_ids = 1;
	world_decide(&world, &first->envelope);
	world_events(&world);
	world_decide(&world, &second->envelope);
	assert_string_equal(world_events(&world), "message.attached");
	assert_int_equal(last_conversation(&world)->sequence, 2);
	world_free(&world);
}

static void a_resolved_conversation_is_reopened_with_a_new_interaction(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct agent *agent = world_agent(&world, 11, 0, 0);
	struct message_event *event = world_message(&world, 60);
	struct uuid interaction = c->interaction_id;

	c->status = STATUS_RESOLVED;
	c->resolved_us = WORLD_NOW - DAY;
	c->assignee_id = agent->id;
	agent->presence = PRESENCE_OFFLINE; /* stays theirs all the same */
	event->received.subject = arena_printf(world.arena, "Re: lamp [#%s]", c->ref);
	world_found_ref(&world, c);
	world_decide(&world, &event->envelope);
	assert_string_equal(world_events(&world), "interaction.started conversation.reopened message.attached");
	assert_int_equal(c->status, STATUS_OPEN);
	assert_int_equal(agent->load, 1);
	assert_false(uuid_equal(&c->interaction_id, &interaction));
	assert_int_equal(world_event(&world, "conversation.reopened")->conversation_reopened->previous,
	                 HILO__V1__CONVERSATION_STATUS__CONVERSATION_STATUS_RESOLVED);
	world_free(&world);
}

static void a_reopened_conversation_of_an_agent_who_left_goes_to_another(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct agent *gone = world_agent(&world, 11, 0, 0), *other = world_agent(&world, 12, 0, 9);
	struct message_event *event = world_message(&world, 60);

	c->status = STATUS_SNOOZED;
	c->assignee_id = gone->id;
	gone->rights.active = false;
	event->received.subject = arena_printf(world.arena, "Re: lamp [#%s]", c->ref);
	world_found_ref(&world, c);
	world_decide(&world, &event->envelope);
	assert_string_equal(world_events(&world),
	                    "conversation.reopened conversation.assigned conversation.assigned message.attached");
	assert_true(uuid_equal(&c->assignee_id, &other->id));
	assert_int_equal(gone->load, 0);
	world_free(&world);
}

static void an_assignee_found_to_have_lost_the_inbox_loses_it(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct message_event *event = world_message(&world, 60);

	c->status = STATUS_RESOLVED;
	c->resolved_us = WORLD_NOW - DAY;
	c->assignee_id = id(11); /* not loaded: their row was only looked at */
	c->has_lost_assignee = true;
	event->received.subject = arena_printf(world.arena, "Re: lamp [#%s]", c->ref);
	world_found_ref(&world, c);
	world_decide(&world, &event->envelope);
	assert_string_equal(
	        world_events(&world),
	        "interaction.started conversation.reopened conversation.assigned conversation.queued message.attached");
	assert_true(c->is_moved && uuid_is_nil(&c->assignee_id));
	world_free(&world);
}

static void a_machines_mail_wakes_nothing(void **state)
{
	struct world world = world_new();
	struct conversation *c = world_conversation(&world, 50);
	struct message_event *event = world_message(&world, 60);

	c->status = STATUS_RESOLVED;
	c->resolved_us = WORLD_NOW - DAY;
	event->received.automatic = true;
	event->received.subject = arena_printf(world.arena, "Out of office [#%s]", c->ref);
	world_found_ref(&world, c);
	world_decide(&world, &event->envelope);
	assert_string_equal(world_events(&world), "message.attached");
	assert_int_equal(c->status, STATUS_RESOLVED);
	assert_int_equal(c->waiting_since_us, 0);
	world_free(&world);
}

static void a_bad_id_is_refused_before_anything_is_decided(void **state)
{
	struct world world = world_new();
	struct message_event *event = world_message(&world, 60);

	event->received.inbox_id = (char *)"not an id";
	assert_int_equal(world_decide(&world, &event->envelope), -EINVAL);
	event = world_message(&world, 61);
	event->identified.received = NULL;
	assert_int_equal(world_decide(&world, &event->envelope), -EINVAL);
	assert_string_equal(world_events(&world), "");
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(a_stranger_opens_a_conversation_that_is_assigned),
	        testing_case(without_an_agent_it_waits),
	        testing_case(two_in_one_batch_go_to_two_agents),
	        testing_case(our_own_message_id_threads),
	        testing_case(a_reply_tag_threads_for_its_contact_point_only),
	        testing_case(a_subject_reference_threads),
	        testing_case(another_customers_answer_opens_a_linked_conversation),
	        testing_case(an_answer_to_a_message_of_the_same_batch_threads),
	        testing_case(a_resolved_conversation_is_reopened_with_a_new_interaction),
	        testing_case(a_reopened_conversation_of_an_agent_who_left_goes_to_another),
	        testing_case(an_assignee_found_to_have_lost_the_inbox_loses_it),
	        testing_case(a_machines_mail_wakes_nothing),
	        testing_case(a_bad_id_is_refused_before_anything_is_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
