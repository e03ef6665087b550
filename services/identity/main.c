/* main.c - hilo-identity: whose message it is. */
#include "identity.h"
#include "identity_store_sql.h"

int main(int argc, char **argv)
{
	static struct identity identity;
	const struct conf_table tables[] = {{0}};
	const struct db_catalogue catalogues[] = {
	        {identity_store_catalogue, identity_store_catalogue_count},
	        {0},
	};
	const struct daemon_spec spec = {
	        .name = "identity",
	        .summary = "knows customers by their addresses on each channel",
	        .tables = tables,
	        .catalogues = catalogues,
	        .db_connections = 2,
	        .uses_bus = true,
	        .start = identity_start,
	        .drain = identity_drain,
	        .stop = identity_stop,
	        .check_ready = identity_check_ready,
	        .state = &identity,
	};

	return daemon_main(&spec, argc, argv);
}
