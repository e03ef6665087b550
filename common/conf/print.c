/* conf/print.c - the option tables for a terminal, for a check and for docs/config.md. */
#include "conf/argument.h"
#include "conf/conf.h"
#include "conf/value.h"

static void print_default(const struct conf_option *option, struct buf *out)
{
	if (option->flags & CONF_REQUIRED)
		buf_puts(out, "required");
	else if (option->fallback && *option->fallback)
		value_write_text(option, option->fallback, out);
	else
		buf_puts(out, "unset");
}

void conf_print_help(const struct conf_table *tables, struct buf *out)
{
	char name[ARGUMENT_BYTES];

	for (; tables->options; tables++) {
		buf_printf(out, "\n%s\n", tables->title);
		for (const struct conf_option *option = tables->options; option->name; option++) {
			argument_name(option->name, name);
			buf_printf(out, "  --%s, %s\n      %s\n      ", name, option->name, option->help);
			value_write_allowed(option, out);
			buf_puts(out, option->flags & CONF_REQUIRED ? "; " : "; default: ");
			print_default(option, out);
			buf_putc(out, '\n');
		}
	}
}

void conf_print_effective(const struct conf_table *tables, struct buf *out)
{
	for (; tables->options; tables++) {
		for (const struct conf_option *option = tables->options; option->name; option++) {
			buf_printf(out, "%s=", option->name);
			value_write(option, tables->settings, out);
			buf_putc(out, '\n');
		}
	}
}

/* a bar would end the cell */
static void print_cell(const char *text, struct buf *out)
{
	for (; *text; text++) {
		if (*text == '|')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
}

void conf_print_markdown(const struct conf_table *tables, struct buf *out)
{
	for (; tables->options; tables++) {
		buf_printf(out, "## %s\n\n| option | takes | default | meaning |\n|---|---|---|---|\n", tables->title);
		for (const struct conf_option *option = tables->options; option->name; option++) {
			HILO_AUTO(buf) struct buf cell = {0};
			const bool is_code = !(option->flags & CONF_REQUIRED) && option->fallback && *option->fallback;
			buf_printf(out, "| `%s` | ", option->name);
			value_write_allowed(option, out);
			print_default(option, &cell);
			buf_puts(out, is_code ? " | `" : " | ");
			print_cell(cell.data, out);
			buf_puts(out, is_code ? "` | " : " | ");
			print_cell(option->help, out);
			buf_puts(out, " |\n");
		}
		buf_putc(out, '\n');
	}
}
