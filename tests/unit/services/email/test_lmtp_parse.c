/* test_lmtp_parse.c - whole dialogues: every reply, pipelining, dots, limits, and what must never end DATA. */
#include "lmtp_parse.h"

#include "testing/testing.h"

/* the world outside the dialogue: who is known, and what was delivered */
struct world {
	struct lmtp_limits limits;
	size_t memory_used;
	struct lmtp_session session;
	struct buf out;
	struct buf delivered; /* "sender>recipient,…\n" + data + "|" for each message */
	enum lmtp_outcome outcomes[4];
};

static void world_start(struct world *w)
{
	*w = (struct world){
	        .limits = {.hostname = "h", .message_bytes = 1000, .recipients = 3, .memory_bytes = 100000}};
	w->limits.memory_used = &w->memory_used;
	for (size_t i = 0; i < HILO_COUNT(w->outcomes); i++)
		w->outcomes[i] = LMTP_ACCEPTED;
	lmtp_session_init(&w->session, &w->limits);
}

static void world_end(struct world *w)
{
	lmtp_session_deinit(&w->session);
	assert_int_equal(w->memory_used, 0);
	buf_free(&w->out);
	buf_free(&w->delivered);
}

static void answer_recipient(struct world *w)
{
	const char *address = w->session.recipients[w->session.recipients_count].address;
	enum lmtp_outcome outcome = strncmp(address, "help", 4) == 0    ? LMTP_ACCEPTED
	                            : strncmp(address, "later", 5) == 0 ? LMTP_LATER
	                                                                : LMTP_UNKNOWN;
	lmtp_session_recipient(&w->session, outcome, NULL, &w->out);
}

/* deliver - answers the recipients from the last to the first: replies must come in order all the same. */
static void deliver(struct world *w)
{
	struct lmtp_session *s = &w->session;
	buf_printf(&w->delivered, "%s>", s->sender);
	for (size_t i = 0; i < s->recipients_count; i++)
		buf_printf(&w->delivered, "%s%s", i ? "," : "", s->recipients[i].address);
	buf_puts(&w->delivered, "\n");
	buf_append(&w->delivered, s->data.data, s->data.len);
	buf_puts(&w->delivered, "|");
	for (size_t i = s->recipients_count; i > 0; i--)
		assert_int_equal(lmtp_session_delivered(s, i - 1, w->outcomes[i - 1], &w->out), i == 1);
}

/* feed - in pieces of step bytes, as a network would. */
static void feed(struct world *w, const char *data, size_t size, size_t step)
{
	size_t at = 0;
	while (at < size && w->session.need != LMTP_NEED_CLOSE) {
		size_t used;
		enum lmtp_need need =
		        lmtp_session_run(&w->session, data + at, HILO_MIN(step, size - at), &used, &w->out);
		at += used;
		if (need == LMTP_NEED_RECIPIENT)
			answer_recipient(w);
		else if (need == LMTP_NEED_DELIVERY)
			deliver(w);
	}
}

static void assert_buf(const struct buf *b, const char *want)
{
	assert_string_equal(b->data ? b->data : "", want);
}

#define HELLO "LHLO mx\r\n"
#define HELLO_REPLY "250-h\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 SIZE 1000\r\n"
#define TO_DATA "MAIL FROM:<a@b>\r\nRCPT TO:<help@h>\r\nDATA\r\n"
#define TO_DATA_REPLY "250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on, end with a dot\r\n"
#define STORED "250 2.0.0 stored\r\n"
#define SYNTAX_MAIL "501 5.5.4 syntax: MAIL FROM:<address>\r\n"
#define SYNTAX_RCPT "501 5.5.4 syntax: RCPT TO:<address>\r\n"
#define SEQUENCE "503 5.5.1 bad sequence of commands\r\n"

