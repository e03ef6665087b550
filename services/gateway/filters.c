/* filters.c - see filters.h. */
#include "filters.h"

#include "base/buf.h"
#include "base/text.h"
#include "base/uuid.h"

enum { TAG_BYTES = 160 }; /* 40 characters */

static const char *const views[] = {"all", "mine", "unassigned", "mentions", "following", NULL};
static const char *const statuses[] = {"open", "pending", "snoozed", "resolved", NULL};
static const char *const priorities[] = {"low", "normal", "high", "urgent", NULL};
static const char *const channels[] = {"email", "chat", "social", "sms", "voice", NULL};
static const char *const sorts[] = {"activity", "waiting", "priority", NULL};

/* filters without words are ids, but for the tag */
const char *const filters_names[] = {"view",    "status",   "inbox",    "team", "tag", "priority",
                                     "channel", "assignee", "customer", "sort", NULL};
static const char *const *const filters_words[] = {views,    statuses, NULL, NULL, NULL, priorities,
                                                   channels, NULL,     NULL, sorts};

static const char *words_fault(struct arena *arena, const char *name, const char *const *words, const char *value)
{
	HILO_AUTO(buf) struct buf out = {0};

	for (size_t i = 0; words[i]; i++)
		if (!strcmp(words[i], value))
			return NULL;
	buf_printf(&out, "%s must be %s", name, words[0]);
	for (size_t i = 1; words[i]; i++)
		buf_printf(&out, "%s %s", words[i + 1] ? "," : " or", words[i]);
	return arena_strdup(arena, out.data);
}

static const char *tag_fault(const char *value)
{
	size_t size = strlen(value);

	return size && size <= TAG_BYTES && text_is_utf8(value, size) ? NULL : "tag must be a tag's name";
}

const char *filters_fault(struct arena *arena, const char *name, const char *value)
{
	struct uuid id;
	size_t at = 0;

	while (filters_names[at] && strcmp(filters_names[at], name) != 0)
		at++;
	if (!filters_names[at])
		return arena_printf(arena, "%s is no filter", name);
	if (filters_words[at])
		return words_fault(arena, name, filters_words[at], value);
	if (!strcmp(name, "tag"))
		return tag_fault(value);
	return uuid_parse(value, &id) < 0 ? arena_printf(arena, "%s must be an id", name) : NULL;
}

const char *filters_object_fault(struct arena *arena, json_t *object)
{
	const char *name, *fault = NULL;
	json_t *value;

	json_object_foreach(object, name, value) {
		fault = json_is_string(value) ? filters_fault(arena, name, json_string_value(value))
		                              : "filters are texts by name";
		if (fault)
			break;
	}
	return fault;
}
