/* test_decide.c - senders become customers once, and are known better over time. */
#include "decide.h"
#include "testing/testing.h"

static int next_id;

static struct uuid new_id(void)
{
	struct uuid made = {.bytes = {1, [6] = 0x70, [8] = 0x80}};

	made.bytes[15] = (uint8_t)++next_id;
	return made;
}

static struct working_set *begin(struct arena *arena, size_t inputs)
{
	struct working_set *ws = ws_new(arena);

	ws->new_id = new_id;
	ws->inputs = arena_new_array(arena, struct input, inputs);
	return ws;
}

struct sent {
	struct bus_event event;
	Hilo__V1__Envelope envelope;
	Hilo__V1__MessageReceived received;
};

static struct sent *mail(struct arena *arena, const char *address, const char *name, Hilo__V1__Level level)
{
	struct sent *sent = arena_new_object(arena, struct sent);
	struct uuid id = new_id();

	hilo__v1__envelope__init(&sent->envelope);
	hilo__v1__message_received__init(&sent->received);
	sent->event.envelope = &sent->envelope;
	sent->event.occurred_us = 12345;
	sent->envelope.id = (char *)"cause";
	sent->envelope.body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_RECEIVED;
	sent->envelope.message_received = &sent->received;
	sent->received.message_id = sent->received.inbox_id = bus_id(arena, &id);
	sent->received.channel = HILO__V1__CHANNEL__CHANNEL_EMAIL;
	sent->received.contact_address = (char *)address;
	sent->received.contact_name = (char *)name;
	sent->received.level = level;
	return sent;
}

static void handle(struct working_set *ws, const struct sent *sent)
{
	struct input *in = &ws->inputs[ws->input_count++];

	assert_int_equal(ws_read(ws, &sent->event, in), 0);
	decide(ws, in);
}

static const Hilo__V1__Envelope *event(const struct working_set *ws, size_t number)
{
	assert_true(number < ws->events.count);
	return ws->events.items[number];
}

/* Ann, known as a customer with version 7 under a claimed address */
static void know_ann(struct working_set *ws, const char *name)
{
	const struct customer ann = {.id = new_id(), .name = name, .version = 7};
	const struct uuid point = new_id();

	ws_want_customer(ws, &ann.id);
	ws_load_contact_point(ws, "email:ann@mail.example", &point, HILO__V1__LEVEL__LEVEL_CLAIMED, &ann);
}

static void two_messages_of_a_stranger_make_one_customer(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena, 2);

	handle(ws, mail(arena, "ann@mail.example", "Ann", HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED));
	handle(ws, mail(arena, "ann@mail.example", "Ann", HILO__V1__LEVEL__LEVEL_CLAIMED));
	assert_int_equal(ws->all_customers.count, 1);
	assert_int_equal(ws->all_contact_points.count, 1);
	assert_int_equal(ws->events.count, 3);
	assert_int_equal(event(ws, 0)->body_case, HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(event(ws, i)->version, i + 1);
		assert_string_equal(event(ws, i)->key, event(ws, 0)->key);
		assert_string_equal(event(ws, i)->causation_id, "cause");
		assert_int_equal(event(ws, i)->time_us, 12345);
	}
	const Hilo__V1__CustomerCreated *created = event(ws, 0)->customer_created;
	assert_string_equal(created->name, "Ann");
	assert_int_equal(created->level, HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED);
	const struct contact_point *point = ws->all_contact_points.items[0];
	assert_int_equal(point->level, HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED); /* it does not sink */
	assert_true(point->is_new && !point->is_raised);
	const Hilo__V1__MessageIdentified *identified = event(ws, 1)->message_identified;
	assert_string_equal(identified->contact_point_id, created->contact_point_id);
	assert_string_equal(identified->received->contact_address, "ann@mail.example");
	arena_free(&arena);
}

static void a_known_sender_keeps_the_customer_and_the_version_rises(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena, 2);
	struct sent *sent = mail(arena, "ann@mail.example", "Anna B.", HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED);

	assert_int_equal(ws_read(ws, &sent->event, &ws->inputs[0]), 0);
	know_ann(ws, "Ann");
	decide(ws, &ws->inputs[0]);
	assert_int_equal(ws->events.count, 1);
	assert_int_equal(event(ws, 0)->version, 8);
	assert_string_equal(event(ws, 0)->message_identified->customer_name, "Ann"); /* a name once known stays */
	const struct contact_point *point = ws->all_contact_points.items[0];
	assert_true(point->is_raised && !point->is_new);
	assert_int_equal(point->level, HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED);
	assert_false(ws->has_moved);
	arena_free(&arena);
}

