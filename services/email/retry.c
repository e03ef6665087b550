/* retry.c - parsing again what an operator asks for: one mail at a time, its row gone only after the message is stored.
 */
#include "retry.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store.h"

enum { LOOK_US = 5000000, RAW_MAX = 64 * 1024 * 1024 };

struct retry {
	struct retry_options options;
	struct timer *look;
	/* the mail under way */
	struct uuid id, inbox_id;
	struct buf raw;
	char path[PATH_MAX]; /* "": the bytes stand in the row */
	const char *error;   /* in arena */
	struct arena *arena;
	bool is_stored;
};

static void look_again(struct retry *r)
{
	buf_free(&r->raw);
	timer_in(r->look, LOOK_US);
}

static void on_written(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct retry *r = arg;
	(void)rows;
	if (outcome->fault == DB_FAILED)
		log_error("mail.retry_failed", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
	look_again(r);
}

static void on_recipient(void *arg, size_t i, enum intake_outcome outcome)
{
	struct retry *r = arg;
	(void)i;
	r->is_stored = outcome == INTAKE_STORED;
}

static void on_taken(void *arg, size_t bytes)
{
	struct retry *r = arg;
	(void)bytes;
	if (r->is_stored)
		store_drop_unparsed(r->options.db, &r->id, on_written, r);
	else
		look_again(r);
}

/* parse_again - in the files' thread: the bytes, and whether they can be parsed now. */
static void parse_again(void *arg)
{
	struct retry *r = arg;
	struct stat found;
	struct mail mail;
	int fd = *r->path ? open(r->path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0 && fstat(fd, &found) == 0 && found.st_size <= RAW_MAX) {
		ssize_t got = read(fd, buf_reserve(&r->raw, (size_t)found.st_size), (size_t)found.st_size);
		r->raw.len = got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		close(fd);
	mail_parse(r->arena, &mail_default_limits, &r->options.trust, NULL, r->raw.data ? r->raw.data : "", r->raw.len,
	           &mail);
	r->error = *r->path && fd < 0 ? "its file cannot be read" : mail.error;
}

static void on_parsed(void *arg)
{
	struct retry *r = arg;
	const struct intake_recipient recipient = {.inbox_id = r->inbox_id};
	if (r->error)
		store_keep_unparsed(r->options.db, &r->id, r->error, on_written, r);
	else
		intake_take(r->options.intake, NULL, &r->raw, &recipient, 1, on_recipient, on_taken, r);
}

static void on_due(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct retry *r = arg;
	if (outcome->fault != DB_OK || db_rows(rows) == 0) {
		look_again(r);
		return;
	}
	size_t size = 0;
	const void *raw = db_get_bytes(rows, 0, 2, &size);
	const char *file = db_get_text(rows, 0, 3);
	r->id = db_get_uuid(rows, 0, 0);
	r->inbox_id = db_get_uuid(rows, 0, 1);
	r->is_stored = false;
	arena_reset(r->arena);
	*r->path = '\0';
	if (file)
		files_path(r->options.files, file, r->path);
	else
		buf_append(&r->raw, raw, size);
	files_run(r->options.files, parse_again, on_parsed, r);
}

static void look(void *arg)
{
	struct retry *r = arg;
	store_due_unparsed(r->options.db, on_due, r);
}

struct retry *retry_new(const struct retry_options *options)
{
	struct retry *r = hilo_new(struct retry);
	r->options = *options;
	r->arena = arena_new(0);
	r->look = timer_new(options->loop, look, r);
	timer_in(r->look, LOOK_US);
	return r;
}

void retry_free(struct retry **retry)
{
	struct retry *old = retry ? HILO_STEAL(*retry) : NULL;
	if (!old)
		return;
	timer_free(&old->look);
	buf_free(&old->raw);
	arena_free(&old->arena);
	free(old);
}
