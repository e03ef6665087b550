/* directory.c - the copy of mail inboxes by address, and looking up strangers. */
#include "directory.h"

#include "base/log.h"
#include "base/map.h"
#include "mail_address.h"
#include "store.h"

enum { REFRESH_US = 5000000 };

struct inbox {
	struct uuid id;
};

struct directory {
	struct db *db;
	struct timer *refresh;
	struct arena *arena; /* of the copy */
	struct map *inboxes; /* by address; NULL until first read */
};

/* one look-up that waits for the database */
struct search {
	struct arena *arena;
	struct directory *directory;
	const char *addresses[2]; /* as given, and without its tag; NULL: has none */
	const char *tag;
	void (*on_done)(void *arg, enum directory_answer answer, const struct directory_entry *entry);
	void *arg;
};

/* ---- the copy ---- */

static void replace_copy(struct directory *d, const struct db_result *rows)
{
	struct arena *arena = arena_new(0);
	struct map *inboxes = map_new(arena, db_rows(rows));
	for (size_t row = 0; row < db_rows(rows); row++) {
		const char *address = arena_strdup(arena, db_get_text(rows, row, 1));
		struct inbox *inbox = arena_new_object(arena, struct inbox);
		inbox->id = db_get_uuid(rows, row, 0);
		map_put(inboxes, address, strlen(address), inbox);
	}
	arena_free(&d->arena);
	d->arena = arena;
	d->inboxes = inboxes;
}

static void on_listed(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct directory *d = arg;
	if (outcome->fault == DB_OK)
		replace_copy(d, rows);
	else if (outcome->fault == DB_FAILED)
		log_error("directory.unreadable", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
	timer_in(d->refresh, REFRESH_US);
}

static void refresh(void *arg)
{
	struct directory *d = arg;
	store_list_inboxes(d->db, on_listed, d);
}

static const struct inbox *copy_of(const struct directory *d, const char *address)
{
	return d->inboxes && address ? map_get(d->inboxes, address, strlen(address)) : NULL;
}

bool directory_knows(const struct directory *directory, const char *address)
{
	return copy_of(directory, address) != NULL;
}

struct directory *directory_new(struct loop *loop, struct db *db)
{
	struct directory *d = hilo_new(struct directory);
	d->db = db;
	d->refresh = timer_new(loop, refresh, d);
	refresh(d);
	return d;
}

void directory_free(struct directory **directory)
{
	struct directory *old = directory ? HILO_STEAL(*directory) : NULL;
	if (!old)
		return;
	timer_free(&old->refresh);
	arena_free(&old->arena);
	free(old);
}

/* ---- looking up ---- */

/* end_search - entry NULL: not found, or not to be found now. */
static void end_search(struct search *search, enum directory_answer answer, const struct directory_entry *entry)
{
	struct arena *arena = search->arena; /* the search lies in it */
	search->on_done(search->arg, answer, entry);
	arena_free(&arena);
}

static void found(struct search *search, const struct uuid *inbox_id, bool is_tagged)
{
	const struct directory_entry entry = {*inbox_id, search->addresses[is_tagged], is_tagged ? search->tag : NULL};
	end_search(search, DIRECTORY_FOUND, &entry);
}

static void on_found(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct search *search = arg;
	if (outcome->fault != DB_OK) {
		end_search(search, DIRECTORY_AWAY, NULL);
		return;
	}
	for (int i = 0; i < 2; i++) /* the address itself goes before what it is without its tag */
		for (size_t row = 0; search->addresses[i] && row < db_rows(rows); row++)
			if (strcmp(db_get_text(rows, row, 1), search->addresses[i]) == 0) {
				struct uuid id = db_get_uuid(rows, row, 0);
				found(search, &id, i == 1);
				return;
			}
	end_search(search, DIRECTORY_UNKNOWN, NULL);
}

void directory_find(struct directory *directory, const char *address,
                    void (*on_done)(void *arg, enum directory_answer answer, const struct directory_entry *entry),
                    void *arg)
{
	struct arena *arena = arena_new(1024);
	struct search *search = arena_new_object(arena, struct search);
	char *normal = mail_address_normalise(arena, address), *plain = NULL, *tag = NULL;
	*search = (struct search){.arena = arena, .directory = directory, .on_done = on_done, .arg = arg};
	if (!normal) {
		end_search(search, DIRECTORY_UNKNOWN, NULL);
		return;
	}
	bool has_tag = mail_address_untag(arena, normal, &plain, &tag);
	search->addresses[0] = normal;
	search->addresses[1] = plain;
	search->tag = tag;
	for (int i = 0; i < 2; i++) {
		const struct inbox *inbox = copy_of(directory, search->addresses[i]);
		if (inbox) {
			found(search, &inbox->id, i == 1);
			return;
		}
	}
	store_find_inbox(directory->db, search->addresses, has_tag ? 2 : 1, on_found, search);
}
