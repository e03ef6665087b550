/* mail_parse.c - a mail's header as the suite's terms, and its key against doubles. Pure over GMime. */
#include "mail_parse.h"

#include <openssl/evp.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "mail_address.h"
#include "mail_outline.h"
#include "mail_quote.h"
#include "mail_text.h"
#include "mail_words.h"

enum { SUBJECT_BYTES = 1000, NAME_BYTES = 200, PEOPLE_MAX = 200 };

const struct mail_limits mail_default_limits = {
        .header_bytes = 256 * 1024,
        .headers = 1000,
        .boundaries = MAIL_BOUNDARIES_MAX,
        .delimiters = 10000,
        .parts = 100,
        .depth = 32,
        .text_bytes = 256 * 1024,
        .html_bytes = 512 * 1024,
};

/* ---- key ---- */

/* the identity of a mail: what no relay on the way changes */
static const char *dedupe_key(struct arena *arena, GMimeHeaderList *headers, const char *message_id, const char *body,
                              size_t size)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
	if (message_id) {
		EVP_DigestUpdate(hash, message_id, strlen(message_id));
	} else {
		static const char *const names[] = {"From", "Date", "Subject"};
		for (size_t i = 0; headers && i < HILO_COUNT(names); i++) {
			GMimeHeader *header = g_mime_header_list_get_header(headers, names[i]);
			const char *value = header ? g_mime_header_get_raw_value(header) : NULL;
			EVP_DigestUpdate(hash, value ? value : "", value ? strlen(value) + 1 : 1);
		}
	}
	EVP_DigestUpdate(hash, "\n", 1);
	EVP_DigestUpdate(hash, body, size);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length;
	EVP_DigestFinal_ex(hash, digest, &length);
	EVP_MD_CTX_free(hash);
	return text_hex(digest, length, arena_alloc(arena, 2 * length + 1));
}

/* ---- people ---- */

static const char *person_name(struct arena *arena, InternetAddress *address)
{
	const char *name = internet_address_get_name(address);
	if (!name)
		return NULL;
	char *mended = text_preview(arena, text_mend(arena, name, strlen(name), 4 * NAME_BYTES), NAME_BYTES);
	return *mended ? mended : NULL;
}

static const char *person_address(struct arena *arena, InternetAddress *address)
{
	if (!INTERNET_ADDRESS_IS_MAILBOX(address))
		return NULL;
	return mail_address_normalise(arena, internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)));
}

/* people_of - all addresses of a field, however often it stands there; only where its value has the text `with` in it.
 * Returns: owned by the caller. */
static InternetAddressList *people_of(struct arena *arena, GMimeHeaderList *headers, const char *name, const char *with)
{
	InternetAddressList *all = internet_address_list_new();
	for (int i = 0; i < g_mime_header_list_get_count(headers); i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
		const char *value = g_mime_header_get_raw_value(header);
		if (!value || !strstr(value, with) || strcasecmp(g_mime_header_get_name(header), name) != 0)
			continue;
		InternetAddressList *list = internet_address_list_parse(NULL, mail_words_join(arena, value));
		if (!list)
			continue;
		internet_address_list_append(all, list);
		g_object_unref(list);
	}
	return all;
}

static size_t write_people(struct arena *arena, struct buf *out, InternetAddressList *list, size_t count)
{
	for (int i = 0; i < internet_address_list_length(list) && count < PEOPLE_MAX; i++) {
		InternetAddress *address = internet_address_list_get_address(list, i);
		if (INTERNET_ADDRESS_IS_GROUP(address)) {
			InternetAddressGroup *group = INTERNET_ADDRESS_GROUP(address);
			if (out) /* a group within a group is not mail */
				count = write_people(arena, out, internet_address_group_get_members(group), count);
			continue;
		}
		const char *text = person_address(arena, address);
		if (!text)
			continue;
		buf_puts(out, count++ == 0 ? "{" : ",{");
		buf_json_key(out, "name");
		buf_json_string(out, person_name(arena, address));
		buf_json_key(out, "address");
		buf_json_string(out, text);
		buf_putc(out, '}');
	}
	return count;
}

