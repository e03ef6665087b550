/* reply.h - answers every handler gives. Each ends the request. */
#pragma once

#include "errors.h"
#include "store.h"

/* reply_error - problem+json of the table. detail: one sentence, or NULL for the table's own; of invalid_field
 * "field: what is wrong with it". */
void reply_error(struct http_request *request, enum error error, const char *detail);
/* reply_fault - the database failed: 503 when trying again may help, else a log line and 500. */
void reply_fault(struct http_request *request, const struct db_outcome *outcome);
/* reply_text - JSON text as it is. */
void reply_text(struct http_request *request, int status, const char *json);
/* reply_answer - a stored answer: JSON, or with an error status problem+json. */
void reply_answer(struct http_request *request, int status, const char *json);
/* reply_on_read - store_done for reads: arg is the request, column 0 the JSON. No row: 404.
 * reply_on_versioned_read - and column 1 the version, for ETag. */
void reply_on_read(void *arg, const struct db_outcome *outcome, const struct db_result *result);
void reply_on_versioned_read(void *arg, const struct db_outcome *outcome, const struct db_result *result);
/* reply_etag - to be called before the reply. */
void reply_etag(struct http_request *request, int64_t version);

/* parameters that come as text; on a bad one the request is answered with invalid_parameter (or, for an id in the path,
 * not_found) and the function returns false */
bool param_uuid(struct http_request *request, const char *name, struct uuid *ret);
bool query_limit(struct http_request *request, int32_t high, int32_t fallback, int32_t *ret);
/* param_if_match - the version in If-Match: a bare number, a strong or a weak ETag; 0 without the header or for "*". */
bool param_if_match(struct http_request *request, int64_t *ret);
/* if_match_parse - the pure part. Returns: 0 or -EINVAL. */
int if_match_parse(const char *text, int64_t *ret);
