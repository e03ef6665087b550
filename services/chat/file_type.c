/* file_type.c - see file_type.h. */
#include "file_type.h"

#include "base/text.h"

static const struct {
	const char *magic;
	size_t size, offset;
	const char *type;
} known[] = {
	{"\x89PNG\r\n\x1a\n", 8, 0, "image/png"},
	{"\xff\xd8\xff", 3, 0, "image/jpeg"},
	{"GIF87a", 6, 0, "image/gif"},
	{"GIF89a", 6, 0, "image/gif"},
	{"WEBPVP8", 7, 8, "image/webp"},
	{"%PDF-", 5, 0, "application/pdf"},
	{"PK\x03\x04", 4, 0, "application/zip"},
};

static const char *const offices[] = {
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"application/vnd.oasis.opendocument.text",
	"application/vnd.oasis.opendocument.spreadsheet",
	"application/vnd.oasis.opendocument.presentation",
};

/* no markup and no script of a shell: those begin with "<" or "#!" */
static bool is_plain_text(const char *data, size_t size)
{
	size_t i = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	if (!size || !text_is_utf8(data, size))
		return false;
	while (i < size && strchr(" \t\r\n\f", data[i]))
		i++;
	if (i < size && (data[i] == '<' || (data[i] == '#' && i + 1 < size && data[i + 1] == '!')))
		return false;
	for (; i < size; i++)
		if ((unsigned char)data[i] < 0x20 && !strchr("\t\r\n\f", data[i]))
			return false;
	return true;
}

static const char *office_type(const char *declared)
{
	for (size_t i = 0; declared && i < HILO_COUNT(offices); i++)
		if (text_equal_nocase(declared, offices[i]))
			return offices[i];
	return "application/zip";
}

const char *file_type(const void *data, size_t size, const char *declared)
{
	for (size_t i = 0; i < HILO_COUNT(known); i++)
		if (size >= known[i].offset + known[i].size &&
		    memcmp((const char *)data + known[i].offset, known[i].magic, known[i].size) == 0)
			return memcmp(known[i].magic, "PK", 2) == 0 ? office_type(declared) : known[i].type;
	return is_plain_text(data, size) ? "text/plain" : "application/octet-stream";
}

const char *file_type_safe(const char *type)
{
	const char *office = office_type(type);

	if (text_equal_nocase(type, "text/plain"))
		return "text/plain";
	for (size_t i = 0; i < HILO_COUNT(known); i++)
		if (text_equal_nocase(type, known[i].type))
			return known[i].type;
	return text_equal_nocase(type, office) ? office : "application/octet-stream";
}
