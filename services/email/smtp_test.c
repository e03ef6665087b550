/* smtp_test.c - a mail inbox is tried: its relay is spoken to until it takes a mail from the inbox to itself, which is then
 * not sent. */
#include "mail_address.h"
#include "smtp_parse.h"
#include "smtp_send.h"
#include "store.h"

enum { CONNECT_MS = 10000, LIMIT_MS = 20000 };

struct test {
	struct smtp_sender *sender;
	struct channel_trial *trial;
	struct arena *arena;
	const char *address; /* the inbox's, as it goes over the wire */
	struct smtp_relay relay;
	struct curl_slist *recipients;
	CURL *easy;
	struct smtp_course course;
	bool has_asked, is_accepted; /* RCPT was said last; and answered well */
	char error[CURL_ERROR_SIZE];
};

static void pass(struct test *t, const char *step, const char *detail)
{
	channel_trial_step(t->trial, step, true, "ok", detail);
}

static void skip(struct test *t, const char *step, const char *detail)
{
	channel_trial_step(t->trial, step, true, "skipped", detail);
}

static void fail(struct test *t, const char *step, const char *code, const char *detail)
{
	channel_trial_step(t->trial, step, false, code, detail);
}

/* ---- what the transfer found ---- */

enum stage { RESOLVE, CONNECT, TLS, SIGN_IN, SEND, STAGES };
static const char *const stage_words[] = {"resolve", "connect", "tls", "sign_in", "send"};

/* timed_out - where it stood still. */
static enum stage timed_out(const struct test *t)
{
	curl_off_t looked_up_us = 0, connected_us = 0;
	curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &looked_up_us);
	curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
	if (looked_up_us == 0)
		return RESOLVE;
	return connected_us > 0 && t->course.phase != SMTP_CONNECTING ? SEND : CONNECT;
}

/* failing_stage - Returns: STAGES when nothing failed; the word for what was found. */
static enum stage failing_stage(const struct test *t, CURLcode code, const char **ret_word)
{
	static const struct {
		CURLcode code;
		enum stage stage;
		const char *word;
	} rows[] = {
	        {CURLE_COULDNT_RESOLVE_HOST, RESOLVE, "not_found"},
	        {CURLE_COULDNT_CONNECT, CONNECT, "refused"},
	        {CURLE_PEER_FAILED_VERIFICATION, TLS, "certificate"},
	        {CURLE_SSL_CONNECT_ERROR, TLS, "unexpected"},
	        {CURLE_USE_SSL_FAILED, TLS, "no_tls"},
	        {CURLE_LOGIN_DENIED, SIGN_IN, "denied"},
	};
	if (t->is_accepted)
		return STAGES;
	for (size_t i = 0; i < HILO_COUNT(rows); i++)
		if (rows[i].code == code) {
			*ret_word = rows[i].word;
			return rows[i].stage;
		}
	*ret_word = code == CURLE_OPERATION_TIMEDOUT ? "timeout"
	            : t->course.answer.len > 0       ? "rejected"
	                                             : "unexpected";
	if (code == CURLE_OPERATION_TIMEDOUT)
		return timed_out(t);
	return t->course.phase == SMTP_CONNECTING ? CONNECT : SEND;
}

static const char *detail_of(struct test *t, enum stage stage)
{
	curl_off_t encrypted_us = 0;
	char *ip = NULL;
	curl_easy_getinfo(t->easy, CURLINFO_APPCONNECT_TIME_T, &encrypted_us);
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
	if (stage == RESOLVE || stage == CONNECT)
		return ip ? arena_strdup(t->arena, ip) : "";
	if (stage == TLS)
		return encrypted_us > 0 ? "" : "not encrypted";
	if (stage == SIGN_IN)
		return t->relay.user ? t->relay.user : "without a password";
	return t->course.answer.data ? t->course.answer.data : "";
}

static void report(struct test *t, CURLcode code)
{
	const char *word = "ok";
	enum stage failed = failing_stage(t, code, &word);
	bool is_heard = t->course.answer.len > 0 && t->course.answer.data[0] >= '4';
	for (enum stage stage = RESOLVE; stage < failed && stage < STAGES; stage++) {
		const char *detail = detail_of(t, stage);
		if ((stage == TLS && *detail) || (stage == SIGN_IN && !t->relay.user))
			skip(t, stage_words[stage], detail);
		else
			pass(t, stage_words[stage], detail);
	}
	if (failed < STAGES)
		fail(t, stage_words[failed], word,
		     is_heard   ? t->course.answer.data
		     : *t->error ? t->error
		                 : curl_easy_strerror(code));
}

