/* test_token.c - tags and Message-IDs of ours are believed, everything else is not. */
#include "token.h"
#include "world.h"

static const char secret[] = "a secret of more than thirty-two characters";

static void a_tag_is_valid_for_its_conversation_and_contact_point_only(void **state)
{
	struct uuid conversation = id(1), other_conversation = id(2), contact = id(3), other_contact = id(4);
	char ref[REFERENCE_TEXT], text[TOKEN_TAG_TEXT];
	struct token_tag tag;

	token_tag_format(secret, reference_format(99, ref), &conversation, &contact, text);
	assert_int_equal(strlen(text), TOKEN_TAG_TEXT - 1);
	assert_int_equal(token_tag_parse(text, &tag), 0);
	assert_string_equal(tag.ref, ref);
	assert_true(token_tag_is_valid(secret, &tag, &conversation, &contact));
	assert_false(token_tag_is_valid(secret, &tag, &other_conversation, &contact));
	assert_false(token_tag_is_valid(secret, &tag, &conversation, &other_contact));
	assert_false(
	        token_tag_is_valid("another secret of more than thirty-two characters", &tag, &conversation, &contact));
}

static void a_tag_survives_upper_case_but_no_changed_character(void **state)
{
	struct uuid conversation = id(1), contact = id(3);
	char ref[REFERENCE_TEXT], text[TOKEN_TAG_TEXT];
	struct token_tag tag;

	token_tag_format(secret, reference_format(99, ref), &conversation, &contact, text);
	for (size_t i = 0; text[i]; i++) {
		char changed[TOKEN_TAG_TEXT];
		memcpy(changed, text, sizeof(changed));
		changed[i] = changed[i] == '7' ? '8' : '7';
		assert_false(token_tag_parse(changed, &tag) == 0 &&
		             token_tag_is_valid(secret, &tag, &conversation, &contact));
	}
	for (char *c = text; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 32);
	assert_int_equal(token_tag_parse(text, &tag), 0);
	assert_true(token_tag_is_valid(secret, &tag, &conversation, &contact));
}

static void other_tags_are_not_ours(void **state)
{
	static const char *const rows[] = {NULL,    "",           "c-",
	                                   "sales", "c-7k3m9qxd", "d-7k3m9qxd-00000000000000000000000000"};
	struct token_tag tag = {.ref = "before"};

	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		assert_int_equal(token_tag_parse(rows[i], &tag), -EINVAL);
	assert_string_equal(tag.ref, "before");
}

static void a_message_id_names_its_message(void **state)
{
	struct uuid message = id(77), parsed;
	char text[TOKEN_MESSAGE_ID_TEXT];

	token_message_id_format(secret, &message, "example.com", text);
	assert_int_equal(token_message_id_parse(secret, text, &parsed), 0);
	assert_true(uuid_equal(&parsed, &message));
	for (size_t i = 0; i < 56; i++) {
		char changed[TOKEN_MESSAGE_ID_TEXT];
		memcpy(changed, text, sizeof(changed));
		changed[i] = changed[i] == '7' ? '8' : '7';
		assert_true(token_message_id_parse(secret, changed, &parsed) < 0);
	}
}

static void a_forged_message_id_is_told_from_a_foreign_one(void **state)
{
	struct uuid message = id(77), parsed = id(5);
	char text[TOKEN_MESSAGE_ID_TEXT];

	token_message_id_format("another secret of more than thirty-two characters", &message, "example.com", text);
	assert_int_equal(token_message_id_parse(secret, text, &parsed), -EBADMSG);
	assert_int_equal(token_message_id_parse(secret, "CAF=x@mail.example", &parsed), -EINVAL);
	assert_int_equal(token_message_id_parse(secret, "h.short@mail.example", &parsed), -EINVAL);
	assert_int_equal(token_message_id_parse(secret, "", &parsed), -EINVAL);
	assert_int_equal(token_message_id_parse(secret, NULL, &parsed), -EINVAL);
	struct uuid before = id(5);
	assert_true(uuid_equal(&parsed, &before));
}

static void a_long_domain_is_not_written_beyond_the_buffer(void **state)
{
	struct uuid message = id(77), parsed;
	char domain[600], text[TOKEN_MESSAGE_ID_TEXT];

	memset(domain, 'a', sizeof(domain) - 1);
	domain[sizeof(domain) - 1] = '\0';
	token_message_id_format(secret, &message, domain, text);
	assert_int_equal(strlen(text), TOKEN_MESSAGE_ID_TEXT - 1);
	assert_int_equal(token_message_id_parse(secret, text, &parsed), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(a_tag_is_valid_for_its_conversation_and_contact_point_only),
	        testing_case(a_tag_survives_upper_case_but_no_changed_character),
	        testing_case(other_tags_are_not_ours),
	        testing_case(a_message_id_names_its_message),
	        testing_case(a_forged_message_id_is_told_from_a_foreign_one),
	        testing_case(a_long_domain_is_not_written_beyond_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
