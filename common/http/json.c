/* http/json.c - request bodies: strict parsing, checked reading. */
#include "http/json.h"

#include "base/text.h"
#include "http/server.h"

#define MAX_DEPTH 32 /* jansson recurses */

/* Brackets outside strings; whether they match is jansson's to say. */
static bool is_shallow(const char *text, size_t size)
{
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '[') && ++depth > MAX_DEPTH)
			return false;
		else if (!in_string && (c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return true;
}

/* "application/json", with or without parameters; UTF-8 is the only encoding it has (RFC 8259). */
static bool is_json_type(struct http_request *request)
{
	const char *type = http_request_header(request, "Content-Type");
	char *essence;

	if (!type)
		return false;
	essence = arena_strndup(http_request_arena(request), type, strcspn(type, "; \t"));
	return text_equal_nocase(essence, "application/json");
}

json_t *json_body(struct http_request *request)
{
	size_t size;
	const char *text = http_request_body(request, &size);
	json_error_t error = {.text = "nested too deeply"};
	json_t *body = NULL;

	if (!is_json_type(request)) {
		http_reply_problem(request, 415, "unsupported_media_type", "The body must be application/json.");
		return NULL;
	}
	if (is_shallow(text, size))
		body = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!body || !json_is_object(body)) {
		http_reply_problem(request, 400, "bad_json", body ? "The body must be a JSON object." : error.text);
		json_decref(body);
		return NULL;
	}
	return body;
}

void json_fault(struct json_reader *reader, const char *field, const char *fault)
{
	if (reader->field)
		return;
	reader->field = field;
	reader->fault = fault;
}

/* Returns: the member, or NULL for missing and null. */
static json_t *member(const struct json_reader *reader, const char *field)
{
	json_t *value = json_object_get(reader->object, field);

	return json_is_null(value) ? NULL : value;
}

static const char *text_of(struct json_reader *reader, const char *field, json_t *value, size_t low, size_t high)
{
	size_t size = json_string_length(value);

	if (json_is_string(value) && size >= low && size <= high)
		return json_string_value(value);
	json_fault(reader, field, arena_printf(reader->arena, "must be a string of %zu to %zu characters", low, high));
	return NULL;
}

const char *json_text(struct json_reader *reader, const char *field, size_t low, size_t high)
{
	return text_of(reader, field, member(reader, field), low, high);
}

const char *json_text_optional(struct json_reader *reader, const char *field, size_t high)
{
	json_t *value = member(reader, field);

	return value ? text_of(reader, field, value, 0, high) : NULL;
}

int64_t json_int_optional(struct json_reader *reader, const char *field, int64_t low, int64_t high, int64_t fallback)
{
	json_t *value = member(reader, field);

	if (!value)
		return fallback;
	if (json_is_integer(value) && json_integer_value(value) >= low && json_integer_value(value) <= high)
		return json_integer_value(value);
	json_fault(reader, field,
	           arena_printf(reader->arena, "must be a whole number from %lld to %lld", (long long)low,
	                        (long long)high));
	return fallback;
}

bool json_bool_optional(struct json_reader *reader, const char *field, bool fallback)
{
	json_t *value = member(reader, field);

	if (value && !json_is_boolean(value))
		json_fault(reader, field, "must be true or false");
	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

int json_choice(struct json_reader *reader, const char *field, const char *const *words, int fallback)
{
	json_t *value = member(reader, field);
	const char *text = json_string_value(value);
	const char *list = "must be one of";

	if (!value && fallback >= 0)
		return fallback;
	for (int i = 0; words[i]; i++) {
		if (text && strcmp(text, words[i]) == 0)
			return i;
		list = arena_printf(reader->arena, "%s%s \"%s\"", list, i ? "," : "", words[i]);
	}
	json_fault(reader, field, list);
	return fallback;
}

json_t *json_array_optional(struct json_reader *reader, const char *field, size_t limit)
{
	json_t *value = member(reader, field);

	if (!value || (json_is_array(value) && json_array_size(value) <= limit))
		return value;
	json_fault(reader, field, arena_printf(reader->arena, "must be a list of at most %zu elements", limit));
	return NULL;
}

bool json_reader_reply(struct json_reader *reader, struct http_request *request)
{
	if (!reader->field)
		return false;
	http_reply_invalid_field(request, reader->field,
	                         arena_printf(reader->arena, "%s %s.", reader->field, reader->fault));
	return true;
}
