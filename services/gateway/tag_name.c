/* tag_name.c - see tag_name.h. */
#include "tag_name.h"

#include <locale.h>
#include <wchar.h>
#include <wctype.h>

#include "base/text.h"

#define BYTES_MAX ((size_t)TAG_NAME_MAX * 4)

/* size bytes of checked UTF-8. Returns: how many bytes the character takes. */
static size_t decode(const unsigned char *c, wint_t *ret)
{
	size_t more = *c < 0x80 ? 0 : *c < 0xe0 ? 1 : *c < 0xf0 ? 2 : 3;
	wint_t value = more ? *c & (0x3fU >> more) : *c;

	for (size_t i = 1; i <= more; i++)
		value = value << 6 | (c[i] & 0x3fU);
	*ret = value;
	return more + 1;
}

static size_t encode(wint_t value, char *ret)
{
	size_t more = value < 0x80 ? 0 : value < 0x800 ? 1 : value < 0x10000 ? 2 : 3;
	static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};

	for (size_t i = more; i > 0; i--, value >>= 6)
		ret[i] = (char)(0x80U | (value & 0x3fU));
	ret[0] = (char)(first[more] | value);
	return more + 1;
}

static const char *lower(struct arena *arena, const char *text, size_t size, locale_t letters)
{
	char *out = arena_alloc(arena, size * 2 + 1), *end = out;
	size_t count = 0;
	wint_t c;

	for (size_t i = 0; i < size; count++) {
		i += decode((const unsigned char *)text + i, &c);
		if (!iswalnum_l(c, letters) && (!count || !wcschr(L" ._:-", (wchar_t)c)))
			return NULL;
		end += encode(towlower_l(c, letters), end);
	}
	return count && count <= TAG_NAME_MAX ? out : NULL;
}

const char *tag_name(struct arena *arena, const char *text)
{
	const char *name;
	locale_t letters;
	size_t size;

	text += strspn(text, " ");
	size = strlen(text);
	while (size && text[size - 1] == ' ')
		size--;
	if (size > BYTES_MAX || !text_is_utf8(text, size))
		return NULL;
	letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); /* glibc's own, whatever is installed */
	if (!letters)
		return NULL;
	name = lower(arena, text, size, letters);
	freelocale(letters);
	return name;
}
