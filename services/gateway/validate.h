/* validate.h - what may stand in fields that end up in mail headers and addresses. Pure. */
#pragma once

#include "http/json.h"

/* valid_line - no control characters: nothing that could begin another header line. */
bool valid_line(const char *text);
/* valid_email - something@something in printable ASCII without blanks; not more is promised by any syntax. */
bool valid_email(const char *text);
/* valid_url - a URL of one of these schemes ("smtp", "smtps", NULL) with a host. */
bool valid_url(const char *text, const char *const *schemes);

/* Readers that keep a copy in the reader's arena; NULL with the fault remembered. */
const char *read_line(struct json_reader *reader, const char *field, size_t high);
const char *read_line_optional(struct json_reader *reader, const char *field, size_t high);
const char *read_email(struct json_reader *reader, const char *field);
/* read_uuid_optional - a UUID as text or null. Returns: NULL when missing, null or a fault. */
const struct uuid *read_uuid_optional(struct json_reader *reader, const char *field);
/* read_uuids - the UUIDs of an array of at most limit, in the arena. Returns: how many. */
size_t read_uuids(struct json_reader *reader, const char *field, json_t *array, struct uuid **ret);
/* has_member - the object has it, null or not. */
bool has_member(const struct json_reader *reader, const char *field);
