/* post.c - messages in: checked, their files taken, stored for good, and only then acknowledged. One of a guest is under way
 * at a time, so that their order holds whatever happens to the first. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/text.h"
#include "hub.h"
#include "limit.h"
#include "message_text.h"

#define RETRY_MS 1000
enum { POSTS_WAITING = 32, FILES_MAX = 10 };

struct post {
	struct post *next;
	struct guest *guest;   /* NULL: it is gone */
	struct client *client; /* NULL: it is gone, nobody needs an answer */
	struct arena *arena;
	struct uuid id; /* the client's */
	char id_text[UUID_TEXT];
	const char *text, *peer;
	struct uuid uploads[FILES_MAX];
	struct channel_file files[FILES_MAX];
	size_t uploads_count, files_count;
	bool is_under_way;
};

/* ---- answers ---- */

static void answer_accepted(struct client *client, const char *id, bool is_duplicate)
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_printf(&out, "{\"accepted\":{\"id\":\"%s\",\"duplicate\":%s}}", id, is_duplicate ? "true" : "false");
	client_answer(client, 200, &out);
}

static void answer_retry(struct client *client, const char *id)
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_printf(&out, "{\"retry\":{\"id\":\"%s\",\"after_ms\":%d}}", id, RETRY_MS);
	client_answer(client, 503, &out);
}

static void answer_refused(struct client *client, const char *id, const char *code, const char *detail)
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_puts(&out, "{\"refused\":{\"id\":");
	buf_json_string(&out, id);
	buf_printf(&out, ",\"code\":\"%s\",\"detail\":", code);
	buf_json_string(&out, detail);
	buf_puts(&out, "}}");
	client_answer(client, strcmp(code, "rate_limited") ? 422 : 429, &out);
}

/* ---- life ---- */

static void post_free(struct post *post)
{
	arena_free(&post->arena);
	free(post);
}

static void pop(struct post *post)
{
	struct guest *guest = post->guest;

	guest->posts = post->next;
	if (!guest->posts)
		guest->posts_end = &guest->posts;
	guest->posts_count--;
	post_free(post);
}

void post_forget_client(const struct client *client)
{
	for (struct post *post = client->guest ? client->guest->posts : NULL; post; post = post->next)
		if (post->client == client)
			post->client = NULL;
}

void post_drop_all(struct guest *guest)
{
	for (struct post *next, *post = guest->posts; post; post = next) {
		next = post->next;
		if (post->is_under_way)
			post->guest = NULL;
		else
			post_free(post);
	}
	guest->posts = NULL;
}

/* the database is away: what waits behind this one would overtake it */
static void retry_all(struct guest *guest)
{
	while (guest->posts) {
		struct post *post = guest->posts;
		struct client *client = post->client;
		char id[UUID_TEXT];
		memcpy(id, post->id_text, sizeof(id));
		pop(post);
		if (client)
			answer_retry(client, id);
	}
}

/* ---- limits ---- */

static bool is_known_id(const struct pace *pace, const struct uuid *id)
{
	for (size_t i = 0; i < PACE_MESSAGES; i++)
		if (uuid_equal(&pace->ids[i], id))
			return true;
	return false;
}

/* Returns: is it new? What is sent again counts once. */
static bool remember(struct guest *guest, const struct uuid *id)
{
	struct pace *pace = guest->pace ? guest->pace : (guest->pace = hilo_new(struct pace));

	if (is_known_id(pace, id))
		return false;
	pace->ids[pace->at] = *id;
	pace->at = (pace->at + 1) % PACE_MESSAGES;
	return true;
}

/* who sits on the machine itself is no stranger, or a proxy that does not tell who is */
static bool is_loopback(const char *peer)
{
	return text_starts(peer, "127.") || !strcmp(peer, "::1") || !strcmp(peer, "::ffff:127.0.0.1");
}

/* ---- a message's way ---- */

static void begin(struct post *post);

void post_run(struct guest *guest)
{
	struct post *post = guest->posts;

	if (!post || post->is_under_way)
		return;
	if (guest->is_known)
		begin(post);
	else if (!guest->is_looking)
		retry_all(guest);
}

/* was its guest let go meanwhile? */
static bool is_orphan(struct post *post)
{
	if (post->guest)
		return false;
	post_free(post);
	return true;
}

static void refuse(struct post *post, const char *code, const char *detail)
{
	struct guest *guest = post->guest;

	if (post->client)
		answer_refused(post->client, post->id_text, code, detail);
	pop(post);
	post_run(guest);
}

static void on_stored(void *arg, enum channel_result result, const struct uuid *message_id)
{
	struct post *post = arg;
	struct guest *guest = post->guest;

	if (is_orphan(post))
		return;
	if (result == CHANNEL_RETRY) {
		retry_all(guest);
		return;
	}
	metric_add(guest->live->messages_metric, 1);
	if (result == CHANNEL_STORED || !guest->room)
		guest_await(guest, message_id);
	guest_typing(guest, false);
	if (post->client)
		answer_accepted(post->client, post->id_text, result == CHANNEL_DUPLICATE);
	pop(post);
	post_run(guest);
}

