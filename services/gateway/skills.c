/* skills.c - see skills.h. */
#include "skills.h"

#include <stdlib.h>

#include "base/text.h"
#include "validate.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Returns: the word in its one spelling, or NULL: it is none. */
static const char *skill_of(struct arena *arena, const char *text)
{
	size_t size;

	if (!text || strlen(text) > SKILL_MAX || !valid_line(text))
		return NULL;
	text += strspn(text, " ");
	size = strlen(text);
	while (size && text[size - 1] == ' ')
		size--;
	return size ? text_lower(arena, arena_strndup(arena, text, size)) : NULL;
}

const char *const *read_skills(struct json_reader *reader)
{
	json_t *array = json_array_optional(reader, "skills", SKILLS_MAX);
	size_t count = json_array_size(array), kept = 0;
	const char **skills;

	if (!array)
		return NULL;
	skills = arena_new_array(reader->arena, const char *, count + 1);
	for (size_t i = 0; i < count; i++)
		if (!(skills[i] = skill_of(reader->arena, json_string_value(json_array_get(array, i))))) {
			json_fault(reader, "skills", "must hold words of 1 to 40 characters");
			return NULL;
		}
	if (count)
		qsort(skills, count, sizeof(*skills), compare);
	for (size_t i = 0; i < count; i++)
		if (!kept || strcmp(skills[kept - 1], skills[i]) != 0)
			skills[kept++] = skills[i];
	skills[kept] = NULL;
	return skills;
}
