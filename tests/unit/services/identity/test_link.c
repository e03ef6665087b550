/* test_link.c - which evidence makes two contact points one customer's: a table of cases, and what is done about each.
 */
#include "decide.h"
#include "link.h"
#include "testing/testing.h"

#define INBOX_A "01900000-0000-7000-8000-00000000000a"
#define INBOX_B "01900000-0000-7000-8000-00000000000b"

#define CLAIMED HILO__V1__LEVEL__LEVEL_CLAIMED
#define VERIFIED HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED
#define CONFIRMED HILO__V1__LEVEL__LEVEL_CONFIRMED

static struct uuid id(int number)
{
	struct uuid made = {.bytes = {1, [6] = 0x70, [8] = 0x80}};

	made.bytes[15] = (uint8_t)number;
	return made;
}

static int next_id;

static struct uuid new_id(void)
{
	return id(100 + next_id++);
}

static struct working_set *begin(struct arena *arena)
{
	struct working_set *ws = ws_new(arena);

	ws->new_id = new_id;
	return ws;
}

/* "email:ann@mail.example/2": a point and its level */
static struct contact_point *know(struct working_set *ws, struct customer *customer, int number, const char *text)
{
	const char *colon = strchr(text, ':'), *slash = strrchr(text, '/');
	const struct uuid point = id(number);
	const char *channel = arena_strndup(ws->arena, text, (size_t)(colon - text));
	const char *address = arena_strndup(ws->arena, colon + 1, (size_t)(slash - colon - 1));
	const char *key = arena_strndup(ws->arena, text, (size_t)(slash - text));

	ws_load_point_of(ws, &customer->id, &point, channel, address, slash[1] - '0');
	return map_get(ws->contact_points, key, strlen(key));
}

static struct customer *customer(struct working_set *ws, int number, const char *name)
{
	struct customer *made = arena_new_object(ws->arena, struct customer);

	*made = (struct customer){.id = id(number), .name = name, .version = 7};
	ws_add_customer(ws, made);
	return made;
}

