/* intake.c - from a mail's bytes to accepted messages. */
#include "intake.h"

#include "base/log.h"
#include "mail_address.h"

/* Parsing costs about 3 ms a megabyte; beyond this a mail is parsed in the store's thread. */
enum { PARSE_HERE_BYTES = 64 * 1024 };

struct intake {
	struct intake_options options;
};

struct job;

/* a file of the mail on its way into the store; the raw mail is one too */
struct piece {
	struct job *job;
	char name[FILES_NAME];
};

struct job {
	struct intake *intake;
	struct arena *arena;
	struct buf data;
	const char *sender;
	struct intake_recipient *recipients;
	size_t recipients_count, answered;
	struct mail mail;
	struct piece *pieces; /* one for each file of the mail, then the raw mail */
	size_t pieces_left;
	int fault; /* negative errno: a piece could not be stored */
	void (*on_recipient)(void *arg, size_t i, enum intake_outcome outcome);
	void (*on_done)(void *arg, size_t bytes);
	void *arg;
};

/* where the answer for one recipient goes */
struct ticket {
	struct job *job;
	size_t i;
};

/* ---- the end ---- */

static void answer(struct job *job, size_t i, enum intake_outcome outcome)
{
	job->on_recipient(job->arg, i, outcome);
	if (++job->answered < job->recipients_count)
		return;
	size_t bytes = job->data.size;
	buf_free(&job->data);
	job->on_done(job->arg, bytes);
	struct arena *arena = job->arena; /* the job lies in it */
	arena_free(&arena);
}

static void answer_all(struct job *job, enum intake_outcome outcome)
{
	for (size_t i = 0, count = job->recipients_count; i < count; i++)
		answer(job, i, outcome);
}

/* ---- one message for each recipient ---- */

static void on_accepted(void *arg, enum channel_result result, const struct uuid *message_id)
{
	struct ticket *ticket = arg;
	(void)message_id;
	answer(ticket->job, ticket->i, result == CHANNEL_RETRY ? INTAKE_LATER : INTAKE_STORED);
}

static const struct channel_file *stored_files(struct job *job)
{
	const struct mail *mail = &job->mail;
	struct channel_file *files = arena_new_array(job->arena, struct channel_file, mail->files_count);
	for (size_t i = 0; i < mail->files_count; i++)
		files[i] = (struct channel_file){
		        .name = mail->files[i].name,
		        .content_type = mail->files[i].content_type,
		        .content_id = mail->files[i].content_id,
		        .sha256 = job->pieces[i].name,
		        .size_bytes = mail->files[i].size,
		        .is_inline = mail->files[i].is_inline,
		};
	return files;
}

static struct channel_inbound inbound_of(struct job *job)
{
	const struct mail *mail = &job->mail;
	bool is_ours = mail->from_address && directory_knows(job->intake->options.directory, mail->from_address);
	return (struct channel_inbound){
	        .channel = HILO__V1__CHANNEL__CHANNEL_EMAIL,
	        .dedupe_key = mail->dedupe_key,
	        .contact_address = mail->from_address,
	        .contact_name = mail->from_name,
	        .level = mail->is_verified ? HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED : HILO__V1__LEVEL__LEVEL_CLAIMED,
	        .subject = mail->subject,
	        .text = mail->text,
	        .html = mail->html,
	        .text_quote = mail->text_quote,
	        .html_quote = mail->html_quote,
	        .rfc_message_id = mail->message_id,
	        .thread_ids = mail->thread_ids,
	        .thread_ids_count = mail->thread_ids_count,
	        .to_json = mail->to_json,
	        .cc_json = mail->cc_json,
	        .automatic = mail->is_automatic || is_ours,
	        .sent_us = mail->sent_us,
	        .raw = job->data.data,
	        .raw_size = job->data.len,
	        .raw_file = job->data.len > CHANNEL_RAW_BYTES ? job->pieces[mail->files_count].name : NULL,
	        .files = stored_files(job),
	        .files_count = mail->files_count,
	        .parse_error = mail->error,
	};
}

