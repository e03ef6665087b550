/* lmtp_parse.c - the LMTP dialogue: table of states, commands, the bytes of DATA. Pure. */
#include "lmtp_parse.h"

#include <stdio.h>
#include <strings.h>

#include "base/text.h"

enum {
	COMMAND_BYTES = 512 + 26 + 17, /* RFC 5321, and what SIZE and BODY add to MAIL */
	PATH_BYTES = 320,
	FAULTS_MAX = 20,
	RCPT_FACTOR = 10, /* RCPT commands allowed a message, in units of limits->recipients */
};

static const struct fsm_transition transitions[] = {
        {LMTP_NEW, LMTP_LHLO, LMTP_READY, 0},
        {LMTP_READY, LMTP_LHLO, LMTP_READY, 0},
        {LMTP_SENDER, LMTP_LHLO, LMTP_READY, 0},
        {LMTP_RECIPIENTS, LMTP_LHLO, LMTP_READY, 0},
        {LMTP_READY, LMTP_MAIL, LMTP_SENDER, 0},
        {LMTP_SENDER, LMTP_RCPT, LMTP_RECIPIENTS, 0},
        {LMTP_RECIPIENTS, LMTP_RCPT, LMTP_RECIPIENTS, 0},
        {LMTP_RECIPIENTS, LMTP_START, LMTP_DATA, 0},
        {LMTP_DATA, LMTP_END, LMTP_READY, 0},
        {LMTP_NEW, LMTP_RSET, LMTP_NEW, 0},
        {LMTP_READY, LMTP_RSET, LMTP_READY, 0},
        {LMTP_SENDER, LMTP_RSET, LMTP_READY, 0},
        {LMTP_RECIPIENTS, LMTP_RSET, LMTP_READY, 0},
        {LMTP_NEW, LMTP_NOOP, LMTP_NEW, 0},
        {LMTP_READY, LMTP_NOOP, LMTP_READY, 0},
        {LMTP_SENDER, LMTP_NOOP, LMTP_SENDER, 0},
        {LMTP_RECIPIENTS, LMTP_NOOP, LMTP_RECIPIENTS, 0},
        {LMTP_NEW, LMTP_VRFY, LMTP_NEW, 0},
        {LMTP_READY, LMTP_VRFY, LMTP_READY, 0},
        {LMTP_SENDER, LMTP_VRFY, LMTP_SENDER, 0},
        {LMTP_RECIPIENTS, LMTP_VRFY, LMTP_RECIPIENTS, 0},
        {LMTP_NEW, LMTP_QUIT, LMTP_CLOSED, 0},
        {LMTP_READY, LMTP_QUIT, LMTP_CLOSED, 0},
        {LMTP_SENDER, LMTP_QUIT, LMTP_CLOSED, 0},
        {LMTP_RECIPIENTS, LMTP_QUIT, LMTP_CLOSED, 0},
};
static const char *const state_names[] = {"new", "ready", "sender", "recipients", "data", "closed"};
static const char *const event_names[] = {"LHLO", "MAIL", "RCPT", "DATA", "end of data",
                                          "RSET", "NOOP", "VRFY", "QUIT"};

const struct fsm lmtp_fsm = {
        .name = "lmtp",
        .transitions = transitions,
        .count = HILO_COUNT(transitions),
        .states = state_names,
        .states_count = HILO_COUNT(state_names),
        .events = event_names,
        .events_count = HILO_COUNT(event_names),
        .initial = LMTP_NEW,
};

/* where in a line of DATA the machine stands */
enum data_state { DATA_LINE_START, DATA_TEXT, DATA_CR, DATA_DOT, DATA_DOT_CR };

void lmtp_session_init(struct lmtp_session *session, const struct lmtp_limits *limits)
{
	*session = (struct lmtp_session){.limits = limits, .arena = arena_new(1024)};
	session->recipients = hilo_alloc_array(limits->recipients, sizeof(*session->recipients));
}

/* release_data - forgets the message and gives its memory back. */
static void release_data(struct lmtp_session *session)
{
	*session->limits->memory_used -= session->data.size;
	buf_free(&session->data);
}

/* message_over - ready for the next MAIL. */
static void message_over(struct lmtp_session *session)
{
	release_data(session);
	session->sender = NULL;
	session->recipients_count = session->recipients_seen = 0;
	session->data_bytes = 0;
	session->data_fault = LMTP_PENDING;
	arena_reset(session->arena);
}

