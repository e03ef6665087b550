/* main.c - hilo-gateway: the API and the stream for agents, supervisors and integrators. */
#include "gateway.h"
#include "gateway_store_sql.h"

int main(int argc, char **argv)
{
	static struct gateway gateway;
	const struct conf_table tables[] = {
	        {.title = "Gateway", .options = gateway_options, .settings = &gateway_settings},
	        {0},
	};
	const struct db_catalogue catalogues[] = {
	        {.statements = gateway_store_catalogue, .count = gateway_store_catalogue_count},
	        {0},
	};
	const struct daemon_spec spec = {
	        .name = "gateway",
	        .summary = "The API and the live stream for agents, supervisors and integrators",
	        .tables = tables,
	        .catalogues = catalogues,
	        .db_connections = 6,
	        .uses_kv = true,
	        .uses_bus = true,
	        .start = gateway_start,
	        .drain = gateway_drain,
	        .stop = gateway_stop,
	        .check_ready = gateway_check_ready,
	        .state = &gateway,
	};
	return daemon_main(&spec, argc, argv);
}
