/* testing/testing.h - what unit tests share: cmocka, captured log lines, files of tests/data, a loop that waits on
 * conditions. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/base.h"
#include "base/log.h"
#include "loop/loop.h"

/* testing_expect_log - an error or warning line with this event name is expected in this test. An undeclared error line
 * fails the test at testing_end(), and so does a declared one that never came. */
void testing_expect_log(const char *event);
int testing_begin(void **state); /* cmocka setup: captures the log */
int testing_end(void **state);   /* cmocka teardown */
/* testing_data - the bytes of tests/data/<path>, NUL-terminated; owned by the caller. Fails the test if absent. */
char *testing_data(const char *path, size_t *ret_size);
/* testing_run_until - turns the loop until *done; fails the test when that takes longer than deadline_us. */
void testing_run_until(struct loop *loop, const bool *done, int64_t deadline_us);
#define testing_case(function) cmocka_unit_test_setup_teardown(function, testing_begin, testing_end)
