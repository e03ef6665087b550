/* reply.c - answers and parameters, the same for every handler. */
#include "reply.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "http/json.h"

void reply_error(struct http_request *request, enum error error, const char *detail)
{
	const struct error_row *row = error_row(error);
	const char *rest = error == ERROR_invalid_field && detail ? strstr(detail, ": ") : NULL;
	struct json_reader reader = {.arena = http_request_arena(request)};

	if (!rest) {
		http_reply_problem(request, row->status, row->code, detail ? detail : row->meaning);
		return;
	}
	json_fault(&reader, arena_strndup(reader.arena, detail, strcspn(detail, ",:")), rest + 2);
	json_reader_reply(&reader, request);
}

void reply_fault(struct http_request *request, const struct db_outcome *outcome)
{
	if (outcome->fault != DB_FAILED) {
		http_reply_header(request, "Retry-After", "1");
		reply_error(request, ERROR_unavailable, NULL);
		return;
	}
	log_error("request.failed", "path=%s sqlstate=%s message=%s", http_request_path(request), outcome->sqlstate,
	          outcome->message);
	reply_error(request, ERROR_internal, NULL);
}

void reply_text(struct http_request *request, int status, const char *json)
{
	http_reply_header(request, "Cache-Control", "no-store");
	http_reply_json(request, status, json, strlen(json));
}

void reply_answer(struct http_request *request, int status, const char *json)
{
	struct evbuffer *body;

	if (status < 400) {
		reply_text(request, status, json);
		return;
	}
	body = evbuffer_new();
	evbuffer_add(body, json, strlen(json));
	http_reply_buffer(request, status, "application/problem+json", body);
	evbuffer_free(body);
}

void reply_etag(struct http_request *request, int64_t version)
{
	char etag[32];

	snprintf(etag, sizeof(etag), "\"%" PRId64 "\"", version);
	http_reply_header(request, "ETag", etag);
}

void reply_on_read(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct http_request *request = arg;

	if (outcome->fault != DB_OK)
		reply_fault(request, outcome);
	else if (!db_rows(result))
		reply_error(request, ERROR_not_found, NULL);
	else
		reply_text(request, 200, db_get_text(result, 0, 0));
}

void reply_on_versioned_read(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	if (outcome->fault == DB_OK && db_rows(result))
		reply_etag(arg, db_get_int(result, 0, 1));
	reply_on_read(arg, outcome, result);
}

bool param_uuid(struct http_request *request, const char *name, struct uuid *ret)
{
	if (uuid_parse(http_request_param(request, name), ret) == 0)
		return true;
	reply_error(request, ERROR_not_found, NULL); /* what cannot be is answered like what is not */
	return false;
}

bool query_limit(struct http_request *request, int32_t high, int32_t fallback, int32_t *ret)
{
	const char *text = http_request_query(request, "limit");
	int64_t value = fallback;

	if (text && text_to_i64(text, 1, high, &value) < 0) {
		reply_error(request, ERROR_invalid_parameter,
		            arena_printf(http_request_arena(request), "limit must be a number from 1 to %d", high));
		return false;
	}
	*ret = (int32_t)value;
	return true;
}

int if_match_parse(const char *text, int64_t *ret)
{
	char digits[24];
	size_t size = strlen(text);

	if (!strcmp(text, "*")) {
		*ret = 0;
		return 0;
	}
	if (text_starts(text, "W/")) {
		text += 2;
		size -= 2;
		if (*text != '"')
			return -EINVAL;
	}
	if (*text == '"') {
		if (size < 3 || text[size - 1] != '"')
			return -EINVAL;
		text++;
		size -= 2;
	}
	if (size >= sizeof(digits))
		return -EINVAL;
	snprintf(digits, sizeof(digits), "%.*s", (int)size, text);
	return text_to_i64(digits, 1, INT64_MAX, ret) < 0 ? -EINVAL : 0;
}

bool param_if_match(struct http_request *request, int64_t *ret)
{
	const char *text = http_request_header(request, "If-Match");

	*ret = 0;
	if (!text || if_match_parse(text, ret) == 0)
		return true;
	reply_error(request, ERROR_invalid_parameter, "If-Match must hold one version, as the ETag has it");
	return false;
}
