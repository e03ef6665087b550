/* test_thread.c - which conversation a mail belongs to, rule by rule. */
#include "thread.h"
#include "world.h"

static const char secret[] = "a secret of more than thirty-two characters";

static void hints_are_read_from_the_message(void **state)
{
	struct uuid message = id(7), conversation = id(8), contact = id(9);
	char own[TOKEN_MESSAGE_ID_TEXT], forged[TOKEN_MESSAGE_ID_TEXT], ref[REFERENCE_TEXT], tag[TOKEN_TAG_TEXT],
	        subject[64];
	char *foreign = (char *)"abc@mail.example";
	Hilo__V1__MessageReceived received = HILO__V1__MESSAGE_RECEIVED__INIT;
	struct thread_hints hints;

	token_message_id_format(secret, &message, "example.com", own);
	token_message_id_format("another secret of more than thirty-two characters", &message, "example.com", forged);
	token_tag_format(secret, reference_format(5, ref), &conversation, &contact, tag);
	snprintf(subject, sizeof(subject), "Re: [#%s]", ref);
	received.recipient_tag = tag;
	received.subject = subject;
	received.thread_ids = (char *[]){foreign, forged, own};
	received.n_thread_ids = 3;
	thread_read_hints(secret, &received, &hints);
	assert_true(hints.has_tag && hints.has_ref);
	assert_string_equal(hints.tag.ref, ref);
	assert_string_equal(hints.ref, ref);
	assert_int_equal(hints.own_count, 1);
	assert_true(uuid_equal(&hints.own_ids[0], &message));
	assert_int_equal(hints.foreign_count, 0);

	received.n_thread_ids = 2; /* without ours, the foreign one counts and the forged one does not */
	thread_read_hints(secret, &received, &hints);
	assert_int_equal(hints.own_count, 0);
	assert_int_equal(hints.foreign_count, 1);
	assert_string_equal(hints.foreign_ids[0], foreign);
}

static void no_more_ids_are_looked_at_than_allowed(void **state)
{
	char *ids[100];
	Hilo__V1__MessageReceived received = HILO__V1__MESSAGE_RECEIVED__INIT;
	struct thread_hints hints;

	for (size_t i = 0; i < HILO_COUNT(ids); i++)
		ids[i] = (char *)"abc@mail.example";
	received.thread_ids = ids;
	received.n_thread_ids = HILO_COUNT(ids);
	thread_read_hints(secret, &received, &hints);
	assert_int_equal(hints.foreign_count, THREAD_IDS_MAX);
	assert_false(thread_points_somewhere(&hints));
}

enum expected { ATTACHED, NEW, NEW_LINKED };

