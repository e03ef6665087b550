/* The codec: what was written comes back, and everything else is refused. */
#include "testing/testing.h"

#include "base/buf.h"
#include "bus/event.h"
#include "bus/wire.h"

#define ID "01890a5d-ac96-774b-bcce-b302099a8057"

/* ---- writing protobuf by hand, also wrongly ---- */

static void put_varint(struct buf *out, uint64_t value)
{
	while (value > 127) {
		buf_putc(out, (char)(value | 0x80));
		value >>= 7;
	}
	buf_putc(out, (char)value);
}

static void put_bytes(struct buf *out, unsigned field, const void *data, size_t size)
{
	put_varint(out, field << 3 | 2);
	put_varint(out, size);
	buf_append(out, data, size);
}

static void put_text(struct buf *out, unsigned field, const char *text)
{
	put_bytes(out, field, text, strlen(text));
}

/* a customer.created with this id and name */
static void put_envelope(struct buf *out, const char *id, const char *type, const char *name, size_t name_size)
{
	HILO_AUTO(buf) struct buf body = {0};

	put_text(out, 1, id);
	put_text(out, 3, type);
	put_text(out, 7, "key");
	put_text(&body, 1, ID);
	put_bytes(&body, 2, name, name_size);
	put_bytes(out, 140, body.data, body.len);
}

static int decode(const struct buf *bytes)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const Hilo__V1__Envelope *envelope = NULL;
	const int rc = bus_envelope_decode(arena, bytes->data, bytes->len, &envelope);

	assert_true((rc == 0) == (envelope != NULL));
	return rc;
}

static int decode_with(const char *id, const char *type, const char *name, size_t name_size)
{
	HILO_AUTO(buf) struct buf bytes = {0};

	put_envelope(&bytes, id, type, name, name_size);
	return decode(&bytes);
}

static void an_envelope_comes_back_as_written(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	HILO_AUTO(buf) struct buf bytes = {0};
	const Hilo__V1__Envelope *envelope;

	put_envelope(&bytes, ID, "customer.created", "Zoë", strlen("Zoë"));
	assert_int_equal(bus_envelope_decode(arena, bytes.data, bytes.len, &envelope), 0);
	assert_string_equal(envelope->id, ID);
	assert_int_equal(envelope->body_case, HILO__V1__ENVELOPE__BODY_CUSTOMER_CREATED);
	assert_string_equal(envelope->customer_created->name, "Zoë");
}

static void bad_envelopes_are_refused(void **state)
{
	static const struct {
		const char *id, *type, *name;
		size_t size;
	} rows[] = {
	        {ID, "customer.created", "\xff\xfe", 2},     /* not UTF-8 */
	        {ID, "customer.created", "a\0b", 3},         /* would be cut at the NUL */
	        {ID, "customer.created", "\xed\xa0\x80", 3}, /* a surrogate */
	        {ID, "customer.created", "\xc3", 1},         /* a character cut in two */
	        {ID, "message.received", "Zoë", 4},          /* type of another body */
	        {ID, "customer.exploded", "Zoë", 4},         /* unknown type */
	        {ID, "", "Zoë", 4},
	        {"", "customer.created", "Zoë", 4},
	        {"not-a-uuid", "customer.created", "Zoë", 4},
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		assert_int_equal(decode_with(rows[i].id, rows[i].type, rows[i].name, rows[i].size), -EBADMSG);
}

static void a_body_this_build_does_not_know_is_refused(void **state)
{
	HILO_AUTO(buf) struct buf bytes = {0};

	put_text(&bytes, 1, ID);
	put_text(&bytes, 3, "customer.created");
	put_bytes(&bytes, 999, "\x0a\x01x", 3); /* only a field nobody knows: no body */
	assert_int_equal(decode(&bytes), -EBADMSG);
}

static void unknown_fields_and_enum_values_are_tolerated(void **state)
{
	HILO_AUTO(buf) struct buf bytes = {0}, body = {0};

	put_text(&bytes, 1, ID);
	put_text(&bytes, 3, "customer.created");
	put_text(&bytes, 800, "from a later release");
	put_varint(&body, 4 << 3); /* channel */
	put_varint(&body, 4711);
	put_bytes(&bytes, 140, body.data, body.len);
	assert_int_equal(decode(&bytes), 0);
}

static void every_truncation_is_refused_or_another_whole_message(void **state)
{
	HILO_AUTO(buf) struct buf bytes = {0};

	put_envelope(&bytes, ID, "customer.created", "Zoë", 4);
	for (size_t size = 0; size < bytes.len; size++) {
		/* exactly that many bytes, so that a sanitizer sees a read beyond them */
		HILO_AUTO_FREE char *copy = hilo_alloc(size + 1);
		const struct buf cut = {copy, size, size};
		memcpy(copy, bytes.data, size);
		assert_int_equal(decode(&cut), -EBADMSG); /* the body comes last, so none is whole */
	}
}

static void sizes_and_numbers_of_fields_are_bounded(void **state)
{
	HILO_AUTO(buf) struct buf bytes = {0};
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const Hilo__V1__Envelope *envelope;

	for (int i = 0; i <= WIRE_MAX_FIELDS; i++)
		buf_append(&bytes, "\x60\x01", 2); /* hop, again and again */
	assert_int_equal(decode(&bytes), -EBADMSG);
	buf_clear(&bytes);
	memset(buf_reserve(&bytes, BUS_PAYLOAD_MAX + 1), 0, BUS_PAYLOAD_MAX + 1);
	bytes.len = BUS_PAYLOAD_MAX + 1;
	assert_int_equal(bus_envelope_decode(arena, bytes.data, bytes.len, &envelope), -EMSGSIZE);
	assert_int_equal(decode(&(struct buf){bytes.data, BUS_PAYLOAD_MAX, 0}), -EBADMSG);
}

static void malformed_wire_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} rows[] = {
	        {"\x00\x01", 2},                                              /* field 0 */
	        {"\x0b\x0c", 2},                                              /* a group */
	        {"\x0e\x01", 2},                                              /* wire type 6 */
	        {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},         /* a length of 2^64 - 1 */
	        {"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 13}, /* a number of 12 bytes */
	        {"\x0a\x05"
	         "abc",
	         5},                     /* longer than what is there */
	        {"\x61\x01\x02\x03", 4}, /* half a fixed64 */
	};

	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		assert_int_equal(wire_check(&hilo__v1__envelope__descriptor, rows[i].bytes, rows[i].size, 100),
		                 -EBADMSG);
	assert_int_equal(wire_check(&hilo__v1__envelope__descriptor, "", 0, 100), 0);
}

