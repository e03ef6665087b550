/* test_files.c - the store: content under its name, whole or not at all, the loop never waits. */
#include "channel/files.h"

#include <fcntl.h>
#include <limits.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing/testing.h"

static char folder[] = "/tmp/hilo-test-store-XXXXXX";
static struct loop *loop;
static struct files *files;

struct put {
	int rc;
	char name[FILES_NAME];
	bool is_done;
};

static int up(void **state)
{
	assert_non_null(mkdtemp(folder));
	loop = loop_new();
	assert_int_equal(files_open(loop, folder, &files), 0);
	return 0;
}

static int remove_one(const char *path, const struct stat *found HILO_UNUSED, int type HILO_UNUSED,
                      struct FTW *at HILO_UNUSED)
{
	return remove(path);
}

static int down(void **state)
{
	files_close(&files);
	loop_free(&loop);
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void on_put(void *arg, int rc, const char *name)
{
	struct put *put = arg;
	put->rc = rc;
	put->is_done = true;
	snprintf(put->name, sizeof(put->name), "%s", name ? name : "");
}

static struct put put_now(const void *data, size_t size)
{
	struct put put = {.rc = 1};
	files_put(files, data, size, on_put, &put);
	assert_false(put.is_done);
	testing_run_until(loop, &put.is_done, 5000000);
	return put;
}

static void test_content_lies_under_its_hash(void **state)
{
	struct put put = put_now("abc", 3);
	assert_int_equal(put.rc, 0);
	assert_string_equal(put.name, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	char path[PATH_MAX], want[PATH_MAX], got[8];
	files_path(files, put.name, path);
	snprintf(want, sizeof(want), "%s/ba/78/%s", folder, put.name);
	assert_string_equal(path, want);
	int fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_memory_equal(got, "abc", 3);
	close(fd);
}

static void test_the_same_again_only_touches(void **state)
{
	struct put put = put_now("again", 5);
	char path[PATH_MAX];
	struct stat before, after;
	files_path(files, put.name, path);
	const struct timespec old[2] = {{1, 0}, {1, 0}};
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_string_equal(put_now("again", 5).name, put.name);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_true(after.st_mtime > 1000);
}

static void test_a_file_cut_short_is_written_again(void **state)
{
	struct put put = put_now("whole", 5);
	char path[PATH_MAX];
	struct stat now;
	files_path(files, put.name, path);
	assert_int_equal(truncate(path, 2), 0);
	assert_int_equal(put_now("whole", 5).rc, 0);
	assert_int_equal(stat(path, &now), 0);
	assert_int_equal(now.st_size, 5);
}

static void test_a_full_disk_is_said_and_leaves_nothing(void **state)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/tmp", folder);
	char aside[PATH_MAX];
	snprintf(aside, sizeof(aside), "%s/aside", folder);
	assert_int_equal(rename(path, aside), 0);
	struct put put = put_now("nowhere to go", 13);
	assert_int_equal(put.rc, -ENOENT);
	assert_string_equal(put.name, "");
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(put_now("nowhere to go", 13).rc, 0);
}

static void test_an_empty_file_has_a_name_too(void **state)
{
	assert_string_equal(put_now("", 0).name, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

struct work {
	int runs;
	bool is_done;
};

static void run(void *arg)
{
	((struct work *)arg)->runs++;
}

static void on_run(void *arg)
{
	((struct work *)arg)->is_done = true;
}

static void test_other_work_runs_there_in_order(void **state)
{
	struct work work = {0};
	struct put put = {.rc = 1};
	files_put(files, "first", 5, on_put, &put);
	files_run(files, run, on_run, &work);
	testing_run_until(loop, &work.is_done, 5000000);
	assert_true(put.is_done && put.rc == 0);
	assert_int_equal(work.runs, 1);
}

static void test_closing_finishes_what_was_handed_over(void **state)
{
	struct files *other;
	struct put puts[20] = {0};
	size_t contents[HILO_COUNT(puts)];
	assert_int_equal(files_open(loop, folder, &other), 0);
	for (size_t i = 0; i < HILO_COUNT(puts); i++) {
		contents[i] = i;
		files_put(other, &contents[i], sizeof(contents[i]), on_put, &puts[i]);
	}
	files_close(&other);
	for (size_t i = 0; i < HILO_COUNT(puts); i++)
		assert_true(puts[i].is_done && puts[i].rc == 0);
}

static void test_a_folder_that_cannot_be_is_refused(void **state)
{
	struct files *other = NULL;
	assert_int_equal(files_open(loop, "/proc/hilo/files", &other), -ENOENT);
	assert_null(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_content_lies_under_its_hash),
	        testing_case(test_the_same_again_only_touches),
	        testing_case(test_a_file_cut_short_is_written_again),
	        testing_case(test_a_full_disk_is_said_and_leaves_nothing),
	        testing_case(test_an_empty_file_has_a_name_too),
	        testing_case(test_other_work_runs_there_in_order),
	        testing_case(test_closing_finishes_what_was_handed_over),
	        testing_case(test_a_folder_that_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, up, down);
}
