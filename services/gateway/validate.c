/* validate.c - see validate.h. */
#include "validate.h"

#include <curl/curl.h>

#include "base/text.h"
#include "base/uuid.h"

bool valid_line(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			return false;
	return true;
}

bool valid_email(const char *text)
{
	const char *at = strrchr(text, '@');
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if (text[i] <= 0x20 || text[i] > 0x7e || strchr("<>,;:\\\"()[]", text[i]))
			return false;
	return at && at > text && at[1] && size <= 254 && memchr(text, '@', size) == at;
}

bool valid_url(const char *text, const char *const *schemes)
{
	CURLU *url = curl_url();
	char *scheme = NULL, *host = NULL;
	bool valid = false;

	if (valid_line(text) && curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK)
		for (; *schemes && !valid; schemes++)
			valid = !strcmp(scheme, *schemes);
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(url);
	return valid;
}

static const char *keep_line(struct json_reader *reader, const char *field, const char *text)
{
	if (!text)
		return NULL;
	if (valid_line(text))
		return arena_strdup(reader->arena, text);
	json_fault(reader, field, "must not hold control characters");
	return NULL;
}

const char *read_line(struct json_reader *reader, const char *field, size_t high)
{
	return keep_line(reader, field, json_text(reader, field, 1, high));
}

const char *read_line_optional(struct json_reader *reader, const char *field, size_t high)
{
	const char *text = json_text_optional(reader, field, high);

	if (text && !*text) {
		json_fault(reader, field, "must not be empty");
		return NULL;
	}
	return keep_line(reader, field, text);
}

const char *read_email(struct json_reader *reader, const char *field)
{
	const char *text = json_text(reader, field, 3, 254);

	if (!text)
		return NULL;
	if (valid_email(text))
		return text_lower(reader->arena, text);
	json_fault(reader, field, "must be an e-mail address");
	return NULL;
}

const struct uuid *read_uuid_optional(struct json_reader *reader, const char *field)
{
	const char *text = json_text_optional(reader, field, UUID_TEXT);
	struct uuid id;

	if (!text)
		return NULL;
	if (uuid_parse(text, &id) == 0)
		return arena_memdup(reader->arena, &id, sizeof(id));
	json_fault(reader, field, "must be a UUID");
	return NULL;
}

size_t read_uuids(struct json_reader *reader, const char *field, json_t *array, struct uuid **ret)
{
	size_t count = json_array_size(array);

	*ret = arena_new_array(reader->arena, struct uuid, count + 1);
	for (size_t i = 0; i < count; i++)
		if (uuid_parse(json_string_value(json_array_get(array, i)), &(*ret)[i]) < 0) {
			json_fault(reader, field, "must hold UUIDs");
			return 0;
		}
	return count;
}

bool has_member(const struct json_reader *reader, const char *field)
{
	return json_object_get(reader->object, field) != NULL;
}
