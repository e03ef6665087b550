/* filters.h - what a list of conversations may be narrowed by: parameters of a request, or a saved view. Pure. */
#pragma once

#include <jansson.h>

#include "base/arena.h"

/* filters_names - all of them, NULL-ended. */
extern const char *const filters_names[];
/* filters_fault - may this be the value? Returns: NULL, or one sentence that begins with the name. */
const char *filters_fault(struct arena *arena, const char *name, const char *value);
/* filters_object_fault - the same of {"view":"mine",…}, names included. */
const char *filters_object_fault(struct arena *arena, json_t *object);
