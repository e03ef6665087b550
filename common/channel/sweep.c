/* channel/sweep.c - list old files (in the store's thread), ask the database who needs them, remove the rest (in the
 * thread). */
#include "channel/sweep.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metric.h"
#include "channel_sql.h"

#define SUFFIX ".swept"

enum { EVERY_US = 300000000, FILES_MAX = 1000, FOLDERS = 256 };

struct sweep {
	struct db *db;
	struct files *files;
	struct timer *timer;
	unsigned outer;                    /* the folder under way or next */
	char names[FILES_MAX][FILES_NAME]; /* of old files; then of unused ones */
	size_t count, removed;
	struct db_params *params;
	void (*on_done)(void *arg, size_t removed);
	void *arg;
};

/* ---- in the store's thread ---- */

static bool is_old(const char *path)
{
	struct stat found;
	return stat(path, &found) == 0 && S_ISREG(found.st_mode) && found.st_mtime < time(NULL) - SWEEP_AGE_S;
}

static bool is_name(const char *text)
{
	return strlen(text) == FILES_NAME - 1 && text[strspn(text, "0123456789abcdef")] == '\0';
}

/* undo - what a sweep that was killed had moved aside. */
static void undo(const char *path)
{
	char back[PATH_MAX + 300];
	snprintf(back, sizeof(back), "%s", path);
	back[strlen(back) - (sizeof(SUFFIX) - 1)] = '\0';
	rename(path, back);
}

static bool is_aside(const char *name)
{
	size_t size = strlen(name), suffix = sizeof(SUFFIX) - 1;
	return size > suffix && strcmp(name + size - suffix, SUFFIX) == 0;
}

/* list_folder - the old files of one inner folder. */
static void list_folder(struct sweep *s, const char *folder)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;
	while (entries && s->count < FILES_MAX && (entry = readdir(entries))) {
		char path[PATH_MAX + 300];
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (is_name(entry->d_name) && is_old(path))
			memcpy(s->names[s->count++], entry->d_name, FILES_NAME);
		else if (is_aside(entry->d_name))
			undo(path);
	}
	if (entries)
		closedir(entries);
}

static void list_old(void *arg)
{
	struct sweep *s = arg;
	for (unsigned inner = 0; inner < FOLDERS; inner++) {
		char name[FILES_NAME] = "", path[PATH_MAX];
		snprintf(name, sizeof(name), "%02x%02x", s->outer, inner);
		files_path(s->files, name, path);
		*strrchr(path, '/') = '\0';
		list_folder(s, path);
	}
}

static void remove_one(struct sweep *s, const char *name)
{
	char path[PATH_MAX], aside[PATH_MAX + 8];
	files_path(s->files, name, path);
	snprintf(aside, sizeof(aside), "%s" SUFFIX, path);
	if (rename(path, aside) < 0)
		return;
	if (!is_old(aside))
		rename(aside, path); /* somebody wants it after all */
	else if (unlink(aside) == 0)
		s->removed++;
}

static void remove_unused(void *arg)
{
	struct sweep *s = arg;
	for (size_t i = 0; i < s->count; i++)
		remove_one(s, s->names[i]);
}

/* ---- on the loop ---- */

static void finish(struct sweep *s)
{
	void (*on_done)(void *arg, size_t removed) = s->on_done;
	if (s->removed > 0)
		log_info("channel.swept", "folder=%u removed=%zu", s->outer, s->removed);
	metric_add(metric_counter("hilo_channel_swept_files_total", "Files removed that no message had", NULL),
	           (double)s->removed);
	s->outer = (s->outer + 1) % FOLDERS;
	timer_in(s->timer, EVERY_US);
	if (on_done)
		on_done(s->arg, s->removed);
}

static void on_removed(void *arg)
{
	finish(arg);
}

static void on_unused(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct sweep *s = arg;
	s->count = 0;
	if (outcome->fault != DB_OK) { /* in doubt everything stays */
		if (outcome->fault == DB_FAILED)
			log_error("channel.sweep_failed", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
		finish(s);
		return;
	}
	for (size_t row = 0; row < db_rows(rows); row++)
		snprintf(s->names[s->count++], FILES_NAME, "%s", db_get_text(rows, row, 0));
	files_run(s->files, remove_unused, on_removed, s);
}

static void on_listed(void *arg)
{
	struct sweep *s = arg;
	if (s->count == 0) {
		finish(s);
		return;
	}
	db_params_reset(s->params);
	db_array_begin(s->params, DB_TEXT);
	for (size_t i = 0; i < s->count; i++)
		db_array_text(s->params, s->names[i]);
	db_array_end(s->params);
	db_query(s->db, &channel_sql_unused_files, s->params, on_unused, s);
}

void sweep_folder(struct sweep *sweep, unsigned outer, void (*on_done)(void *arg, size_t removed), void *arg)
{
	timer_stop(sweep->timer);
	sweep->outer = outer;
	sweep->count = sweep->removed = 0;
	sweep->on_done = on_done;
	sweep->arg = arg;
	files_run(sweep->files, list_old, on_listed, sweep);
}

static void on_due(void *arg)
{
	struct sweep *s = arg;
	sweep_folder(s, s->outer, NULL, NULL);
}

struct sweep *sweep_new(struct loop *loop, struct db *db, struct files *files)
{
	struct sweep *s = hilo_new(struct sweep);
	s->db = db;
	s->files = files;
	s->params = db_params_new();
	s->timer = timer_new(loop, on_due, s);
	s->outer = (unsigned)time(NULL) % FOLDERS; /* replicas and restarts begin at different places */
	timer_in(s->timer, EVERY_US);
	return s;
}

void sweep_free(struct sweep **sweep)
{
	struct sweep *old = sweep ? HILO_STEAL(*sweep) : NULL;
	if (!old)
		return;
	timer_free(&old->timer);
	db_params_free(&old->params);
	free(old);
}