static const struct {
	const char *name, *in, *replies, *delivered;
} dialogues[] = {
        {"one mail", HELLO TO_DATA "Hi\r\n.\r\nQUIT\r\n", HELLO_REPLY TO_DATA_REPLY STORED "221 2.0.0 bye\r\n",
         "a@b>help@h\nHi\r\n|"},
        {"two mails in one dialogue", HELLO TO_DATA "1\r\n.\r\n" TO_DATA "2\r\n.\r\n",
         HELLO_REPLY TO_DATA_REPLY STORED TO_DATA_REPLY STORED, "a@b>help@h\n1\r\n|a@b>help@h\n2\r\n|"},
        {"null path, lower case, blanks", "lhlo mx \r\nmail from: <> \r\nrcpt to: <help@h>\r\ndata\r\n.\r\n",
         HELLO_REPLY TO_DATA_REPLY STORED, ">help@h\n|"},
        {"route and quotes in paths",
         HELLO "MAIL FROM:<@x,@y:a@b>\r\nRCPT TO:<\"he>lp\\\"\"@h>\r\nRCPT TO:<help@h>\r\nDATA\r\n.\r\n",
         HELLO_REPLY
         "250 2.1.0 ok\r\n550 5.1.1 no such mailbox\r\n250 2.1.5 ok\r\n354 go on, end with a dot\r\n" STORED,
         "a@b>help@h\n|"},
        {"one reply for each accepted recipient, twice the same too",
         HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<help@h>\r\nRCPT TO:<nobody@h>\r\nRCPT TO:<help@h>\r\nRCPT "
               "TO:<later@h>\r\nDATA\r\nx\r\n.\r\n",
         HELLO_REPLY
         "250 2.1.0 ok\r\n250 2.1.5 ok\r\n550 5.1.1 no such mailbox\r\n250 2.1.5 ok\r\n"
         "451 4.3.0 cannot look that up now, try again later\r\n354 go on, end with a dot\r\n" STORED STORED,
         "a@b>help@h,help@h\nx\r\n|"},
        {"no accepted recipient", HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<nobody@h>\r\nDATA\r\n",
         HELLO_REPLY "250 2.1.0 ok\r\n550 5.1.1 no such mailbox\r\n503 5.5.1 no recipient was accepted\r\n", ""},
        {"too many recipients",
         HELLO
         "MAIL FROM:<a@b>\r\nRCPT TO:<help1@h>\r\nRCPT TO:<help2@h>\r\nRCPT TO:<help3@h>\r\nRCPT TO:<help4@h>\r\n",
         HELLO_REPLY
         "250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.1.5 ok\r\n250 2.1.5 ok\r\n452 4.5.3 too many recipients\r\n",
         ""},
        {"dots are removed", HELLO TO_DATA "..\r\n.a\r\n...b\r\nc.\r\n.\r\n", HELLO_REPLY TO_DATA_REPLY STORED,
         "a@b>help@h\n.\r\na\r\n..b\r\nc.\r\n|"},
        {"an empty mail", HELLO TO_DATA ".\r\n", HELLO_REPLY TO_DATA_REPLY STORED, "a@b>help@h\n|"},
        /* smuggling: nothing but CR LF dot CR LF ends the mail */
        {"LF dot LF is data", HELLO TO_DATA "x\n.\nMAIL FROM:<evil@b>\r\n.\r\n", HELLO_REPLY TO_DATA_REPLY STORED,
         "a@b>help@h\nx\n.\nMAIL FROM:<evil@b>\r\n|"},
        {"LF dot CRLF is data", HELLO TO_DATA "x\n.\r\ny\r\n.\r\n", HELLO_REPLY TO_DATA_REPLY STORED,
         "a@b>help@h\nx\n.\r\ny\r\n|"},
        {"CRLF dot LF is data", HELLO TO_DATA "x\r\n.\ny\r\n.\r\n", HELLO_REPLY TO_DATA_REPLY STORED,
         "a@b>help@h\nx\r\n\ny\r\n|"},
        {"CRLF dot CR x is data", HELLO TO_DATA "x\r\n.\rMAIL\r\n.\r\n", HELLO_REPLY TO_DATA_REPLY STORED,
         "a@b>help@h\nx\r\n\rMAIL\r\n|"},
        {"CR dot CR is data", HELLO TO_DATA "x\r.\ry\r\n.\r\n", HELLO_REPLY TO_DATA_REPLY STORED,
         "a@b>help@h\nx\r.\ry\r\n|"},
        {"CR CR LF dot CRLF ends once", HELLO TO_DATA "x\r\r\n.\r\n", HELLO_REPLY TO_DATA_REPLY STORED,
         "a@b>help@h\nx\r\r\n|"},
        {"CRLF dot CR CR LF is data", HELLO TO_DATA "x\r\n.\r\r\ny\r\n.\r\n", HELLO_REPLY TO_DATA_REPLY STORED,
         "a@b>help@h\nx\r\n\r\r\ny\r\n|"},
        /* bare line ends in commands are never obeyed */
        {"a command ended by LF", HELLO "NOOP\nNOOP\r\n",
         HELLO_REPLY "500 5.5.2 lines end with CR LF\r\n250 2.0.0 ok\r\n", ""},
        {"a CR inside a command", HELLO "NO\rOP\r\n", HELLO_REPLY "500 5.5.2 control character in command\r\n", ""},
        /* sequence */
        {"MAIL before LHLO", "MAIL FROM:<a@b>\r\n", SEQUENCE, ""},
        {"RCPT before MAIL", HELLO "RCPT TO:<help@h>\r\n", HELLO_REPLY SEQUENCE, ""},
        {"DATA before MAIL", HELLO "DATA\r\n", HELLO_REPLY SEQUENCE, ""},
        {"MAIL twice", HELLO "MAIL FROM:<a@b>\r\nMAIL FROM:<c@d>\r\n", HELLO_REPLY "250 2.1.0 ok\r\n" SEQUENCE, ""},
        {"RSET forgets", HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<help@h>\r\nRSET\r\nDATA\r\n",
         HELLO_REPLY "250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.0.0 ok\r\n" SEQUENCE, ""},
        {"LHLO forgets", HELLO "MAIL FROM:<a@b>\r\nLHLO mx\r\nRCPT TO:<help@h>\r\n",
         HELLO_REPLY "250 2.1.0 ok\r\n" HELLO_REPLY SEQUENCE, ""},
        {"NOOP, VRFY, RSET, QUIT before LHLO", "NOOP\r\nVRFY x\r\nRSET\r\nQUIT\r\n",
         "250 2.0.0 ok\r\n252 2.5.0 send mail and see\r\n250 2.0.0 ok\r\n221 2.0.0 bye\r\n", ""},
        /* bad arguments */
        {"LHLO without a name", "LHLO\r\n", "501 5.5.4 who are you?\r\n", ""},
        {"SMTP greetings", "EHLO x\r\nHELO x\r\n",
         "500 5.5.1 this is LMTP, say LHLO\r\n500 5.5.1 this is LMTP, say LHLO\r\n", ""},
        {"not offered", "BDAT 3 LAST\r\nSTARTTLS\r\nAUTH PLAIN\r\nEXPN x\r\n",
         "502 5.5.1 not implemented\r\n502 5.5.1 not implemented\r\n502 5.5.1 not implemented\r\n502 5.5.1 not "
         "implemented\r\n",
         ""},
        {"unknown", "FOO\r\n\r\nMAILX FROM:<a@b>\r\n",
         "500 5.5.2 unknown command\r\n500 5.5.2 unknown command\r\n500 5.5.2 unknown command\r\n", ""},
        {"MAIL without path",
         HELLO "MAIL FROM:a@b\r\nMAIL\r\nMAIL TO:<a@b>\r\nMAIL FROM:<a@b\r\nMAIL FROM:<a b@c>\r\nMAIL FROM:<a<b@c>\r\n",
         HELLO_REPLY SYNTAX_MAIL SYNTAX_MAIL SYNTAX_MAIL SYNTAX_MAIL SYNTAX_MAIL SYNTAX_MAIL, ""},
        {"RCPT without path", HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<>\r\nRCPT TO:\r\nRCPT FROM:<help@h>\r\n",
         HELLO_REPLY "250 2.1.0 ok\r\n" SYNTAX_RCPT SYNTAX_RCPT SYNTAX_RCPT, ""},
        {"DATA and RSET with arguments", HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<help@h>\r\nDATA x\r\nRSET x\r\n",
         HELLO_REPLY
         "250 2.1.0 ok\r\n250 2.1.5 ok\r\n501 5.5.4 DATA takes no argument\r\n501 5.5.4 RSET takes no argument\r\n",
         ""},
        {"8-bit addresses", HELLO "MAIL FROM:<\xc3\xa4@b>\r\nMAIL FROM:<a@b>\r\nRCPT TO:<h\xc3\xa4lp@h>\r\n",
         HELLO_REPLY "550 5.6.7 address is not ASCII\r\n250 2.1.0 ok\r\n553 5.6.7 address is not ASCII\r\n", ""},
        /* parameters */
        {"known parameters",
         HELLO "MAIL FROM:<a@b> SIZE=1000 BODY=8BITMIME\r\nRSET\r\nMAIL FROM:<a@b> body=7bit  size=0\r\n",
         HELLO_REPLY "250 2.1.0 ok\r\n250 2.0.0 ok\r\n250 2.1.0 ok\r\n", ""},
        {"declared too large", HELLO "MAIL FROM:<a@b> SIZE=1001\r\nMAIL FROM:<a@b> SIZE=99999999999999999999\r\n",
         HELLO_REPLY "552 5.3.4 message too large\r\n552 5.3.4 message too large\r\n", ""},
        {"bad parameters",
         HELLO
         "MAIL FROM:<a@b> SIZE=x\r\nMAIL FROM:<a@b> SIZE\r\nMAIL FROM:<a@b> BODY\r\nMAIL FROM:<a@b> BODY=BINARYMIME\r\n"
         "MAIL FROM:<a@b> SMTPUTF8\r\nMAIL FROM:<a@b>SIZE=1\r\nMAIL FROM:<a@b>\r\nRCPT TO:<help@h> NOTIFY=NEVER\r\n",
         HELLO_REPLY "501 5.5.4 SIZE wants a number\r\n501 5.5.4 SIZE wants a number\r\n501 5.5.4 BODY wants a "
                     "value\r\n504 5.5.4 unknown BODY\r\n"
                     "555 5.5.4 unknown parameter\r\n555 5.5.4 unknown parameter\r\n250 2.1.0 ok\r\n555 5.5.4 unknown "
                     "parameter\r\n",
         ""},
};

