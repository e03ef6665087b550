/* bus/wire.h - protobuf bytes checked before they are unpacked: what protobuf-c itself lets through. Pure. */
#pragma once

#include "base/base.h"
#include <protobuf-c/protobuf-c.h>

#define WIRE_MAX_FIELDS 65536 /* in one message with all it holds: bounds what unpacking may allocate */

/* wire_check - every field lies whole within its message, every string is valid UTF-8 without NUL, no groups.
 * Requires: the descriptor's messages do not contain themselves. max_fields: over all levels.
 * Returns:  0 or -EBADMSG. */
int wire_check(const ProtobufCMessageDescriptor *descriptor, const void *data, size_t size, size_t max_fields);
