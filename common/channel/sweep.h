/* channel/sweep.h - files of the store that no message has any more, or never had: removed when they are old enough.
 *
 * Old enough is older than an unused upload is remembered (7 days): whoever uses a file again touches it first
 * (files_put). A file is moved aside, looked at once more and only then removed, so that a touch in between saves it.
 */
#pragma once

#include "channel/channel.h"

struct sweep;

#define SWEEP_AGE_S (8 * 86400)

/* sweep_new - goes round the store's 256 outer folders, one every five minutes. Returns: owned, sweep_free(). */
struct sweep *sweep_new(struct loop *loop, struct db *db, struct files *files);
/* sweep_free - Requires: files are closed, or nothing is under way. */
void sweep_free(struct sweep **sweep);
/* sweep_folder - one outer folder now; on_done (may be NULL) with how many files were removed. Not while one is under
 * way. */
void sweep_folder(struct sweep *sweep, unsigned outer, void (*on_done)(void *arg, size_t removed), void *arg);
