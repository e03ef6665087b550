/* base/alloc.c - memory that is there or the process is not: one place decides what running out means. */
#include "base/base.h"
#include "base/log.h"

static void *must(void *memory, size_t size)
{
	if (!memory && size) {
		log_error("memory.exhausted", "bytes=%zu", size);
		abort();
	}
	return memory;
}

void *hilo_alloc(size_t size)
{
	size = size ? size : 1;
	return must(calloc(1, size), size);
}

void *hilo_alloc_array(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX; /* more than any machine has: ends the process below */
	return hilo_alloc(bytes);
}

void *hilo_realloc(void *old, size_t size)
{
	size = size ? size : 1; /* realloc(p, 0) would free */
	return must(realloc(old, size), size);
}

char *hilo_strdup(const char *text)
{
	return hilo_strndup(text, strlen(text));
}

char *hilo_strndup(const char *text, size_t length)
{
	length = strnlen(text, length);
	char *copy = hilo_alloc(length + 1);

	memcpy(copy, text, length);
	return copy;
}
