/* skills.h - words for what agents can do and inboxes ask for: one spelling, so that they meet. Pure. */
#pragma once

#include "http/json.h"

#define SKILLS_MAX 50
#define SKILL_MAX 40 /* bytes */

/* read_skills - the member "skills": lower case, without outer blanks, sorted, no doubles; in the reader's arena.
 * Returns: NULL-ended; NULL when missing, null or a fault. */
const char *const *read_skills(struct json_reader *reader);