static void test_dialogues_come_out_the_same_however_they_are_cut(void **state)
{
	static const size_t steps[] = {100000, 1, 7};
	for (size_t i = 0; i < HILO_COUNT(dialogues); i++)
		for (size_t j = 0; j < HILO_COUNT(steps); j++) {
			struct world w;
			world_start(&w);
			feed(&w, dialogues[i].in, strlen(dialogues[i].in), steps[j]);
			if (strcmp(w.out.data ? w.out.data : "", dialogues[i].replies) != 0)
				print_error("dialogue: %s\n", dialogues[i].name);
			assert_buf(&w.out, dialogues[i].replies);
			assert_buf(&w.delivered, dialogues[i].delivered);
			world_end(&w);
		}
}

static void test_each_outcome_has_its_reply_in_the_order_of_recipients(void **state)
{
	static const struct {
		enum lmtp_outcome outcomes[3];
		const char *replies;
	} rows[] = {
	        {{LMTP_ACCEPTED, LMTP_LATER, LMTP_NO_SPACE},
	         STORED "451 4.3.0 cannot store it now, try again later\r\n452 4.3.1 no space for it now, try again "
	                "later\r\n"},
	        {{LMTP_TOO_LARGE, LMTP_UNKNOWN, LMTP_ACCEPTED},
	         "552 5.3.4 message too large\r\n550 5.1.1 no such mailbox\r\n" STORED},
	};
	for (size_t i = 0; i < HILO_COUNT(rows); i++) {
		struct world w;
		world_start(&w);
		memcpy(w.outcomes, rows[i].outcomes, sizeof(rows[i].outcomes));
		const char *in = HELLO
		        "MAIL FROM:<a@b>\r\nRCPT TO:<help1@h>\r\nRCPT TO:<help2@h>\r\nRCPT TO:<help3@h>\r\nDATA\r\n";
		feed(&w, in, strlen(in), 1000);
		buf_clear(&w.out);
		feed(&w, ".\r\n", 3, 3);
		assert_buf(&w.out, rows[i].replies);
		world_end(&w);
	}
}

