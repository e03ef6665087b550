/* test_digest_batch.c - what a batch of the log brings readers: whose words change, who was mentioned, who is told. */
#include "digest_batch.h"
#include "testing/testing.h"

#define C1 "00000000-0000-7000-8000-0000000000c1"
#define C2 "00000000-0000-7000-8000-0000000000c2"
#define M1 "00000000-0000-7000-8000-0000000000d1"
#define ANA "00000000-0000-7000-8000-0000000000a1"
#define BEN "00000000-0000-7000-8000-0000000000a2"

/* an event of conversation C1 with this body, and what it brings */
struct given {
	Hilo__V1__Envelope envelope;
	union {
		Hilo__V1__MessageAttached attached;
		Hilo__V1__CustomerCreated created;
		Hilo__V1__CustomerMerged merged;
		Hilo__V1__ContactAdded contact;
		Hilo__V1__CustomerChanged changed;
	};
	struct bus_event event;
};

static struct given *given(struct arena *arena, Hilo__V1__Envelope__BodyCase body)
{
	struct given *event = arena_new_object(arena, struct given);

	hilo__v1__envelope__init(&event->envelope);
	event->envelope.body_case = body;
	event->envelope.correlation_id = (char *)C1;
	event->event = (struct bus_event){.envelope = &event->envelope, .occurred_us = 7};
	return event;
}

static struct given *attached(struct arena *arena, const char *conversation, const char *message,
                              Hilo__V1__MessageKind kind)
{
	struct given *event = given(arena, HILO__V1__ENVELOPE__BODY_MESSAGE_ATTACHED);

	hilo__v1__message_attached__init(&event->attached);
	event->attached.conversation_id = (char *)conversation;
	event->attached.message_id = (char *)message;
	event->attached.kind = kind;
	event->attached.preview = (char *)"Look";
	event->envelope.message_attached = &event->attached;
	return event;
}

static void assert_ids(const struct uuid *ids, size_t count, const char *const *wanted)
{
	char text[UUID_TEXT];
	size_t at = 0;

	for (; wanted[at]; at++) {
		assert_true(at < count);
		assert_string_equal(uuid_format(&ids[at], text), wanted[at]);
	}
	assert_int_equal(count, at);
}

#define IDS(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void test_messages_and_notes_are_lines_to_be_found(void **state)
{
	static const struct {
		const char *conversation, *message;
		Hilo__V1__MessageKind kind;
		bool is_line;
	} rows[] = {
	        {C1, M1, HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE, true},
	        {C1, M1, HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE, true},
	        {C1, M1, HILO__V1__MESSAGE_KIND__MESSAGE_KIND_SYSTEM, false},
	        {C1, "", HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE, false},
	        {"", M1, HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE, false},
	        {"7K3M-9QXD", M1, HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE, false},
	};
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		const struct given *event = attached(arena, rows[i].conversation, rows[i].message, rows[i].kind);
		const struct digest_batch *batch = digest_batch_of(arena, &event->event, 1);
		assert_int_equal(batch->words.lines, rows[i].is_line);
		assert_int_equal(batch->words.conversations_count + batch->words.customers_count + batch->moved_count,
		                 0);
	}
	arena_free(&arena);
}

static void test_a_line_that_is_none_leaves_no_gap(void **state)
{
	struct arena *arena = arena_new(0);
	struct bus_event events[] = {
	        attached(arena, C1, "x", HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE)->event,
	        attached(arena, C2, M1, HILO__V1__MESSAGE_KIND__MESSAGE_KIND_MESSAGE)->event,
	};
	const struct digest_batch *batch = digest_batch_of(arena, events, HILO_COUNT(events));

	(void)state;
	assert_ids(batch->words.line_conversations, batch->words.lines, IDS(C2));
	assert_ids(batch->words.line_messages, batch->words.lines, IDS(M1));
	arena_free(&arena);
}

