/* fuzz_mail.c - any bytes as a mail: every text that comes out is one PostgreSQL takes, within its limit. */
#include <stdint.h>

#include "base/text.h"
#include "mail_parse.h"
#include "mail_text.h"

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_text(const char *text, size_t limit)
{
	if (text)
		must(strlen(text) <= limit && text_is_utf8(text, strlen(text)));
}

static void check_file(const struct mail_file *file)
{
	must(*file->name && !strchr(file->name, '/') && !strchr(file->name, '\\') && strcmp(file->name, "..") != 0);
	check_text(file->name, 200);
	check_text(file->content_type, 127);
	check_text(file->content_id, MAIL_ID_MAX);
	uint8_t sum = 0; /* touches every byte, so that a sanitizer sees one that is not ours */
	for (size_t i = 0; i < file->size; i++)
		sum = (uint8_t)(sum + ((const uint8_t *)file->data)[i]);
	(void)sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mail_trust trust = {"mx.suite.example", "0123456789abcdef"};
	static const struct mail_limits limits = {65536, 200, 64, 500, 20, 8, 4000, 6000};
	static bool is_ready;
	if (!is_ready)
		g_mime_init();
	is_ready = true;
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	struct mail mail;
	mail_parse(arena, &limits, &trust, "", data, size, &mail);
	must(strlen(mail.dedupe_key) == 64);
	if (mail.error)
		return 0;
	must(mail.from_address && strchr(mail.from_address, '@') && mail.files_count <= limits.parts);
	check_text(mail.from_address, 320);
	check_text(mail.from_name, 200);
	check_text(mail.subject, 1000);
	check_text(mail.text, limits.text_bytes);
	check_text(mail.html, limits.html_bytes);
	check_text(mail.message_id, 3 * MAIL_ID_MAX);
	check_text(mail.to_json, SIZE_MAX);
	check_text(mail.cc_json, SIZE_MAX);
	for (size_t i = 0; i < mail.thread_ids_count; i++)
		check_text(mail.thread_ids[i], 3 * MAIL_ID_MAX);
	for (size_t i = 0; i < mail.files_count; i++)
		check_file(&mail.files[i]);
	return 0;
}
