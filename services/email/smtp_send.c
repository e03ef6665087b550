/* smtp_send.c - one reply over SMTP: relay, files, bytes, curl, outcome. */
#include "smtp_send.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "mail_address.h"
#include "mail_compose.h"
#include "smtp_parse.h"
#include "store.h"

enum {
	PARALLEL = 64,
	CONNECT_MS = 30000,
	REPLY_MS = 600000, /* RFC 5321, 4.5.3.2.6: ten minutes for the answer to the final dot */
	TRANSFER_MS = 1200000,
	FILES_MAX = 100,
};

struct smtp_sender {
	struct smtp_options options;
	struct client *client;
	struct files *files;
};

/* one try */
struct transfer {
	struct smtp_sender *sender;
	struct channel_outbound *out;
	struct arena *arena;
	struct smtp_relay relay;
	struct mail_out mail;
	struct mail_out_file *files;
	char **paths;
	size_t files_count;
	int fault; /* negative errno: a file cannot be had */
	struct compose *compose;
	struct curl_slist *recipients;
	CURL *easy;
	struct smtp_course course;
	char error[CURL_ERROR_SIZE];
};

static void transfer_end(struct transfer *t, enum channel_delivery delivery, const char *answer)
{
	struct arena *arena = t->arena;
	channel_outbound_done(t->out, delivery, answer);
	for (size_t i = 0; i < t->files_count; i++)
		if (t->files[i].fd >= 0)
			close(t->files[i].fd);
	compose_free(&t->compose);
	curl_slist_free_all(t->recipients);
	curl_easy_cleanup(t->easy);
	buf_free(&t->course.answer);
	arena_free(&arena);
}

/* ---- curl ---- */

static size_t on_read(char *to, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	t->course.phase = SMTP_BODY;
	ssize_t got = compose_read(t->compose, to, size * count);
	return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

static size_t on_reply(char *line, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	smtp_course_heard(&t->course, line, size * count);
	return size * count;
}

static int on_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *arg)
{
	struct transfer *t = arg;
	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		smtp_course_said(&t->course, data, size);
	return 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	(void)data, (void)arg;
	return size * count;
}

static void on_sent(void *arg, CURL *easy, CURLcode code)
{
	struct transfer *t = arg;
	long response = 0;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response);
	enum channel_delivery delivery = smtp_delivery(code, response, t->course.phase);
	bool is_heard = t->course.answer.len > 0 && (code == CURLE_OK || response >= 400);
	const char *why = *t->error ? t->error : curl_easy_strerror(code);
	if (delivery != CHANNEL_SENT)
		log_warn("smtp.not_sent", "attempt=%d curl=%d response=%d phase=%d final=%s", t->out->attempt,
		         (int)code, (int)response, (int)t->course.phase, delivery == CHANNEL_FAILED ? "yes" : "no");
	transfer_end(t, delivery, is_heard ? t->course.answer.data : why);
}

void smtp_set_relay(CURL *easy, const struct smtp_relay *relay)
{
	static const long use_ssl[] = {[SMTP_TLS_NONE] = CURLUSESSL_NONE,
	                               [SMTP_TLS_MAYBE] = CURLUSESSL_TRY,
	                               [SMTP_TLS_REQUIRED] = CURLUSESSL_ALL};
	bool is_checked = relay->tls == SMTP_TLS_REQUIRED || strncmp(relay->url, "smtps:", 6) == 0;
	curl_easy_setopt(easy, CURLOPT_URL, relay->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_USE_SSL, use_ssl[relay->tls]);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, is_checked ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, is_checked ? 2L : 0L);
	if (relay->user) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, relay->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, relay->password ? relay->password : "");
	}
}

static void start(struct transfer *t)
{
	t->easy = curl_easy_init();
	t->recipients = curl_slist_append(NULL, t->mail.to_address);
	curl_easy_setopt(t->easy, CURLOPT_MAIL_FROM, t->mail.from_address);
	curl_easy_setopt(t->easy, CURLOPT_MAIL_RCPT, t->recipients);
	curl_easy_setopt(t->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)compose_size(t->compose));
	curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_reply);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(t->easy, CURLOPT_VERBOSE, 1L); /* on_debug sees what is said */
	curl_easy_setopt(t->easy, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(t->easy, CURLOPT_DEBUGDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(t->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)REPLY_MS / 1000);
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)TRANSFER_MS);
	smtp_set_relay(t->easy, &t->relay);
	client_start(t->sender->client, t->easy, on_sent, t);
}

/* ---- the mail ---- */

static bool has_text(const char *text)
{
	return text && *text;
}

/* describe - the reply in the composer's words. */
static void describe(struct transfer *t)
{
	const struct channel_outbound *out = t->out;
	const Hilo__V1__MessageSubmitted *body = out->message;
	char id[UUID_TEXT];
	t->mail = (struct mail_out){
	        .from_name = out->inbox_name,
	        .from_address = out->inbox_address,
	        .to_name = body->to_name,
	        .to_address = mail_address_normalise(t->arena, body->to_address),
	        .reply_to = has_text(body->reply_tag) ? mail_address_tag(t->arena, out->inbox_address, body->reply_tag)
	                                              : NULL,
	        .subject = body->subject,
	        .text = body->text,
	        .html = body->html,
	        .message_id = body->rfc_message_id,
	        .in_reply_to = body->in_reply_to,
	        .references = body->references,
	        .references_count = body->n_references,
	        .date_us = out->submitted_us,
	        .loop_mark = t->sender->options.loop_mark,
	        .is_automatic = uuid_is_nil(&out->conversation_id),
	        .files = t->files,
	        .files_count = t->files_count,
	};
	if (!has_text(body->rfc_message_id)) /* the same from every replica: a notice always comes without */
		t->mail.message_id = arena_printf(t->arena, "%s@%s", uuid_format(&out->message_id, id),
		                                  mail_address_domain(out->inbox_address));
}

