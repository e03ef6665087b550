/* settings.h - what an operator may set about routing. */
#pragma once

#include "conf/conf.h"

struct routing_settings {
	char *secret;             /* HILO_SECRET */
	int64_t reopen_within_us; /* HILO_REOPEN_WITHIN */
};
extern const struct conf_option routing_conf_options[];
