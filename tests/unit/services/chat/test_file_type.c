/* test_file_type.c - what files are, whatever they are called. */
#include "file_type.h"

#include "testing/testing.h"

#define DOCX "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#define BYTES "application/octet-stream"
#define ROW(data, declared, want) {data, sizeof(data) - 1, declared, want}

static const struct {
	const char *data;
	size_t size;
	const char *declared, *want;
} rows[] = {
	ROW("\x89PNG\r\n\x1a\nrest", "text/html", "image/png"),
	ROW("\x89PNG\r\n\x1a", NULL, BYTES),
	ROW("\xff\xd8\xff\xe0", NULL, "image/jpeg"),
	ROW("GIF87a", NULL, "image/gif"),
	ROW("GIF89a<script>", "text/html", "image/gif"),
	ROW("GIF88a\x01", NULL, BYTES),
	ROW("RIFF\x10\0\0\0WEBPVP8 ", NULL, "image/webp"),
	ROW("RIFF\x10\0\0\0WAVEfmt ", "image/webp", BYTES),
	ROW("<!--     WEBPVP8 -->", "image/webp", BYTES),
	ROW("%PDF-1.4\n", NULL, "application/pdf"),
	ROW(" %PDF-1.4\n\x01", "application/pdf", BYTES),
	ROW("PK\x03\x04", DOCX, DOCX),
	ROW("PK\x03\x04", NULL, "application/zip"),
	ROW("PK\x03\x04", "application/java-archive", "application/zip"),
	ROW("PK\x05\x06", "application/zip", BYTES),
	ROW("just words, ñ too\r\n", "text/html", "text/plain"),
	ROW("\xef\xbb\xbfwords", NULL, "text/plain"),
	ROW("", "text/plain", BYTES),
	ROW("<html>", "text/plain", BYTES),
	ROW("\xef\xbb\xbf \r\n\t<svg", "text/plain", BYTES),
	ROW("#!/bin/sh", "text/plain", BYTES),
	ROW("# heading", NULL, "text/plain"),
	ROW("#", NULL, "text/plain"),
	ROW("a\0b", "text/plain", BYTES),
	ROW("a\x1b[31m", "text/plain", BYTES),
	ROW("\xff\xfe", "text/plain", BYTES),
	ROW("\x7f" "ELF\x02", "image/png", BYTES),
	ROW("MZ\x90", "application/pdf", BYTES),
};

static void test_types_are_told_by_content(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		if (strcmp(file_type(rows[i].data, rows[i].size, rows[i].declared), rows[i].want) != 0)
			fail_msg("row %zu: %s", i, file_type(rows[i].data, rows[i].size, rows[i].declared));
}

static const struct {
	const char *type, *want;
} served[] = {
	{"image/png", "image/png"}, {"IMAGE/PNG", "image/png"}, {"text/plain", "text/plain"}, {"application/pdf", "application/pdf"},
	{DOCX, DOCX}, {"application/zip", "application/zip"}, {"text/html", BYTES}, {"image/svg+xml", BYTES}, {"text/javascript", BYTES},
	{"text/plain; charset=x", BYTES}, {"image/png\r\nX: y", BYTES}, {"", BYTES},
};

static void test_no_other_type_is_given_out(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(served); i++)
		assert_string_equal(file_type_safe(served[i].type), served[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		testing_case(test_types_are_told_by_content),
		testing_case(test_no_other_type_is_given_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
