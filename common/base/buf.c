/* base/buf.c - bytes that grow by doubling, and JSON into them. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

void buf_free(struct buf *b)
{
	if (!b)
		return;
	free(b->data);
	*b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

char *buf_reserve(struct buf *b, size_t more)
{
	if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		return hilo_alloc(SIZE_MAX); /* ends the process */
	size_t need = b->len + more + 1;

	if (need > b->size) {
		size_t size = HILO_MAX(need, HILO_MAX(b->size * 2, 64));
		b->data = hilo_realloc(b->data, size);
		b->size = size;
	}
	return b->data + b->len;
}

void buf_append(struct buf *b, const void *data, size_t size)
{
	char *to = buf_reserve(b, size);

	if (size)
		memcpy(to, data, size);
	to[size] = '\0';
	b->len += size;
}

void buf_puts(struct buf *b, const char *text)
{
	buf_append(b, text, strlen(text));
}

void buf_putc(struct buf *b, char c)
{
	buf_append(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	size_t room = b->size - b->len;
	int length = vsnprintf(b->data ? b->data + b->len : NULL, b->data ? room : 0, format, args);
	if (length > 0 && (size_t)length >= room)
		vsnprintf(buf_reserve(b, (size_t)length), (size_t)length + 1, format, again);
	else
		buf_reserve(b, 0)[HILO_MAX(length, 0)] = '\0';
	b->len += (size_t)HILO_MAX(length, 0);
	va_end(again);
	va_end(args);
}

char *buf_steal(struct buf *b)
{
	buf_reserve(b, 0)[0] = '\0';
	char *data = HILO_STEAL(b->data);

	*b = (struct buf){0};
	return data;
}

void buf_json_string(struct buf *b, const char *text)
{
	buf_json_stringn(b, text, text ? strlen(text) : 0);
}

void buf_json_stringn(struct buf *b, const char *text, size_t length)
{
	size_t at = 0, plain = 0, taken;
	char form[6];

	if (!text) {
		buf_puts(b, "null");
		return;
	}
	buf_putc(b, '"');
	while (at < length) {
		const char c = text[at];
		if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
			at++; /* the usual case is copied in runs */
			continue;
		}
		buf_append(b, text + plain, at - plain);
		size_t size = utf8_json(text + at, length - at, form, &taken);
		buf_append(b, form, size);
		plain = at += taken;
	}
	buf_append(b, text + plain, at - plain);
	buf_putc(b, '"');
}

void buf_json_key(struct buf *b, const char *key)
{
	if (b->len && b->data[b->len - 1] != '{')
		buf_putc(b, ',');
	buf_json_string(b, key);
	buf_putc(b, ':');
}
