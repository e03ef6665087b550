/* base/index.h - objects found by UUID; entries come and go, unlike those of base/map.h. */
#pragma once

#include "base/uuid.h"

struct index {
	struct index_slot *slots;
	size_t size; /* power of two, 0 while empty */
	size_t used; /* slots taken, with those whose object was removed */
	size_t count;
};

void *index_get(const struct index *index, const struct uuid *id);
/* index_put - replaces an earlier object of that id. Requires: object not NULL. */
void index_put(struct index *index, const struct uuid *id, void *object);
/* index_remove - Returns: the object that was there, or NULL. */
void *index_remove(struct index *index, const struct uuid *id);
/* index_next - walks all objects: start with *at = 0. Returns: the next, or NULL. Objects may be removed on the way. */
void *index_next(const struct index *index, size_t *at);
void index_free(struct index *index); /* not the objects */