static void test_what_a_conversation_is_called_is_read_again(void **state)
{
	static const struct {
		Hilo__V1__Envelope__BodyCase body;
		bool is_moved;
	} rows[] = {
	        {HILO__V1__ENVELOPE__BODY_CONVERSATION_OPENED, false},
	        {HILO__V1__ENVELOPE__BODY_CONVERSATION_TRIAGED, false},
	        {HILO__V1__ENVELOPE__BODY_CONVERSATION_CUSTOMER_CHANGED, false},
	        {HILO__V1__ENVELOPE__BODY_CONVERSATION_INBOX_CHANGED, true},
	};
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct given *event = given(arena, rows[i].body);
		const struct digest_batch *batch = digest_batch_of(arena, &event->event, 1);
		assert_ids(batch->words.conversations, batch->words.conversations_count, IDS(C1));
		assert_int_equal(batch->moved_count, rows[i].is_moved);
		event->envelope.correlation_id = (char *)"";
		batch = digest_batch_of(arena, &event->event, 1);
		assert_int_equal(batch->words.conversations_count + batch->moved_count, 0);
	}
	arena_free(&arena);
}

static void test_both_customers_of_a_merge_are_read_again(void **state)
{
	struct arena *arena = arena_new(0);
	struct given *merged = given(arena, HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED);
	struct given *contact = given(arena, HILO__V1__ENVELOPE__BODY_CONTACT_ADDED);
	struct given *created = given(arena, HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED);

	(void)state;
	hilo__v1__customer_merged__init(&merged->merged);
	merged->merged.customer_id = (char *)ANA;
	merged->merged.from_customer_id = (char *)BEN;
	merged->envelope.customer_merged = &merged->merged;
	hilo__v1__contact_added__init(&contact->contact);
	contact->contact.customer_id = (char *)C1;
	contact->envelope.contact_added = &contact->contact;
	hilo__v1__customer_created__init(&created->created); /* without an id */
	created->envelope.customer_created = &created->created;
	struct bus_event events[] = {merged->event, contact->event, created->event};
	const struct digest_batch *batch = digest_batch_of(arena, events, HILO_COUNT(events));
	assert_ids(batch->words.customers, batch->words.customers_count, IDS(ANA, BEN, C1));
	assert_int_equal(batch->words.conversations_count, 0);
	arena_free(&arena);
}

static const struct {
	const char *author;
	const char *mentions[3], *told[3];
} notes[] = {
        {ANA, {BEN}, {BEN}},  {"", {BEN}, {BEN}}, /* nobody's note: a rule's */
        {ANA, {ANA}, {NULL}}, {ANA, {ANA, BEN}, {BEN}}, {ANA, {"ben", BEN}, {BEN}},
        {ANA, {""}, {NULL}},  {"ana", {BEN}, {NULL}},   {ANA, {C1, BEN}, {C1, BEN}},
};

static void test_whom_a_note_names_is_told_but_not_its_author(void **state)
{
	(void)state;
	for (size_t i = 0; i < HILO_COUNT(notes); i++) {
		struct arena *arena = arena_new(0);
		struct given *event = attached(arena, C1, M1, HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE);
		const struct digest_batch *batch;
		size_t count = 0;
		event->attached.author_id = (char *)notes[i].author;
		event->attached.mentions = (char **)notes[i].mentions;
		while (event->attached.n_mentions < 3 && notes[i].mentions[event->attached.n_mentions])
			event->attached.n_mentions++;
		batch = digest_batch_of(arena, &event->event, 1);
		for (; count < 3 && notes[i].told[count]; count++) {
			char text[UUID_TEXT];
			assert_true(count < batch->mentions_count);
			assert_string_equal(uuid_format(&batch->mentions[count].agent_id, text), notes[i].told[count]);
			assert_string_equal(batch->mentions[count].excerpt, "Look");
			assert_ptr_equal(batch->mentions[count].event, &event->event);
		}
		assert_int_equal(batch->mentions_count, count);
		arena_free(&arena);
	}
}