/* tag_of - what the envelope says, else what the mail's header does. */
static const char *tag_of(struct job *job, const struct intake_recipient *recipient)
{
	char *plain, *tag;
	for (size_t i = 0; !recipient->tag && recipient->address && i < job->mail.tagged_count; i++)
		if (mail_address_untag(job->arena, job->mail.tagged[i], &plain, &tag) &&
		    strcmp(plain, recipient->address) == 0)
			return tag;
	return recipient->tag;
}

static void accept_all(struct job *job)
{
	struct channel *channel = job->intake->options.channel;
	struct channel_inbound inbound = inbound_of(job);
	for (size_t i = 0, count = job->recipients_count; i < count; i++) {
		struct ticket *ticket = arena_new_object(job->arena, struct ticket);
		*ticket = (struct ticket){job, i};
		inbound.inbox_id = job->recipients[i].inbox_id;
		inbound.recipient_tag = tag_of(job, &job->recipients[i]);
		channel_accept(channel, &inbound, on_accepted, ticket);
	}
}

/* ---- files ---- */

static void pieces_stored(struct job *job)
{
	if (job->fault == 0) {
		accept_all(job);
		return;
	}
	log_error("mail.not_stored", "error=%s", strerror(-job->fault));
	answer_all(job, job->fault == -ENOSPC || job->fault == -EDQUOT ? INTAKE_NO_SPACE : INTAKE_LATER);
}

static void on_put(void *arg, int rc, const char *name)
{
	struct piece *piece = arg;
	if (rc < 0)
		piece->job->fault = rc;
	else
		memcpy(piece->name, name, FILES_NAME);
	if (--piece->job->pieces_left == 0)
		pieces_stored(piece->job);
}

static void put_piece(struct job *job, size_t i, const void *data, size_t size)
{
	job->pieces[i].job = job;
	files_put(channel_files(job->intake->options.channel), data, size, on_put, &job->pieces[i]);
}

static void store_pieces(struct job *job)
{
	size_t count = job->mail.files_count;
	bool is_large = job->data.len > CHANNEL_RAW_BYTES;
	job->pieces = arena_new_array(job->arena, struct piece, count + 1);
	job->pieces_left = count + is_large;
	if (job->pieces_left == 0) {
		accept_all(job);
		return;
	}
	for (size_t i = 0; i < count; i++)
		put_piece(job, i, job->mail.files[i].data, job->mail.files[i].size);
	if (is_large)
		put_piece(job, count, job->data.data, job->data.len);
}

/* ---- parsing ---- */

static void parse(void *arg)
{
	struct job *job = arg;
	mail_parse(job->arena, &mail_default_limits, &job->intake->options.trust, job->sender,
	           job->data.data ? job->data.data : "", job->data.len, &job->mail);
}

static void on_parsed(void *arg)
{
	store_pieces(arg);
}

void intake_take(struct intake *intake, const char *sender, struct buf *data, const struct intake_recipient *recipients,
                 size_t count, void (*on_recipient)(void *arg, size_t i, enum intake_outcome outcome),
                 void (*on_done)(void *arg, size_t bytes), void *arg)
{
	struct arena *arena = arena_new(0);
	struct job *job = arena_new_object(arena, struct job);
	*job = (struct job){
	        .intake = intake,
	        .arena = arena,
	        .data = *data,
	        .sender = arena_strdup(arena, sender),
	        .recipients = arena_memdup(arena, recipients, count * sizeof(*recipients)),
	        .recipients_count = count,
	        .on_recipient = on_recipient,
	        .on_done = on_done,
	        .arg = arg,
	};
	*data = (struct buf){0};
	for (size_t i = 0; i < count; i++) {
		job->recipients[i].address = arena_strdup(arena, recipients[i].address);
		job->recipients[i].tag = arena_strdup(arena, recipients[i].tag);
	}
	if (job->data.len > PARSE_HERE_BYTES) {
		files_run(channel_files(intake->options.channel), parse, on_parsed, job);
		return;
	}
	parse(job);
	on_parsed(job);
}

struct intake *intake_new(const struct intake_options *options)
{
	struct intake *intake = hilo_new(struct intake);
	intake->options = *options;
	g_mime_init();
	return intake;
}

void intake_free(struct intake **intake)
{
	free(HILO_STEAL(*intake));
}
