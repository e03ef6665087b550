/* base/log.c - printf arguments to one line of JSON, in a buffer on the stack: logging works when memory is out. */
#include "base/log.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

enum {
	LINE_BYTES = 8192,
	CONTEXT_KEYS = 8,
	CONTEXT_KEY_BYTES = 32,
	CONTEXT_VALUE_BYTES = 128,
	FIELD_KEY_BYTES = 64,
	NUMBER_BYTES = 352, /* DBL_MAX written in full has 309 digits, and 20 behind the point */
	TAIL_BYTES = 24,    /* ",\"truncated\":true}\n and the NUL */
};

/* A line that stops growing when full: no character or number is written by halves, and it says that it was cut. */
struct line {
	char text[LINE_BYTES];
	size_t len;
	bool is_cut;
};

/* One field's value as text. */
struct value {
	char text[LINE_BYTES];
	size_t len;
	bool is_bare; /* a number or null: stands in JSON without quotes */
};

struct args {
	va_list list; /* in a struct, so that functions can share it by address */
};

static struct {
	const char *service;
	enum log_level lowest;
	struct {
		char key[CONTEXT_KEY_BYTES], value[CONTEXT_VALUE_BYTES];
	} context[CONTEXT_KEYS];
	void (*on_line)(void *arg, enum log_level level, const char *line);
	void *arg;
} logger = {.service = "hilo", .lowest = LOG_INFO_LEVEL};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_open(const char *service, enum log_level lowest)
{
	logger.service = service;
	logger.lowest = lowest;
}

int log_level_parse(const char *text, enum log_level *ret)
{
	for (size_t i = 0; text && i < HILO_COUNT(level_names); i++) {
		if (strcmp(text, level_names[i]) != 0)
			continue;
		*ret = (enum log_level)i;
		return 0;
	}
	return -EINVAL;
}

void log_context(const char *key, const char *value)
{
	int slot = -1;

	for (int i = CONTEXT_KEYS - 1; i >= 0; i--) {
		if (strncmp(logger.context[i].key, key, CONTEXT_KEY_BYTES - 1) == 0) {
			slot = i;
			break;
		}
		if (!logger.context[i].key[0])
			slot = i;
	}
	if (slot < 0)
		return; /* a ninth key: the contract says eight */
	snprintf(logger.context[slot].key, CONTEXT_KEY_BYTES, "%s", value ? key : "");
	snprintf(logger.context[slot].value, CONTEXT_VALUE_BYTES, "%s", value ? value : "");
}

void log_capture(void (*on_line)(void *arg, enum log_level level, const char *line), void *arg)
{
	logger.on_line = on_line;
	logger.arg = arg;
}

static bool line_add(struct line *line, const char *text, size_t size)
{
	line->is_cut = line->is_cut || line->len + size > LINE_BYTES - TAIL_BYTES;
	if (line->is_cut)
		return false;
	memcpy(line->text + line->len, text, size);
	line->len += size;
	return true;
}

/* `,"key":value`; a value too long for the line is cut between characters */
static void line_add_field(struct line *line, const char *key, size_t key_bytes, const struct value *value)
{
	char form[FIELD_KEY_BYTES + NUMBER_BYTES + 8];
	size_t taken;

	int length = snprintf(form, sizeof(form), ",\"%.*s\":%s", (int)HILO_MIN(key_bytes, FIELD_KEY_BYTES), key,
	                      value->is_bare ? value->text : "\"");
	if (!line_add(line, form, (size_t)length) || value->is_bare)
		return;
	for (size_t at = 0; at < value->len; at += taken) {
		size_t bytes = utf8_json(value->text + at, value->len - at, form, &taken);
		if (!line_add(line, form, bytes))
			break;
	}
	line->text[line->len++] = '"'; /* the tail's reserve has room for it */
}

/* One conversion of the format, as printf(3) describes it. Flags and widths are for people, not for JSON: ignored. */
struct conversion {
	int precision; /* -1: none */
	char size;     /* 0, 'l', 'q' (ll), 'z', 'j', 't', 'L'; h and hh are promoted to int */
	char type;
};

static const char *conversion_parse(const char *at, struct conversion *ret, struct args *args)
{
	*ret = (struct conversion){.precision = -1};
	at += 1 + strspn(at + 1, "-+ #0'");
	if (*at == '*')
		(void)va_arg(args->list, int), at++;
	at += strspn(at, "0123456789");
	if (*at == '.') {
		ret->precision = 0;
		if (*++at == '*')
			ret->precision = va_arg(args->list, int), at++;
		for (; *at >= '0' && *at <= '9'; at++)
			ret->precision = HILO_MIN(ret->precision * 10 + (*at - '0'), LINE_BYTES);
	}
	for (; *at && strchr("hlzjtL", *at); at++)
		ret->size = *at == 'h' ? 0 : *at == 'l' && ret->size == 'l' ? 'q' : *at;
	ret->type = *at;
	return *at ? at + 1 : at;
}

static intmax_t take_signed(char size, struct args *args)
{
	switch (size) {
	case 'l':
		return va_arg(args->list, long);
	case 'q':
		return va_arg(args->list, long long);
	case 'z':
		return va_arg(args->list, ssize_t);
	case 'j':
		return va_arg(args->list, intmax_t);
	case 't':
		return va_arg(args->list, ptrdiff_t);
	default:
		return va_arg(args->list, int);
	}
}