void lmtp_session_deinit(struct lmtp_session *session)
{
	release_data(session);
	buf_free(&session->line);
	free(session->recipients);
	arena_free(&session->arena);
}

static void close_with(struct lmtp_session *session, struct buf *out, const char *reply)
{
	buf_puts(out, reply);
	session->state = LMTP_CLOSED;
	session->need = LMTP_NEED_CLOSE;
}

void lmtp_session_greet(struct lmtp_session *session, struct buf *out)
{
	if (session->is_closing)
		close_with(session, out, "421 4.3.2 too busy, try again later\r\n");
	else
		buf_printf(out, "220 %s LMTP ready\r\n", session->limits->hostname);
}

/* refuse - a fault of the client: too many of them end the dialogue. */
static void refuse(struct lmtp_session *session, struct buf *out, const char *reply)
{
	buf_puts(out, reply);
	if (++session->faults >= FAULTS_MAX)
		close_with(session, out, "421 4.7.0 too many errors\r\n");
}

/* advance - moves by the table. Returns: false after a 503 where the table has no such move. */
static bool advance(struct lmtp_session *session, enum lmtp_event event, struct buf *out)
{
	const struct fsm_transition *step = fsm_step(&lmtp_fsm, (int)session->state, (int)event);
	if (!step) {
		refuse(session, out, "503 5.5.1 bad sequence of commands\r\n");
		return false;
	}
	session->state = (enum lmtp_state)step->to;
	return true;
}

/* ---- paths and parameters ---- */

static size_t skip_route(const char *path, size_t size)
{
	if (size == 0 || path[0] != '@')
		return 0;
	const char *colon = memchr(path, ':', size);
	return colon ? (size_t)(colon + 1 - path) : 0;
}

int lmtp_path(struct arena *arena, const char *text, char **ret)
{
	if (text[0] != '<')
		return -EINVAL;
	bool quoted = false;
	size_t at = 1;
	for (; text[at] && (quoted || text[at] != '>'); at++) {
		unsigned char c = (unsigned char)text[at];
		if (c < ' ' || c >= 0x7f || (!quoted && (c == ' ' || c == '<')))
			return -EINVAL;
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\' && text[at + 1] >= ' ')
			at++;
	}
	if (text[at] != '>' || at - 1 > PATH_BYTES)
		return -EINVAL;
	size_t route = skip_route(text + 1, at - 1);
	*ret = arena_strndup(arena, text + 1 + route, at - 1 - route);
	return (int)at + 1;
}

/* path_argument - the path behind "FROM:" or "TO:". Returns: the parameters behind it, or NULL. */
static const char *path_argument(struct arena *arena, const char *argument, const char *keyword, char **ret)
{
	size_t length = strlen(keyword);
	if (strncasecmp(argument, keyword, length) != 0)
		return NULL;
	argument += length;
	argument += strspn(argument, " "); /* not in the grammar, but common */
	int used = lmtp_path(arena, argument, ret);
	return used < 0 ? NULL : argument + used;
}

/* next_parameter - copies the next "NAME[=VALUE]" of MAIL. Returns: the rest, NULL at the end, or a bad one as name "".
 */
static const char *next_parameter(struct arena *arena, const char *rest, char **ret_name, char **ret_value)
{
	size_t blanks = strspn(rest, " ");
	rest += blanks;
	if (!*rest)
		return NULL;
	size_t length = strcspn(rest, " ");
	char *name = arena_strndup(arena, rest, blanks ? length : 0);
	char *equals = strchr(name, '=');
	if (equals)
		*equals = '\0';
	*ret_name = name;
	*ret_value = equals ? equals + 1 : NULL;
	return rest + length;
}

/* mail_parameters - Returns: NULL, or the reply that refuses them. */
static const char *mail_parameters(struct lmtp_session *session, const char *rest)
{
	char *name, *value;
	while ((rest = next_parameter(session->arena, rest, &name, &value))) {
		if (strcasecmp(name, "SIZE") == 0) {
			int64_t size;
			int rc = value ? text_to_i64(value, 0, INT64_MAX, &size) : -EINVAL;
			if (rc == -EINVAL)
				return "501 5.5.4 SIZE wants a number\r\n";
			if (rc == -ERANGE || (uint64_t)size > session->limits->message_bytes)
				return "552 5.3.4 message too large\r\n";
		} else if (strcasecmp(name, "BODY") == 0) {
			if (!value)
				return "501 5.5.4 BODY wants a value\r\n";
			if (strcasecmp(value, "7BIT") != 0 && strcasecmp(value, "8BITMIME") != 0)
				return "504 5.5.4 unknown BODY\r\n";
		} else {
			return "555 5.5.4 unknown parameter\r\n";
		}
	}
	return NULL;
}

