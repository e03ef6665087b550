/* directory.h - which inbox an address belongs to. A copy of all active mail inboxes, read anew every few seconds
 * (cheaper than reading the whole log for a rare inbox.updated); a stranger is looked up before it is called one, so
 * that an inbox made a moment ago takes mail. */
#pragma once

#include "base/uuid.h"
#include "db/db.h"

struct directory;

enum directory_answer { DIRECTORY_FOUND, DIRECTORY_UNKNOWN, DIRECTORY_AWAY /* the database cannot say now */ };

struct directory_entry {
	struct uuid inbox_id;
	const char *address; /* the inbox's */
	const char *tag;     /* behind the inbox's address: "c-42" of support+c-42@…; NULL: none */
};

/* directory_new - Returns: owned, directory_free(). */
struct directory *directory_new(struct loop *loop, struct db *db);
void directory_free(struct directory **directory);

/* directory_find - address: as given by the peer. on_done is called once, perhaps before it returns; entry is NULL
 * unless DIRECTORY_FOUND and borrowed until on_done returns. */
void directory_find(struct directory *directory, const char *address,
                    void (*on_done)(void *arg, enum directory_answer answer, const struct directory_entry *entry),
                    void *arg);
/* directory_knows - whether a normalised address is one of ours, by the copy alone. */
bool directory_knows(const struct directory *directory, const char *address);
