/* base/base.h - what every file of Hilo may use: scope cleanup, hand-over, small macros. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* HILO_AUTO(noun) - a variable freed at the end of its scope: `HILO_AUTO(buf) struct buf b = {0};`.
 * Requires: HILO_AUTO_DEFINE(noun, type, function) stands in the noun's header; function takes `type *`. */
#define HILO_AUTO(noun) __attribute__((cleanup(hilo_auto_##noun)))
#define HILO_AUTO_DEFINE(noun, type, function)                                                                         \
	static inline void hilo_auto_##noun(type *value)                                                               \
	{                                                                                                              \
		function(value);                                                                                       \
	}

/* HILO_STEAL(pointer) - the pointer's value, leaving NULL behind: the visible hand-over of ownership. */
#define HILO_STEAL(pointer)                                                                                            \
	__extension__({                                                                                                \
		__typeof__(pointer) hilo_stolen_ = (pointer);                                                          \
		(pointer) = NULL;                                                                                      \
		hilo_stolen_;                                                                                          \
	})

#define HILO_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HILO_UNUSED __attribute__((unused))
#define HILO_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#define HILO_MIN(a, b) ((a) < (b) ? (a) : (b))
#define HILO_MAX(a, b) ((a) > (b) ? (a) : (b))

static inline void hilo_free_pointer(void *pointer_to_pointer)
{
	void **p = pointer_to_pointer;
	free(*p);
	*p = NULL;
}
#define HILO_AUTO_FREE __attribute__((cleanup(hilo_free_pointer)))

/* Allocation succeeds or ends the process with a log line; sizes from outside are bounded before they come here.
 * Returns: zeroed memory owned by the caller (free()), never NULL. */
void *hilo_alloc(size_t size);
void *hilo_alloc_array(size_t count, size_t size);
/* hilo_realloc - like realloc(), never NULL; new bytes are not zeroed. */
void *hilo_realloc(void *old, size_t size);
char *hilo_strdup(const char *text);
char *hilo_strndup(const char *text, size_t length);
/* hilo_new(type) - one zeroed object. */
#define hilo_new(type) ((type *)hilo_alloc(sizeof(type)))
