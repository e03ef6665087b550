/* channel/outbound.c */
#include "channel/channel.h"
