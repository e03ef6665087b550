/* conversations.c - lists of conversations, one conversation, its timeline, its customer. */
#include "conversations.h"

#include "base/buf.h"
#include "base/text.h"
#include "filters.h"
#include "gateway.h"
#include "handlers.h"
#include "reply.h"

enum { LIST_HIGH = 100, LIST_USUAL = 50, TIMELINE_HIGH = 200, TIMELINE_USUAL = 100, SEARCH_BYTES = 200 };

static const char *const unresolved[] = {"open", "pending", "snoozed", NULL};

/* Crockford's base32: what is misread (O, I, L) stands for what it looks like */
static char ref_char(char c)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
	return c && strchr(alphabet, c) ? c : '\0';
}

const char *conversation_ref(struct arena *arena, const char *text)
{
	char ref[10];
	size_t count = 0;

	for (; *text; text++) {
		char c = ref_char(*text);
		if (*text == '-' || *text == ' ')
			continue;
		if (!c || count == 8)
			return NULL;
		ref[count + (count >= 4)] = c;
		count++;
	}
	if (count != 8)
		return NULL;
	ref[4] = '-';
	ref[9] = '\0';
	return arena_strdup(arena, ref);
}

int conversation_key_parse(struct arena *arena, const char *text, struct conversation_key *ret)
{
	struct conversation_key key = {0};

	if (uuid_parse(text, &key.id) < 0 && !(key.ref = conversation_ref(arena, text)))
		return -EINVAL;
	*ret = key;
	return 0;
}

int page_key_parse(const char *text, int64_t *ret_us, struct uuid *ret_id)
{
	const char *dash = strchr(text, '-');
	char digits[24];
	struct uuid id;

	if (!dash || dash == text || (size_t)(dash - text) >= sizeof(digits) || uuid_parse(dash + 1, &id) < 0)
		return -EINVAL;
	memcpy(digits, text, (size_t)(dash - text));
	digits[dash - text] = '\0';
	if (text_to_i64(digits, 0, PAGE_END_US, ret_us) < 0)
		return -EINVAL;
	*ret_id = id;
	return 0;
}

int list_key_parse(const char *text, int32_t *ret_rank, int64_t *ret_us, struct uuid *ret_id)
{
	const char *colon = strchr(text, ':');
	char digits[4];
	int64_t rank = 0;

	if (colon) {
		if ((size_t)(colon - text) >= sizeof(digits))
			return -EINVAL;
		memcpy(digits, text, (size_t)(colon - text));
		digits[colon - text] = '\0';
		if (text_to_i64(digits, -1, 2, &rank) < 0)
			return -EINVAL;
		text = colon + 1;
	}
	if (page_key_parse(text, ret_us, ret_id) < 0)
		return -EINVAL;
	*ret_rank = (int32_t)rank;
	return 0;
}

const char *like_pattern(struct arena *arena, const char *text)
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_putc(&out, '%');
	for (; *text; text++) {
		if (strchr("%_\\", *text))
			buf_putc(&out, '\\');
		buf_putc(&out, *text);
	}
	buf_putc(&out, '%');
	return arena_strdup(arena, out.data);
}

bool param_conversation(struct http_request *request, struct conversation_key *ret)
{
	if (conversation_key_parse(http_request_arena(request), http_request_param(request, "id"), ret) == 0)
		return true;
	reply_error(request, ERROR_not_found, NULL);
	return false;
}

static bool refuse_parameter(struct http_request *request, const char *detail)
{
	reply_error(request, ERROR_invalid_parameter, detail);
	return false;
}

/* the parameters that narrow the list, kept as the text of an object */
static bool read_filters(struct http_request *request, struct conversation_query *query)
{
	struct arena *arena = http_request_arena(request);
	json_t *filters = json_object();
	const char *fault = NULL;
	char *text;

	for (size_t i = 0; filters_names[i] && !fault; i++) {
		const char *value = http_request_query(request, filters_names[i]);
		if (!value)
			continue;
		fault = filters_fault(arena, filters_names[i], value);
		if (!fault)
			json_object_set_new(filters, filters_names[i], json_string(value));
	}
	text = json_dumps(filters, JSON_COMPACT);
	query->filters = arena_strdup(arena, text);
	free(text);
	json_decref(filters);
	return !fault || refuse_parameter(request, fault);
}

