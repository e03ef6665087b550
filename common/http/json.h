/* http/json.h - request bodies: jansson, strictly (duplicate keys refused, depth and size bounded), with problems in words. */
#pragma once

#include <jansson.h>

#include "http/http.h"

/* json_body - the body as a JSON object. Returns: owned (json_decref()), or NULL after a 400 "bad_json" or 415 reply. */
json_t *json_body(struct http_request *request);

/* A small checked reader: the first fault is remembered and every later read returns its default. */
struct json_reader {
	json_t *object;
	const char *field; /* of the fault, NULL: none */
	const char *fault; /* "must be a string of 1 to 200 characters" */
	struct arena *arena; /* for texts of faults */
};
/* Texts are valid UTF-8 without NUL (jansson's), lengths in bytes. Optional readers return NULL/fallback for missing and null. */
const char *json_text(struct json_reader *reader, const char *field, size_t low, size_t high);
const char *json_text_optional(struct json_reader *reader, const char *field, size_t high);
int64_t json_int_optional(struct json_reader *reader, const char *field, int64_t low, int64_t high, int64_t fallback);
bool json_bool_optional(struct json_reader *reader, const char *field, bool fallback);
/* json_choice - index into the NULL-ended list of words. fallback < 0: required. */
int json_choice(struct json_reader *reader, const char *field, const char *const *words, int fallback);
/* json_array_optional - borrowed array or NULL; more than limit elements is a fault. */
json_t *json_array_optional(struct json_reader *reader, const char *field, size_t limit);
void json_fault(struct json_reader *reader, const char *field, const char *fault);
/* json_reader_reply - true when there was a fault: 422 "invalid_field" has been replied and the request is ended. */
bool json_reader_reply(struct json_reader *reader, struct http_request *request);
