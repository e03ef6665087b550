/* conf/value.c - the types an option can have: text in, text out. */
#include "conf/value.h"

#include <ctype.h>
#include <inttypes.h>

#include "base/text.h"

struct unit {
	const char *name;
	int64_t factor;
};

/* largest first: writing takes the first that divides; a plain number is bytes; of a time only 0 is plain */
static const struct unit duration_units[] = {
        {"h", 3600000000}, {"m", 60000000}, {"s", 1000000}, {"ms", 1000}, {"us", 1}, {NULL, 0},
};
static const struct unit size_units[] = {
        {"G", 1 << 30}, {"M", 1 << 20}, {"k", 1 << 10}, {"", 1}, {NULL, 0},
};

static const struct unit *units_of(enum conf_type type)
{
	return type == CONF_DURATION ? duration_units : size_units;
}

static void *field(const struct conf_option *option, const void *settings)
{
	return (char *)settings + option->offset;
}

static bool is_text(const struct conf_option *option)
{
	return option->type == CONF_TEXT || option->type == CONF_SECRET || option->type == CONF_URL;
}

static int parse_units(const struct unit *units, const char *text, int64_t *ret)
{
	char digits[24] = "";
	const size_t count = strspn(text, "0123456789");
	int64_t number, value;

	if (!count || count >= sizeof(digits))
		return count ? -ERANGE : -EINVAL;
	memcpy(digits, text, count);
	if (text_to_i64(digits, 0, INT64_MAX, &number) < 0)
		return -ERANGE;
	for (; units->name; units++) {
		if (!text_equal_nocase(text + count, units->name) && (number || text[count]))
			continue;
		if (__builtin_mul_overflow(number, units->factor, &value))
			return -ERANGE;
		*ret = value;
		return 0;
	}
	return -EINVAL;
}

static int parse_number(const struct conf_option *option, const char *text, int64_t *ret)
{
	int64_t value;
	int rc = option->type == CONF_INTEGER ? text_to_i64(text, INT64_MIN, INT64_MAX, &value)
	                                      : parse_units(units_of(option->type), text, &value);

	if (rc < 0)
		return rc;
	if ((option->low || option->high) && (value < option->low || value > option->high))
		return -ERANGE;
	*ret = value;
	return 0;
}

static int parse_bool(const char *text, bool *ret)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

	for (size_t i = 0; i < HILO_COUNT(words); i++) {
		if (!text_equal_nocase(text, words[i]))
			continue;
		*ret = i % 2;
		return 0;
	}
	return -EINVAL;
}

/* where the part after scheme:// begins; NULL: this is no URL. Source: RFC 3986 section 3. */
static const char *url_rest(const char *text)
{
	const char *end = strstr(text, "://");

	if (!end || !isalpha((uint8_t)*text) || !end[3])
		return NULL;
	for (const char *c = text; c < end; c++) {
		if (!isalnum((uint8_t)*c) && !strchr("+-.", *c))
			return NULL;
	}
	for (const char *c = end; *c; c++) {
		if ((uint8_t)*c <= ' ' || *c == 0x7F)
			return NULL;
	}
	return end + 3;
}

int value_parse(const struct conf_option *option, void *settings, const char *text)
{
	void *to = field(option, settings);

	switch (option->type) {
	case CONF_BOOL:
		return parse_bool(text, to);
	case CONF_INTEGER:
	case CONF_DURATION:
	case CONF_SIZE:
		return parse_number(option, text, to);
	case CONF_URL:
		if (*text && !url_rest(text))
			return -EINVAL;
		break;
	case CONF_TEXT:
	case CONF_SECRET:
		break;
	}
	*(char **)to = hilo_strdup(text);
	return 0;
}

void value_free(const struct conf_option *option, void *settings)
{
	char **text = field(option, settings);

	if (!is_text(option))
		return;
	if (*text && option->type == CONF_SECRET)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

bool value_is_empty(const struct conf_option *option, const void *settings)
{
	const char *const *text = field(option, settings);

	return is_text(option) && (!*text || !**text);
}

static void write_units(const struct unit *units, int64_t value, struct buf *out)
{
	while (value % units->factor)
		units++;
	if (value)
		buf_printf(out, "%" PRId64 "%s", value / units->factor, units->name);
	else
		buf_putc(out, '0');
}

static void write_number(const struct conf_option *option, int64_t value, struct buf *out)
{
	if (option->type == CONF_INTEGER)
		buf_printf(out, "%" PRId64, value);
	else
		write_units(units_of(option->type), value, out);
}

/* everything but the password: between the first ':' and the last '@' of the authority, or password= in the query */
static void write_url(const char *text, struct buf *out)
{
	const char *rest = url_rest(text);

	if (!rest) { /* malformed: nobody knows where a password might stand */
		buf_puts(out, strpbrk(text, "@?") ? "***" : text);
		return;
	}
	const char *end = rest + strcspn(rest, "/?#"), *at = memrchr(rest, '@', (size_t)(end - rest));
	const char *colon = at ? memchr(rest, ':', (size_t)(at - rest)) : NULL;
	if (colon) {
		buf_append(out, text, (size_t)(colon + 1 - text));
		buf_puts(out, "***");
		text = at;
	}
	const char *password = strcasestr(text, "password=");
	if (password) {
		password += strlen("password=");
		buf_append(out, text, (size_t)(password - text));
		buf_puts(out, "***");
		text = password + strcspn(password, "&#");
	}
	buf_puts(out, text);
}

void value_write_text(const struct conf_option *option, const char *text, struct buf *out)
{
	if (option->type == CONF_SECRET)
		buf_puts(out, *text ? "***" : "");
	else if (option->type == CONF_URL)
		write_url(text, out);
	else
		buf_puts(out, text);
}

void value_write(const struct conf_option *option, const void *settings, struct buf *out)
{
	const void *from = field(option, settings);

	if (is_text(option))
		value_write_text(option, *(char *const *)from ? *(char *const *)from : "", out);
	else if (option->type == CONF_BOOL)
		buf_puts(out, *(const bool *)from ? "true" : "false");
	else
		write_number(option, *(const int64_t *)from, out);
}

void value_write_allowed(const struct conf_option *option, struct buf *out)
{
	static const char *const words[] = {
	        [CONF_TEXT] = "text",
	        [CONF_SECRET] = "text, never shown",
	        [CONF_URL] = "a URL (scheme://…)",
	        [CONF_INTEGER] = "a whole number",
	        [CONF_DURATION] = "a time (200ms, 5s, 10m, 1h)",
	        [CONF_SIZE] = "a size in bytes (65536, 64k, 25M)",
	        [CONF_BOOL] = "true or false",
	};

	buf_puts(out, words[option->type]);
	if (!option->low && !option->high)
		return;
	buf_puts(out, " from ");
	write_number(option, option->low, out);
	buf_puts(out, " to ");
	write_number(option, option->high, out);
}
