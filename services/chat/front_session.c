/* front_session.c - a browser says who it is: nobody yet, the visitor of its token, or somebody its shop signs in. */
#include "base/clock.h"
#include "base/log.h"
#include "front_internal.h"
#include "http/json.h"
#include "identity_token.h"

/* one POST of a session; lives in the request's arena */
struct session {
	struct http_request *request;
	struct chat *chat;
	struct arena *arena;
	struct uuid inbox_id;
	const char *given, *locale; /* the token, NULL: none */
	bool is_strict;
	bool is_identified;
	struct identity identity;
	const char *address;         /* of whom the shop signs in */
	const struct visitor *known; /* whose token it was; NULL: nobody's here */
	struct visitor *visitor;     /* who it is now */
	const char *token;           /* theirs */
	uint8_t hash[STORE_HASH];    /* of a new token */
	bool has_new_token, has_written;
	struct db_tx *tx;
	struct bus_outbox *outbox;
};

/* ---- the answer ---- */

static void put_inbox(struct buf *out, const struct chat_inbox *inbox)
{
	char at[CLOCK_TEXT];

	buf_json_key(out, "settings");
	buf_puts(out, inbox->settings_json);
	buf_json_key(out, "open");
	buf_puts(out, inbox->open ? "true" : "false");
	buf_json_key(out, "opens_at");
	buf_json_string(out, inbox->opens_us ? clock_format(inbox->opens_us, at) : NULL);
	buf_json_key(out, "reply_time_s");
	if (inbox->reply_time_s >= 0)
		buf_printf(out, "%lld", (long long)inbox->reply_time_s);
	else
		buf_puts(out, "null");
}

static void reply_unknown_inbox(struct http_request *request)
{
	http_reply_problem(request, 404, "unknown_inbox", "There is no such inbox.");
}

static void on_state(void *arg, const char *members_json, enum db_fault fault)
{
	const struct session *session = arg;
	const struct chat_inbox *inbox = inboxes_by_id(session->chat->inboxes, &session->inbox_id);
	HILO_AUTO(buf) struct buf out = {0};

	if (fault != DB_OK || !inbox) {
		fault != DB_OK ? front_reply_fault(session->request, fault) : reply_unknown_inbox(session->request);
		return;
	}
	buf_puts(&out, "{");
	buf_json_key(&out, "token");
	buf_json_string(&out, session->token);
	buf_json_key(&out, "visitor");
	visitor_json(&out, session->visitor);
	buf_putc(&out, ',');
	buf_puts(&out, members_json);
	put_inbox(&out, inbox);
	buf_putc(&out, '}');
	front_reply_json(session->request, 200, &out);
}

static void answer(struct session *session)
{
	live_state(session->chat->live, session->visitor, on_state, session);
}

static void make_token(struct session *session)
{
	char token[TOKEN_TEXT];

	token_make(token, session->hash);
	session->token = arena_strdup(session->arena, token);
	session->has_new_token = true;
}

/* ---- nobody yet ---- */

static void on_made(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct session *session = arg;

	(void)result;
	if (outcome->fault == DB_OK) {
		answer(session);
		return;
	}
	front_reply_outcome(session->request, outcome);
}

static void begin_anew(struct session *session)
{
	struct visitor *visitor = arena_new_object(session->arena, struct visitor);
	char id[UUID_TEXT];

	visitor->id = uuid_new();
	visitor->inbox_id = session->inbox_id;
	visitor->address = arena_printf(session->arena, "v:%s", uuid_format(&visitor->id, id));
	visitor->name = visitor->email = "";
	visitor->locale = session->locale;
	session->visitor = visitor;
	make_token(session);
	store_insert_visitor(session->chat, visitor, session->hash, on_made, session);
}

/* ---- somebody the shop vouches for ---- */

/* is_leaving - the browser was somebody else's until now. */
static bool is_leaving(const struct session *session)
{
	return session->known && strcmp(session->known->address, session->address) != 0;
}