/* ---- frames ---- */

struct frame_row {
	uint64_t xid, id;
};

static int decode_frame(uint64_t epoch, uint64_t last_epoch, struct frame_row previous, const struct frame_row *events,
                        size_t count, struct frame_row last, size_t id_bytes)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	Hilo__V1__Position from = HILO__V1__POSITION__INIT, to = HILO__V1__POSITION__INIT;
	Hilo__V1__LogFrame frame = HILO__V1__LOG_FRAME__INIT;
	const Hilo__V1__LogFrame *back = NULL;
	uint8_t id[32] = {1};
	size_t size;
	uint8_t *bytes;
	int rc;

	frame.events = arena_new_array(arena, Hilo__V1__LogEvent *, count + 1);
	for (size_t i = 0; i < count; i++) {
		frame.events[i] = arena_new_object(arena, Hilo__V1__LogEvent);
		hilo__v1__log_event__init(frame.events[i]);
		frame.events[i]->xid = events[i].xid;
		frame.events[i]->id = events[i].id;
		frame.events[i]->type = (char *)"customer.created";
		frame.events[i]->inbox_id = (ProtobufCBinaryData){id_bytes, id};
	}
	from = (Hilo__V1__Position){from.base, epoch, previous.xid, previous.id};
	to = (Hilo__V1__Position){to.base, last_epoch, last.xid, last.id};
	frame.previous = &from;
	frame.last = &to;
	frame.n_events = count;
	size = hilo__v1__log_frame__get_packed_size(&frame);
	bytes = arena_alloc(arena, size);
	hilo__v1__log_frame__pack(&frame, bytes);
	rc = bus_frame_decode(arena, bytes, size, &back);
	if (rc == 0) {
		assert_int_equal(back->n_events, count);
		assert_int_equal(back->last->id, last.id);
	}
	return rc;
}

static void frames_in_order_are_taken(void **state)
{
	static const struct frame_row events[] = {{5, 1}, {5, 2}, {7, 1}};

	assert_int_equal(decode_frame(9, 9, (struct frame_row){4, 9}, events, 3, (struct frame_row){7, 1}, 16), 0);
	assert_int_equal(decode_frame(9, 9, (struct frame_row){4, 9}, events, 3, (struct frame_row){8, 0}, 0), 0);
	assert_int_equal(decode_frame(9, 9, (struct frame_row){4, 9}, NULL, 0, (struct frame_row){4, 9}, 0),
	                 0); /* heartbeat */
	assert_int_equal(decode_frame(9, 9, (struct frame_row){0, 0}, events, 1, (struct frame_row){5, 1}, 0), 0);
}