/* an inbox one may not see has no conversations, like one that does not exist */
static void narrow_rights(struct http_request *request, struct conversation_query *query)
{
	const char *text = http_request_query(request, "inbox");
	struct uuid inbox;

	query->rights = principal_of(request)->rights;
	if (!text || uuid_parse(text, &inbox) < 0)
		return;
	query->rights = (struct rights){
	        .inboxes = arena_memdup(http_request_arena(request), &inbox, sizeof(inbox)),
	        .count = rights_allow(&query->rights, &inbox),
	};
}

/* words are looked for in what was active last, so only in lists that are made of it */
static bool read_search(struct http_request *request, struct conversation_query *query)
{
	static const char *const others[] = {"team", "tag", "priority", "channel", "assignee", "customer", "sort"};
	const char *text = http_request_query(request, "q"), *status = http_request_query(request, "status");
	const char *view = http_request_query(request, "view");
	struct arena *arena = http_request_arena(request);
	const char **only = arena_new_array(arena, const char *, 2);

	if (!text || !*text)
		return true;
	if (strlen(text) > SEARCH_BYTES || !text_is_utf8(text, strlen(text)))
		return refuse_parameter(request, "q must be text of at most 200 bytes");
	for (size_t i = 0; i < HILO_COUNT(others); i++)
		if (http_request_query(request, others[i]))
			return refuse_parameter(request, "q goes with view, status and inbox only");
	query->view = view ? view : "all";
	if (!strcmp(query->view, "mentions") || !strcmp(query->view, "following"))
		return refuse_parameter(request, "q goes with the views all, mine and unassigned only");
	only[0] = status;
	query->statuses = status ? only : unresolved;
	query->ref = conversation_ref(arena, text);
	query->pattern = like_pattern(arena, text);
	if (!query->has_after)
		query->after_us = PAGE_END_US;
	return true;
}

static bool read_page(struct http_request *request, struct conversation_query *query)
{
	const char *after = http_request_query(request, "after");

	if (after && list_key_parse(after, &query->after_rank, &query->after_us, &query->after_id) < 0)
		return refuse_parameter(request, "after must be the `next` of an earlier page");
	query->has_after = after != NULL;
	return query_limit(request, LIST_HIGH, LIST_USUAL, &query->limit);
}

void handle_conversations_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct conversation_query query = {.agent_id = principal_of(request)->id};

	narrow_rights(request, &query);
	if (read_filters(request, &query) && read_page(request, &query) && read_search(request, &query))
		store_list_conversations(&gateway->store, &query, reply_on_read, request);
}

void handle_conversation_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct conversation_key key;

	if (param_conversation(request, &key))
		store_read_conversation(&gateway->store, principal_of(request), &key, reply_on_versioned_read, request);
}

/* what is read of one conversation as a list */
static void read_of(struct http_request *request, struct gateway *gateway,
                    void (*read)(struct store *, const struct rights *, const struct conversation_key *, store_done *,
                                 void *))
{
	struct conversation_key key;

	if (param_conversation(request, &key))
		read(&gateway->store, &principal_of(request)->rights, &key, reply_on_read, request);
}

void handle_interactions_get(struct http_request *request, void *arg)
{
	read_of(request, arg, store_read_interactions);
}

void handle_moves_get(struct http_request *request, void *arg)
{
	read_of(request, arg, store_read_moves);
}

void handle_channels_get(struct http_request *request, void *arg)
{
	read_of(request, arg, store_read_channels);
}

void handle_timeline_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	const char *after = http_request_query(request, "after"), *before = http_request_query(request, "before");
	struct conversation_key key;
	struct timeline_page page = {0};

	if (!param_conversation(request, &key) || !query_limit(request, TIMELINE_HIGH, TIMELINE_USUAL, &page.limit))
		return;
	if ((after && before) || (after && text_to_i64(after, 0, INT64_MAX, &page.after) < 0) ||
	    (before && text_to_i64(before, 1, INT64_MAX, &page.before) < 0))
		refuse_parameter(request, "after must be the `next` of an earlier page, before a `sequence`; one of them");
	else
		store_read_timeline(&gateway->store, &principal_of(request)->rights, &key, &page, &gateway->signer,
		                    reply_on_read, request);
}

void handle_customer_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct uuid id;

	if (param_uuid(request, "id", &id))
		store_read_customer(&gateway->store, principal_of(request), &id, reply_on_versioned_read, request);
}
