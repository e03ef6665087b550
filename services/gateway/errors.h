/* errors.h - the refusals of the API, by name. */
#pragma once

#include "db/db.h"
#include "http/http.h"

enum error {
	ERROR_NONE,
#define ERROR(code, status, meaning) ERROR_##code,
#include "errors.def"
#undef ERROR
	ERROR_COUNT,
};

struct error_row {
	const char *code; /* stable word in problem+json */
	int status;
	const char *meaning;
};
/* error_row - Requires: ERROR_NONE < error < ERROR_COUNT. Returns: borrowed. */
const struct error_row *error_row(enum error error);
/* error_by_code - Returns: the error of that word, or ERROR_NONE. */
enum error error_by_code(const char *code);
