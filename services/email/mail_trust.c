/* mail_trust.c - who vouches for a mail's sender, and whether a machine sent it. Pure. */
#include <ctype.h>
#include <strings.h>

#include "base/text.h"
#include "mail_address.h"
#include "mail_parse.h"

/* ---- Authentication-Results, RFC 8601 ---- */

/* skip_blanks - white space and comments. */
static const char *skip_blanks(const char *at)
{
	int depth = 0;
	for (; *at; at++) {
		if (*at == '(')
			depth++;
		else if (*at == ')' && depth > 0)
			depth--;
		else if (depth == 0 && !isspace((unsigned char)*at))
			break;
		else if (*at == '\\' && at[1])
			at++;
	}
	return at;
}

/* next_token - an atom or quoted string up to a blank or one of ";=(" . Returns: behind it; ret is cut to size. */
static const char *next_token(const char *at, char *ret, size_t size)
{
	size_t used = 0;
	at = skip_blanks(at);
	bool quoted = *at == '"';
	if (quoted)
		at++;
	for (; *at && (quoted ? *at != '"' : !isspace((unsigned char)*at) && !strchr(";=(", *at)); at++)
		if (used + 1 < size)
			ret[used++] = *at;
	ret[used] = '\0';
	return skip_blanks(*at == '"' ? at + 1 : at);
}

enum { TOKEN_BYTES = 260 };

/* one "method=result property=value …" */
struct auth_result {
	char method[32], result[32];
	char header_from[TOKEN_BYTES], header_d[TOKEN_BYTES];
};

/* next_result - Returns: behind the result's ';', or NULL at the end. */
static const char *next_result(const char *at, struct auth_result *ret)
{
	*ret = (struct auth_result){0};
	at = skip_blanks(at);
	if (!*at)
		return NULL;
	at = next_token(at, ret->method, sizeof(ret->method));
	if (*at == '=')
		at = next_token(at + 1, ret->result, sizeof(ret->result));
	while (*at && *at != ';') {
		char name[32], value[TOKEN_BYTES] = "";
		const char *before = at;
		at = next_token(at, name, sizeof(name));
		if (*at == '=')
			at = next_token(at + 1, value, sizeof(value));
		if (at == before)
			at++;
		if (strcasecmp(name, "header.from") == 0)
			memcpy(ret->header_from, value, sizeof(value));
		else if (strcasecmp(name, "header.d") == 0)
			memcpy(ret->header_d, value, sizeof(value));
	}
	return *at == ';' ? at + 1 : at;
}

/* is_aligned - signer is the domain itself or one above it. */
static bool is_aligned(const char *domain, const char *signer)
{
	size_t a = strlen(domain), b = strlen(signer);
	if (b == 0 || b > a || !strchr(signer, '.') || strcasecmp(domain + a - b, signer) != 0)
		return false;
	return a == b || domain[a - b - 1] == '.';
}

enum verdict { SAYS_NOTHING, SAYS_YES, SAYS_NO };

struct verdicts {
	enum verdict dmarc, dkim;
};

/* read_results - what one header value says about the domain. Returns: false if somebody else wrote it. */
static bool read_results(const char *value, const char *authserv_id, const char *domain, struct verdicts *ret)
{
	char writer[TOKEN_BYTES];
	const char *at = next_token(value, writer, sizeof(writer));
	if (strcasecmp(writer, authserv_id) != 0)
		return false;
	at = strchr(at, ';'); /* a version may stand between */
	struct auth_result result;
	for (at = at ? at + 1 : NULL; at && (at = next_result(at, &result));) {
		bool passed = strcasecmp(result.result, "pass") == 0;
		if (strcasecmp(result.method, "dmarc") == 0 && ret->dmarc == SAYS_NOTHING)
			ret->dmarc = passed && strcasecmp(result.header_from, domain) == 0 ? SAYS_YES : SAYS_NO;
		else if (strcasecmp(result.method, "dkim") == 0 && passed && is_aligned(domain, result.header_d))
			ret->dkim = SAYS_YES;
	}
	return true;
}

