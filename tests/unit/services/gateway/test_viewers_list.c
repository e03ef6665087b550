/* test_viewers_list.c - who has a conversation open and who types in it, sign by sign. */
#include "testing/testing.h"
#include "viewers_list.h"

#define SECOND INT64_C(1000000)

static struct uuid agent(int number)
{
	struct uuid id = {.bytes = {[0] = 1, [15] = (uint8_t)number}};

	return id;
}

/* what each sign is to those who know the list; the rows go on from one another */
static const struct {
	int agent;
	enum viewers_sign sign;
	enum viewers_news want;
	int there, typing; /* afterwards */
} rows[] = {
        {1, VIEWERS_LEAVES, VIEWERS_KNOWN, 0, 0}, /* never came */
        {1, VIEWERS_VIEWS, VIEWERS_CAME, 1, 0},
        {1, VIEWERS_VIEWS, VIEWERS_KNOWN, 1, 0}, /* says so every few seconds */
        {1, VIEWERS_TYPES, VIEWERS_CHANGED, 1, 1},
        {1, VIEWERS_TYPES, VIEWERS_KNOWN, 1, 1},
        {1, VIEWERS_VIEWS, VIEWERS_KNOWN, 1, 1}, /* and types on */
        {2, VIEWERS_TYPES, VIEWERS_CAME, 2, 2},  /* typing is heard before viewing */
        {3, VIEWERS_PAUSES, VIEWERS_CAME, 3, 2},
        {1, VIEWERS_PAUSES, VIEWERS_CHANGED, 3, 1},
        {1, VIEWERS_PAUSES, VIEWERS_KNOWN, 3, 1},
        {2, VIEWERS_LEAVES, VIEWERS_CHANGED, 2, 0}, /* in the middle of a word */
        {2, VIEWERS_LEAVES, VIEWERS_KNOWN, 2, 0},
        {2, VIEWERS_VIEWS, VIEWERS_CAME, 3, 0}, /* back, and not typing */
};

static int typing(const struct viewers *viewers)
{
	int count = 0;

	for (int i = 0; i < viewers->count; i++)
		count += viewers->list[i].is_typing;
	return count;
}

static void test_every_sign_is_news_once(void **state)
{
	struct viewers viewers = {0};

	(void)state;
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct uuid id = agent(rows[i].agent);
		enum viewers_news news = viewers_note(&viewers, &id, rows[i].sign, 0);
		if (news != rows[i].want || viewers.count != rows[i].there || typing(&viewers) != rows[i].typing)
			fail_msg("row %zu: news %d, %d there, %d typing", i, news, viewers.count, typing(&viewers));
	}
}

static void test_more_than_can_be_shown_are_not_kept(void **state)
{
	struct viewers viewers = {0};
	struct uuid first = agent(0), late = agent(VIEWERS_MAX);

	(void)state;
	for (int i = 0; i < VIEWERS_MAX; i++) {
		struct uuid id = agent(i);
		assert_int_equal(viewers_note(&viewers, &id, VIEWERS_VIEWS, 0), VIEWERS_CAME);
	}
	assert_int_equal(viewers_note(&viewers, &late, VIEWERS_TYPES, 0), VIEWERS_KNOWN);
	assert_int_equal(viewers_note(&viewers, &first, VIEWERS_TYPES, 0), VIEWERS_CHANGED);
	assert_int_equal(viewers_note(&viewers, &first, VIEWERS_LEAVES, 0), VIEWERS_CHANGED);
	assert_int_equal(viewers_note(&viewers, &late, VIEWERS_TYPES, 0), VIEWERS_CAME);
	assert_int_equal(viewers.count, VIEWERS_MAX);
}

static void test_who_is_not_heard_of_has_gone(void **state)
{
	struct viewers viewers = {0};
	struct uuid early = agent(1), kept = agent(2), late = agent(3);

	(void)state;
	viewers_note(&viewers, &early, VIEWERS_TYPES, 0);
	viewers_note(&viewers, &kept, VIEWERS_VIEWS, 0);
	viewers_note(&viewers, &late, VIEWERS_VIEWS, 5 * SECOND);
	viewers_note(&viewers, &kept, VIEWERS_VIEWS, 10 * SECOND);
	assert_false(viewers_expire(&viewers, VIEWERS_KEEP_US));
	assert_true(viewers_expire(&viewers, VIEWERS_KEEP_US + 1));
	assert_int_equal(viewers.count, 2);
	assert_true(viewers_expire(&viewers, VIEWERS_KEEP_US + 5 * SECOND + 1));
	assert_int_equal(viewers.count, 1);
	assert_true(uuid_equal(&viewers.list[0].agent_id, &kept));
	assert_true(viewers_expire(&viewers, INT64_MAX));
	assert_int_equal(viewers.count, 0);
	assert_false(viewers_expire(&viewers, INT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_every_sign_is_news_once),
	        testing_case(test_more_than_can_be_shown_are_not_kept),
	        testing_case(test_who_is_not_heard_of_has_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
