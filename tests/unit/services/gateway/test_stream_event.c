/* test_stream_event.c - which events of conversations, customers and inboxes reach whom, by what their envelopes say.
 */
#include "stream_event.h"
#include "testing/testing.h"

#define OWN "00000000-0000-7000-8000-0000000000a1"
#define FOREIGN "00000000-0000-7000-8000-0000000000a2"
#define CONVERSATION "00000000-0000-7000-8000-0000000000c1"
#define AGENT "00000000-0000-7000-8000-0000000000b2"
#define CUSTOMER "00000000-0000-7000-8000-0000000000d1"

static struct uuid id_of(const char *text)
{
	struct uuid id;

	assert_int_equal(uuid_parse(text, &id), 0);
	return id;
}

static struct stream_event *event_of(Hilo__V1__Envelope *envelope, const char *type, const char *inbox)
{
	struct bus_event event = {.envelope = envelope};

	assert_true(stream_event_is_wanted(type));
	envelope->id = (char *)"00000000-0000-7000-8000-0000000000e1";
	envelope->type = (char *)type;
	envelope->inbox_id = (char *)inbox;
	return stream_event_of(&event);
}

static enum verdict verdict_for(const struct stream_event *event, enum scope scope, bool is_watched)
{
	struct uuid inbox = id_of(OWN);
	struct rights rights = {.count = 1, .inboxes = &inbox};
	struct viewer viewer = {.agent_id = id_of("00000000-0000-7000-8000-0000000000b1"),
	                        .role = ROLE_AGENT,
	                        .rights = &rights,
	                        .scope = scope};

	return stream_verdict(&viewer, event, is_watched, NULL);
}

/* a visitor's coming and going is no news to who works on other things */
static void test_presence_goes_to_who_has_it_open_or_sees_all(void **state)
{
	static const struct {
		const char *inbox;
		enum scope scope;
		bool is_watched;
		enum verdict want;
	} rows[] = {
	        {OWN, SCOPE_ALL, false, VERDICT_SHOW},     {OWN, SCOPE_MINE, true, VERDICT_SHOW},
	        {OWN, SCOPE_MINE, false, VERDICT_HIDE},    {FOREIGN, SCOPE_ALL, true, VERDICT_HIDE},
	        {FOREIGN, SCOPE_MINE, true, VERDICT_HIDE}, {"", SCOPE_ALL, true, VERDICT_HIDE},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
		Hilo__V1__VisitorPresenceChanged body = HILO__V1__VISITOR_PRESENCE_CHANGED__INIT;
		body.conversation_id = envelope.correlation_id = (char *)CONVERSATION;
		body.present = true;
		envelope.body_case = HILO__V1__ENVELOPE__BODY_VISITOR_PRESENCE_CHANGED;
		envelope.visitor_presence_changed = &body;
		struct stream_event *event = event_of(&envelope, "visitor.presence_changed", rows[i].inbox);
		assert_int_equal(event->audience, AUDIENCE_CONVERSATION);
		assert_int_equal(verdict_for(event, rows[i].scope, rows[i].is_watched), rows[i].want);
		assert_non_null(
		        strstr(event->json, "\"data\":{\"conversation_id\":\"" CONVERSATION "\",\"present\":true}"));
		stream_event_free(&event);
	}
}

/* it names an address: shown where it was proven, and nowhere else */
static void test_a_merge_goes_to_who_sees_the_inbox(void **state)
{
	static const struct {
		const char *inbox;
		enum verdict want;
	} rows[] = {{OWN, VERDICT_SHOW}, {FOREIGN, VERDICT_HIDE}, {"", VERDICT_HIDE}};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
		Hilo__V1__CustomerMerged body = HILO__V1__CUSTOMER_MERGED__INIT;
		body.customer_id = (char *)CUSTOMER;
		body.customer_name = (char *)"Ann \"A\"";
		envelope.body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED;
		envelope.customer_merged = &body;
		struct stream_event *event = event_of(&envelope, "customer.merged", rows[i].inbox);
		assert_int_equal(event->audience, AUDIENCE_INBOX);
		assert_int_equal(verdict_for(event, SCOPE_MINE, false), rows[i].want);
		assert_non_null(strstr(event->json, "\"customer_name\":\"Ann \\\"A\\\"\",\"from_customer_id\":null"));
		assert_non_null(strstr(event->json, "\"evidence\":null"));
		stream_event_free(&event);
	}
}

/* whose a conversation is goes with what happens to it, never without it */
static void test_an_event_says_whose_its_conversation_is(void **state)
{
	static const struct {
		const char *conversation, *assignee, *want;
	} rows[] = {
	        {CONVERSATION, AGENT, ",\"assignee_id\":\"" AGENT "\","},
	        {CONVERSATION, "", ",\"assignee_id\":null,"},
	        {"", AGENT, ",\"assignee_id\":null,"},
	};

	(void)state;
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
		Hilo__V1__MessageAttached body = HILO__V1__MESSAGE_ATTACHED__INIT;
		struct stream_event *event;

		envelope.correlation_id = (char *)rows[i].conversation;
		envelope.assignee_id = (char *)rows[i].assignee;
		envelope.body_case = HILO__V1__ENVELOPE__BODY_MESSAGE_ATTACHED;
		envelope.message_attached = &body;
		event = event_of(&envelope, "message.attached", OWN);
		assert_non_null(strstr(event->json, rows[i].want));
		assert_null(strstr(strstr(event->json, "\"data\":"), AGENT));
		stream_event_free(&event);
	}
}