static void every_case_has_its_outcome(void **state)
{
	static const struct {
		const char *sender; /* written from; of the customer who has `mine`, unless that is NULL: new */
		const char *mine;
		const char *proven;
		const char *owners; /* another point of its owner; NULL: nobody has it; "mine": the sender's customer */
		Hilo__V1__Level level;
		enum link_action want;
	} cases[] = {
	        /* somebody's word is a claim, whoever's address it is */
	        {"chat:v:1/2", "chat:v:2/2", "email:a@x.example/2", NULL, CLAIMED, LINK_CLAIM},
	        {"chat:v:1/2", "chat:v:2/2", "email:a@x.example/3", "email:b@x.example/2", CLAIMED, LINK_CLAIM},
	        {"chat:v:1/2", NULL, "email:a@x.example/3", "email:b@x.example/2", VERIFIED, LINK_CLAIM},
	        {"chat:v:1/2", NULL, "email:a@x.example/3", "email:b@x.example/2", HILO__V1__LEVEL__LEVEL_UNSPECIFIED,
	         LINK_CLAIM},
	        /* proof */
	        {"chat:v:1/2", "chat:v:2/2", "email:a@x.example/0", NULL, CONFIRMED, LINK_ADD},
	        {"chat:v:1/2", NULL, "email:a@x.example/0", NULL, CONFIRMED, LINK_ADD},
	        {"chat:v:1/2", "chat:v:2/2", "email:a@x.example/1", "mine", CONFIRMED, LINK_RAISE},
	        {"chat:v:1/2", "chat:v:2/2", "email:a@x.example/3", "mine", CONFIRMED, LINK_NOTHING},
	        {"chat:v:1/2", "chat:v:2/2", "email:a@x.example/1", "email:b@x.example/1", CONFIRMED, LINK_MOVE},
	        {"chat:v:1/2", "chat:v:2/2", "email:a@x.example/3", "email:b@x.example/3", CONFIRMED, LINK_MOVE},
	        {"chat:v:1/2", NULL, "email:a@x.example/2", "email:b@x.example/2", CONFIRMED, LINK_ATTACH},
	        {"chat:u:" INBOX_A ":1/3", NULL, "email:a@x.example/3", "email:b@x.example/2", CONFIRMED, LINK_ATTACH},
	        /* a browser and who signed in there */
	        {"chat:v:1/2", "chat:v:2/2", "chat:u:" INBOX_A ":1/0", NULL, CONFIRMED, LINK_ADD},
	        {"chat:v:1/2", "chat:v:2/2", "chat:u:" INBOX_A ":1/3", "email:b@x.example/3", CONFIRMED, LINK_MOVE},
	        {"chat:v:1/2", NULL, "chat:u:" INBOX_A ":1/3", "email:b@x.example/3", CONFIRMED, LINK_ATTACH},
	        /* two people stay two */
	        {"chat:v:1/2", "email:b@x.example/3", "email:a@x.example/3", "email:c@x.example/1", CONFIRMED,
	         LINK_NOTHING},
	        {"chat:v:1/2", "email:b@x.example/2", "email:a@x.example/3", "email:c@x.example/1", CONFIRMED,
	         LINK_MOVE},
	        {"chat:v:1/2", "email:b@x.example/3", "email:a@x.example/2", "email:c@x.example/2", CONFIRMED,
	         LINK_MOVE},
	        {"chat:v:1/2", "email:b@x.example/3", "email:a@x.example/2", "email:c@x.example/3", CONFIRMED,
	         LINK_NOTHING},
	        {"chat:u:" INBOX_A ":1/3", "chat:v:2/2", "email:a@x.example/2", "chat:u:" INBOX_A ":2/3", CONFIRMED,
	         LINK_NOTHING},
	        {"chat:u:" INBOX_A ":1/3", NULL, "email:a@x.example/2", "chat:u:" INBOX_A ":2/3", CONFIRMED,
	         LINK_NOTHING},
	        {"chat:v:1/2", "chat:u:" INBOX_A ":1/3", "email:a@x.example/2", "chat:u:" INBOX_A ":2/3", CONFIRMED,
	         LINK_NOTHING},
	        {"chat:v:1/2", "chat:u:" INBOX_A ":1/3", "chat:u:" INBOX_A ":2/3", "chat:v:9/2", CONFIRMED,
	         LINK_NOTHING},
	        {"chat:v:1/2", "chat:u:" INBOX_A ":1/3", "chat:u:" INBOX_A ":2/0", NULL, CONFIRMED, LINK_NOTHING},
	        {"chat:v:1/2", "chat:u:" INBOX_A ":1/3", "email:a@x.example/2", "chat:u:" INBOX_B ":2/3", CONFIRMED,
	         LINK_MOVE},
	};

	for (size_t i = 0; i < HILO_COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct working_set *ws = begin(arena);
		struct customer *mine = customer(ws, 1, "Mine"), *owner = customer(ws, 2, "Owner");
		struct contact_point *sender = know(ws, mine, 11, cases[i].sender);
		struct contact_point *proven;

		if (cases[i].mine)
			know(ws, mine, 12, cases[i].mine);
		else
			sender->customer = NULL;
		proven = know(ws, cases[i].owners && strcmp(cases[i].owners, "mine") == 0 ? mine : owner, 13,
		              cases[i].proven);
		if (!cases[i].owners)
			proven->customer = NULL;
		else if (proven->customer == owner)
			know(ws, owner, 14, cases[i].owners);
		if (link_decide(sender, proven, cases[i].level) != cases[i].want)
			fail_msg("case %zu", i);
		arena_free(&arena);
	}
}

static void proof_of_the_senders_own_address_is_none(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena);
	struct contact_point *sender = know(ws, customer(ws, 1, "Mine"), 11, "email:a@x.example/2");

	assert_int_equal(link_decide(sender, sender, CONFIRMED), LINK_NOTHING);
	arena_free(&arena);
}

struct told {
	struct bus_event event;
	Hilo__V1__Envelope envelope;
	Hilo__V1__MessageReceived received;
	Hilo__V1__ContactConfirmed confirmed;
	Hilo__V1__Evidence evidence[PROOFS_MAX + 1], *evidence_at[PROOFS_MAX + 1];
	char inbox[UUID_TEXT];
};

static struct told *tell(struct arena *arena, bool is_message, const char *visitor)
{
	struct told *told = arena_new_object(arena, struct told);
	struct uuid inbox = id(50);

	hilo__v1__envelope__init(&told->envelope);
	hilo__v1__message_received__init(&told->received);
	hilo__v1__contact_confirmed__init(&told->confirmed);
	told->event = (struct bus_event){.envelope = &told->envelope, .occurred_us = 12345};
	told->envelope.id = (char *)"cause";
	uuid_format(&inbox, told->inbox);
	told->received.message_id = told->received.inbox_id = told->confirmed.inbox_id = told->inbox;
	told->received.channel = told->confirmed.channel = HILO__V1__CHANNEL__CHANNEL_CHAT;
	told->received.contact_address = told->confirmed.address = (char *)visitor;
	told->received.level = HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED;
	told->received.evidence = told->evidence_at;
	told->envelope.body_case =
	        is_message ? HILO__V1__ENVELOPE__BODY_MESSAGE_RECEIVED : HILO__V1__ENVELOPE__BODY_CONTACT_CONFIRMED;
	if (is_message)
		told->envelope.message_received = &told->received;
	else
		told->envelope.contact_confirmed = &told->confirmed;
	return told;
}

