/* bus/conf.c - settings every daemon on the bus shares. */
#include "bus/bus.h"

const struct conf_option bus_conf_options[] = {
        {.name = "HILO_BUS_SERVER_KEY",
         .type = CONF_TEXT,
         .offset = offsetof(struct bus_settings, server_key),
         .help = "Public CURVE key of the relays, Z85; needed for tcp:// endpoints."},
        {.name = "HILO_BUS_CLIENT_KEY",
         .type = CONF_TEXT,
         .offset = offsetof(struct bus_settings, client_key),
         .help = "Public CURVE key of this installation's daemons, Z85."},
        {.name = "HILO_BUS_CLIENT_SECRET",
         .type = CONF_SECRET,
         .offset = offsetof(struct bus_settings, client_secret),
         .help = "Secret CURVE key of this installation's daemons, Z85."},
        {0},
};
