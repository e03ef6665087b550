/* fuzz_image_urls.c - the first line is an address, the rest a mail's HTML: looked for without reading beyond either, and
 * found once it stands there as an image. */
#include "base/arena.h"
#include "http/guard.h"
#include "image_urls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	const char *line = size ? memchr(data, '\n', size) : NULL;
	size_t length = line ? (size_t)(line - (const char *)data) : 0;
	char *address = arena_strndup(arena, (const char *)data, length);
	char *html = arena_strndup(arena, line ? line + 1 : "", line ? size - length - 1 : 0);
	CURLU *url;

	image_is_named(html, address);
	image_type(data, size);
	if (*address && !strpbrk(address, " \t\r\n\f\"&") &&
	    !image_is_named(arena_printf(arena, "<img src=\"%s\">", address), address))
		abort();
	if (guard_url(address, &url) == 0)
		curl_url_cleanup(url);
	return 0;
}
