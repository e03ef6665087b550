/* event_json.c - protobuf-c's descriptors, walked. */
#include "event_json.h"

#include <inttypes.h>

#include "base/clock.h"

static bool ends_with(const char *text, const char *end, size_t *ret_start)
{
	size_t size = strlen(text), end_size = strlen(end);

	*ret_start = size - end_size;
	return size > end_size && !strcmp(text + size - end_size, end);
}

static void write_id(struct buf *out, const char *text)
{
	buf_json_string(out, text && *text ? text : NULL);
}

static void write_time(struct buf *out, int64_t time_us)
{
	char text[CLOCK_TEXT];

	buf_json_string(out, time_us ? clock_format(time_us, text) : NULL);
}

/* "CONVERSATION_STATUS_OPEN" is "open": the prefix is that of the zero value, "…_UNSPECIFIED", which is null itself */
static void write_enum(struct buf *out, const ProtobufCEnumDescriptor *type, int value)
{
	const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(type, 0);
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
	size_t prefix;

	if (!zero || !found || !value || !ends_with(zero->name, "UNSPECIFIED", &prefix)) {
		buf_puts(out, "null");
		return;
	}
	buf_putc(out, '"');
	for (const char *c = found->name + prefix; *c; c++)
		buf_putc(out, (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c));
	buf_putc(out, '"');
}

static void write_message(struct buf *out, const ProtobufCMessage *message);

static void write_value(struct buf *out, const ProtobufCFieldDescriptor *field, const void *at, bool is_time)
{
	size_t start;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING: {
		const char *text = *(char *const *)at;
		if (ends_with(field->name, "_id", &start) || ends_with(field->name, "_from", &start))
			write_id(out, text);
		else
			buf_json_string(out, text ? text : "");
		break;
	}
	case PROTOBUF_C_TYPE_ENUM:
		write_enum(out, field->descriptor, *(const int *)at);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		buf_puts(out, *(const protobuf_c_boolean *)at ? "true" : "false");
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		write_message(out, *(ProtobufCMessage *const *)at);
		break;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		if (is_time)
			write_time(out, *(const int64_t *)at);
		else
			buf_printf(out, "%" PRId64, *(const int64_t *)at);
		break;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		buf_printf(out, "%" PRIu64, *(const uint64_t *)at);
		break;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		buf_printf(out, "%" PRId32, *(const int32_t *)at);
		break;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		buf_printf(out, "%" PRIu32, *(const uint32_t *)at);
		break;
	default: /* floats and bytes: no event has them */
		buf_puts(out, "null");
	}
}

static size_t value_size(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return sizeof(int64_t);
	default:
		return sizeof(int32_t); /* protobuf_c_boolean and enums are int-sized */
	}
}

static void write_repeated(struct buf *out, const ProtobufCFieldDescriptor *field, const uint8_t *message, bool is_time)
{
	size_t count = *(const size_t *)(message + field->quantifier_offset);
	const uint8_t *values = *(uint8_t *const *)(message + field->offset);

	buf_putc(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_putc(out, ',');
		write_value(out, field, values + i * value_size(field), is_time);
	}
	buf_putc(out, ']');
}

static void write_message(struct buf *out, const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *type;

	if (!message) {
		buf_puts(out, "null");
		return;
	}
	type = message->descriptor;
	buf_putc(out, '{');
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		size_t name_size;
		bool is_time = ends_with(field->name, "_us", &name_size);

		if (!is_time)
			name_size = strlen(field->name);
		if (i)
			buf_putc(out, ',');
		buf_json_stringn(out, field->name, name_size);
		buf_putc(out, ':');
		if (field->label == PROTOBUF_C_LABEL_REPEATED)
			write_repeated(out, field, (const uint8_t *)message, is_time);
		else
			write_value(out, field, (const uint8_t *)message + field->offset, is_time);
	}
	buf_putc(out, '}');
}

void event_json_write(struct buf *out, const Hilo__V1__Envelope *envelope)
{
	const ProtobufCFieldDescriptor *body =
	        protobuf_c_message_descriptor_get_field(envelope->base.descriptor, (unsigned)envelope->body_case);

	buf_puts(out, "{\"id\":");
	write_id(out, envelope->id);
	buf_puts(out, ",\"type\":");
	buf_json_string(out, envelope->type);
	buf_puts(out, ",\"conversation_id\":");
	write_id(out, envelope->correlation_id);
	buf_puts(out, ",\"inbox_id\":");
	write_id(out, envelope->inbox_id);
	buf_puts(out, ",\"assignee_id\":");
	write_id(out, *envelope->correlation_id ? envelope->assignee_id : NULL);
	if (envelope->version)
		buf_printf(out, ",\"version\":%" PRIu64, envelope->version);
	else
		buf_puts(out, ",\"version\":null");
	buf_puts(out, ",\"occurred_at\":");
	write_time(out, envelope->time_us);
	buf_puts(out, ",\"data\":");
	write_message(out, body ? *(ProtobufCMessage *const *)((const uint8_t *)envelope + body->offset) : NULL);
	buf_putc(out, '}');
}