/* ---- the transfer ---- */

static void end(struct test *t)
{
	curl_slist_free_all(t->recipients);
	curl_easy_cleanup(t->easy);
	buf_free(&t->course.answer);
	channel_trial_done(t->trial); /* t lies in its arena */
}

static void on_tried(void *arg, CURL *easy, CURLcode code)
{
	struct test *t = arg;
	(void)easy;
	report(t, code);
	end(t);
}

static int on_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *arg)
{
	struct test *t = arg;
	(void)easy;
	if (type == CURLINFO_HEADER_OUT) {
		smtp_course_said(&t->course, data, size);
		t->has_asked = size > 5 && memcmp(data, "RCPT ", 5) == 0;
	}
	return 0;
}

/* on_reply - the recipient was taken: that is all we wanted to know, and curl goes before it says DATA. */
static size_t on_reply(char *line, size_t size, size_t count, void *arg)
{
	struct test *t = arg;
	smtp_course_heard(&t->course, line, size * count);
	t->is_accepted = t->has_asked && size * count > 3 && line[0] == '2' && line[3] != '-';
	return t->is_accepted ? 0 : size * count;
}

static size_t on_read(char *to, size_t size, size_t count, void *arg)
{
	(void)to, (void)size, (void)count, (void)arg;
	return CURL_READFUNC_ABORT; /* nothing is ever sent */
}

static void start(struct test *t)
{
	t->easy = curl_easy_init();
	t->recipients = curl_slist_append(NULL, t->address);
	smtp_set_relay(t->easy, &t->relay);
	curl_easy_setopt(t->easy, CURLOPT_MAIL_FROM, t->address);
	curl_easy_setopt(t->easy, CURLOPT_MAIL_RCPT, t->recipients);
	curl_easy_setopt(t->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_reply);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_VERBOSE, 1L); /* on_debug sees what is said */
	curl_easy_setopt(t->easy, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(t->easy, CURLOPT_DEBUGDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)LIMIT_MS);
	client_start(smtp_sender_client(t->sender), t->easy, on_tried, t);
}

/* ---- the inbox ---- */

/* read_relay - the inbox's own relay, else the default one. Returns: false after the step that failed. */
static bool read_relay(struct test *t, const void *sealed, size_t size)
{
	const struct smtp_options *options = smtp_sender_options(t->sender);
	const char *url = options->url;
	char *own;
	if (sealed && (!options->seal_key || seal_open(t->arena, options->seal_key, sealed, size, &own) < 0)) {
		fail(t, "secret", "cannot_open", "");
		return false;
	}
	if (sealed)
		url = own;
	if (!url || !*url || smtp_relay_parse(t->arena, url, options->hostname, &t->relay) < 0) {
		fail(t, "secret", "missing", "");
		return false;
	}
	if (sealed)
		pass(t, "secret", "");
	else
		skip(t, "secret", "the installation's relay");
	return true;
}

static void on_inbox(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct test *t = arg;
	const void *sealed;
	size_t size = 0;
	if (outcome->fault != DB_OK || db_rows(rows) == 0) {
		fail(t, "address", outcome->fault == DB_OK ? "missing" : "unexpected", "");
		channel_trial_done(t->trial);
		return;
	}
	t->address = mail_address_normalise(t->arena, db_get_text(rows, 0, 0));
	if (t->address)
		pass(t, "address", t->address);
	else
		fail(t, "address", "unexpected", db_get_text(rows, 0, 0));
	if (db_get_bool(rows, 0, 1))
		pass(t, "receive", smtp_sender_options(t->sender)->lmtp_address);
	else
		fail(t, "receive", "inactive", "");
	sealed = db_get_bytes(rows, 0, 2, &size);
	if (read_relay(t, sealed, size) && t->address)
		start(t);
	else
		channel_trial_done(t->trial);
}

void smtp_test(void *arg, struct channel_trial *trial)
{
	struct test *t = arena_new_object(channel_trial_arena(trial), struct test);
	*t = (struct test){.sender = arg, .trial = trial, .arena = channel_trial_arena(trial)};
	store_read_tested(smtp_sender_options(t->sender)->db, channel_trial_inbox(trial), on_inbox, t);
}