static void rules_decide_in_their_order(void **state)
{
	enum { MINE, OTHER_CUSTOMER, OTHER_INBOX, RESOLVED_LONG_AGO, RESOLVED_LATELY, SNOOZED, NONE };
	struct conversation c[NONE] = {
	        [MINE] = {.inbox_id = id(1), .customer_id = id(2)},
	        [OTHER_CUSTOMER] = {.inbox_id = id(1), .customer_id = id(3)},
	        [OTHER_INBOX] = {.inbox_id = id(4), .customer_id = id(2)},
	        [RESOLVED_LONG_AGO] = {.inbox_id = id(1),
	                               .customer_id = id(2),
	                               .status = STATUS_RESOLVED,
	                               .resolved_us = WORLD_NOW - 15 * DAY},
	        [RESOLVED_LATELY] = {.inbox_id = id(1),
	                             .customer_id = id(2),
	                             .status = STATUS_RESOLVED,
	                             .resolved_us = WORLD_NOW - 13 * DAY},
	        [SNOOZED] = {.inbox_id = id(1), .customer_id = id(2), .status = STATUS_SNOOZED},
	};
	static const struct {
		int by[THREAD_RULES]; /* shown, tag, own id, foreign id, subject, latest */
		enum expected expected;
		int which;
	} rows[] = {
	        {{NONE, NONE, NONE, NONE, NONE, NONE}, NEW, NONE},
	        {{MINE, NONE, NONE, NONE, NONE, NONE}, ATTACHED, MINE},
	        {{NONE, MINE, NONE, NONE, NONE, NONE}, ATTACHED, MINE},
	        {{NONE, NONE, MINE, NONE, NONE, NONE}, ATTACHED, MINE},
	        {{NONE, NONE, NONE, MINE, NONE, NONE}, ATTACHED, MINE},
	        {{NONE, NONE, NONE, NONE, MINE, NONE}, ATTACHED, MINE},
	        {{NONE, NONE, NONE, NONE, NONE, MINE}, ATTACHED, MINE},
	        {{NONE, MINE, SNOOZED, SNOOZED, SNOOZED, NONE}, ATTACHED, MINE},
	        {{NONE, NONE, MINE, SNOOZED, SNOOZED, NONE}, ATTACHED, MINE},
	        {{NONE, NONE, NONE, MINE, SNOOZED, NONE}, ATTACHED, MINE},
	        {{MINE, NONE, NONE, NONE, NONE, SNOOZED}, ATTACHED, MINE},
	        {{OTHER_CUSTOMER, NONE, NONE, NONE, NONE, MINE},
	         ATTACHED,
	         MINE}, /* what is shown counts only to its own customer */
	        {{OTHER_CUSTOMER, NONE, NONE, NONE, NONE, NONE}, NEW, NONE},
	        {{NONE, OTHER_CUSTOMER, NONE, NONE, NONE, NONE},
	         ATTACHED,
	         OTHER_CUSTOMER}, /* the tag proves the sender */
	        {{NONE, NONE, OTHER_CUSTOMER, NONE, NONE, NONE}, NEW_LINKED, OTHER_CUSTOMER},
	        {{NONE, NONE, NONE, OTHER_CUSTOMER, NONE, NONE}, NEW_LINKED, OTHER_CUSTOMER},
	        {{NONE, NONE, NONE, NONE, OTHER_CUSTOMER, NONE}, NEW_LINKED, OTHER_CUSTOMER},
	        {{NONE, NONE, OTHER_CUSTOMER, MINE, MINE, NONE},
	         NEW_LINKED,
	         OTHER_CUSTOMER}, /* the first hit decides */
	        {{NONE, OTHER_INBOX, NONE, NONE, NONE, NONE}, NEW_LINKED, OTHER_INBOX},
	        {{NONE, NONE, OTHER_INBOX, NONE, NONE, NONE}, NEW_LINKED, OTHER_INBOX},
	        {{NONE, RESOLVED_LONG_AGO, NONE, NONE, NONE, NONE}, NEW_LINKED, RESOLVED_LONG_AGO},
	        {{NONE, NONE, RESOLVED_LONG_AGO, NONE, NONE, NONE}, NEW_LINKED, RESOLVED_LONG_AGO},
	        {{NONE, NONE, RESOLVED_LATELY, NONE, NONE, NONE}, ATTACHED, RESOLVED_LATELY},
	        {{NONE, NONE, SNOOZED, NONE, NONE, NONE}, ATTACHED, SNOOZED},
	};
	const struct thread_sender sender = {.inbox_id = id(1), .customer_id = id(2), .now_us = WORLD_NOW};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct thread_found found = {0};
		for (int rule = 0; rule < THREAD_RULES; rule++)
			if (rows[i].by[rule] != NONE)
				found.by[rule] = &c[rows[i].by[rule]];
		struct thread_match match = thread_match(&found, &sender, 14 * DAY);
		const struct conversation *which = rows[i].which == NONE ? NULL : &c[rows[i].which];
		assert_ptr_equal(match.conversation, rows[i].expected == ATTACHED ? which : NULL);
		assert_ptr_equal(match.linked_from, rows[i].expected == NEW_LINKED ? which : NULL);
	}
}

/* inboxes: 1 chat, 2 its mail, 3 another */
static void linked_inboxes_hold_each_others_messages_and_no_others(void **state)
{
	static const struct {
		int inbox, via, mail; /* of the conversation; 0: none */
		int sender_inbox, sender_mail;
		bool want;
	} rows[] = {
	        {1, 0, 2, 1, 2, true},  {1, 0, 2, 2, 0, true},  /* a chat's, by chat and by mail */
	        {1, 2, 2, 2, 0, true},  {1, 2, 0, 2, 0, true},  /* gone on by mail, still linked or not */
	        {2, 0, 0, 1, 2, true},  {2, 1, 0, 1, 0, true},  /* a mail's, by chat */
	        {2, 0, 0, 1, 0, false}, {1, 0, 0, 2, 0, false}, /* not linked */
	        {1, 0, 2, 3, 0, false}, {2, 0, 0, 3, 0, false}, {2, 1, 0, 3, 0, false}, {3, 0, 0, 1, 2, false},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct conversation c = {.inbox_id = id(rows[i].inbox)};
		struct thread_sender sender = {.inbox_id = id(rows[i].sender_inbox)};
		if (rows[i].via)
			c.via_inbox_id = id(rows[i].via);
		if (rows[i].mail)
			c.mail_inbox_id = id(rows[i].mail);
		if (rows[i].sender_mail)
			sender.mail_inbox_id = id(rows[i].sender_mail);
		if (thread_may_hold(&c, &sender) != rows[i].want)
			fail_msg("row %zu", i);
	}
}

static void a_customer_may_go_on_writing_where_it_was_before(void **state)
{
	const struct uuid former[] = {id(3), id(4)};
	const struct conversation c = {.inbox_id = id(2), .former_inbox_ids = former, .former_inbox_count = 2};
	const struct thread_sender before = {.inbox_id = id(4)}, elsewhere = {.inbox_id = id(5)};

	assert_true(thread_may_hold(&c, &before));
	assert_false(thread_may_hold(&c, &elsewhere));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(hints_are_read_from_the_message),
	        testing_case(no_more_ids_are_looked_at_than_allowed),
	        testing_case(rules_decide_in_their_order),
	        testing_case(linked_inboxes_hold_each_others_messages_and_no_others),
	        testing_case(a_customer_may_go_on_writing_where_it_was_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
