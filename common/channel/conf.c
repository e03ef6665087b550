/* channel/conf.c */
#include "channel/channel.h"