static void test_what_is_larger_than_allowed_is_swallowed_and_refused(void **state)
{
	struct world w;
	world_start(&w);
	char line[101];
	memset(line, 'x', sizeof(line));
	memcpy(line + 98, "\r\n", 3);
	feed(&w, HELLO TO_DATA, strlen(HELLO TO_DATA), 1000);
	for (int i = 0; i < 11; i++)
		feed(&w, line, 100, 33);
	assert_int_equal(w.session.data.len, 0);
	assert_int_equal(w.memory_used, 0);
	buf_clear(&w.out);
	feed(&w, ".\r\nNOOP\r\n", 9, 100);
	assert_buf(&w.out, "552 5.3.4 message too large\r\n250 2.0.0 ok\r\n");
	assert_buf(&w.delivered, "");
	world_end(&w);
}

static void test_a_full_process_takes_the_mail_later(void **state)
{
	struct world w;
	world_start(&w);
	w.limits.memory_bytes = 10;
	feed(&w, HELLO TO_DATA, strlen(HELLO TO_DATA), 1000);
	buf_clear(&w.out);
	feed(&w, "more than ten bytes\r\n.\r\n", 24, 100);
	assert_buf(&w.out, "452 4.3.1 no space for it now, try again later\r\n");
	world_end(&w);
}