static void prove(struct told *told, Hilo__V1__Channel channel, const char *address, Hilo__V1__Level level)
{
	Hilo__V1__Evidence *evidence = &told->evidence[told->received.n_evidence];

	hilo__v1__evidence__init(evidence);
	evidence->channel = channel;
	evidence->address = (char *)address;
	evidence->level = level;
	told->evidence_at[told->received.n_evidence++] = evidence;
	told->confirmed.proven = evidence;
}

static void handle(struct working_set *ws, const struct told *told)
{
	struct input *in = arena_new_object(ws->arena, struct input);

	assert_int_equal(ws_read(ws, &told->event, in), 0);
	decide(ws, in);
}

static const Hilo__V1__Envelope *event(const struct working_set *ws, size_t number, Hilo__V1__Envelope__BodyCase body)
{
	const Hilo__V1__Envelope *found = number < ws->events.count ? ws->events.items[number] : NULL;

	assert_non_null(found);
	assert_int_equal(found->body_case, body);
	return found;
}

static void a_proven_address_takes_the_visitor_to_its_customer(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena);
	struct customer *ann = customer(ws, 1, "Ann"), *stranger = customer(ws, 2, "v:1");
	struct contact_point *mail = know(ws, ann, 11, "email:a@x.example/2");
	struct contact_point *browser = know(ws, stranger, 12, "chat:v:1/2");
	struct told *told = tell(arena, true, "v:1");

	prove(told, HILO__V1__CHANNEL__CHANNEL_EMAIL, "a@x.example", CONFIRMED);
	handle(ws, told);
	assert_ptr_equal(browser->customer, ann);
	assert_true(browser->is_moved && mail->is_raised);
	assert_int_equal(mail->level, CONFIRMED);
	assert_int_equal(stranger->points.count, 0);
	const Hilo__V1__CustomerMerged *merged =
	        event(ws, 0, HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED)->customer_merged;
	assert_string_equal(merged->customer_id, bus_id(arena, &ann->id));
	assert_string_equal(merged->from_customer_id, bus_id(arena, &stranger->id));
	assert_string_equal(merged->contact_point_id, bus_id(arena, &browser->id));
	assert_string_equal(event(ws, 0, HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED)->key, merged->customer_id);
	const Hilo__V1__Envelope *identified = event(ws, 1, HILO__V1__ENVELOPE__BODY_MESSAGE_IDENTIFIED);
	assert_string_equal(identified->message_identified->customer_id, merged->customer_id);
	assert_int_equal(identified->version, 9);
	assert_int_equal(ws->links.count, 1);
	const struct link *link = ws->links.items[0];
	assert_true(uuid_equal(&link->from_customer_id, &stranger->id) && uuid_equal(&link->to_customer_id, &ann->id));
	assert_string_equal(link->evidence_json,
	                    "{\"channel\":\"email\",\"address\":\"a@x.example\",\"level\":3,\"event_id\":\"cause\"}");

	handle(ws, told); /* the next message proves nothing new */
	event(ws, 2, HILO__V1__ENVELOPE__BODY_MESSAGE_IDENTIFIED);
	assert_int_equal(ws->links.count, 1);
	arena_free(&arena);
}

static void a_claim_is_only_remembered(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena);
	struct customer *ann = customer(ws, 1, "Ann");
	struct told *told = tell(arena, true, "v:1");

	know(ws, ann, 11, "email:a@x.example/2");
	prove(told, HILO__V1__CHANNEL__CHANNEL_EMAIL, "a@x.example", CLAIMED);
	handle(ws, told);
	event(ws, 0, HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED);
	event(ws, 1, HILO__V1__ENVELOPE__BODY_MESSAGE_IDENTIFIED);
	assert_int_equal(ws->events.count, 2);
	assert_int_equal(ws->claims.count, 1);
	assert_int_equal(ws->links.count, 0);
	assert_int_equal(ann->points.count, 1);
	assert_false(ws->has_proofs);
	assert_ptr_not_equal(((const struct claim *)ws->claims.items[0])->customer, ann);
	arena_free(&arena);
}

