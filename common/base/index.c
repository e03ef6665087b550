/* base/index.c - open addressing with linear probing; a removed entry leaves a mark until the next rebuild. */
#include "base/index.h"

struct index_slot {
	struct uuid id;
	void *object;
	bool is_used; /* with object NULL: removed */
};

static struct index_slot *find(const struct index *index, const struct uuid *id)
{
	if (!index->size)
		return NULL;
	for (size_t i = uuid_hash64(id) & (index->size - 1); index->slots[i].is_used; i = (i + 1) & (index->size - 1))
		if (index->slots[i].object && uuid_equal(&index->slots[i].id, id))
			return &index->slots[i];
	return NULL;
}

static void insert(struct index *index, const struct uuid *id, void *object)
{
	size_t i = uuid_hash64(id) & (index->size - 1);

	while (index->slots[i].is_used)
		i = (i + 1) & (index->size - 1);
	index->slots[i] = (struct index_slot){.id = *id, .object = object, .is_used = true};
	index->used++;
	index->count++;
}

/* at least half of the slots stay free, so that probes end soon */
static void make_room(struct index *index)
{
	struct index old = *index;
	size_t size = 16;

	if (2 * (old.used + 1) <= old.size)
		return;
	while (size < 4 * (old.count + 1))
		size *= 2;
	*index = (struct index){.slots = hilo_alloc_array(size, sizeof(struct index_slot)), .size = size};
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].object)
			insert(index, &old.slots[i].id, old.slots[i].object);
	free(old.slots);
}

void *index_get(const struct index *index, const struct uuid *id)
{
	const struct index_slot *slot = find(index, id);

	return slot ? slot->object : NULL;
}

void index_put(struct index *index, const struct uuid *id, void *object)
{
	struct index_slot *slot = find(index, id);

	if (slot) {
		slot->object = object;
		return;
	}
	make_room(index);
	insert(index, id, object);
}

void *index_remove(struct index *index, const struct uuid *id)
{
	struct index_slot *slot = find(index, id);

	if (!slot)
		return NULL;
	index->count--;
	return HILO_STEAL(slot->object);
}

void *index_next(const struct index *index, size_t *at)
{
	while (*at < index->size) {
		void *object = index->slots[(*at)++].object;
		if (object)
			return object;
	}
	return NULL;
}

void index_free(struct index *index)
{
	free(index->slots);
	*index = (struct index){0};
}