static uintmax_t take_unsigned(char size, struct args *args)
{
	switch (size) {
	case 'l':
		return va_arg(args->list, unsigned long);
	case 'q':
		return va_arg(args->list, unsigned long long);
	case 'z':
		return va_arg(args->list, size_t);
	case 'j':
		return va_arg(args->list, uintmax_t);
	case 't':
		return (uintmax_t)va_arg(args->list, ptrdiff_t);
	default:
		return va_arg(args->list, unsigned);
	}
}

/* A number as text in ret. Returns: whether JSON can have it as a number. */
static bool number_format(const struct conversion *conversion, struct args *args, char ret[NUMBER_BYTES])
{
	const int precision = HILO_MIN(conversion->precision < 0 ? 6 : conversion->precision, 20);
	double value;

	switch (conversion->type) {
	case 'd':
	case 'i':
		snprintf(ret, NUMBER_BYTES, "%" PRIdMAX, take_signed(conversion->size, args));
		return true;
	case 'u':
		snprintf(ret, NUMBER_BYTES, "%" PRIuMAX, take_unsigned(conversion->size, args));
		return true;
	case 'x':
	case 'X':
		snprintf(ret, NUMBER_BYTES, "%" PRIxMAX, take_unsigned(conversion->size, args));
		return false;
	case 'p':
		snprintf(ret, NUMBER_BYTES, "%p", va_arg(args->list, void *));
		return false;
	case 'c':
		snprintf(ret, NUMBER_BYTES, "%c", va_arg(args->list, int));
		return false;
	default: /* e, f, g */
		value = conversion->size == 'L' ? (double)va_arg(args->list, long double) : va_arg(args->list, double);
		snprintf(ret, NUMBER_BYTES, conversion->type == 'f' ? "%.*f" : "%.*g", precision, value);
		return isfinite(value);
	}
}

static void value_add(struct value *value, const char *text, size_t size)
{
	size = HILO_MIN(size, sizeof(value->text) - 1 - value->len);
	memcpy(value->text + value->len, text, size);
	value->len += size;
	value->text[value->len] = '\0';
}

static void value_add_argument(struct value *value, const struct conversion *conversion, struct args *args)
{
	char number[NUMBER_BYTES];
	const char *text = number;
	size_t most = sizeof(value->text);

	if (conversion->type == '%') {
		text = "%";
	} else if (conversion->type == 's') {
		text = va_arg(args->list, const char *);
		value->is_bare = !text;
		text = text ? text : "null";
		most = conversion->precision < 0 || value->is_bare ? most : (size_t)conversion->precision;
	} else {
		value->is_bare = number_format(conversion, args, number);
	}
	value_add(value, text, strnlen(text, most));
}

/* The value at `at` up to the next space: one conversion, or text with any number of them. Returns: its end. */
static const char *value_read(struct value *value, const char *at, struct args *args)
{
	struct conversion conversion;
	int pieces = 0;

	value->len = 0;
	value->is_bare = false;
	value->text[0] = '\0';
	for (; *at && *at != ' '; pieces++) {
		if (*at == '%') {
			at = conversion_parse(at, &conversion, args);
			value_add_argument(value, &conversion, args);
		} else {
			value_add(value, at++, 1);
		}
	}
	value->is_bare = value->is_bare && pieces == 1;
	return at;
}

static void line_add_text(struct line *line, const char *key, const char *text)
{
	struct value value;

	value.len = 0;
	value.is_bare = false;
	value_add(&value, text, strlen(text));
	line_add_field(line, key, strlen(key), &value);
}

/* Context stands before the fields: when a key comes twice, readers of JSON take the later, more special one. */
static void line_begin(struct line *line, enum log_level level, const char *event)
{
	char time[CLOCK_TEXT];

	line_add_text(line, "time", clock_format(clock_now_us(), time));
	line->text[0] = '{';
	line_add_text(line, "level", level_names[level]);
	line_add_text(line, "service", logger.service);
	line_add_text(line, "event", event);
	for (size_t i = 0; i < CONTEXT_KEYS; i++) {
		if (logger.context[i].key[0])
			line_add_text(line, logger.context[i].key, logger.context[i].value);
	}
}

static void line_end(struct line *line)
{
	static const char cut[] = ",\"truncated\":true";

	if (line->is_cut) {
		memcpy(line->text + line->len, cut, sizeof(cut) - 1);
		line->len += sizeof(cut) - 1;
	}
	memcpy(line->text + line->len, "}\n", 3);
	line->len += 2;
}

static void line_write(const struct line *line)
{
	while (write(STDERR_FILENO, line->text, line->len) < 0 && errno == EINTR)
		; /* one call a line, so that lines of several processes do not mix; what fails is lost */
}

void log_write(enum log_level level, const char *event, const char *format, ...)
{
	struct line line;
	struct value value;
	struct args args;
	const int saved_errno = errno;

	if (level < logger.lowest)
		return;
	line.len = 0;
	line.is_cut = false;
	line_begin(&line, level, event);
	va_start(args.list, format);
	for (const char *at = format + strspn(format, " "); *at; at += strspn(at, " ")) {
		const char *key = at;
		size_t key_bytes = strcspn(at, "= ");
		if (at[key_bytes] == '=') {
			at += key_bytes + 1;
		} else { /* a value without a key still has its arguments */
			key = "text";
			key_bytes = strlen(key);
		}
		at = value_read(&value, at, &args);
		line_add_field(&line, key, key_bytes, &value);
	}
	va_end(args.list);
	line_end(&line);
	if (logger.on_line)
		logger.on_line(logger.arg, level, line.text);
	else
		line_write(&line);
	errno = saved_errno;
}