static bool leaves_anonymity(const struct session *session)
{
	return is_leaving(session) && !session->known->is_signed_in;
}

static void on_signed_in(void *arg, const struct db_outcome *outcome)
{
	struct session *session = arg;

	bus_outbox_free(&session->outbox);
	if (outcome->fault != DB_OK) {
		front_reply_outcome(session->request, outcome);
		return;
	}
	if (session->has_written)
		bus_ring(session->chat->bus);
	if (is_leaving(session))
		live_end_visitor(session->chat->live, &session->known->id);
	answer(session);
}

static void on_visitor(void *arg, const struct db_result *result)
{
	struct session *session = arg;
	struct visitor visitor = store_get_visitor(result);

	session->visitor = visitor_copy(session->arena, &visitor);
}

/* what the browser wrote before is this customer's, and so is the address the shop vouches for */
static int add_proofs(struct session *session)
{
	struct visitor proven = {.id = session->known->id, .inbox_id = session->inbox_id, .address = session->address, .name = ""};
	int rc = front_add_confirmed(session->outbox, session->arena, session->known, HILO__V1__CHANNEL__CHANNEL_CHAT, session->address);

	if (session->identity.name)
		proven.name = session->identity.name;
	if (rc == 0 && session->identity.email && session->identity.is_email_verified)
		rc = front_add_confirmed(session->outbox, session->arena, &proven, HILO__V1__CHANNEL__CHANNEL_EMAIL, session->identity.email);
	return rc;
}

static void on_locked(void *arg, const struct db_outcome *outcome)
{
	struct session *session = arg;
	const struct store_sign_in in = {
		.id = uuid_new(),
		.inbox_id = session->inbox_id,
		.address = session->address,
		.name = session->identity.name,
		.email = session->identity.email,
		.locale = session->locale,
		.email_level = session->identity.is_email_verified ? HILO__V1__LEVEL__LEVEL_CONFIRMED : HILO__V1__LEVEL__LEVEL_CLAIMED,
		.hash = session->has_new_token ? session->hash : NULL,
	};
	uint8_t given[STORE_HASH];

	if (outcome->fault != DB_OK) {
		on_signed_in(session, outcome);
		return;
	}
	store_sign_in(session->chat, session->tx, &in, on_visitor, session);
	if (is_leaving(session) && token_hash(session->given, given))
		store_leave_browser(session->chat, session->tx, &session->known->id, session->address,
				    session->known->is_signed_in ? given : NULL);
	if (session->has_written && add_proofs(session) < 0)
		log_error("session.unprovable", "visitor=%s", session->known->address);
	bus_outbox_append(session->outbox, session->tx);
	db_tx_commit(session->tx, on_signed_in, session);
}

static void on_has_written(void *arg, const struct db_result *result)
{
	struct session *session = arg;

	session->has_written = db_get_bool(result, 0, 0);
}

static void sign_in(struct session *session)
{
	const struct front_point points[] = {{"chat", session->address}, {"chat", session->known ? session->known->address : ""}};

	if (is_leaving(session) || !session->known)
		make_token(session);
	else
		session->token = session->given;
	session->outbox = bus_outbox_new("chat");
	session->tx = db_begin(session->chat->db);
	front_lock(session->tx, session->arena, points, leaves_anonymity(session) ? 2 : 1);
	if (leaves_anonymity(session))
		store_has_written(session->chat, session->tx, session->known->address, on_has_written, session);
	db_tx_sync(session->tx, on_locked, session);
}

/* ---- which of them ---- */

static void on_may(void *arg, bool may)
{
	struct session *session = arg;

	if (!may)
		front_reply_limited(session->request);
	else if (session->is_identified)
		sign_in(session);
	else
		begin_anew(session);
}

