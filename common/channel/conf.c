/* channel/conf.c - settings every channel daemon has. */
#include <stddef.h>

#include "channel/channel.h"

const struct conf_option channel_conf_options[] = {
        {"HILO_FILES", CONF_TEXT, offsetof(struct channel_settings, store_path), "/var/lib/hilo/files",
         "Folder of the attachment store, shared by the daemons that take in, show or send files.", 0, 0, 0},
        {"HILO_SLOW_DOWN_LAG", CONF_DURATION, offsetof(struct channel_settings, slow_down_lag_us), "2s",
         "How old an accepted message may get unhandled before bulk channels answer \"later\".", 100000, 3600000000, 0},
        {0},
};