static void a_new_visitor_with_proof_is_at_once_whom_it_names(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena);
	struct customer *ann = customer(ws, 1, "Ann");
	struct told *told = tell(arena, true, "u:" INBOX_A ":1");

	know(ws, ann, 11, "email:a@x.example/2");
	prove(told, HILO__V1__CHANNEL__CHANNEL_EMAIL, "a@x.example", CONFIRMED);
	handle(ws, told);
	const Hilo__V1__ContactAdded *added = event(ws, 0, HILO__V1__ENVELOPE__BODY_CONTACT_ADDED)->contact_added;
	assert_string_equal(added->customer_id, bus_id(arena, &ann->id));
	assert_string_equal(added->address, "u:" INBOX_A ":1");
	assert_int_equal(added->channel, HILO__V1__CHANNEL__CHANNEL_CHAT);
	assert_string_equal(event(ws, 1, HILO__V1__ENVELOPE__BODY_MESSAGE_IDENTIFIED)->key, bus_id(arena, &ann->id));
	assert_int_equal(ws->events.count, 2);
	assert_int_equal(ann->points.count, 2);
	assert_int_equal(ws->links.count, 0);
	arena_free(&arena);
}

static void a_browser_goes_to_who_signs_in(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena);
	struct customer *ann = customer(ws, 1, "Ann"), *stranger = customer(ws, 2, "v:1");
	struct contact_point *browser = know(ws, stranger, 12, "chat:v:1/2");
	struct told *told = tell(arena, false, "v:1");

	know(ws, ann, 11, "chat:u:" INBOX_A ":1/3");
	prove(told, HILO__V1__CHANNEL__CHANNEL_CHAT, "u:" INBOX_A ":1", CONFIRMED);
	handle(ws, told);
	assert_ptr_equal(browser->customer, ann);
	event(ws, 0, HILO__V1__ENVELOPE__BODY_CUSTOMER_MERGED);
	assert_int_equal(ws->events.count, 1);
	arena_free(&arena);
}

static void a_confirmation_of_nobodys_address_adds_it(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena);
	struct told *told = tell(arena, false, "v:1");

	prove(told, HILO__V1__CHANNEL__CHANNEL_EMAIL, "new@x.example", CONFIRMED);
	handle(ws, told);
	const Hilo__V1__Envelope *created = event(ws, 0, HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED);
	const Hilo__V1__Envelope *told_added = event(ws, 1, HILO__V1__ENVELOPE__BODY_CONTACT_ADDED);
	assert_int_equal(ws->events.count, 2);
	assert_string_equal(told_added->key, created->key);
	assert_int_equal(told_added->version, created->version + 1);
	assert_string_equal(told_added->contact_added->address, "new@x.example");
	assert_int_equal(told_added->contact_added->channel, HILO__V1__CHANNEL__CHANNEL_EMAIL);
	assert_int_equal(told_added->contact_added->level, CONFIRMED);
	const struct contact_point *added = map_get(ws->contact_points, "email:new@x.example", 19);
	assert_true(added->is_new && added->level == CONFIRMED);
	assert_ptr_equal(added->customer, ws->all_customers.items[0]);
	arena_free(&arena);
}

static void bad_evidence_is_refused(void **state)
{
	struct arena *arena = arena_new(0);
	struct working_set *ws = begin(arena);
	struct told *none = tell(arena, false, "v:1"), *empty = tell(arena, true, "v:1"),
	            *much = tell(arena, true, "v:1");
	struct input in;

	assert_int_equal(ws_read(ws, &none->event, &in), -EINVAL);
	prove(empty, HILO__V1__CHANNEL__CHANNEL_EMAIL, "", CONFIRMED);
	assert_int_equal(ws_read(ws, &empty->event, &in), -EINVAL);
	for (size_t i = 0; i <= PROOFS_MAX; i++)
		prove(much, HILO__V1__CHANNEL__CHANNEL_EMAIL, "a@x.example", CLAIMED);
	assert_int_equal(ws_read(ws, &much->event, &in), -EINVAL);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(every_case_has_its_outcome),
	        testing_case(proof_of_the_senders_own_address_is_none),
	        testing_case(a_proven_address_takes_the_visitor_to_its_customer),
	        testing_case(a_claim_is_only_remembered),
	        testing_case(a_new_visitor_with_proof_is_at_once_whom_it_names),
	        testing_case(a_browser_goes_to_who_signs_in),
	        testing_case(a_confirmation_of_nobodys_address_adds_it),
	        testing_case(bad_evidence_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