/* people_json - [{"name","address"}] of a header; addresses that are none are left out. */
static const char *people_json(struct arena *arena, GMimeHeaderList *headers, const char *name)
{
	HILO_AUTO(buf) struct buf out = {0};
	InternetAddressList *list = people_of(arena, headers, name, "");
	buf_putc(&out, '[');
	write_people(arena, &out, list, 0);
	buf_putc(&out, ']');
	g_object_unref(list);
	return arena_strndup(arena, out.data, out.len);
}

/* read_tagged - where the envelope has lost the tag (an alias, a forwarder), the header may still have it. */
static void read_tagged(struct arena *arena, GMimeHeaderList *headers, struct mail *mail)
{
	static const char *const names[] = {"Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"};
	mail->tagged = arena_new_array(arena, const char *, MAIL_TAGGED);
	for (size_t n = 0; n < HILO_COUNT(names); n++) {
		InternetAddressList *list = people_of(arena, headers, names[n], "+");
		for (int i = 0; i < internet_address_list_length(list) && mail->tagged_count < MAIL_TAGGED; i++) {
			const char *address = person_address(arena, internet_address_list_get_address(list, i));
			if (address && strchr(address, '+'))
				mail->tagged[mail->tagged_count++] = address;
		}
		g_object_unref(list);
	}
}

/* first_person - the field's first mailbox with a usable address. Returns: how many addresses it has. */
static int first_person(struct arena *arena, GMimeHeaderList *headers, const char *name, struct mail *mail)
{
	InternetAddressList *list = people_of(arena, headers, name, "");
	int count = internet_address_list_length(list);
	for (int i = 0; i < count && !mail->from_address; i++) {
		InternetAddress *address = internet_address_list_get_address(list, i);
		mail->from_address = person_address(arena, address);
		if (mail->from_address)
			mail->from_name = person_name(arena, address);
	}
	g_object_unref(list);
	return count;
}

/* read_sender - From, else Sender, else the envelope. Returns: whether there was exactly one From. */
static bool read_sender(struct arena *arena, GMimeHeaderList *headers, const char *sender, struct mail *mail)
{
	bool is_single = first_person(arena, headers, "From", mail) == 1 && mail->from_address;
	if (!mail->from_address)
		first_person(arena, headers, "Sender", mail);
	if (!mail->from_address)
		mail->from_address = mail_address_normalise(arena, sender);
	return is_single;
}

/* ---- threads ---- */

static const char *raw_header(GMimeHeaderList *headers, const char *name)
{
	GMimeHeader *header = g_mime_header_list_get_header(headers, name);
	return header ? g_mime_header_get_raw_value(header) : NULL;
}

/* message_id - the first <…>, or a lone word where the brackets were forgotten. */
static const char *message_id(struct arena *arena, const char *value)
{
	const char *ids[1];
	if (!value)
		return NULL;
	if (mail_text_ids(arena, value, ids, 1) == 1)
		return ids[0];
	value += strspn(value, " \t\r\n");
	size_t length = strcspn(value, " \t\r\n<>");
	if (length == 0 || length > MAIL_ID_MAX || value[length + strspn(value + length, " \t\r\n")])
		return NULL;
	return text_mend(arena, value, length, MAIL_ID_MAX);
}

static void add_thread_id(struct mail *mail, const char *id)
{
	for (size_t i = 0; i < mail->thread_ids_count; i++)
		if (strcmp(mail->thread_ids[i], id) == 0)
			return;
	if (mail->thread_ids_count < MAIL_THREAD_IDS)
		mail->thread_ids[mail->thread_ids_count++] = id;
}

/* read_thread - the mail a bounce gives back, In-Reply-To, then References from the newest. */
static void read_thread(struct arena *arena, GMimeHeaderList *headers, const char *bounced_id, struct mail *mail)
{
	enum { REFERENCES_MAX = 2000 };
	const char *in_reply_to = raw_header(headers, "In-Reply-To"), *references = raw_header(headers, "References");
	mail->thread_ids = arena_new_array(arena, const char *, MAIL_THREAD_IDS);
	if (bounced_id)
		add_thread_id(mail, bounced_id);
	const char **ids = in_reply_to || references ? arena_new_array(arena, const char *, REFERENCES_MAX) : NULL;
	size_t count = mail_text_ids(arena, in_reply_to, ids, MAIL_THREAD_IDS);
	for (size_t i = 0; i < count; i++)
		add_thread_id(mail, ids[i]);
	count = mail_text_ids(arena, references, ids, REFERENCES_MAX);
	while (count > 0)
		add_thread_id(mail, ids[--count]);
}

