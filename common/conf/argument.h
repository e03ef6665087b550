/* conf/argument.h - how an option is called on the command line. Private to this layer. */
#pragma once

#define ARGUMENT_BYTES 64 /* longest name of an option, with its NUL */

/* argument_name - "HILO_SMTP_URL" is "smtp-url". */
void argument_name(const char *option_name, char ret[ARGUMENT_BYTES]);
