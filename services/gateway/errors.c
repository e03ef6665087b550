/* errors.c - the table of refusals. */
#include "errors.h"

static const struct error_row rows[ERROR_COUNT] = {
#define ERROR(word, number, text) [ERROR_##word] = {.code = #word, .status = number, .meaning = text},
#include "errors.def"
#undef ERROR
};

const struct error_row *error_row(enum error error)
{
	return &rows[error];
}

enum error error_by_code(const char *code)
{
	for (int error = ERROR_NONE + 1; code && error < ERROR_COUNT; error++)
		if (!strcmp(rows[error].code, code))
			return (enum error)error;
	return ERROR_NONE;
}
