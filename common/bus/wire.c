/* bus/wire.c - a walk over protobuf's wire format, along the descriptor. Pure.
 * protobuf-c accepts invalid UTF-8 and cuts strings at a NUL, so that what is read would not be what was written. */
#include "bus/wire.h"

#include "base/text.h"

struct cursor {
	const uint8_t *at, *end;
};

enum wire_type { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static int take_varint(struct cursor *c, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		const uint8_t byte = *c->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return 0;
		}
	}
	return -EBADMSG;
}

static int skip(struct cursor *c, uint64_t bytes)
{
	if (bytes > (uint64_t)(c->end - c->at))
		return -EBADMSG;
	c->at += bytes;
	return 0;
}

static int check_fields(const ProtobufCMessageDescriptor *descriptor, struct cursor c, size_t *fields);

static int check_bytes(const ProtobufCFieldDescriptor *field, struct cursor *c, size_t *fields)
{
	struct cursor inner;
	uint64_t size;

	if (take_varint(c, &size) < 0)
		return -EBADMSG;
	inner.at = c->at;
	if (skip(c, size) < 0)
		return -EBADMSG;
	inner.end = c->at;
	if (field && field->type == PROTOBUF_C_TYPE_STRING)
		return text_is_utf8((const char *)inner.at, (size_t)size) ? 0 : -EBADMSG;
	if (field && field->type == PROTOBUF_C_TYPE_MESSAGE)
		return check_fields(field->descriptor, inner, fields);
	return 0;
}

static int check_fields(const ProtobufCMessageDescriptor *descriptor, struct cursor c, size_t *fields)
{
	while (c.at < c.end) {
		uint64_t tag, ignored;
		int rc;

		if (*fields == 0 || take_varint(&c, &tag) < 0 || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
			return -EBADMSG;
		--*fields;
		switch (tag & 7) {
		case VARINT:
			rc = take_varint(&c, &ignored);
			break;
		case FIXED64:
			rc = skip(&c, 8);
			break;
		case FIXED32:
			rc = skip(&c, 4);
			break;
		case BYTES:
			rc = check_bytes(protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3)), &c,
			                 fields);
			break;
		default:
			rc = -EBADMSG; /* groups are gone since proto3 */
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

int wire_check(const ProtobufCMessageDescriptor *descriptor, const void *data, size_t size, size_t max_fields)
{
	if (size == 0)
		return 0; /* data may be NULL */
	return check_fields(descriptor, (struct cursor){data, (const uint8_t *)data + size}, &max_fields);
}