static void hand_over(struct post *post)
{
	struct guest *guest = post->guest;
	char visitor[UUID_TEXT];
	const struct channel_evidence evidence = {HILO__V1__CHANNEL__CHANNEL_EMAIL, guest->email, guest->email_level};
	const struct uuid nobody = {0}, shown = guest->room ? guest->room->id : nobody;
	bool has_evidence = *guest->email && guest->email_level != HILO__V1__LEVEL__LEVEL_UNSPECIFIED;
	const struct channel_inbound inbound = {
		.channel = HILO__V1__CHANNEL__CHANNEL_CHAT,
		.inbox_id = guest->inbox_id,
		.dedupe_key = arena_printf(post->arena, "%s:%s", uuid_format(&guest->id, visitor), post->id_text),
		.contact_address = guest->address,
		.contact_name = guest->name,
		.level = text_starts(guest->address, "u:") ? HILO__V1__LEVEL__LEVEL_CONFIRMED : HILO__V1__LEVEL__LEVEL_CHANNEL_VERIFIED,
		.text = post->text,
		.evidence = &evidence,
		.evidence_count = has_evidence,
		.conversation_id = shown,
		.files = post->files,
		.files_count = post->files_count,
	};

	channel_accept(guest->live->chat->channel, &inbound, on_stored, post);
}

static void on_file(void *arg, bool found, const struct channel_file *file);

static void take_files(struct post *post)
{
	if (post->files_count < post->uploads_count)
		front_upload_take(post->guest->live->chat->front, &post->guest->id, &post->uploads[post->files_count], post->arena, on_file,
				  post);
	else
		hand_over(post);
}

static void on_file(void *arg, bool found, const struct channel_file *file)
{
	struct post *post = arg;

	if (is_orphan(post))
		return;
	if (!found) {
		refuse(post, "unknown_attachment", "an attachment is not known, or was sent already");
		return;
	}
	post->files[post->files_count++] = *file;
	take_files(post);
}

static void on_may_begin(void *arg, bool may)
{
	struct post *post = arg;

	if (is_orphan(post))
		return;
	if (!may)
		refuse(post, "rate_limited", "too many new conversations");
	else
		take_files(post);
}

static void limit_new(struct post *post)
{
	const struct guest *guest = post->guest;

	if (guest->room || guest->awaiting_us || is_loopback(post->peer))
		take_files(post);
	else
		limits_take(guest->live->chat->limits, LIMIT_CONVERSATIONS, post->peer, on_may_begin, post);
}

static void on_may_say(void *arg, bool may)
{
	struct post *post = arg;

	if (is_orphan(post))
		return;
	if (!may)
		refuse(post, "rate_limited", "at most 10 messages in 10 s");
	else
		limit_new(post);
}

static void begin(struct post *post)
{
	struct guest *guest = post->guest;
	char id[UUID_TEXT];

	post->is_under_way = true;
	if (remember(guest, &post->id))
		limits_take(guest->live->chat->limits, LIMIT_MESSAGES, uuid_format(&guest->id, id), on_may_say, post);
	else
		limit_new(post);
}

/* ---- hearing ---- */

static bool read_uploads(struct post *post, json_t *list)
{
	if (list && !json_is_null(list) && (!json_is_array(list) || json_array_size(list) > FILES_MAX))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (uuid_parse(json_string_value(json_array_get(list, i)), &post->uploads[post->uploads_count++]) < 0)
			return false;
	return true;
}

/* Returns: NULL, or why it is refused. */
static const char *check(struct post *post, json_t *message, const char **ret_detail)
{
	const char *text = json_string_value(json_object_get(message, "text"));
	size_t characters;

	if (!read_uploads(post, json_object_get(message, "attachments"))) {
		*ret_detail = "attachments: at most 10 ids of uploads";
		return "bad_message";
	}
	characters = message_text(post->arena, text ? text : "", &post->text);
	if (characters > HUB_TEXT_MAX) {
		*ret_detail = "at most 10,000 characters";
		return "too_long";
	}
	if (!post->uploads_count && strspn(post->text, " \n\t") == strlen(post->text)) {
		*ret_detail = "there is nothing in it";
		return "empty";
	}
	return NULL;
}

void post_hear(struct client *client, json_t *message)
{
	const char *id = json_string_value(json_object_get(message, "id")), *code, *detail = NULL;
	struct guest *guest = client->guest;
	struct uuid parsed;
	struct post *post;

	if (uuid_parse(id, &parsed) < 0) {
		answer_refused(client, id ? id : "", "bad_message", "id must be a UUID");
		return;
	}
	if (guest->posts_count >= POSTS_WAITING || client->live->is_draining) {
		answer_retry(client, id);
		return;
	}
	post = hilo_new(struct post);
	post->arena = arena_new(4096);
	post->guest = guest;
	post->client = client;
	post->id = parsed;
	post->peer = arena_strdup(post->arena, client->peer);
	uuid_format(&parsed, post->id_text);
	code = check(post, message, &detail);
	if (code) {
		answer_refused(client, post->id_text, code, detail);
		post_free(post);
		return;
	}
	*guest->posts_end = post;
	guest->posts_end = &post->next;
	guest->posts_count++;
	post_run(guest);
}
