/* base/map.c - open addressing with linear probing; entries are never removed. */
#include "base/map.h"

#include "base/hash.h"

struct slot {
	const void *key;
	size_t size;
	uint64_t hash;
	void *value; /* NULL: free */
};

struct map {
	struct arena *arena;
	struct slot *slots;
	size_t size; /* a power of two, at least twice count */
	size_t count;
};

struct map *map_new(struct arena *arena, size_t expected)
{
	struct map *map = arena_new_object(arena, struct map);

	map->arena = arena;
	map->size = 16;
	while (map->size < expected * 2)
		map->size *= 2;
	map->slots = arena_new_array(arena, struct slot, map->size);
	return map;
}

static struct slot *find(const struct map *map, const void *key, size_t size, uint64_t hash)
{
	size_t at = hash & (map->size - 1);

	while (map->slots[at].value && (map->slots[at].hash != hash || map->slots[at].size != size ||
	                                memcmp(map->slots[at].key, key, size) != 0))
		at = (at + 1) & (map->size - 1);
	return &map->slots[at];
}

static void grow(struct map *map)
{
	struct slot *old = map->slots;
	size_t size = map->size;

	map->size *= 2;
	map->slots = arena_new_array(map->arena, struct slot, map->size);
	for (size_t i = 0; i < size; i++)
		if (old[i].value)
			*find(map, old[i].key, old[i].size, old[i].hash) = old[i];
}

void map_put(struct map *map, const void *key, size_t size, void *value)
{
	uint64_t hash = hash_mix64(hash_fnv1a64(key, size));
	struct slot *slot = find(map, key, size, hash);

	if (!slot->value) {
		if ((map->count + 1) * 2 > map->size) {
			grow(map);
			slot = find(map, key, size, hash);
		}
		map->count++;
	}
	*slot = (struct slot){.key = key, .size = size, .hash = hash, .value = value};
}

void *map_get(const struct map *map, const void *key, size_t size)
{
	return find(map, key, size, hash_mix64(hash_fnv1a64(key, size)))->value;
}

size_t map_count(const struct map *map)
{
	return map->count;
}