/* ---- the whole ---- */

static int64_t sent_us(GMimeMessage *message)
{
	GDateTime *date = g_mime_message_get_date(message);
	int64_t seconds = date ? g_date_time_to_unix(date) : 0;
	return seconds > 0 && seconds < 253402300800 /* year 10000 */ ? seconds * 1000000 : 0;
}

static const char *subject(struct arena *arena, GMimeHeaderList *headers)
{
	const char *value = raw_header(headers, "Subject");
	if (!value)
		return NULL;
	char *text = g_mime_utils_header_decode_text(NULL, mail_words_join(arena, value));
	char *mended = text_mend(arena, text, strlen(text), 4 * SUBJECT_BYTES);
	g_free(text);
	return text_preview(arena, mended, SUBJECT_BYTES);
}

static void read_message(struct arena *arena, const struct mail_limits *limits, const struct mail_trust *trust,
                         const char *sender, GMimeMessage *message, const char *raw, size_t size, size_t body_at,
                         struct mail *mail)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
	mail->message_id = message_id(arena, raw_header(headers, "Message-ID"));
	mail->dedupe_key = dedupe_key(arena, headers, mail->message_id, raw + body_at, size - body_at);
	bool is_single = read_sender(arena, headers, sender, mail);
	if (!mail->from_address) {
		mail->error = "no sender: From, Sender and the envelope hold no usable address";
		return;
	}
	struct mail_body body;
	mail_body_read(arena, limits, message, raw, size, body_at, &body);
	mail->text = body.text;
	mail->text_quote = body.text ? mail_quote_text(body.text) : 0;
	mail->html_quote = body.html ? mail_quote_html(body.html) : 0;
	mail->html = body.html;
	mail->files = body.files;
	mail->files_count = body.files_count;
	mail->is_verified = is_single && mail_is_verified(headers, trust->authserv_id, mail->from_address);
	mail->is_automatic = body.is_report || mail_is_automatic(headers, sender, mail->from_address, trust->loop_mark);
	mail->subject = subject(arena, headers);
	mail->to_json = people_json(arena, headers, "To");
	mail->cc_json = people_json(arena, headers, "Cc");
	read_tagged(arena, headers, mail);
	mail->sent_us = sent_us(message);
	read_thread(arena, headers, body.bounced_id, mail);
}

static const char *outline_fault(const struct mail_limits *limits, const struct mail_outline *outline)
{
	if (outline->body > limits->header_bytes)
		return "header too large";
	if (outline->headers > limits->headers)
		return "too many header fields";
	if (outline->boundaries > limits->boundaries || outline->delimiters > limits->delimiters)
		return "too many parts";
	return NULL;
}

void mail_parse(struct arena *arena, const struct mail_limits *limits, const struct mail_trust *trust,
                const char *sender, const void *raw, size_t size, struct mail *ret)
{
	*ret = (struct mail){0};
	struct mail_outline outline;
	mail_outline_read(raw, size, &outline);
	ret->error = outline_fault(limits, &outline);
	if (ret->error) {
		ret->dedupe_key = dedupe_key(arena, NULL, NULL, raw, size);
		return;
	}
	/* borrowed, not copied: a mail may have 50 MB */
	GByteArray *array = g_byte_array_new_take((guint8 *)(uintptr_t)raw, size);
	GMimeStream *stream = g_mime_stream_mem_new();
	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream), array);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	if (message) {
		read_message(arena, limits, trust, sender, message, raw, size, outline.body, ret);
		g_object_unref(message);
	} else {
		ret->error = "not a mail";
		ret->dedupe_key = dedupe_key(arena, NULL, NULL, raw, size);
	}
	g_object_unref(parser);
	g_object_unref(stream);
	g_byte_array_free(array, FALSE);
}