static void test_overlong_commands_are_refused_whole(void **state)
{
	static const size_t sizes[] = {1000, 100000};
	for (size_t i = 0; i < HILO_COUNT(sizes); i++) {
		struct world w;
		world_start(&w);
		struct buf in = {0};
		buf_puts(&in, "NOOP ");
		memset(buf_reserve(&in, sizes[i]), 'x', sizes[i]);
		in.len += sizes[i];
		buf_puts(&in, "\r\nNOOP\r\n");
		feed(&w, in.data, in.len, 4096);
		assert_buf(&w.out, "500 5.5.2 line too long\r\n250 2.0.0 ok\r\n");
		buf_free(&in);
		world_end(&w);
	}
}

static void test_a_long_path_is_refused(void **state)
{
	struct world w;
	world_start(&w);
	char in[512];
	int size = snprintf(in, sizeof(in), HELLO "MAIL FROM:<%0330d@b>\r\n", 0);
	feed(&w, in, (size_t)size, 1000);
	assert_buf(&w.out, HELLO_REPLY SYNTAX_MAIL);
	world_end(&w);
}

static void test_a_nul_in_a_command_is_refused(void **state)
{
	struct world w;
	world_start(&w);
	feed(&w, "NOOP\0x\r\n", 8, 100);
	assert_buf(&w.out, "500 5.5.2 control character in command\r\n");
	world_end(&w);
}