static void a_name_takes_the_place_of_an_address(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena, 3);

	handle(ws, mail(arena, "bob@mail.example", "", HILO__V1__LEVEL__LEVEL_CLAIMED));
	const struct customer *bob = ws->all_customers.items[0];
	assert_string_equal(bob->name, "bob@mail.example");
	handle(ws, mail(arena, "bob@mail.example", "Bob", HILO__V1__LEVEL__LEVEL_CLAIMED));
	assert_string_equal(bob->name, "Bob");
	const Hilo__V1__Envelope *learned = event(ws, 2); /* after: created, identified */
	assert_int_equal(learned->body_case, HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED);
	assert_string_equal(learned->customer_changed->name, "Bob");
	assert_string_equal(learned->customer_changed->by_agent_id, "");
	handle(ws, mail(arena, "bob@mail.example", "Mallory", HILO__V1__LEVEL__LEVEL_CLAIMED));
	assert_string_equal(bob->name, "Bob");
	arena_free(&arena);
}

static void a_contact_point_of_a_customer_that_was_not_locked_is_noticed(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena, 1);
	struct sent *sent = mail(arena, "ann@mail.example", "", HILO__V1__LEVEL__LEVEL_CLAIMED);
	const struct customer other = {.id = new_id(), .name = "Other", .version = 1};
	const struct uuid point = new_id();

	assert_int_equal(ws_read(ws, &sent->event, &ws->inputs[0]), 0);
	ws_load_contact_point(ws, "email:ann@mail.example", &point, 1, &other);
	assert_true(ws->has_moved);
	arena_free(&arena);
}

static void an_unknown_level_is_only_a_claim(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena, 2);

	handle(ws, mail(arena, "a@mail.example", "", HILO__V1__LEVEL__LEVEL_UNSPECIFIED));
	handle(ws, mail(arena, "b@mail.example", "", (Hilo__V1__Level)9));
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(((struct contact_point *)ws->all_contact_points.items[i])->level,
		                 HILO__V1__LEVEL__LEVEL_CLAIMED);
	arena_free(&arena);
}

static void bad_events_are_refused(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena, 1);
	char long_address[ADDRESS_MAX + 2];
	struct sent *sent[] = {
	        mail(arena, "", "", HILO__V1__LEVEL__LEVEL_CLAIMED),
	        mail(arena, long_address, "", HILO__V1__LEVEL__LEVEL_CLAIMED),
	        mail(arena, "a@mail.example", "", HILO__V1__LEVEL__LEVEL_CLAIMED),
	        mail(arena, "a@mail.example", "", HILO__V1__LEVEL__LEVEL_CLAIMED),
	        mail(arena, "a@mail.example", "", HILO__V1__LEVEL__LEVEL_CLAIMED),
	};

	memset(long_address, 'a', sizeof(long_address) - 1);
	long_address[sizeof(long_address) - 1] = '\0';
	sent[2]->received.channel = HILO__V1__CHANNEL__CHANNEL_UNSPECIFIED;
	sent[3]->received.message_id = (char *)"1";
	sent[4]->received.inbox_id = (char *)"";
	for (size_t i = 0; i < HILO_COUNT(sent); i++)
		assert_int_equal(ws_read(ws, &sent[i]->event, &ws->inputs[0]), -EINVAL);
	arena_free(&arena);
}

static void long_names_are_cut(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena, 1);
	char name[500];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	handle(ws, mail(arena, "a@mail.example", name, HILO__V1__LEVEL__LEVEL_CLAIMED));
	assert_int_equal(strlen(((struct customer *)ws->all_customers.items[0])->name), CUSTOMER_NAME_MAX);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(two_messages_of_a_stranger_make_one_customer),
	        testing_case(a_known_sender_keeps_the_customer_and_the_version_rises),
	        testing_case(a_name_takes_the_place_of_an_address),
	        testing_case(a_contact_point_of_a_customer_that_was_not_locked_is_noticed),
	        testing_case(an_unknown_level_is_only_a_claim),
	        testing_case(bad_events_are_refused),
	        testing_case(long_names_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
