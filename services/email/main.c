/* main.c - hilo-email: mail in by LMTP, replies out by SMTP. */
#include "channel_sql.h"
#include "email.h"
#include "email_store_sql.h"

int main(int argc, char **argv)
{
	static struct email email;
	const struct conf_table tables[] = {
	        {"Mail", email_conf_options, &email.settings},
	        {"Channels", channel_conf_options, &email.channel_settings},
	        {0},
	};
	const struct db_catalogue catalogues[] = {
	        {email_store_catalogue, email_store_catalogue_count},
	        {channel_catalogue, channel_catalogue_count},
	        {0},
	};
	const struct daemon_spec spec = {
	        .name = "email",
	        .summary = "takes mail in by LMTP and sends replies by SMTP",
	        .tables = tables,
	        .catalogues = catalogues,
	        .db_connections = 4,
	        .uses_bus = true,
	        .start = email_start,
	        .drain = email_drain,
	        .stop = email_stop,
	        .state = &email,
	};
	return daemon_main(&spec, argc, argv);
}
