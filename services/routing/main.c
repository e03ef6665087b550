/* main.c - hilo-routing: messages into conversations, conversations to agents. */
#include "routing.h"
#include "routing_store_sql.h"

int main(int argc, char **argv)
{
	static struct routing routing;
	const struct conf_table tables[] = {
	        {"Routing", routing_conf_options, &routing.settings},
	        {0},
	};
	const struct db_catalogue catalogues[] = {
	        {routing_store_catalogue, routing_store_catalogue_count},
	        {0},
	};
	const struct daemon_spec spec = {
	        .name = "routing",
	        .summary = "puts messages into conversations and gives conversations to agents",
	        .tables = tables,
	        .catalogues = catalogues,
	        .db_connections = 2,
	        .uses_kv = true,
	        .uses_bus = true,
	        .start = routing_start,
	        .drain = routing_drain,
	        .stop = routing_stop,
	        .check_ready = routing_check_ready,
	        .state = &routing,
	};

	return daemon_main(&spec, argc, argv);
}
