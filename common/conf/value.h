/* conf/value.h - one option's value: parsed from text into the settings, and written back. Private to this layer. */
#pragma once

#include "conf/conf.h"

/* value_parse - text into the settings.
 * Requires: what the settings held is freed (value_free()).
 * Returns:  0; -EINVAL or -ERANGE with the settings untouched. */
int value_parse(const struct conf_option *option, void *settings, const char *text);
void value_free(const struct conf_option *option, void *settings);
/* value_is_empty - an unset or empty text; numbers and booleans never are. */
bool value_is_empty(const struct conf_option *option, const void *settings);
/* value_write - as value_parse() would read it, secrets as "***", passwords in URLs too. */
void value_write(const struct conf_option *option, const void *settings, struct buf *out);
/* value_write_text - a text somebody typed for the option, made fit to be shown in the same way. */
void value_write_text(const struct conf_option *option, const char *text, struct buf *out);
/* value_write_allowed - what the option takes: "a whole number from 1 to 65535". */
void value_write_allowed(const struct conf_option *option, struct buf *out);