static void test_twenty_faults_end_the_dialogue(void **state)
{
	struct world w;
	world_start(&w);
	for (int i = 0; i < 25; i++)
		feed(&w, "FOO\r\n", 5, 5);
	assert_int_equal(w.session.need, LMTP_NEED_CLOSE);
	const char *last = "500 5.5.2 unknown command\r\n421 4.7.0 too many errors\r\n";
	assert_string_equal(w.out.data + w.out.len - strlen(last), last);
	world_end(&w);
}

static void test_guessing_recipients_ends_with_452(void **state)
{
	struct world w;
	world_start(&w);
	const char *in = HELLO "MAIL FROM:<a@b>\r\n";
	feed(&w, in, strlen(in), 1000);
	for (int i = 0; i < 31; i++) {
		buf_clear(&w.out);
		feed(&w, "RCPT TO:<guess@h>\r\n", 19, 100);
	}
	assert_buf(&w.out, "452 4.5.3 too many recipients\r\n");
	world_end(&w);
}

static void test_a_busy_server_says_so_at_mail(void **state)
{
	struct world w;
	world_start(&w);
	w.session.is_busy = true;
	const char *in = HELLO "MAIL FROM:<a@b>\r\n";
	feed(&w, in, strlen(in), 1000);
	assert_buf(&w.out, HELLO_REPLY "451 4.3.2 busy, try again later\r\n");
	world_end(&w);
}

static void test_a_closing_server_finishes_the_message_then_says_421(void **state)
{
	struct world w;
	world_start(&w);
	feed(&w, HELLO TO_DATA, strlen(HELLO TO_DATA), 1000);
	w.session.is_closing = true;
	buf_clear(&w.out);
	feed(&w, "x\r\n.\r\nNOOP\r\n", 13, 100);
	assert_buf(&w.out, STORED "421 4.3.2 shutting down\r\n");
	assert_int_equal(w.session.need, LMTP_NEED_CLOSE);
	world_end(&w);
}

static void test_greetings(void **state)
{
	struct world w;
	world_start(&w);
	lmtp_session_greet(&w.session, &w.out);
	assert_buf(&w.out, "220 h LMTP ready\r\n");
	w.session.is_closing = true;
	buf_clear(&w.out);
	lmtp_session_greet(&w.session, &w.out);
	assert_buf(&w.out, "421 4.3.2 too busy, try again later\r\n");
	assert_int_equal(w.session.need, LMTP_NEED_CLOSE);
	world_end(&w);
}

static void test_a_peer_that_does_not_read_stops_the_machine(void **state)
{
	struct world w;
	world_start(&w);
	struct buf in = {0};
	for (int i = 0; i < 5000; i++)
		buf_puts(&in, "NOOP\r\n");
	size_t used;
	assert_int_equal(lmtp_session_run(&w.session, in.data, in.len, &used, &w.out), LMTP_NEED_INPUT);
	assert_true(used < in.len && w.out.len < LMTP_OUT_BYTES + 100);
	buf_free(&in);
	world_end(&w);
}

static void test_the_table_is_sound(void **state)
{
	HILO_AUTO(buf) struct buf fault = {0};
	assert_int_equal(fsm_check(&lmtp_fsm, &fault), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(test_dialogues_come_out_the_same_however_they_are_cut),
	        testing_case(test_each_outcome_has_its_reply_in_the_order_of_recipients),
	        testing_case(test_what_is_larger_than_allowed_is_swallowed_and_refused),
	        testing_case(test_a_full_process_takes_the_mail_later),
	        testing_case(test_overlong_commands_are_refused_whole),
	        testing_case(test_a_long_path_is_refused),
	        testing_case(test_a_nul_in_a_command_is_refused),
	        testing_case(test_twenty_faults_end_the_dialogue),
	        testing_case(test_guessing_recipients_ends_with_452),
	        testing_case(test_a_busy_server_says_so_at_mail),
	        testing_case(test_a_closing_server_finishes_the_message_then_says_421),
	        testing_case(test_greetings),
	        testing_case(test_a_peer_that_does_not_read_stops_the_machine),
	        testing_case(test_the_table_is_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
