/* base/arena.c - blocks of memory in a list; allocating moves a mark, freeing drops the list. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>

#ifdef HILO_SANITIZED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

enum { ARENA_ALIGN = 16, ARENA_BLOCK = 16 * 1024 };

struct block {
	struct block *next;
	size_t size, used;
	alignas(ARENA_ALIGN) char data[];
};

struct arena {
	struct block *current; /* small allocations come from here; older and oversized blocks hang behind it */
	struct block *first;   /* survives a reset */
	size_t block_bytes, used;
};

static struct block *block_new(size_t size)
{
	struct block *block = hilo_realloc(NULL, sizeof(*block) + size);

	*block = (struct block){.size = size};
	ASAN_POISON_MEMORY_REGION(block->data, size);
	return block;
}

static void block_free(struct block *block)
{
	ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
	free(block);
}

struct arena *arena_new(size_t block_bytes)
{
	struct arena *arena = hilo_new(struct arena);

	arena->block_bytes = block_bytes ? block_bytes : ARENA_BLOCK;
	arena->first = arena->current = block_new(arena->block_bytes);
	return arena;
}

void arena_free(struct arena **arena)
{
	if (!arena || !*arena)
		return;
	arena_reset(*arena);
	block_free((*arena)->first);
	free(*arena);
	*arena = NULL;
}

void arena_reset(struct arena *arena)
{
	for (struct block *block = arena->current, *next; block; block = next) {
		next = block->next;
		if (block != arena->first)
			block_free(block);
	}
	arena->first->next = NULL;
	arena->first->used = 0;
	ASAN_POISON_MEMORY_REGION(arena->first->data, arena->first->size);
	arena->current = arena->first;
	arena->used = 0;
}

/* A block with room for size bytes. What is larger than a block gets one of its own behind the current one, so that
 * the rest of the current one stays in use. */
static struct block *block_with_room(struct arena *arena, size_t size)
{
	struct block *current = arena->current;

	if (current->size - current->used >= size)
		return current;
	struct block *block = block_new(HILO_MAX(size, arena->block_bytes));
	if (size > arena->block_bytes) {
		block->next = current->next;
		current->next = block;
	} else {
		block->next = current;
		arena->current = block;
	}
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		return hilo_alloc(size); /* ends the process */
	size_t taken = (HILO_MAX(size, 1) + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	struct block *block = block_with_room(arena, taken);
	char *memory = block->data + block->used;

	block->used += taken;
	arena->used += size;
	ASAN_UNPOISON_MEMORY_REGION(memory, size);
	return memset(memory, 0, size);
}

void *arena_memdup(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	return size ? memcpy(copy, data, size) : copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_memdup(arena, text, strlen(text) + 1) : NULL;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	if (!text)
		return NULL;
	length = strnlen(text, length);
	char *copy = arena_alloc(arena, length + 1);
	memcpy(copy, text, length);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	char *text = arena_alloc(arena, (size_t)HILO_MAX(length, 0) + 1);
	vsnprintf(text, (size_t)HILO_MAX(length, 0) + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
