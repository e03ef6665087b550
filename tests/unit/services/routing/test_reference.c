/* test_reference.c - references are distinct, speakable, and refuse what was misheard. */
#include "reference.h"
#include "testing/testing.h"

static void numbers_have_distinct_references_that_parse_back(void **state)
{
	enum { COUNT = 20000 };
	static char texts[COUNT][REFERENCE_TEXT];

	for (uint64_t i = 0; i < COUNT; i++) {
		char parsed[REFERENCE_TEXT];
		reference_format(i < COUNT / 2 ? i : REFERENCE_NUMBERS - 1 - (i - COUNT / 2), texts[i]);
		assert_int_equal(strlen(texts[i]), 9);
		assert_int_equal(reference_parse(texts[i], 9, parsed), 0);
		assert_string_equal(parsed, texts[i]);
	}
	qsort(texts, COUNT, REFERENCE_TEXT, (int (*)(const void *, const void *))strcmp);
	for (size_t i = 1; i < COUNT; i++)
		assert_string_not_equal(texts[i - 1], texts[i]);
}

static void stored_references_never_change(void **state)
{
	char text[REFERENCE_TEXT];

	assert_string_equal(reference_format(0, text), "06KP-HWTW");
	assert_string_equal(reference_format(1, text), "CSQ7-7Z5G");
	assert_string_equal(reference_format(REFERENCE_NUMBERS - 1, text), "XQF6-HQZJ");
}

static void every_single_wrong_character_and_every_swap_is_found(void **state)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

	for (uint64_t number = 0; number < 50; number++) {
		char good[REFERENCE_TEXT], parsed[REFERENCE_TEXT];
		reference_format(number * 7919, good);
		for (size_t i = 0; i < 9; i++) {
			for (const char *c = alphabet; *c && i != 4; c++) {
				char bad[REFERENCE_TEXT];
				memcpy(bad, good, sizeof(bad));
				bad[i] = *c;
				if (*c != good[i])
					assert_int_equal(reference_parse(bad, 9, parsed), -EINVAL);
			}
			for (size_t j = 0; j < i; j++) {
				char bad[REFERENCE_TEXT];
				memcpy(bad, good, sizeof(bad));
				bad[i] = good[j];
				bad[j] = good[i];
				if (i != 4 && j != 4 && good[i] != good[j])
					assert_int_equal(reference_parse(bad, 9, parsed), -EINVAL);
			}
		}
	}
}

static void people_may_type_it_in_their_way(void **state)
{
	char good[REFERENCE_TEXT], parsed[REFERENCE_TEXT], typed[16];

	for (uint64_t number = 0; number < 2000; number++) {
		reference_format(number, good);
		size_t at = 0;
		for (const char *c = good; *c; c++)
			if (*c != '-')
				typed[at++] = (char)(*c == '0'                ? 'o'
				                     : *c == '1'              ? 'L'
				                     : *c >= 'A' && *c <= 'Z' ? *c + 32
				                                              : *c);
		assert_int_equal(reference_parse(typed, 8, parsed), 0);
		assert_string_equal(parsed, good);
	}
}

static void other_shapes_are_refused(void **state)
{
	static const char *const bad[] = {"",          "-",         "7K3M",      "7K3M-9QX",    "7K3M-9QXDD",
	                                  "7K3M9-QXD", "UUUU-UUUU", "7K3M 9QXD", "7K3M-9QX\xc3"};
	char parsed[REFERENCE_TEXT] = "before";

	for (size_t i = 0; i < HILO_COUNT(bad); i++)
		assert_int_equal(reference_parse(bad[i], strlen(bad[i]), parsed), -EINVAL);
	assert_string_equal(parsed, "before");
}

static void the_last_valid_reference_of_a_subject_counts(void **state)
{
	char one[REFERENCE_TEXT], two[REFERENCE_TEXT], subject[128], found[REFERENCE_TEXT];

	reference_format(1, one);
	reference_format(2, two);
	snprintf(subject, sizeof(subject), "Re: [#%s] lamp [#%s] [#0000-0001] [#", one, two);
	assert_int_equal(reference_find(subject, found), 0);
	assert_string_equal(found, two);
	assert_int_equal(reference_find("Re: lamp [#] [#]]", found), -ENOENT);
	assert_int_equal(reference_find("", found), -ENOENT);
}

static void base32_pads_with_zero_bits(void **state)
{
	static const struct {
		const char *data, *text;
	} rows[] = {{"", ""}, {"f", "cr"}, {"fo", "csqg"}, {"foo", "csqpy"}, {"foobar", "csqpyrk1e8"}};
	char text[32];

	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		base32_encode((const uint8_t *)rows[i].data, strlen(rows[i].data), text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(numbers_have_distinct_references_that_parse_back),
	        testing_case(stored_references_never_change),
	        testing_case(every_single_wrong_character_and_every_swap_is_found),
	        testing_case(people_may_type_it_in_their_way),
	        testing_case(other_shapes_are_refused),
	        testing_case(the_last_valid_reference_of_a_subject_counts),
	        testing_case(base32_pads_with_zero_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
