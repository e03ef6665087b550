/* inbox_test.c - a chat inbox is tried: what it needs to stand on a page, to know its visitors, and to go on by mail. */
#include "base/seal.h"
#include "inboxes.h"
#include "store_front.h"

struct test {
	struct chat *chat;
	struct channel_trial *trial;
};

static void step(struct test *test, const char *name, bool ok, const char *code, const char *detail)
{
	channel_trial_step(test->trial, name, ok, code, detail);
}

static void test_secret(struct test *test, const struct db_result *result)
{
	size_t size;
	const void *sealed = db_get_bytes(result, 0, 2, &size);
	char *secret;
	bool ok = seal_open(channel_trial_arena(test->trial), test->chat->seal_key, sealed, size, &secret) == 0;

	step(test, "secret", ok, ok ? "ok" : "cannot_open", "");
}

static void test_mail_inbox(struct test *test, const struct db_result *result)
{
	const char *address = db_get_text(result, 0, 5);

	if (!db_get_bool(result, 0, 4))
		step(test, "mail_inbox", true, "skipped", "");
	else if (!address)
		step(test, "mail_inbox", false, "missing", "");
	else if (!db_get_bool(result, 0, 6))
		step(test, "mail_inbox", false, "inactive", address);
	else
		step(test, "mail_inbox", true, "ok", address);
}

static void on_inbox(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct test *test = arg;

	if (outcome->fault != DB_OK || !db_rows(result)) {
		step(test, "address", false, outcome->fault == DB_OK ? "missing" : "unexpected", "");
	} else {
		bool is_active = db_get_bool(result, 0, 1);
		const char *origins = db_get_text(result, 0, 3);
		step(test, "address", true, "ok", db_get_text(result, 0, 0));
		step(test, "receive", is_active, is_active ? "ok" : "inactive", is_active ? test->chat->settings.http_address : "");
		test_secret(test, result);
		step(test, "origins", *origins, *origins ? "ok" : "missing", origins);
		test_mail_inbox(test, result);
	}
	channel_trial_done(test->trial); /* the test lies in its arena */
}

void inbox_test(void *arg, struct channel_trial *trial)
{
	struct test *test = arena_new_object(channel_trial_arena(trial), struct test);

	*test = (struct test){.chat = arg, .trial = trial};
	store_read_tested(test->chat, channel_trial_inbox(trial), on_inbox, test);
}