/* who had it in sight and does not any more is told that it left, and nothing else */
static void test_a_change_of_inbox_takes_it_out_of_sight(void **state)
{
	static const struct {
		const char *inbox, *previous;
		enum scope scope;
		bool is_watched;
		enum verdict want;
	} rows[] = {
	        {FOREIGN, OWN, SCOPE_ALL, false, VERDICT_LEFT},  {FOREIGN, OWN, SCOPE_MINE, true, VERDICT_LEFT},
	        {FOREIGN, OWN, SCOPE_MINE, false, VERDICT_HIDE}, {OWN, FOREIGN, SCOPE_ALL, false, VERDICT_SHOW},
	        {OWN, FOREIGN, SCOPE_MINE, true, VERDICT_SHOW},  {OWN, FOREIGN, SCOPE_MINE, false, VERDICT_HIDE},
	        {FOREIGN, "", SCOPE_ALL, true, VERDICT_HIDE},    {FOREIGN, FOREIGN, SCOPE_ALL, true, VERDICT_HIDE},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
		Hilo__V1__ConversationInboxChanged body = HILO__V1__CONVERSATION_INBOX_CHANGED__INIT;
		body.conversation_id = envelope.correlation_id = (char *)CONVERSATION;
		body.previous_inbox_id = (char *)rows[i].previous;
		envelope.body_case = HILO__V1__ENVELOPE__BODY_CONVERSATION_INBOX_CHANGED;
		envelope.conversation_inbox_changed = &body;
		struct stream_event *event = event_of(&envelope, "conversation.inbox_changed", rows[i].inbox);
		assert_int_equal(verdict_for(event, rows[i].scope, rows[i].is_watched), rows[i].want);
		stream_event_free(&event);
	}
}

/* what is everybody's is everybody's news; what is one agent's own is theirs and the administrators' */
static void test_configuration_goes_to_whom_it_concerns(void **state)
{
	static const struct {
		const char *agent;
		enum role role;
		enum verdict want;
	} rows[] = {
	        {"", ROLE_AGENT, VERDICT_SHOW},
	        {"00000000-0000-7000-8000-0000000000b1", ROLE_AGENT, VERDICT_SHOW},
	        {"00000000-0000-7000-8000-0000000000b2", ROLE_AGENT, VERDICT_HIDE},
	        {"00000000-0000-7000-8000-0000000000b2", ROLE_ADMINISTRATOR, VERDICT_SHOW},
	};

	(void)state;
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;
		Hilo__V1__ConfigurationChanged body = HILO__V1__CONFIGURATION_CHANGED__INIT;
		struct uuid inbox = id_of(OWN);
		struct rights rights = {.count = 1, .inboxes = &inbox};
		struct viewer viewer = {.agent_id = id_of("00000000-0000-7000-8000-0000000000b1"),
		                        .role = rows[i].role,
		                        .rights = &rights,
		                        .scope = SCOPE_MINE};
		struct stream_event *event;

		body.kind = (char *)"canned_reply";
		body.agent_id = (char *)rows[i].agent;
		envelope.body_case = HILO__V1__ENVELOPE__BODY_CONFIGURATION_CHANGED;
		envelope.configuration_changed = &body;
		event = event_of(&envelope, "configuration.changed", "");
		assert_int_equal(stream_verdict(&viewer, event, false, &rights), rows[i].want);
		stream_event_free(&event);
	}
}

static void test_what_services_say_among_themselves_is_not_wanted(void **state)
{
	static const char *const types[] = {"message.received",
	                                    "message.identified",
	                                    "message.submitted",
	                                    "move.requested",
	                                    "end.requested",
	                                    "triage.requested",
	                                    "inbox.change_requested",
	                                    "delivery.retry_requested",
	                                    "contact.confirmed",
	                                    "notice.submitted",
	                                    "customer.created",
	                                    "request.done",
	                                    "",
	                                    "message"};

	for (size_t i = 0; i < HILO_COUNT(types); i++)
		assert_false(stream_event_is_wanted(types[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_presence_goes_to_who_has_it_open_or_sees_all),
	        testing_case(test_a_merge_goes_to_who_sees_the_inbox),
	        testing_case(test_an_event_says_whose_its_conversation_is),
	        testing_case(test_a_change_of_inbox_takes_it_out_of_sight),
	        testing_case(test_configuration_goes_to_whom_it_concerns),
	        testing_case(test_what_services_say_among_themselves_is_not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
