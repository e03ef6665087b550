/* store_text.h - arrays within a row travel as text: ids separated by blanks, words by line feeds. For store_*.c only.
 */
#pragma once

#include "base/buf.h"
#include "store.h"

/* ids separated by blanks */
static inline const struct uuid *read_ids(struct working_set *ws, const char *text, size_t *ret_count)
{
	size_t count = text && *text ? (strlen(text) + 1) / UUID_TEXT : 0;
	struct uuid *ids = arena_new_array(ws->arena, struct uuid, count);

	for (size_t i = 0; i < count; i++) {
		char id[UUID_TEXT] = {0};
		memcpy(id, text + i * UUID_TEXT, UUID_TEXT - 1);
		uuid_parse(id, &ids[i]);
	}
	*ret_count = count;
	return ids;
}

static inline char **read_lines(struct working_set *ws, const char *text, size_t *ret_count)
{
	char *rest = NULL, *copy = arena_strdup(ws->arena, text ? text : ""), **lines;
	size_t count = 0;

	for (const char *c = copy; *c; c++)
		count += *c == '\n';
	lines = arena_new_array(ws->arena, char *, count + 1);
	count = 0;
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		lines[count++] = line;
	*ret_count = count;
	return lines;
}

static inline void add_ids(struct db_params *params, const struct uuid *ids, size_t count)
{
	HILO_AUTO(buf) struct buf text = {0};
	char id[UUID_TEXT];

	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%s", i ? " " : "", uuid_format(&ids[i], id));
	db_array_text(params, text.data ? text.data : "");
}

static inline void add_lines(struct db_params *params, const char *const *lines, size_t count)
{
	HILO_AUTO(buf) struct buf text = {0};

	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%s", i ? "\n" : "", lines[i]);
	db_array_text(params, text.data ? text.data : "");
}
