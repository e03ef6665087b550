/* confirm.c - the link mailed to an address: a page with one button, so that what fetches links ahead confirms nothing. */
#include "base/log.h"
#include "base/text.h"
#include "front_internal.h"
#include "front_texts.h"

struct confirm {
	struct http_request *request;
	struct chat *chat;
	struct arena *arena;
	uint8_t hash[STORE_HASH];
	struct visitor *visitor; /* whose link it is */
	bool was_used;           /* by us */
	struct db_tx *tx;
	struct bus_outbox *outbox;
};

static bool is_spanish(const struct confirm *confirm)
{
	const char *language = http_request_header(confirm->request, "Accept-Language");

	if (confirm->visitor && *confirm->visitor->locale)
		return visitor_is_spanish(confirm->visitor->locale);
	return language && (text_starts(language, "es-") || text_starts(language, "es,") || text_starts(language, "es;") ||
			    strcmp(language, "es") == 0);
}

static void reply_page(const struct confirm *confirm, int status, enum confirm_page page)
{
	struct evbuffer *body = evbuffer_new();
	HILO_AUTO(buf) struct buf html = {0};

	text_confirm_page(&html, is_spanish(confirm), page, confirm->visitor ? confirm->visitor->email : NULL);
	evbuffer_add(body, html.data, html.len);
	http_reply_header(confirm->request, "Content-Security-Policy",
			  "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	http_reply_header(confirm->request, "Referrer-Policy", "no-referrer"); /* the address is a secret */
	http_reply_header(confirm->request, "Cache-Control", "no-store");
	http_reply_buffer(confirm->request, status, "text/html; charset=utf-8", body);
	evbuffer_free(body);
}

/* Returns: whether the link works; if not, the request has been answered. */
static bool read_link(struct confirm *confirm, const struct db_outcome *outcome, const struct db_result *result)
{
	struct visitor visitor;

	if (outcome->fault != DB_OK) {
		front_reply_outcome(confirm->request, outcome);
		return false;
	}
	if (!db_rows(result)) {
		reply_page(confirm, 404, CONFIRM_VOID);
		return false;
	}
	visitor = store_get_visitor(result);
	confirm->visitor = visitor_copy(confirm->arena, &visitor);
	return true;
}

static void find(struct http_request *request, struct chat *chat, store_done *on_link)
{
	struct confirm *confirm = arena_new_object(http_request_arena(request), struct confirm);

	*confirm = (struct confirm){.request = request, .chat = chat, .arena = http_request_arena(request)};
	if (token_hash(http_request_param(request, "token"), confirm->hash))
		store_find_confirmation(chat, confirm->hash, on_link, confirm);
	else
		reply_page(confirm, 404, CONFIRM_VOID);
}

static void on_link_to_show(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	if (read_link(arg, outcome, result))
		reply_page(arg, 200, CONFIRM_ASK);
}

void handle_confirm_get(struct http_request *request, void *arg)
{
	find(request, arg, on_link_to_show);
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct confirm *confirm = arg;

	bus_outbox_free(&confirm->outbox);
	if (outcome->fault != DB_OK) {
		front_reply_outcome(confirm->request, outcome);
		return;
	}
	bus_ring(confirm->chat->bus);
	confirm->visitor->email_level = HILO__V1__LEVEL__LEVEL_CONFIRMED;
	live_visitor_changed(confirm->chat->live, confirm->visitor);
	reply_page(confirm, 200, CONFIRM_DONE);
}

static void on_used(void *arg, const struct db_result *result)
{
	struct confirm *confirm = arg;

	confirm->was_used = db_rows(result) == 1;
}

static void on_locked_and_used(void *arg, const struct db_outcome *outcome)
{
	struct confirm *confirm = arg;

	if (outcome->fault != DB_OK) {
		on_committed(confirm, outcome);
	} else if (!confirm->was_used || front_add_confirmed(confirm->outbox, confirm->arena, confirm->visitor,
							     HILO__V1__CHANNEL__CHANNEL_EMAIL, confirm->visitor->email) < 0) {
		db_tx_rollback(confirm->tx); /* somebody was faster */
		bus_outbox_free(&confirm->outbox);
		reply_page(confirm, 404, CONFIRM_VOID);
	} else {
		bus_outbox_append(confirm->outbox, confirm->tx);
		db_tx_commit(confirm->tx, on_committed, confirm);
	}
}

static void on_link_to_use(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct confirm *confirm = arg;

	if (!read_link(confirm, outcome, result))
		return;
	const struct front_point points[] = {{"chat", confirm->visitor->address}};
	confirm->outbox = bus_outbox_new("chat");
	confirm->tx = db_begin(confirm->chat->db);
	front_lock(confirm->tx, confirm->arena, points, HILO_COUNT(points));
	store_use_confirmation(confirm->chat, confirm->tx, confirm->hash, on_used, confirm);
	db_tx_sync(confirm->tx, on_locked_and_used, confirm);
}

void handle_confirm_post(struct http_request *request, void *arg)
{
	find(request, arg, on_link_to_use);
}
