/* chat_settings.c - see chat_settings.h. */
#include "chat_settings.h"

#include "base/text.h"

enum { ORIGIN_MAX = 300, WORDS_MAX = 500, ZONE_MAX = 64, SPANS_MAX = 10 };

bool json_enter(struct json_reader *outer, const char *field, struct json_reader *ret)
{
	json_t *value = json_object_get(outer->object, field);

	if (!value || json_is_null(value))
		return false;
	*ret = (struct json_reader){.object = value, .arena = outer->arena};
	if (!json_is_object(value))
		json_fault(outer, field, "must be an object");
	return json_is_object(value);
}

void json_leave(struct json_reader *outer, const char *field, const struct json_reader *inner)
{
	if (inner->field)
		json_fault(outer, arena_printf(outer->arena, "%s.%s", field, inner->field), inner->fault);
}

void json_only(struct json_reader *reader, const char *const *members)
{
	const char *name;
	json_t *value;

	json_object_foreach(reader->object, name, value)
	{
		size_t i = 0;
		while (members[i] && strcmp(members[i], name) != 0)
			i++;
		if (!members[i])
			json_fault(reader, arena_strdup(reader->arena, name), "is not known here");
	}
}

/* ---- origins ---- */

/* labels of lower-case letters, digits and hyphens: browsers send host names so, whatever was typed */
static bool is_host(const char *text, size_t size)
{
	char before = '.';

	for (size_t i = 0; i < size; before = text[i++]) {
		bool is_edge = before == '.' || i + 1 == size || text[i + 1] == '.';
		bool is_letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9');
		if (!is_letter && (is_edge || (text[i] != '-' && text[i] != '.')))
			return false;
	}
	return size > 0 && size <= 253;
}

bool chat_origin_is_valid(const char *text)
{
	bool is_https = text_starts(text, "https://");
	const char *host = text + strlen(is_https ? "https://" : "http://");
	size_t size;
	int64_t port;

	if (!is_https && !text_starts(text, "http://"))
		return false;
	size = strcspn(host, ":");
	if (!is_host(host, size))
		return false;
	if (!is_https && !(size == 9 && !memcmp(host, "localhost", 9)) && !(size == 9 && !memcmp(host, "127.0.0.1", 9)))
		return false;
	if (!host[size])
		return true;
	/* the default port is never written */
	return host[size + 1] >= '1' && host[size + 1] <= '9' && text_to_i64(host + size + 1, 1, 65535, &port) == 0 &&
	       port != (is_https ? 443 : 80);
}

/* ---- settings ---- */

static void read_words(struct json_reader *reader, const char *field)
{
	static const char *const languages[] = {"en", "es", NULL};
	struct json_reader words;

	if (!json_enter(reader, field, &words))
		return;
	json_only(&words, languages);
	for (size_t i = 0; languages[i]; i++)
		json_text_optional(&words, languages[i], WORDS_MAX);
	json_leave(reader, field, &words);
}

static void read_accent(struct json_reader *reader)
{
	const char *text = json_text_optional(reader, "accent", 7);
	uint8_t colour[3];
	struct arena *arena = reader->arena;

	if (text && (text[0] != '#' || text_unhex(text_lower(arena, text + 1), colour, sizeof(colour)) < 0))
		json_fault(reader, "accent", "must be a colour like \"#004D4F\"");
}

static void read_prechat(struct json_reader *reader)
{
	static const char *const fields[] = {"name", "email", NULL}, *const words[] = {"off", "optional", "required",
	                                                                               NULL};
	struct json_reader prechat;

	if (!json_enter(reader, "prechat", &prechat))
		return;
	json_only(&prechat, fields);
	for (size_t i = 0; fields[i]; i++)
		json_choice(&prechat, fields[i], words, 0);
	json_leave(reader, "prechat", &prechat);
}

/* "00:00" to "24:00". Returns: the minute of the day, or -1. */
static int minute_of(json_t *value)
{
	const char *text = json_string_value(value);
	int minute = 0;

	if (!text || json_string_length(value) != 5 || text[2] != ':')
		return -1;
	for (int i = 0; i < 5; i++)
		if (i != 2 && (text[i] < '0' || text[i] > '9'))
			return -1;
	minute = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
	return text[3] <= '5' && minute <= 24 * 60 ? minute : -1;
}

/* in order and apart */
static bool are_spans(json_t *spans)
{
	int last = -1;

	if (!json_is_array(spans) || json_array_size(spans) > SPANS_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(spans); i++) {
		json_t *span = json_array_get(spans, i);
		int from = minute_of(json_array_get(span, 0)), until = minute_of(json_array_get(span, 1));
		if (json_array_size(span) != 2 || from < 0 || from <= last || until <= from)
			return false;
		last = until - 1; /* one may begin where another ends */
	}
	return true;
}

static const char *read_hours(struct json_reader *reader)
{
	static const char *const members[] = {"time_zone", "days", NULL}, *const days[] = {"1", "2", "3", "4",
	                                                                                   "5", "6", "7", NULL};
	struct json_reader hours, week;
	const char *zone;

	if (!json_enter(reader, "hours", &hours))
		return NULL;
	json_only(&hours, members);
	zone = json_text(&hours, "time_zone", 1, ZONE_MAX);
	if (json_enter(&hours, "days", &week)) {
		json_only(&week, days);
		for (size_t i = 0; days[i]; i++)
			if (json_object_get(week.object, days[i]) && !are_spans(json_object_get(week.object, days[i])))
				json_fault(&week, days[i],
				           "must be a list of at most 10 spans like [\"09:00\", \"17:00\"], in order "
				           "and apart");
		json_leave(&hours, "days", &week);
	} else {
		json_fault(&hours, "days", "must be an object");
	}
	json_leave(reader, "hours", &hours);
	return arena_strdup(reader->arena, zone);
}

const char *chat_settings_read(struct json_reader *reader, const char **ret_time_zone)
{
	static const char *const members[] = {"greeting", "title",       "accent", "prechat",
	                                      "position", "attachments", "hours",  NULL};
	static const char *const positions[] = {"start", "end", NULL};
	char *text, *kept;

	json_only(reader, members);
	read_words(reader, "greeting");
	read_words(reader, "title");
	read_accent(reader);
	read_prechat(reader);
	json_choice(reader, "position", positions, 1);
	json_bool_optional(reader, "attachments", true);
	*ret_time_zone = read_hours(reader);
	if (reader->field)
		return NULL;
	text = json_dumps(reader->object, JSON_COMPACT);
	kept = arena_strdup(reader->arena, text);
	free(text);
	return kept;
}
