/* main.c - hilo-chat: visitors of web pages, their sessions and their live conversations. */
#include "channel_sql.h"
#include "chat.h"
#include "chat_store_sql.h"

int main(int argc, char **argv)
{
	static struct chat chat;
	const struct conf_table tables[] = {
		{"Chat", chat_conf_options, &chat.settings},
		{"Channels", channel_conf_options, &chat.channel_settings},
		{0},
	};
	const struct db_catalogue catalogues[] = {
		{chat_store_catalogue, chat_store_catalogue_count},
		{channel_catalogue, channel_catalogue_count},
		{0},
	};
	const struct daemon_spec spec = {
		.name = "chat",
		.summary = "talks to visitors of web pages: sessions, live messages, uploads",
		.tables = tables,
		.catalogues = catalogues,
		.db_connections = 6,
		.uses_kv = true,
		.uses_bus = true,
		.start = chat_start,
		.drain = chat_drain,
		.stop = chat_stop,
		.check_ready = chat_check_ready,
		.state = &chat,
	};
	return daemon_main(&spec, argc, argv);
}
