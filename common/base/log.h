/* base/log.h - one JSON object a line on standard error: {"time","level","service","event",…context, …fields}.
 *
 * Fields are written as a printf format of space-separated key=conversion pairs, so that the compiler checks them:
 *     log_warn("consumer.parked", "shard=%d key=%s error=%s", shard, key, text);
 * Strings become JSON strings (NULL: null), %d %u %f and their kin JSON numbers, the rest (%x %c %p, text around a
 * conversion) strings. A line has at most 8 KiB; what is cut says "truncated":true. Keys are [a-z0-9_]+. Use "" for no
 * fields. Never log message bodies, secrets or whole addresses of customers. Library layers below daemon log only what
 * no caller can report (a lost connection, a dropped frame). */
#pragma once

#include "base/base.h"

enum log_level { LOG_DEBUG_LEVEL, LOG_INFO_LEVEL, LOG_WARN_LEVEL, LOG_ERROR_LEVEL };

/* log_open - names the service in every line and sets the lowest level written. */
void log_open(const char *service, enum log_level lowest);
/* log_level_parse - "debug", "info", "warn", "error". Returns: 0 or -EINVAL. */
int log_level_parse(const char *text, enum log_level *ret);
/* log_context - key/value added to every following line until cleared with value NULL (at most 8 keys). */
void log_context(const char *key, const char *value);
/* log_capture - tests: every line goes to the function instead of standard error; NULL ends it. */
void log_capture(void (*on_line)(void *arg, enum log_level level, const char *line), void *arg);

void log_write(enum log_level level, const char *event, const char *format, ...) HILO_PRINTF(3, 4);
#define log_debug(event, ...) log_write(LOG_DEBUG_LEVEL, (event), __VA_ARGS__)
#define log_info(event, ...) log_write(LOG_INFO_LEVEL, (event), __VA_ARGS__)
#define log_warn(event, ...) log_write(LOG_WARN_LEVEL, (event), __VA_ARGS__)
#define log_error(event, ...) log_write(LOG_ERROR_LEVEL, (event), __VA_ARGS__)
