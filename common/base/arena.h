/* base/arena.h - memory of one event, batch or request, given back in one piece. */
#pragma once

#include "base/base.h"

struct arena;

/* arena_new - an empty arena that grows by blocks of block_bytes (0: 16 KiB).
 * Returns: owned by the caller, arena_free(). */
struct arena *arena_new(size_t block_bytes);
/* arena_free - frees everything and clears the pointer; NULL and pointer to NULL are fine. */
void arena_free(struct arena **arena);
/* arena_reset - forgets all allocations, keeps the first block for the next round. */
void arena_reset(struct arena *arena);
/* arena_alloc - zeroed, aligned to 16 bytes, valid until reset or free. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_memdup(struct arena *arena, const void *data, size_t size);
/* arena_strdup, arena_strndup - NULL in, NULL out. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) HILO_PRINTF(2, 3);
/* arena_used - bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);
#define arena_new_object(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_new_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))

HILO_AUTO_DEFINE(arena, struct arena *, arena_free)
