/* The outbox fills in what is missing, and takes nothing a reader would refuse. */
#include "testing/testing.h"

#include "base/clock.h"
#include "bus/bus.h"

#define ID "01890a5d-ac96-774b-bcce-b302099a8057"

static Hilo__V1__Envelope an_event(Hilo__V1__CustomerCreated *body)
{
	Hilo__V1__Envelope envelope = HILO__V1__ENVELOPE__INIT;

	hilo__v1__customer_created__init(body);
	body->customer_id = (char *)ID;
	envelope.body_case = HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED;
	envelope.customer_created = body;
	envelope.key = (char *)ID;
	return envelope;
}

static void what_is_empty_is_filled_in(void **state)
{
	struct bus_outbox *outbox = bus_outbox_new("identity");
	Hilo__V1__CustomerCreated body;
	Hilo__V1__Envelope envelope = an_event(&body);
	const int64_t before_us = clock_now_us();
	struct uuid id;

	assert_int_equal(bus_outbox_add(outbox, &envelope), 0);
	assert_int_equal(uuid_parse(envelope.id, &id), 0);
	assert_string_equal(envelope.source, "identity");
	assert_string_equal(envelope.type, "customer.created");
	assert_in_range(envelope.time_us, before_us, clock_now_us());
	assert_int_equal(bus_outbox_count(outbox), 1);

	envelope = an_event(&body);
	envelope.id = (char *)ID;
	envelope.source = (char *)"gateway";
	envelope.time_us = 42;
	assert_int_equal(bus_outbox_add(outbox, &envelope), 0);
	assert_string_equal(envelope.id, ID);
	assert_string_equal(envelope.source, "gateway");
	assert_int_equal(envelope.time_us, 42);
	assert_int_equal(bus_outbox_count(outbox), 2);
	bus_outbox_clear(outbox);
	assert_int_equal(bus_outbox_count(outbox), 0);
	bus_outbox_free(&outbox);
	assert_null(outbox);
}

static void break_body(Hilo__V1__Envelope *e)
{
	e->body_case = HILO__V1__ENVELOPE__BODY__NOT_SET;
}
static void break_key(Hilo__V1__Envelope *e)
{
	e->key = (char *)"";
}
static void drop_key(Hilo__V1__Envelope *e)
{
	e->key = NULL;
}
static void break_type(Hilo__V1__Envelope *e)
{
	e->type = (char *)"message.received";
}
static void break_id(Hilo__V1__Envelope *e)
{
	e->id = (char *)"7";
}
static void break_inbox(Hilo__V1__Envelope *e)
{
	e->inbox_id = (char *)"support";
}
static void break_conversation(Hilo__V1__Envelope *e)
{
	e->correlation_id = (char *)"7K3M-9QXD";
}
static void break_text(Hilo__V1__Envelope *e)
{
	e->customer_created->name = (char *)"\xff";
}

static void what_a_reader_would_refuse_is_not_taken(void **state)
{
	static void (*const breaks[])(Hilo__V1__Envelope *) = {break_body, break_key,   drop_key,           break_type,
	                                                       break_id,   break_inbox, break_conversation, break_text};
	struct bus_outbox *outbox = bus_outbox_new("identity");

	for (size_t i = 0; i < HILO_COUNT(breaks); i++) {
		Hilo__V1__CustomerCreated body;
		Hilo__V1__Envelope envelope = an_event(&body);
		breaks[i](&envelope);
		assert_int_equal(bus_outbox_add(outbox, &envelope), -EINVAL);
	}
	assert_int_equal(bus_outbox_count(outbox), 0);
	bus_outbox_free(&outbox);
}

static void an_envelope_of_a_mebibyte_is_too_large(void **state)
{
	struct bus_outbox *outbox = bus_outbox_new("identity");
	HILO_AUTO_FREE char *name = hilo_alloc(BUS_PAYLOAD_MAX + 1);
	Hilo__V1__CustomerCreated body;
	Hilo__V1__Envelope envelope = an_event(&body);

	memset(name, 'x', BUS_PAYLOAD_MAX);
	body.name = name;
	assert_int_equal(bus_outbox_add(outbox, &envelope), -EMSGSIZE);
	name[BUS_PAYLOAD_MAX - 1000] = 0;
	assert_int_equal(bus_outbox_add(outbox, &envelope), 0);
	bus_outbox_free(&outbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(what_is_empty_is_filled_in),
	        testing_case(what_a_reader_would_refuse_is_not_taken),
	        testing_case(an_envelope_of_a_mebibyte_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
