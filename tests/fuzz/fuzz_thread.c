/* fuzz_thread.c - whatever a mail claims about its thread (tag, subject, Message-IDs, a line each), only what we signed is ours,
 * and answers to it have bounded headers. */
#include "base/arena.h"
#include "reply.h"
#include "thread.h"

static const char secret[] = "a secret of more than thirty-two characters";

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_hints(const struct thread_hints *hints)
{
	char ref[REFERENCE_TEXT], text[TOKEN_MESSAGE_ID_TEXT];
	struct uuid parsed;

	must(hints->own_count + hints->foreign_count <= THREAD_IDS_MAX);
	must(hints->own_count == 0 || hints->foreign_count == 0);
	if (hints->has_ref)
		must(reference_parse(hints->ref, strlen(hints->ref), ref) == 0 && strcmp(ref, hints->ref) == 0);
	if (hints->has_tag)
		must(reference_parse(hints->tag.ref, strlen(hints->tag.ref), ref) == 0 && strlen(hints->tag.mac) == 26);
	for (size_t i = 0; i < hints->own_count; i++) {
		token_message_id_format(secret, &hints->own_ids[i], "example.com", text);
		must(token_message_id_parse(secret, text, &parsed) == 0 && uuid_equal(&parsed, &hints->own_ids[i]));
	}
	for (size_t i = 0; i < hints->foreign_count; i++)
		must(token_message_id_parse(secret, hints->foreign_ids[i], &parsed) == -EINVAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HILO_AUTO(arena) struct arena *arena = arena_new(0);
	Hilo__V1__MessageReceived message = HILO__V1__MESSAGE_RECEIVED__INIT;
	struct thread_hints hints;
	char *lines[64], *rest = NULL, **references;
	size_t count = 0;

	for (char *line = strtok_r(arena_strndup(arena, (const char *)data, size), "\n", &rest); line && count < HILO_COUNT(lines);
	     line = strtok_r(NULL, "\n", &rest))
		lines[count++] = line;
	if (count < 2)
		return 0;
	message.recipient_tag = lines[0];
	message.subject = lines[1];
	message.thread_ids = lines + 2;
	message.n_thread_ids = count - 2;
	thread_read_hints(secret, &message, &hints);
	check_hints(&hints);
	must(reply_references(arena, lines[0], lines[1], &references) <= 21);
	must(strlen(reply_subject(arena, lines[1], "7K3M-9QXD")) <= strlen(lines[1]) + 18);
	must(*reply_domain(lines[0]) != '\0');
	return 0;
}