static void compose_and_start(struct transfer *t)
{
	describe(t);
	if (mail_compose(&t->mail, &t->compose) < 0)
		transfer_end(t, CHANNEL_FAILED, "the sender's or the recipient's address is no mail address");
	else
		start(t);
}

/* ---- files ---- */

/* open_files - in the store's thread: also brings them into memory, so that reading them does not hold up the loop. */
static void open_files(void *arg)
{
	struct transfer *t = arg;
	for (size_t i = 0; i < t->files_count && t->fault == 0; i++) {
		struct stat found;
		struct mail_out_file *file = &t->files[i];
		file->fd = open(t->paths[i], O_RDONLY | O_CLOEXEC);
		if (file->fd < 0 || fstat(file->fd, &found) < 0)
			t->fault = -errno;
		else if ((uint64_t)found.st_size != file->size_bytes)
			t->fault = -ENOENT;
		else
			readahead(file->fd, 0, (size_t)found.st_size);
	}
}

static void on_files_open(void *arg)
{
	struct transfer *t = arg;
	if (t->fault == 0) {
		compose_and_start(t);
		return;
	}
	log_error("smtp.file_missing", "error=%s", strerror(-t->fault));
	transfer_end(t, t->fault == -ENOENT ? CHANNEL_FAILED : CHANNEL_LATER, "an attached file cannot be read");
}

static bool is_hash(const char *text)
{
	return strlen(text) == FILES_NAME - 1 && text[strspn(text, "0123456789abcdef")] == '\0';
}

/* list_files - Returns: false if one of them cannot be in the store. */
static bool list_files(struct transfer *t)
{
	const Hilo__V1__MessageSubmitted *body = t->out->message;
	size_t count = body->n_attachments;
	if (count > FILES_MAX)
		return false;
	t->files = arena_new_array(t->arena, struct mail_out_file, count);
	t->paths = arena_new_array(t->arena, char *, count);
	for (size_t i = 0; i < count; i++) {
		const Hilo__V1__Attachment *a = body->attachments[i];
		char path[PATH_MAX];
		if (!is_hash(a->sha256))
			return false;
		files_path(t->sender->files, a->sha256, path);
		t->paths[i] = arena_strdup(t->arena, path);
		t->files[i] =
		        (struct mail_out_file){a->name, a->content_type, a->content_id, a->inline_, a->size_bytes, -1};
		t->files_count++;
	}
	return true;
}

static void take_files(struct transfer *t)
{
	if (!list_files(t))
		transfer_end(t, CHANNEL_FAILED, "an attached file cannot be read");
	else if (t->files_count == 0)
		compose_and_start(t);
	else
		files_run(t->sender->files, open_files, on_files_open, t);
}

/* ---- the relay ---- */

/* relay_url - the inbox's own relay, else the default one. Returns: NULL and why. */
static const char *relay_url(struct transfer *t, const struct db_result *rows, const char **ret_why)
{
	const struct smtp_options *options = &t->sender->options;
	size_t size = 0;
	const void *sealed = db_rows(rows) > 0 ? db_get_bytes(rows, 0, 0, &size) : NULL;
	char *url = NULL;
	if (!sealed) {
		*ret_why = "no relay is configured";
		return has_text(options->url) ? options->url : NULL;
	}
	*ret_why = "the inbox's relay cannot be opened with this installation's key";
	if (!options->seal_key || seal_open(t->arena, options->seal_key, sealed, size, &url) < 0)
		return NULL;
	return url;
}

static void on_relay(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct transfer *t = arg;
	const char *why = "the database is away", *url = outcome->fault == DB_OK ? relay_url(t, rows, &why) : NULL;
	if (url && smtp_relay_parse(t->arena, url, t->sender->options.hostname, &t->relay) < 0) {
		why = "the relay's address is no smtp:// or smtps:// URL";
		url = NULL;
	}
	if (url) {
		take_files(t);
		return;
	}
	log_error("smtp.no_relay", "error=%s", why);
	transfer_end(t, CHANNEL_LATER, why);
}

void smtp_send(void *arg, struct channel_outbound *out)
{
	struct smtp_sender *sender = arg;
	struct arena *arena = arena_new(8192);
	struct transfer *t = arena_new_object(arena, struct transfer);
	t->sender = sender;
	t->arena = arena;
	t->out = out;
	store_read_relay(sender->options.db, &out->inbox_id, on_relay, t);
}

struct smtp_sender *smtp_sender_new(const struct smtp_options *options)
{
	struct smtp_sender *sender = hilo_new(struct smtp_sender);
	sender->options = *options;
	sender->client = client_new(options->loop, PARALLEL);
	return sender;
}

const struct smtp_options *smtp_sender_options(const struct smtp_sender *sender)
{
	return &sender->options;
}

struct client *smtp_sender_client(struct smtp_sender *sender)
{
	return sender->client;
}

void smtp_sender_set_files(struct smtp_sender *sender, struct files *files)
{
	sender->files = files;
}

void smtp_sender_free(struct smtp_sender **sender)
{
	struct smtp_sender *old = sender ? HILO_STEAL(*sender) : NULL;
	if (!old)
		return;
	client_free(&old->client);
	free(old);
}
