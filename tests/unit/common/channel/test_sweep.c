/* test_sweep.c - only what is old and nobody's is swept. */
#include "channel/sweep.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

static size_t removed;
static int swept;

static void on_put(void *arg, int rc, const char *name)
{
	assert_int_equal(rc, 0);
	memcpy(arg, name, FILES_NAME);
	swept++;
}

static void on_swept(void *arg, size_t count)
{
	removed += count;
	swept++;
}

/* put - a file of that content, days old. */
static const char *put(const char *content, int days, char name[FILES_NAME])
{
	char path[PATH_MAX];
	swept = 0;
	files_put(channel_files(channel), content, strlen(content), on_put, name);
	fixture_until(&swept, 1);
	files_path(channel_files(channel), name, path);
	struct timespec times[2] = {{time(NULL) - days * 86400, 0}, {time(NULL) - days * 86400, 0}};
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	return name;
}

static bool is_there(const char *name)
{
	char path[PATH_MAX];
	files_path(channel_files(channel), name, path);
	return access(path, R_OK) == 0;
}

static void sweep_all(struct sweep *sweep)
{
	removed = 0;
	for (unsigned outer = 0; outer < 256; outer++) {
		swept = 0;
		sweep_folder(sweep, outer, on_swept, NULL);
		fixture_until(&swept, 1);
	}
}

/* sql - a statement with the file's name between its two halves. */
static void sql(const char *before, const char *name, const char *after)
{
	char statement[700];
	snprintf(statement, sizeof(statement), "%s%s%s", before, name, after);
	testing_postgres_sql(postgres, statement);
}

static void test_only_what_is_old_and_nobodys_is_swept(void **state)
{
	char unused[FILES_NAME], young[FILES_NAME], attached[FILES_NAME], raw[FILES_NAME], unparsed[FILES_NAME],
	        replied[FILES_NAME];
	fixture_open(NULL);
	struct sweep *sweep = sweep_new(loop, db, channel_files(channel));
	put("unused", 9, unused);
	put("young", 7, young);
	sql("INSERT INTO channel.attachment (id, message_id, inbox_id, position, name, content_type, size_bytes, "
	    "sha256) VALUES"
	    " (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 0, 'a', 'a/b', 1, '",
	    put("attached", 9, attached), "')");
	sql("INSERT INTO channel.message (id, inbox_id, channel, dedupe_key, contact_address, level, raw_file) VALUES"
	    " (gen_random_uuid(), gen_random_uuid(), 'email', 'k', 'a@b', 1, '",
	    put("raw", 9, raw), "')");
	sql("INSERT INTO channel.unparsed (id, inbox_id, channel, dedupe_key, error, raw_file) VALUES"
	    " (gen_random_uuid(), gen_random_uuid(), 'email', 'k', 'e', '",
	    put("unparsed", 9, unparsed), "')");
	sql("INSERT INTO routing.message (id, conversation_id, inbox_id, author_type, author_name, text, created_at, "
	    "attachments) VALUES"
	    " (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'agent', 'Ben', 't', now(),"
	    " '[{\"name\": \"x\", \"sha256\": \"0\"}, {\"name\": \"a\", \"sha256\": \"",
	    put("replied", 9, replied), "\"}]')");
	sweep_all(sweep);
	assert_int_equal(removed, 1);
	assert_false(is_there(unused));
	assert_true(is_there(young) && is_there(attached) && is_there(raw) && is_there(unparsed) && is_there(replied));
	put("unused", 0, unused); /* it may come again */
	assert_true(is_there(unused));
	sweep_free(&sweep);
}

static void test_in_doubt_everything_stays(void **state)
{
	char unused[FILES_NAME];
	fixture_open(NULL);
	struct sweep *sweep = sweep_new(loop, db, channel_files(channel));
	put("in doubt", 9, unused);
	testing_postgres_sql(postgres, "REVOKE SELECT ON routing.v_message_attachments FROM hilo_email");
	testing_expect_log("channel.sweep_failed");
	sweep_all(sweep);
	testing_postgres_sql(postgres, "GRANT SELECT ON routing.v_message_attachments TO hilo_email");
	assert_int_equal(removed, 0);
	assert_true(is_there(unused));
	sweep_all(sweep);
	assert_false(is_there(unused));
	sweep_free(&sweep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        fixture_case(test_only_what_is_old_and_nobodys_is_swept),
	        fixture_case(test_in_doubt_everything_stays),
	};
	return cmocka_run_group_tests(tests, fixture_up, fixture_down);
}
