/* fuzz_text.c - whatever bytes come, mended text is UTF-8 within its limit, previews and JSON are well-formed. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	HILO_AUTO(buf) struct buf json = {0};
	const char *text = (const char *)data;
	int64_t time_us;
	struct uuid id;

	for (size_t limit = 0; limit <= size + 3; limit = 2 * limit + 1) {
		const char *mended = text_mend(arena, text, size, limit);
		must(strlen(mended) <= limit && text_is_utf8(mended, strlen(mended)));
		const char *preview = text_preview(arena, mended, limit);
		must(strlen(preview) <= limit && text_is_utf8(preview, strlen(preview)));
		must(text_is_utf8(mended, text_cut(mended, strlen(mended), limit / 2)));
	}
	buf_json_stringn(&json, text, size);
	must(text_is_utf8(json.data, json.len));
	for (size_t i = 0; i < json.len; i++)
		must((uint8_t)json.data[i] >= 0x20);
	const char *terminated = arena_strndup(arena, text, size);
	if (clock_parse(terminated, &time_us) == 0) {
		char again[CLOCK_TEXT];
		int64_t same_us;
		must(clock_parse(clock_format(time_us, again), &same_us) == 0 && same_us == time_us);
	}
	if (uuid_parse(terminated, &id) == 0) {
		char again[UUID_TEXT];
		must(text_equal_nocase(uuid_format(&id, again), terminated));
	}
	return 0;
}