bool mail_is_verified(GMimeHeaderList *headers, const char *authserv_id, const char *from_address)
{
	struct verdicts verdicts = {0};
	const char *domain = mail_address_domain(from_address);
	bool in_block = false;
	for (int i = 0; authserv_id && *domain && i < g_mime_header_list_get_count(headers); i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
		const char *name = g_mime_header_get_name(header);
		if (in_block && strcasecmp(name, "Received") == 0)
			break; /* what lies below was there before that server */
		const char *value = g_mime_header_get_raw_value(header);
		if (value && strcasecmp(name, "Authentication-Results") == 0)
			in_block |= read_results(value, authserv_id, domain, &verdicts);
	}
	return verdicts.dmarc == SAYS_YES || (verdicts.dmarc == SAYS_NOTHING && verdicts.dkim == SAYS_YES);
}

/* ---- machines ---- */

/* starts_with_word - the first word of a value, without regard to case. */
static bool starts_with_word(const char *value, const char *word)
{
	value += strspn(value, " \t\r\n");
	size_t length = strlen(word);
	return strncasecmp(value, word, length) == 0 && !isalnum((unsigned char)value[length]);
}

static bool is_bulk(const char *value)
{
	return starts_with_word(value, "bulk") || starts_with_word(value, "junk") || starts_with_word(value, "list") ||
	       starts_with_word(value, "auto_reply");
}

static bool says_automatic(const char *name, const char *value, const char *loop_mark)
{
	static const char *const telltale[] = {"X-Autoreply",        "X-Autoresponse",   "X-Autorespond",
	                                       "X-Mail-Autoreply",   "X-AutoReply-From", "X-Autogenerated",
	                                       "X-Failed-Recipients"};
	if (strcasecmp(name, "Auto-Submitted") == 0)
		return !starts_with_word(value, "no");
	if (strcasecmp(name, "Precedence") == 0 || strcasecmp(name, "X-Precedence") == 0)
		return is_bulk(value);
	if (strcasecmp(name, "Delivered-To") == 0)
		return starts_with_word(value, "autoresponder");
	if (strcasecmp(name, "X-Hilo-Loop") == 0)
		return loop_mark && starts_with_word(value, loop_mark);
	for (size_t i = 0; i < HILO_COUNT(telltale); i++)
		if (strcasecmp(name, telltale[i]) == 0)
			return true;
	return strncasecmp(name, "List-", 5) == 0;
}

/* is_machine_address - the local parts nobody reads. */
static bool is_machine_address(const char *address)
{
	static const char *const whole[] = {"mailer-daemon", "postmaster", "noreply",
	                                    "no-reply",      "donotreply", "do-not-reply"};
	const char *at = strrchr(address, '@');
	size_t size = at ? (size_t)(at - address) : strlen(address);
	for (size_t i = 0; i < HILO_COUNT(whole); i++)
		if (strlen(whole[i]) == size && strncasecmp(address, whole[i], size) == 0)
			return true;
	return strncasecmp(address, "owner-", 6) == 0 ||
	       (size > 6 && strncasecmp(address + size - 6, "-owner", 6) == 0) ||
	       (size > 8 && strncasecmp(address + size - 8, "-request", 8) == 0);
}

bool mail_is_automatic(GMimeHeaderList *headers, const char *sender, const char *from_address, const char *loop_mark)
{
	if (sender && (!*sender || is_machine_address(sender)))
		return true;
	if (is_machine_address(from_address))
		return true;
	for (int i = 0; i < g_mime_header_list_get_count(headers); i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
		const char *value = g_mime_header_get_raw_value(header);
		if (says_automatic(g_mime_header_get_name(header), value ? value : "", loop_mark))
			return true;
	}
	return false;
}