/* ---- commands ---- */

static void on_lhlo(struct lmtp_session *session, const char *argument, struct buf *out)
{
	if (!*argument) {
		refuse(session, out, "501 5.5.4 who are you?\r\n");
		return;
	}
	if (!advance(session, LMTP_LHLO, out))
		return;
	message_over(session);
	buf_printf(out, "250-%s\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 SIZE %zu\r\n",
	           session->limits->hostname, session->limits->message_bytes);
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

static void on_mail(struct lmtp_session *session, const char *argument, struct buf *out)
{
	if (!fsm_step(&lmtp_fsm, (int)session->state, LMTP_MAIL)) {
		refuse(session, out, "503 5.5.1 bad sequence of commands\r\n");
		return;
	}
	if (session->is_busy) {
		buf_puts(out, "451 4.3.2 busy, try again later\r\n");
		return;
	}
	if (!is_ascii(argument)) {
		refuse(session, out, "550 5.6.7 address is not ASCII\r\n");
		return;
	}
	char *path;
	const char *rest = path_argument(session->arena, argument, "FROM:", &path);
	const char *fault = rest ? mail_parameters(session, rest) : "501 5.5.4 syntax: MAIL FROM:<address>\r\n";
	if (fault) {
		refuse(session, out, fault);
		return;
	}
	session->sender = path;
	advance(session, LMTP_MAIL, out);
	buf_puts(out, "250 2.1.0 ok\r\n");
}

static void on_rcpt(struct lmtp_session *session, const char *argument, struct buf *out)
{
	if (!fsm_step(&lmtp_fsm, (int)session->state, LMTP_RCPT)) {
		refuse(session, out, "503 5.5.1 bad sequence of commands\r\n");
		return;
	}
	size_t limit = session->limits->recipients;
	if (session->recipients_count >= limit || session->recipients_seen++ >= RCPT_FACTOR * limit) {
		buf_puts(out, "452 4.5.3 too many recipients\r\n");
		return;
	}
	if (!is_ascii(argument)) {
		refuse(session, out, "553 5.6.7 address is not ASCII\r\n");
		return;
	}
	char *path;
	const char *rest = path_argument(session->arena, argument, "TO:", &path);
	if (!rest || !*path) {
		refuse(session, out, "501 5.5.4 syntax: RCPT TO:<address>\r\n");
		return;
	}
	if (rest[strspn(rest, " ")]) {
		refuse(session, out, "555 5.5.4 unknown parameter\r\n");
		return;
	}
	session->recipients[session->recipients_count] = (struct lmtp_recipient){.address = path};
	session->need = LMTP_NEED_RECIPIENT;
}

void lmtp_session_recipient(struct lmtp_session *session, enum lmtp_outcome outcome, void *owner, struct buf *out)
{
	session->need = LMTP_NEED_INPUT;
	if (outcome == LMTP_ACCEPTED) {
		session->recipients[session->recipients_count++].owner = owner;
		advance(session, LMTP_RCPT, out);
		buf_puts(out, "250 2.1.5 ok\r\n");
	} else if (outcome == LMTP_UNKNOWN) {
		buf_puts(out, "550 5.1.1 no such mailbox\r\n");
	} else {
		buf_puts(out, "451 4.3.0 cannot look that up now, try again later\r\n");
	}
}

static void on_data(struct lmtp_session *session, const char *argument, struct buf *out)
{
	if (*argument) {
		refuse(session, out, "501 5.5.4 DATA takes no argument\r\n");
		return;
	}
	if (session->state == LMTP_SENDER) {
		buf_puts(out, "503 5.5.1 no recipient was accepted\r\n");
		return;
	}
	if (!advance(session, LMTP_START, out))
		return;
	session->data_state = DATA_LINE_START;
	buf_puts(out, "354 go on, end with a dot\r\n");
}

static void on_rset(struct lmtp_session *session, const char *argument, struct buf *out)
{
	if (*argument) {
		refuse(session, out, "501 5.5.4 RSET takes no argument\r\n");
		return;
	}
	if (advance(session, LMTP_RSET, out)) {
		message_over(session);
		buf_puts(out, "250 2.0.0 ok\r\n");
	}
}

static void on_noop(struct lmtp_session *session, const char *argument, struct buf *out)
{
	(void)argument;
	if (advance(session, LMTP_NOOP, out))
		buf_puts(out, "250 2.0.0 ok\r\n");
}

static void on_vrfy(struct lmtp_session *session, const char *argument, struct buf *out)
{
	(void)argument;
	if (advance(session, LMTP_VRFY, out))
		buf_puts(out, "252 2.5.0 send mail and see\r\n");
}

static void on_quit(struct lmtp_session *session, const char *argument, struct buf *out)
{
	(void)argument;
	if (advance(session, LMTP_QUIT, out))
		close_with(session, out, "221 2.0.0 bye\r\n");
}

static void on_smtp(struct lmtp_session *session, const char *argument, struct buf *out)
{
	(void)argument;
	refuse(session, out, "500 5.5.1 this is LMTP, say LHLO\r\n");
}

static void on_unimplemented(struct lmtp_session *session, const char *argument, struct buf *out)
{
	(void)argument;
	refuse(session, out, "502 5.5.1 not implemented\r\n");
}

static const struct {
	const char *verb;
	void (*handle)(struct lmtp_session *session, const char *argument, struct buf *out);
} commands[] = {
        {"LHLO", on_lhlo},          {"MAIL", on_mail},          {"RCPT", on_rcpt},
        {"DATA", on_data},          {"RSET", on_rset},          {"NOOP", on_noop},
        {"VRFY", on_vrfy},          {"QUIT", on_quit},          {"HELO", on_smtp},
        {"EHLO", on_smtp},          {"EXPN", on_unimplemented}, {"HELP", on_unimplemented},
        {"BDAT", on_unimplemented}, {"AUTH", on_unimplemented}, {"STARTTLS", on_unimplemented},
        {"TURN", on_unimplemented},
};

/* run_command - line has no CRLF any more; length counts NULs it may hold. */
static void run_command(struct lmtp_session *session, char *line, size_t length, struct buf *out)
{
	if (session->is_closing) {
		close_with(session, out, "421 4.3.2 shutting down\r\n");
		return;
	}
	if (strlen(line) != length || strchr(line, '\r')) {
		refuse(session, out, "500 5.5.2 control character in command\r\n");
		return;
	}
	while (length > 0 && line[length - 1] == ' ')
		line[--length] = '\0';
	size_t verb = strcspn(line, " ");
	for (size_t i = 0; i < HILO_COUNT(commands); i++)
		if (strlen(commands[i].verb) == verb && strncasecmp(line, commands[i].verb, verb) == 0) {
			commands[i].handle(session, line + verb + strspn(line + verb, " "), out);
			return;
		}
	refuse(session, out, "500 5.5.2 unknown command\r\n");
}

/* eat_line - takes input up to a line feed. A line that a bare LF ends is never obeyed. Returns: bytes eaten. */
static size_t eat_line(struct lmtp_session *session, const char *data, size_t size, struct buf *out)
{
	const char *end = memchr(data, '\n', size);
	size_t eaten = end ? (size_t)(end + 1 - data) : size;
	if (session->is_line_too_long || session->line.len + eaten > COMMAND_BYTES) {
		session->is_line_too_long = true;
		buf_clear(&session->line);
	} else {
		buf_append(&session->line, data, eaten);
	}
	if (!end)
		return eaten;
	struct buf *line = &session->line;
	if (session->is_line_too_long) {
		refuse(session, out, "500 5.5.2 line too long\r\n");
	} else if (line->len < 2 || line->data[line->len - 2] != '\r') {
		refuse(session, out, "500 5.5.2 lines end with CR LF\r\n");
	} else {
		line->data[line->len - 2] = '\0';
		run_command(session, line->data, line->len - 2, out);
	}
	session->is_line_too_long = false;
	buf_clear(line);
	return eaten;
}

/* ---- the bytes of DATA ---- */

/* keep - appends to the message, within the limits of the message and of the process. */
static void keep(struct lmtp_session *session, const char *data, size_t size)
{
	session->data_bytes += size;
	if (session->data_fault != LMTP_PENDING)
		return;
	size_t before = session->data.size;
	if (session->data_bytes > session->limits->message_bytes)
		session->data_fault = LMTP_TOO_LARGE;
	else if (*session->limits->memory_used + size > session->limits->memory_bytes)
		session->data_fault = LMTP_NO_SPACE;
	if (session->data_fault != LMTP_PENDING) {
		release_data(session);
		return;
	}
	buf_append(&session->data, data, size);
	*session->limits->memory_used += session->data.size - before;
}

/* eat_byte - one byte of DATA outside the inside of lines. Returns: true when it ended the message. */
static bool eat_byte(struct lmtp_session *session, char c)
{
	switch ((enum data_state)session->data_state) {
	case DATA_LINE_START:
		if (c == '.') {
			session->data_state = DATA_DOT;
			return false;
		}
		break;
	case DATA_DOT: /* the line's first dot is dropped, or ends the message */
		if (c == '\r') {
			session->data_state = DATA_DOT_CR;
			return false;
		}
		break;
	case DATA_DOT_CR:
		if (c == '\n')
			return true;
		keep(session, "\r", 1);
		break;
	case DATA_CR:
		keep(session, "\r", 1);
		if (c == '\n') {
			keep(session, "\n", 1);
			session->data_state = DATA_LINE_START;
			return false;
		}
		break;
	case DATA_TEXT:
		break;
	}
	session->data_state = c == '\r' ? DATA_CR : DATA_TEXT;
	if (c != '\r')
		keep(session, &c, 1);
	return false;
}

static void write_pending(struct lmtp_session *session, struct buf *out);

/* end_data - the message is whole: one that was swallowed is answered at once. */
static void end_data(struct lmtp_session *session, struct buf *out)
{
	session->need = LMTP_NEED_DELIVERY;
	if (session->data_fault == LMTP_PENDING)
		return;
	for (size_t i = 0; i < session->recipients_count; i++)
		session->recipients[i].outcome = session->data_fault;
	write_pending(session, out);
}

/* eat_data - Returns: bytes eaten. */
static size_t eat_data(struct lmtp_session *session, const char *data, size_t size, struct buf *out)
{
	for (size_t at = 0; at < size;) {
		if (session->data_state == DATA_TEXT) { /* inside a line only a CR matters */
			const char *cr = memchr(data + at, '\r', size - at);
			size_t plain = cr ? (size_t)(cr - data) - at : size - at;
			keep(session, data + at, plain);
			at += plain;
			if (at == size)
				break;
		}
		if (eat_byte(session, data[at++])) {
			end_data(session, out);
			return at;
		}
	}
	return size;
}

struct buf lmtp_session_take(struct lmtp_session *session)
{
	struct buf data = session->data;
	session->data = (struct buf){0};
	return data;
}

static const char *const outcome_replies[] = {
        [LMTP_ACCEPTED] = "250 2.0.0 stored\r\n",
        [LMTP_UNKNOWN] = "550 5.1.1 no such mailbox\r\n",
        [LMTP_LATER] = "451 4.3.0 cannot store it now, try again later\r\n",
        [LMTP_TOO_LARGE] = "552 5.3.4 message too large\r\n",
        [LMTP_NO_SPACE] = "452 4.3.1 no space for it now, try again later\r\n",
};

/* write_pending - replies of recipients whose elders are all answered; after the last one the message is over. */
static void write_pending(struct lmtp_session *session, struct buf *out)
{
	for (size_t i = 0; i < session->recipients_count; i++) {
		struct lmtp_recipient *r = &session->recipients[i];
		if (r->outcome == LMTP_PENDING)
			return;
		if (!r->is_answered)
			buf_puts(out, outcome_replies[r->outcome]);
		r->is_answered = true;
	}
	session->need = LMTP_NEED_INPUT;
	advance(session, LMTP_END, out);
	message_over(session);
}

bool lmtp_session_delivered(struct lmtp_session *session, size_t i, enum lmtp_outcome outcome, struct buf *out)
{
	session->recipients[i].outcome = outcome;
	write_pending(session, out);
	return session->need != LMTP_NEED_DELIVERY;
}

enum lmtp_need lmtp_session_run(struct lmtp_session *session, const char *data, size_t size, size_t *ret_used,
                                struct buf *out)
{
	size_t at = 0;
	while (session->need == LMTP_NEED_INPUT && at < size && out->len < LMTP_OUT_BYTES) {
		if (session->state == LMTP_DATA)
			at += eat_data(session, data + at, size - at, out);
		else
			at += eat_line(session, data + at, size - at, out);
	}
	*ret_used = at;
	return session->need;
}
