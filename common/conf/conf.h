/* conf/conf.h - typed settings from environment, secret files and arguments, each described once in a table.
 *
 * An option HILO_SMTP_URL is read, first hit wins, from the argument --smtp-url=…, the variable HILO_SMTP_URL, the file
 * named by HILO_SMTP_URL_FILE (one trailing newline stripped, at most 64 KiB), and the table's default. An empty
 * variable counts as unset. Of several arguments for one option the last counts.
 * Values land in a struct of the daemon through offsets; the same table prints --help,
 * --check-config and docs/config.md. */
#pragma once

#include "base/base.h"
#include "base/buf.h"

enum conf_type {
	CONF_TEXT,     /* char * */
	CONF_SECRET,   /* char *, never printed */
	CONF_URL,      /* char *, must parse as scheme://… ; password never printed */
	CONF_INTEGER,  /* int64_t within [low, high] */
	CONF_DURATION, /* int64_t microseconds; "5s", "200ms", "10m", "1h", "0" */
	CONF_SIZE,     /* int64_t bytes; "25M", "64k" (of 1024), plain digits */
	CONF_BOOL,     /* bool; true/false/yes/no/on/off/1/0 */
};

enum conf_flag { CONF_REQUIRED = 1 }; /* start fails without a non-empty value */

struct conf_option {
	const char *name; /* "HILO_SMTP_URL" */
	enum conf_type type;
	size_t offset;        /* into the settings struct */
	const char *fallback; /* default as text; NULL: unset (NULL, 0, false) */
	const char *help;     /* one sentence, with the unit */
	int64_t low, high;    /* numbers: allowed range; both 0: any */
	unsigned flags;
};

/* a table is an array ended by an entry with name NULL; a daemon has several (its own and those of the layers) */
struct conf_table {
	const char *title; /* heading in --help and docs/config.md */
	const struct conf_option *options;
	void *settings; /* where offsets point into */
};

/* conf_load - fills every table's settings.
 * Requires: tables ended by {0}; argv as main got it (only --name=value and --name value of known options are consumed;
 *           flags the daemon handles itself - --help, --check-config, --probe, --version - are skipped).
 *           The settings are zero. Any other argument is a mistake.
 * Returns:  0; -EINVAL with one line per mistake in errors (every mistake, not only the first) and no strings in the
 *           settings. Strings in the settings are owned by them: conf_free(). */
int conf_load(const struct conf_table *tables, int argc, char *const *argv, struct buf *errors);
void conf_free(const struct conf_table *tables);
/* conf_print_help - the options for a terminal. conf_print_effective - name=value lines, secrets as "***". */
void conf_print_help(const struct conf_table *tables, struct buf *out);
void conf_print_effective(const struct conf_table *tables, struct buf *out);
/* conf_print_markdown - the section of docs/config.md for these tables. */
void conf_print_markdown(const struct conf_table *tables, struct buf *out);