static void frames_out_of_order_are_refused(void **state)
{
	static const struct frame_row good[] = {{5, 1}, {5, 2}, {7, 1}}, twice[] = {{5, 1}, {5, 1}},
	                              back[] = {{6, 1}, {5, 2}}, negative[] = {{5, UINT64_C(1) << 63}};
	static struct frame_row many[BUS_FRAME_EVENTS + 1];
	const struct frame_row before = {4, 9}, end = {7, 1};

	for (size_t i = 0; i < HILO_COUNT(many); i++)
		many[i] = (struct frame_row){5, i + 1};
	assert_int_equal(decode_frame(9, 9, (struct frame_row){5, 1}, good, 3, end, 0), -EBADMSG); /* known before */
	assert_int_equal(decode_frame(9, 9, before, good, 3, (struct frame_row){6, 9}, 0),
	                 -EBADMSG); /* beyond its end */
	assert_int_equal(decode_frame(9, 9, before, twice, 2, end, 0), -EBADMSG);
	assert_int_equal(decode_frame(9, 9, before, back, 2, end, 0), -EBADMSG);
	assert_int_equal(decode_frame(9, 9, before, negative, 1, end, 0), -EBADMSG);
	assert_int_equal(decode_frame(9, 9, end, NULL, 0, before, 0), -EBADMSG);  /* ends before it begins */
	assert_int_equal(decode_frame(9, 8, before, good, 3, end, 0), -EBADMSG);  /* two epochs */
	assert_int_equal(decode_frame(0, 0, before, good, 3, end, 0), -EBADMSG);  /* no epoch */
	assert_int_equal(decode_frame(9, 9, before, good, 3, end, 15), -EBADMSG); /* half an id */
	assert_int_equal(decode_frame(9, 9, before, many, BUS_FRAME_EVENTS, (struct frame_row){5, BUS_FRAME_EVENTS}, 0),
	                 0);
	assert_int_equal(decode_frame(9, 9, before, many, BUS_FRAME_EVENTS + 1, (struct frame_row){6, 1}, 0), -EBADMSG);
}

static void a_frame_without_its_ends_is_refused(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const Hilo__V1__LogFrame *frame;

	assert_int_equal(bus_frame_decode(arena, "", 0, &frame), -EBADMSG);
	assert_int_equal(bus_frame_decode(arena,
	                                  "\x0a\x09\x09"
	                                  "12345678",
	                                  11, &frame),
	                 -EBADMSG);
}

/* ---- the table of types ---- */

static void every_body_of_the_envelope_has_a_type_and_the_other_way_round(void **state)
{
	const ProtobufCMessageDescriptor *envelope = &hilo__v1__envelope__descriptor;
	size_t bodies = 0;

	for (unsigned i = 0; i < envelope->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &envelope->fields[i];
		if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
			continue;
		const struct bus_event_type *type = bus_event_type_by_body((Hilo__V1__Envelope__BodyCase)field->id);
		assert_non_null(type);
		assert_int_equal(type->body, field->id);
		assert_ptr_equal(bus_event_type_by_name(type->type), type);
		assert_true(type->key_kind > 0);
		bodies++;
	}
	assert_int_equal(bodies, bus_event_types_count);
	for (size_t i = 1; i < bus_event_types_count; i++)
		assert_true(strcmp(bus_event_types[i - 1].type, bus_event_types[i].type) < 0);
	assert_null(bus_event_type_by_body(HILO__V1__ENVELOPE__BODY__NOT_SET));
	assert_null(bus_event_type_by_name("message.unreceived"));
	assert_null(bus_event_type_by_name(NULL));
}

static void ids_as_text(void **state)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	struct uuid id = {{1}}, untouched = {{2}};

	assert_int_equal(bus_id_parse("", &id), 0);
	assert_true(uuid_is_nil(&id));
	assert_string_equal(bus_id(arena, &id), "");
	assert_int_equal(bus_id_parse(ID, &id), 0);
	assert_string_equal(bus_id(arena, &id), ID);
	assert_int_equal(bus_id_parse("nonsense", &untouched), -EINVAL);
	assert_int_equal(bus_id_parse(NULL, &untouched), -EINVAL);
	assert_int_equal(untouched.bytes[0], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(an_envelope_comes_back_as_written),
	        testing_case(bad_envelopes_are_refused),
	        testing_case(a_body_this_build_does_not_know_is_refused),
	        testing_case(unknown_fields_and_enum_values_are_tolerated),
	        testing_case(every_truncation_is_refused_or_another_whole_message),
	        testing_case(sizes_and_numbers_of_fields_are_bounded),
	        testing_case(malformed_wire_is_refused),
	        testing_case(frames_in_order_are_taken),
	        testing_case(frames_out_of_order_are_refused),
	        testing_case(a_frame_without_its_ends_is_refused),
	        testing_case(every_body_of_the_envelope_has_a_type_and_the_other_way_round),
	        testing_case(ids_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