static void on_known(void *arg, const struct visitor *visitor, enum db_fault fault)
{
	struct session *session = arg;

	if (fault != DB_OK) {
		front_reply_fault(session->request, fault);
		return;
	}
	if (visitor && uuid_equal(&visitor->inbox_id, &session->inbox_id))
		session->known = session->visitor = visitor_copy(session->arena, visitor);
	if (!session->known && session->given && session->is_strict) {
		http_reply_problem(session->request, 401, "bad_token", "The token is not, or no longer, valid.");
		return;
	}
	if (session->known && !session->is_identified) {
		session->token = session->given;
		answer(session);
	} else if (session->known && strcmp(session->known->address, session->address) == 0) {
		sign_in(session); /* the same again: what the shop says may be new */
	} else {
		limits_take(session->chat->limits, LIMIT_SESSIONS, http_request_peer(session->request), on_may, session);
	}
}

static bool identify(struct session *session, const struct chat_inbox *inbox, const char *token)
{
	char id[UUID_TEXT];
	int rc = identity_token_check(session->arena, token, inbox->secret, inbox->public_id, clock_now_us(), &session->identity);

	if (rc < 0) {
		http_reply_problem(session->request, 401, "bad_identity",
				   rc == -ETIME ? "The identity has expired, or is valid for too long." : "The identity is not signed by this inbox's shop.");
		return false;
	}
	session->is_identified = true;
	session->address = arena_printf(session->arena, "u:%s:%s", uuid_format(&inbox->id, id), session->identity.subject);
	return true;
}

/* Returns: false when the request has been answered. */
static bool read_session(struct session *session, json_t *object)
{
	struct json_reader reader = {.object = object, .arena = session->arena};
	const char *public_id = json_text(&reader, "inbox", 1, 64);
	const char *given = json_text_optional(&reader, "token", 200);
	const char *identity = json_text_optional(&reader, "identity", 16384);
	const char *locale = json_text_optional(&reader, "locale", 200);
	const struct chat_inbox *inbox;

	json_text_optional(&reader, "page_url", 4096); /* goes with messages; here it must be well-formed only */
	session->is_strict = json_bool_optional(&reader, "strict", false);
	if (json_reader_reply(&reader, session->request))
		return false;
	session->given = arena_strdup(session->arena, given);
	session->locale = visitor_locale(session->arena, locale ? locale : "");
	inbox = inboxes_by_public_id(session->chat->inboxes, public_id);
	if (!inbox) {
		inboxes_are_read(session->chat->inboxes) ? reply_unknown_inbox(session->request)
							 : front_reply_fault(session->request, DB_RETRY);
		return false;
	}
	session->inbox_id = inbox->id;
	return !identity || identify(session, inbox, identity);
}

void handle_session_post(struct http_request *request, void *arg)
{
	struct session *session = arena_new_object(http_request_arena(request), struct session);
	json_t *object = front_json(request);
	bool is_good;

	if (!object)
		return;
	*session = (struct session){.request = request, .chat = arg, .arena = http_request_arena(request)};
	is_good = read_session(session, object);
	json_decref(object);
	if (is_good)
		front_find(session->chat->front, session->given, on_known, session);
}

/* ---- signing out ---- */

struct leaving {
	struct http_request *request;
	struct chat *chat;
	const struct visitor *visitor;
};

static void on_deleted(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	const struct leaving *leaving = arg;

	(void)result;
	if (outcome->fault != DB_OK) {
		front_reply_outcome(leaving->request, outcome);
		return;
	}
	/* sockets of the visitor's other browsers come back by tokens of their own */
	live_end_visitor(leaving->chat->live, &leaving->visitor->id);
	http_reply_empty(leaving->request, 204);
}

static void sign_out(struct http_request *request, struct chat *chat, const struct visitor *visitor, const struct chat_inbox *inbox)
{
	struct leaving *leaving = arena_new_object(http_request_arena(request), struct leaving);
	uint8_t hash[STORE_HASH];

	(void)inbox;
	*leaving = (struct leaving){request, chat, visitor};
	token_hash(http_request_header(request, "Authorization") + strlen("Bearer "), hash);
	store_delete_token(chat, hash, on_deleted, leaving);
}

void handle_session_delete(struct http_request *request, void *arg)
{
	front_with_visitor(request, arg, sign_out);
}
