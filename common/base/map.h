/* base/map.h - keys to pointers, in an arena: for working sets that live as long as one batch or request. */
#pragma once

#include "base/arena.h"

struct map;

/* map_new - an empty map; expected: how many entries it will hold (it grows beyond). Lives as long as the arena. */
struct map *map_new(struct arena *arena, size_t expected);
/* map_put - the key's value, replacing an earlier one. Requires: value not NULL; key bytes live as long as the map. */
void map_put(struct map *map, const void *key, size_t size, void *value);
/* map_get - Returns: the value, or NULL. */
void *map_get(const struct map *map, const void *key, size_t size);
size_t map_count(const struct map *map);
