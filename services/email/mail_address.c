/* mail_address.c - normalising mail addresses and their tags. Pure. */
#include "mail_address.h"

#include <gmime/gmime.h>

#include "base/text.h"

enum { LOCAL_BYTES = 64, DOMAIN_BYTES = 255 };

/* has_bad_byte - what may stand in no address we keep: it would break headers, logs or comparison. */
static bool has_bad_byte(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c <= ' ' || c == 0x7f || strchr("<>(),;:\\\"@[]", c))
			return true;
	}
	return false;
}

/* unquote - "a.b" without its quotes. Returns: NULL if the quotes are needed. */
static char *unquote(struct arena *arena, const char *local, size_t size)
{
	if (size >= 2 && local[0] == '"' && local[size - 1] == '"') {
		local++;
		size -= 2;
	}
	char *plain = arena_strndup(arena, local, size);
	return size == 0 || has_bad_byte(plain) ? NULL : plain;
}

/* encode_domain - "bücher.example" as "xn--bcher-kva.example". Returns: NULL if it cannot be. */
static char *encode_domain(struct arena *arena, const char *domain)
{
	char *address = arena_printf(arena, "x@%s", domain);
	InternetAddress *mailbox = internet_address_mailbox_new(NULL, address);
	const char *encoded = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(mailbox));
	char *copy = arena_strdup(arena, encoded);
	g_object_unref(mailbox);
	return copy && text_starts(copy, "x@") ? copy + 2 : NULL;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* normalise_domain - the domain as lower-case A-labels. Returns: NULL if it is none. */
static char *normalise_domain(struct arena *arena, const char *text)
{
	size_t size = strlen(text);
	while (size > 0 && text[size - 1] == '.')
		size--;
	char *domain = arena_strndup(arena, text, size);
	if (size == 0 || size > DOMAIN_BYTES || has_bad_byte(domain))
		return NULL;
	if (!is_ascii(domain))
		domain = encode_domain(arena, domain);
	if (!domain || !is_ascii(domain) || strlen(domain) > DOMAIN_BYTES || domain[0] == '.' || strstr(domain, ".."))
		return NULL;
	return text_lower(arena, domain);
}

char *mail_address_normalise(struct arena *arena, const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;
	if (!at || strlen(address) > MAIL_ADDRESS_MAX || !text_is_utf8(address, strlen(address)))
		return NULL;
	char *local = unquote(arena, address, (size_t)(at - address));
	char *domain = local && strlen(local) <= LOCAL_BYTES ? normalise_domain(arena, at + 1) : NULL;
	return domain ? arena_printf(arena, "%s@%s", text_lower(arena, local), domain) : NULL;
}

bool mail_address_untag(struct arena *arena, const char *address, char **ret_plain, char **ret_tag)
{
	const char *at = strrchr(address, '@');
	const char *plus = strchr(address, '+');
	if (!at || !plus || plus >= at || plus == address)
		return false;
	*ret_plain = arena_printf(arena, "%.*s%s", (int)(plus - address), address, at);
	*ret_tag = arena_strndup(arena, plus + 1, (size_t)(at - plus - 1));
	return true;
}

char *mail_address_tag(struct arena *arena, const char *address, const char *tag)
{
	const char *at = strrchr(address, '@');
	return arena_printf(arena, "%.*s+%s%s", (int)(at - address), address, tag, at);
}

const char *mail_address_domain(const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;
	return at ? at + 1 : "";
}
