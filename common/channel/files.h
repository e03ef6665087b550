/* channel/files.h - the attachment store: content-addressed files <folder>/ab/cd/<sha256>, whole and durable once
 * named.
 *
 * Writing and fsync hold up a thread for milliseconds, so the store has one of its own, the only one in a daemon
 * (docs/decisions/0004-files-thread.md); what else would hold up the loop may run there too. */
#pragma once

#include "loop/loop.h"

struct files;

#define FILES_NAME 65 /* bytes of a file's name (SHA-256 in hex) with its NUL */

/* files_open - makes the folder if need be and starts the thread.
 * Returns: 0 and *ret owned by the caller, files_close(); negative errno when the folder cannot be written. */
int files_open(struct loop *loop, const char *folder, struct files **ret);
/* files_close - finishes what is queued, calls every on_done, ends the thread. Blocks until then. */
void files_close(struct files **files);

/* files_put - writes data under its SHA-256: temporary name, fsync, rename, fsync of the folders. What is there already
 * is touched, so that no sweeper takes it. on_done: rc 0 and the name, or negative errno (-ENOSPC …) and NULL.
 * Requires: data stays valid until then. */
void files_put(struct files *files, const void *data, size_t size,
               void (*on_done)(void *arg, int rc, const char *sha256), void *arg);

/* files_run - work(arg) in the store's thread, after what was queued before; then on_done(arg) on the loop.
 * Requires: until on_done work's data is work's alone; it does not log, count or use the loop. */
void files_run(struct files *files, void (*work)(void *arg), void (*on_done)(void *arg), void *arg);

/* files_path - where that content lies; ret: PATH_MAX bytes. Requires: sha256 is 64 hex digits. */
void files_path(const struct files *files, const char *sha256, char *ret);