static void test_a_mention_is_told_with_its_cause(void **state)
{
	struct arena *arena = arena_new(0);
	struct given *event = attached(arena, C1, M1, HILO__V1__MESSAGE_KIND__MESSAGE_KIND_NOTE);
	struct digest_mention mention = {.event = &event->event};
	const Hilo__V1__Envelope *told;

	(void)state;
	event->envelope.id = (char *)C2;
	event->envelope.inbox_id = (char *)"00000000-0000-7000-8000-0000000000b1";
	event->envelope.hop = 3;
	event->envelope.time_us = 42;
	event->attached.author_id = (char *)ANA;
	event->attached.author_name = (char *)"Ana";
	assert_int_equal(uuid_parse(BEN, &mention.agent_id), 0);
	assert_int_equal(uuid_parse(M1, &mention.id), 0);
	told = digest_mentioned(arena, &mention);
	assert_int_equal(told->body_case, HILO__V1__ENVELOPE__BODY_AGENT_MENTIONED);
	assert_string_equal(told->key, BEN); /* in the order of whom it is for */
	assert_string_equal(told->correlation_id, C1);
	assert_string_equal(told->inbox_id, event->envelope.inbox_id);
	assert_string_equal(told->causation_id, C2);
	assert_int_equal(told->hop, 4);
	assert_int_equal(told->time_us, 42);
	assert_string_equal(told->agent_mentioned->mention_id, M1);
	assert_string_equal(told->agent_mentioned->agent_id, BEN);
	assert_string_equal(told->agent_mentioned->message_id, M1);
	assert_string_equal(told->agent_mentioned->by_agent_id, ANA);
	assert_string_equal(told->agent_mentioned->by_agent_name, "Ana");
	assert_string_equal(told->agent_mentioned->excerpt, "Look");
	arena_free(&arena);
}

static void test_a_change_of_a_customer_is_told_elsewhere_without_whose_it_was(void **state)
{
	struct arena *arena = arena_new(0);
	struct given *changed = given(arena, HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED);
	struct given *nobody = given(arena, HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED);
	struct digest_elsewhere place;
	const struct digest_batch *batch;
	const Hilo__V1__Envelope *told;

	(void)state;
	hilo__v1__customer_changed__init(&nobody->changed);
	nobody->envelope.customer_changed = &nobody->changed;
	hilo__v1__customer_changed__init(&changed->changed);
	changed->changed.customer_id = (char *)ANA;
	changed->changed.name = (char *)"Ana Larsen";
	changed->changed.by_agent_id = changed->envelope.actor = (char *)BEN;
	changed->envelope.customer_changed = &changed->changed;
	changed->envelope.id = (char *)C2;
	changed->envelope.inbox_id = (char *)"00000000-0000-7000-8000-0000000000b1";
	struct bus_event events[] = {nobody->event, changed->event};
	batch = digest_batch_of(arena, events, HILO_COUNT(events));
	assert_ids(batch->words.customers, batch->words.customers_count, IDS(ANA));
	assert_int_equal(batch->changes_count, 1);
	assert_ptr_equal(batch->changes[0].event, &events[1]);
	place.change = &batch->changes[0];
	assert_int_equal(uuid_parse(M1, &place.inbox_id), 0);
	told = digest_changed_elsewhere(arena, &place);
	assert_int_equal(told->body_case, HILO__V1__ENVELOPE__BODY_CUSTOMER_CHANGED_ELSEWHERE);
	assert_string_equal(told->key, ANA);
	assert_string_equal(told->inbox_id, M1);
	assert_string_equal(told->actor, "system");
	assert_string_equal(told->correlation_id, "");
	assert_string_equal(told->causation_id, C2);
	assert_string_equal(told->customer_changed_elsewhere->customer_id, ANA);
	assert_string_equal(told->customer_changed_elsewhere->name, "Ana Larsen");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_messages_and_notes_are_lines_to_be_found),
	        testing_case(test_a_line_that_is_none_leaves_no_gap),
	        testing_case(test_what_a_conversation_is_called_is_read_again),
	        testing_case(test_both_customers_of_a_merge_are_read_again),
	        testing_case(test_whom_a_note_names_is_told_but_not_its_author),
	        testing_case(test_a_mention_is_told_with_its_cause),
	        testing_case(test_a_change_of_a_customer_is_told_elsewhere_without_whose_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
